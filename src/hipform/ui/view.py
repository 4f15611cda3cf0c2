"""What the Review page shows of a set, as plain data for the player: selection and wording, no measuring."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hipform.records import Finding, Measure, Rep, SetReport
from hipform.report.set_facts import moment_words
from hipform.report.summary import SEVERITY_WORDS, format_measure, format_value, measure_label
from hipform.skeleton import SIDES, Side

if TYPE_CHECKING:
    import pandas as pd

# What is offered for a set in front of the camera (ours); a kept value that is none of them is offered too.
COUNTDOWNS_S: Final = (0.0, 3.0, 5.0, 10.0)
RESTS_S: Final = (0.0, 60.0, 90.0, 120.0, 180.0)

_CARD_MEASURES: Final = ("knee_flexion_peak_deg", "hip_flexion_peak_deg")
_FRONT_CARD_MEASURES: Final = ("hip_drop_ratio", "knee_drift_left", "knee_drift_right")
_TEMPO: Final = ("lowering_s", "pause_s", "lifting_s")
_FIRST_COLUMNS: Final = (
    *_CARD_MEASURES,
    "thigh_to_horizontal_min_deg",
    "trunk_lean_peak_deg",
    "shank_lean_peak_deg",
    "knee_rom_deg",
    "hip_rom_deg",
    "hip_drop_ratio",
)


@dataclass(frozen=True, slots=True)
class _Line:
    """One curve: its name for people, its leg (None: the whole body), and its columns."""

    label: str
    side: Side | None
    dashed: bool
    columns: tuple[str, str]


_BEND_LINES: Final = tuple(
    _Line(
        f"{joint.capitalize()}, {side}",
        side,
        joint == "hip",
        (f"{joint}_flexion_{side}_deg", f"{joint}_flexion_{side}_uncertainty_deg"),
    )
    for joint in ("knee", "hip")
    for side in SIDES
)
_FRONT_LINES: Final = (
    _Line("Hips down", None, True, ("hip_drop_ratio", "hip_drop_ratio_uncertainty")),
    *(
        _Line(f"Knee inward, {side}", side, False, (f"knee_drift_{side}", f"knee_drift_{side}_uncertainty"))
        for side in SIDES
    ),
)
_BEND: Final = {
    "title": "Knee and hip bend",
    "note": "0° is straight; hip is the bend between trunk and thigh",
    "unit": "°",
}
_FRONT: Final = {
    "title": "Hips down, knees inward",
    "note": "in leg lengths and shin lengths; knee and hip bend need a view from the side",
    "unit": "",
}


def rep_views(report: SetReport, titles: Mapping[str, str]) -> list[dict[str, Any]]:
    """One entry for each rep: when, its state in words, its main numbers, tempo and findings.

    `titles` are the rules' names for people by rule id, here and below; a rule without one shows its id.
    """
    return [_rep(rep, report.exercise, titles) for rep in report.reps]


def set_findings(report: SetReport, titles: Mapping[str, str]) -> list[dict[str, Any]]:
    """The findings about the set as a whole."""
    return [_finding(finding, titles) for finding in report.findings]


def rep_table(report: SetReport, titles: Mapping[str, str]) -> dict[str, Any]:
    """All measures of all reps: `columns` (names for people) and `rows` of texts, in the same order.

    A measure that no rep has gets no column; a rep without it gets an empty text.
    """
    names = _measure_names(report.reps)
    rows = [
        {
            "rep": rep.number,
            "complete": rep.complete,
            "cells": [_cell(rep.measures.get(name)) for name in names],
            "findings": [_finding(finding, titles) for finding in rep.findings],
        }
        for rep in report.reps
    ]
    return {"columns": [measure_label(name) for name in names], "rows": rows}


def curves(frames_csv: Path, near_side: str | None) -> dict[str, Any]:
    """The curves of a set's frame table: `t` in seconds, and `lines` with values in `unit`.

    They are knee and hip bend; where the view gives neither, what it does give: how far the hips come down
    and the knees inward. A value that is not known is None, and a signal without any has no line. `faint`
    marks the leg that faces away from the camera (`near_side` names the other; None: neither).
    """
    import pandas as pd

    wanted = {"t_s"} | {column for line in (*_BEND_LINES, *_FRONT_LINES) for column in line.columns}
    table = pd.read_csv(frames_csv, usecols=lambda column: column in wanted)
    bend = [_curve(table, line, near_side) for line in _BEND_LINES if _is_known(table, line)]
    front = [_curve(table, line, None) for line in _FRONT_LINES if _is_known(table, line)]
    chosen = _FRONT if front and not bend else _BEND
    return {"t": _numbers(table["t_s"], 4), "lines": bend or front, **chosen}


def near_side(report: SetReport) -> str | None:
    """The leg that faces the camera in a side view; None when both are seen or it is not known."""
    label = report.view.label
    return label.removeprefix("side-") if label.startswith("side-") else None


def local_time(text: str) -> str:
    """An ISO 8601 time as day and time of this place; a text that is none stays as it is."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment_words(moment.astimezone() if moment.tzinfo else moment)


def length_words(length_s: float) -> str:
    """How long something took: "50 s", "2 min 10 s"."""
    minutes, seconds = divmod(round(length_s), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def seconds_words(length_s: float) -> str:
    """A length that is chosen: "none", "90 s", "3 min"."""
    if not length_s:
        return "none"
    return f"{length_s / 60:g} min" if length_s >= 120 else f"{length_s:g} s"


def time_left(left_s: float | None) -> str:
    """How long something will still take, in words that do not pretend to know it to the second."""
    if left_s is None:
        return "working out how long it takes"
    if left_s < 10:
        return "a few seconds left"
    if left_s < 90:
        return f"about {round(left_s / 10) * 10} s left"
    return f"about {round(left_s / 60)} min left"


def _rep(rep: Rep, exercise: str, titles: Mapping[str, str]) -> dict[str, Any]:
    return {
        "number": rep.number,
        "complete": rep.complete,
        "start": _finite(rep.start_s),
        "bottom": _finite(rep.bottom_s),
        "end": _finite(rep.end_s),
        "kind": _kind(rep, exercise),
        "partial": None if rep.complete else f"Partial: {rep.reason or 'not a full rep'}",
        "review": rep.review,
        "depth": rep.depth.depth_class if rep.depth else None,
        "facts": [_fact(rep, name) for name in _card_measures(rep)],
        "tempo": _tempo(rep),
        "findings": [_finding(finding, titles) for finding in rep.findings],
    }


def _kind(rep: Rep, exercise: str) -> str:
    """What sort of rep it is, as far as the set's exercise does not say it already."""
    words = [rep.variant or ("" if rep.exercise == exercise else rep.exercise)]
    if rep.lead_side:
        words.append(f"{rep.lead_side} leg in front")
    return ", ".join(word for word in words if word)


def _card_measures(rep: Rep) -> tuple[str, ...]:
    """The bends; where the view gives neither, what it does give."""
    if any(name in rep.measures for name in _CARD_MEASURES):
        return _CARD_MEASURES
    return tuple(name for name in _FRONT_CARD_MEASURES if name in rep.measures) or _CARD_MEASURES


def _fact(rep: Rep, name: str) -> dict[str, Any]:
    measured = rep.measure(name)
    reason = next((entry.reason for entry in rep.not_measured if entry.measure == name), None)
    label = measure_label(name)
    side = _leg(measured) if measured else None
    return {
        "label": label,
        "value": format_measure(measured) if measured else None,
        "side": side if side and side not in label.lower() else None,
        "reason": reason,
    }


def _leg(measure: Measure) -> str | None:
    if measure.side is None:
        return None
    return f"{measure.side}, rear" if measure.role == "rear" else measure.side


def _tempo(rep: Rep) -> list[str | None]:
    parts = [rep.measure(name) for name in _TEMPO]
    return [f"{part.value:.1f}" if part else None for part in parts]


def _finding(finding: Finding, titles: Mapping[str, str]) -> dict[str, Any]:
    measured, limit = (format_value(x, finding.unit) for x in (finding.measured, finding.limit))
    return {
        "rule": titles.get(finding.rule) or finding.rule.replace("_", " "),
        "severity": finding.severity,
        "word": SEVERITY_WORDS[finding.severity],
        "side": finding.side,
        "t": None if finding.t_s is None else _finite(finding.t_s),
        "cue": finding.cue,
        "compared": f"{measured}, limit {limit}",
    }


def _measure_names(reps: Iterable[Rep]) -> list[str]:
    present: Mapping[str, None] = dict.fromkeys(name for rep in reps for name in rep.measures)
    first = [name for name in (*_FIRST_COLUMNS, *_TEMPO) if name in present]
    return [*first, *(name for name in present if name not in first)]


def _cell(found: Measure | list[Measure] | None) -> str:
    measures = found if isinstance(found, list) else [found] if found else []
    both = len(measures) > 1
    return "\n".join(
        f"{format_measure(measure)} {measure.side}" if both and measure.side else format_measure(measure)
        for measure in measures
    )


def _is_known(table: "pd.DataFrame", line: _Line) -> bool:
    value, _ = line.columns
    return value in table and bool(table[value].notna().any())


def _curve(table: "pd.DataFrame", line: _Line, near_side: str | None) -> dict[str, Any]:
    value, error = line.columns
    faint = near_side is not None and line.side != near_side
    decimals = 1 if value.endswith("_deg") else 3
    return {
        "label": f"{line.label} (far leg)" if faint else line.label,
        "side": line.side,
        "dashed": line.dashed,
        "faint": faint,
        "y": _numbers(table[value], decimals),
        "error": _numbers(table[error], decimals) if error in table else [],
    }


def _numbers(values: Iterable[float], decimals: int) -> list[float | None]:
    return [round(float(value), decimals) if math.isfinite(value) else None for value in values]


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
