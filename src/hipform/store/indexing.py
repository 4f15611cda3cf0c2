"""The rows of a set, made from its folder."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from hipform.errors import ExerciseError
from hipform.records import Finding, Measure, Provenance, Rep, SetReport
from hipform.store.set_folder import SetFolder

if TYPE_CHECKING:  # it is slow to load, and only what is new needs it
    from hipform.exercises.definition import Exercise

# The releases since which measures are computed in another way; a number from before one of them and a
# number from after it are not compared.
MEASURING_CHANGED_IN: Final = ("0.1.0",)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """What a folder says, as rows; all but the first without what the user may say."""

    of_set: Row
    reps: list[Row]
    measures: list[Row]
    findings: list[Row]


def rows_of(folder: SetFolder, exercises: "Mapping[str, Exercise]") -> Rows:
    """The rows of the set in this folder; `exercises` are the known ones (`known_exercises`).

    Raises:
        InputError: its report or its card cannot be read.

    """
    report = folder.report()
    reps = [
        _rep(folder.id, rep, definition(report.provenance, rep.exercise, exercises)) for rep in report.reps
    ]
    return Rows(
        _set(folder, report),
        reps,
        [row for rep in report.reps for row in _measures(folder.id, rep)],
        _findings(folder.id, report),
    )


def storable(text: str) -> str:
    """The text without what no database holds: NUL, and halves of characters."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")


def definition(made: Provenance, exercise: str, known: "Mapping[str, Exercise]") -> str:
    """A short word that is the same for numbers that were made the same way, whatever their exercise is told.

    The pose model, how often the mirror image was looked at, the way of measuring, and what counts as a rep
    of the exercise: not its words, advice and limits of good form, which change no number. Where the exercise
    file of that time is not at hand (any more), all of it counts.
    """
    facts: object = made.exercise_digest
    own = known.get(exercise)
    if own is not None and own.digest in made.exercise_digest.split("+"):
        facts = [own.legs, own.rep.model_dump(exclude={"source"})]
    measuring = sum(_version(since) <= _version(made.hipform) for since in MEASURING_CHANGED_IN)
    parts = [measuring, made.model_sha256, made.quality, exercise, facts]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def known_exercises() -> "Mapping[str, Exercise]":
    """The exercises that sets may have been measured with; none when a file of the user's is broken."""
    from hipform.exercises.loader import load_all

    try:
        return load_all()
    except ExerciseError:  # told where exercises are needed
        return {}


def _version(text: str) -> tuple[int, ...]:
    parts = text.split(".")
    return tuple(int(part) for part in parts[: next((i for i, p in enumerate(parts) if not p.isdigit()), 3)])


def _set(folder: SetFolder, report: SetReport) -> Row:
    added_at = _moment(folder.added_at) or datetime.fromtimestamp(folder.report_json.stat().st_mtime, UTC)
    recorded_at = _moment(report.source.recorded_at)
    done_at = recorded_at or added_at.astimezone()
    complete = sum(rep.complete for rep in report.reps)
    return {
        "id": folder.id,
        "digest": _digest(folder, report) if report.reps else None,
        "title": storable(folder.title),
        "added_at": added_at,
        "done_at": done_at,
        "done_offset_min": offset_min(done_at),
        "done_by": "recording" if recorded_at else "adding",
        "exercise": report.exercise,
        "view_label": report.view.label,
        "view_azimuth_deg": _known(report.view.azimuth_deg),
        "duration_s": report.source.duration_s,
        "reps_complete": complete,
        "reps_partial": len(report.reps) - complete,
        "made_by": report.provenance.hipform,
        "model_sha256": report.provenance.model_sha256,
        "exercise_digest": report.provenance.exercise_digest,
        "pose_quality": report.provenance.quality,
    }


def offset_min(moment: datetime) -> int:
    """How far the clock of an aware time is ahead of UTC, whole minutes."""
    offset = moment.utcoffset()
    return 0 if offset is None else round(offset.total_seconds() / 60)


def _digest(folder: SetFolder, report: SetReport) -> str | None:
    if not folder.poses.is_file():
        return None
    with folder.poses.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    digest.update(report.provenance.exercise_digest.encode())
    return digest.hexdigest()


def _rep(set_id: str, rep: Rep, made: str) -> Row:
    return {
        "set_id": set_id,
        "number": rep.number,
        "exercise": rep.exercise,
        "variant": rep.variant,
        "complete": rep.complete,
        "reason": rep.reason and storable(rep.reason),
        "start_s": rep.start_s,
        "bottom_s": rep.bottom_s,
        "end_s": rep.end_s,
        "lead_side": rep.lead_side,
        "view_label": rep.view.label,
        "view_azimuth_deg": _known(rep.view.azimuth_deg),
        "depth_class": rep.depth and rep.depth.depth_class,
        "depth_margin_deg": rep.depth and _known(rep.depth.margin_deg),
        "review": rep.review and storable(rep.review),
        "definition": made,
    }


def _measures(set_id: str, rep: Rep) -> list[Row]:
    rows: list[Row] = []
    for name, told in rep.measures.items():
        found: list[Measure] = told if isinstance(told, list) else [told]
        rows += [
            {"set_id": set_id, "name": name, "rep_number": rep.number, "place": place} | asdict(measure)
            for place, measure in enumerate(found)
            if math.isfinite(measure.value) and math.isfinite(measure.uncertainty)
        ]
    return rows


def _findings(set_id: str, report: SetReport) -> list[Row]:
    found: list[tuple[int | None, Finding]] = [(rep.number, f) for rep in report.reps for f in rep.findings]
    found += [(None, finding) for finding in report.findings]
    return [
        {
            "set_id": set_id,
            "place": place,
            "rep_number": number,
            "rule": finding.rule,
            "severity": finding.severity,
            "side": finding.side,
            "t_s": _known(finding.t_s),
            "measured": finding.measured,
            "passed_limit": finding.limit,
            "unit": finding.unit,
            "cue": storable(finding.cue),
        }
        for place, (number, finding) in enumerate(found)
    ]


def _known(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _moment(text: str | None) -> datetime | None:
    """The moment that is written in ISO 8601, local time where it names no zone; None when it is none."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.astimezone()
