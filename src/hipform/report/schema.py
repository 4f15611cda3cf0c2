"""The JSON Schema of a set report. `python -m hipform.report.schema` prints it for docs/."""

import json
import sys
from collections.abc import Mapping
from typing import Any, Final

from pydantic import TypeAdapter

from hipform.records import SCHEMA, SetReport

# What each field means. docs/data.md has the same fields with their context.
MEANINGS: Final[Mapping[str, Mapping[str, str]]] = {
    "SetReport": {
        "schema": "name and version of this format",
        "source": "the recording",
        "exercise": "the exercise of the set, 'none' where none was recognised",
        "exercise_source": "recognised from the motion, or given by the user",
        "exercise_confidence": "0..1",
        "view": "how the camera saw the person in most reps",
        "reps": "every movement down and back, in the order of time, partial ones too",
        "findings": "about the set as a whole: consistency, speed, left against right",
        "not_measured": "what no rep gave, and why",
        "quality": "how much of the recording could be used",
        "provenance": "what made the numbers",
    },
    "Source": {
        "file": "name of the file",
        "duration_s": "length, seconds",
        "frames": "frames that were processed",
        "width": "pixels, of the upright picture",
        "height": "pixels, of the upright picture",
        "rotation_deg": "rotation that the file asked for and that was applied",
        "nominal_fps": "frames per second as the file states it",
        "recorded_at": "time of recording (ISO 8601), null when the file does not tell",
    },
    "View": {
        "label": "the side of the person that faces the camera",
        "azimuth_deg": "0 front, +90 the person's left side, -90 right side, 180 back; null when unknown",
    },
    "Rep": {
        "number": "1 for the first",
        "complete": "false for a partial rep, which does not count",
        "reason": "why it is partial, null for a complete one",
        "exercise": "what this rep was",
        "start_s": "when it left standing, seconds since the first frame",
        "bottom_s": "its deepest moment",
        "end_s": "when it was back",
        "lead_side": "the front leg of a lunge",
        "variant": "for example split squat or RDL",
        "view": "how the camera saw this rep",
        "measures": "by name (docs/data.md); one for each leg where both were seen, the near leg first",
        "depth": "squats seen from the side only",
        "review": "why this rep should be looked at, else null",
        "not_measured": "what this rep could not give, and why",
        "findings": "what could be better, with the numbers",
    },
    "Measure": {
        "value": "the number",
        "unit": "deg, s or ratio",
        "side": "the leg, null for the whole body",
        "role": "lead or rear leg of a lunge",
        "uncertainty": "half-width that is expected to hold 90 % of the errors, same unit",
    },
    "Depth": {
        "class": "clearly means: by more than the uncertainty",
        "margin_deg": "thigh above level, negative below",
    },
    "Finding": {
        "rule": "id of the rule",
        "severity": "info, warn or fault",
        "side": "the leg, null for the body",
        "t_s": "the moment, seconds since the first frame; null for a whole set",
        "measured": "the number that was judged",
        "limit": "the limit that it passed",
        "unit": "of both numbers",
        "cue": "what to do, for people",
        "source": "where the limit comes from",
    },
    "NotMeasured": {"measure": "name of the measure", "reason": "in words for people"},
    "Quality": {
        "pose_found_share": "0..1 of the frames in which a person was found",
        "known_share": "0..1 of the frames in which the main angles were known",
        "notes": "remarks for people",
    },
    "Provenance": {
        "hipform": "version",
        "mediapipe": "version",
        "model_sha256": "digest of the pose model",
        "exercise_digest": "digest of the exercise definitions",
        "quality": "how the pose was taken: in each picture once (fast), or in its mirror image too",
    },
}


def json_schema() -> dict[str, Any]:
    """The schema (JSON Schema 2020-12) that every written report fulfils. Readers ignore unknown keys."""
    made: dict[str, Any] = TypeAdapter(SetReport).json_schema(by_alias=True, mode="serialization")
    definitions = made.pop("$defs")
    described = {name: _described(part, MEANINGS[name]) for name, part in definitions.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{SCHEMA.replace('/', ':')}",
        "title": f"A set report of hipform ({SCHEMA})",
        **_described(made, MEANINGS["SetReport"]),
        "$defs": described,
    }


def schema_text() -> str:
    """The schema as docs/set-report.schema.json holds it."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _described(part: dict[str, Any], meanings: Mapping[str, str]) -> dict[str, Any]:
    """One object's schema with the meaning of each field, without the titles that pydantic makes up."""
    bare: dict[str, Any] = _untitled(part)
    for name, field in bare["properties"].items():
        field["description"] = meanings[name]
    bare["required"] = list(bare["properties"])
    return bare


def _untitled(part: Any) -> Any:
    if isinstance(part, dict):
        return {k: _untitled(v) for k, v in part.items() if not (k == "title" and isinstance(v, str))}
    return [_untitled(v) for v in part] if isinstance(part, list) else part


if __name__ == "__main__":
    sys.stdout.write(schema_text())
