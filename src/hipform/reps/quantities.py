"""Every measure of a rep, by name: how it is taken from the signals, and why it may be missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from hipform.exercises.definition import Exercise
from hipform.exercises.vocabulary import MEASURES, measure_unit
from hipform.kinematics.view import measures_front, measures_side, turn_to_front_deg, turn_to_side_deg
from hipform.records import BoolArray, Depth, FloatArray, Measure, NotMeasured, RepEvidence, Role, View
from hipform.reps.moments import Moments
from hipform.skeleton import SIDES, Side, other

# 90 % of the errors against the known tempo of 125 rendered reps are within these; what counts as the
# beginning and end of a smooth movement is most of it (`reps.moments`, docs/accuracy.md).
TIME_UNCERTAINTY_S = {"lowering_s": 0.45, "pause_s": 0.35, "lifting_s": 0.4}
# A signal that is known for less than this share of a rep gives no number (docs/method.md).
LEAST_KNOWN_SHARE = 0.7
# The median of 5 frames at 30 fps stands for the bottom (docs/method.md).
BOTTOM_S = 0.14
# The leg farther from the camera is partly covered: its half-width is wider by this factor (provisional,
# docs/accuracy.md).
FAR_LEG_FACTOR = 1.5

Measures = dict[str, Measure | list[Measure]]
Taken = Literal["max", "min", "range", "bottom"]


@dataclass(frozen=True, slots=True)
class RepNumbers:
    """What measures are taken from. `both_legs`: the far leg can be told, too."""

    evidence: RepEvidence
    moments: Moments
    both_legs: bool
    exercise: str

    def during(self) -> BoolArray:
        """Mask (N,) of the samples of the rep itself."""
        t = self.evidence.signals.t_s
        return np.asarray((t >= self.evidence.start_s) & (t <= self.evidence.end_s))

    def legs(self) -> list[Side]:
        """The legs that side measures are told for, the near one first."""
        near = self.evidence.near_side
        if near is None:
            return []
        return [near, other(near)] if self.both_legs else [near]


# name -> (signal, how the number is taken); side view, per leg
LEG_MEASURES: Mapping[str, tuple[str, Taken]] = {
    "knee_flexion_peak_deg": ("knee_flexion", "max"),
    "knee_rom_deg": ("knee_flexion", "range"),
    "hip_flexion_peak_deg": ("hip_flexion", "max"),
    "hip_rom_deg": ("hip_flexion", "range"),
    "thigh_to_horizontal_min_deg": ("thigh_to_horizontal", "min"),
    "shank_lean_peak_deg": ("shank_lean", "max"),
    "heel_rise_deg": ("heel_rise", "max"),
}
# name -> (signal, how the number is taken); no leg, or the leg in the name
BODY_MEASURES: Mapping[str, tuple[str, Taken]] = {
    "trunk_lean_peak_deg": ("trunk_lean", "max"),
    "hip_drop_ratio": ("hip_drop_ratio", "max"),
    "knee_drift_left": ("knee_drift_left", "max"),
    "knee_drift_right": ("knee_drift_right", "max"),
    "hip_shift_ratio": ("hip_shift_ratio", "bottom"),
}


def measure_all(numbers: RepNumbers) -> Measures:
    """Every measure that this rep gives."""
    out: Measures = {}
    for name, (signal, taken) in LEG_MEASURES.items():
        found = [m for side in numbers.legs() if (m := _leg_measure(numbers, signal, taken, side))]
        if found:
            out[name] = found if len(found) > 1 else found[0]
    for name, (signal, taken) in BODY_MEASURES.items():
        value = _taken(numbers, signal, taken)
        if np.isfinite(value):
            unit = measure_unit(name)
            side = next((s for s in SIDES if name.endswith(s)), None)
            out[name] = Measure(_rounded(value, unit), unit, side, None, _uncertainty(numbers, signal))
    return out | _separation(numbers) | _times(numbers.moments)


def depth_of(measures: Measures) -> Depth | None:
    """The depth class from the thigh's lowest angle and its uncertainty; None when it was not measured."""
    found = measures.get("thigh_to_horizontal_min_deg")
    thigh = found[0] if isinstance(found, list) else found
    if thigh is None:
        return None
    if thigh.value < -thigh.uncertainty:
        return Depth("clearly below", thigh.value)
    return Depth("clearly above" if thigh.value > thigh.uncertainty else "about parallel", thigh.value)


def reasons_for_missing(
    measures: Measures, exercise: Exercise, view: View, moments: Moments, standing: Mapping[str, float]
) -> tuple[NotMeasured, ...]:
    """For every measure of the exercise that is missing: why, and what to change."""
    wanted = dict.fromkeys((*exercise.views.side, *exercise.views.front))
    return tuple(
        NotMeasured(name, _reason(name, exercise, view, moments, standing))
        for name in wanted
        if name not in measures
    )


def _reason(
    name: str, exercise: Exercise, view: View, moments: Moments, standing: Mapping[str, float]
) -> str:
    if name in ("lowering_s", "pause_s") and not moments.started:
        return "the way down began before the recording"
    if name in ("pause_s", "lifting_s") and not moments.returned:
        return "the way up was not recorded to the end"
    if wrong_view := _wrong_view(name, view, legs_alike=exercise.legs == "alike"):
        return wrong_view
    if not np.isfinite(standing.get("hip_drop_ratio", float("nan"))):
        return "needs a moment of quiet standing before or after the rep, with the whole body in the picture"
    return "the joints for it were hidden, behind an arm or a weight, or out of the picture for too long"


def _wrong_view(name: str, view: View, *, legs_alike: bool) -> str | None:
    """Why this camera view cannot give the measure and how to turn, or None when it can."""
    if view.azimuth_deg is None:
        return "the camera's view of you could not be told"
    if MEASURES[name] == "front" and not measures_front(view):
        seen = "face" if abs(view.azimuth_deg) <= 90.0 else "back"
        turn = _turn(turn_to_front_deg(view))
        return f"needs a view from the front: {turn}, until the camera sees your {seen}"
    if MEASURES[name] == "side" and not measures_side(view, legs_alike):
        return f"needs a view from the side: {_turn(turn_to_side_deg(view))}, until the camera sees your side"
    return None


def _turn(degrees: float) -> str:
    return f"turn {abs(degrees):.0f}° to your {'left' if degrees > 0 else 'right'}"


def _known(numbers: RepNumbers, signal: str) -> FloatArray:
    x = numbers.evidence.signals[signal][numbers.during()]
    known = x[np.isfinite(x)]
    return known if len(x) and len(known) >= LEAST_KNOWN_SHARE * len(x) else np.array([])


def _taken(numbers: RepNumbers, signal: str, taken: Taken) -> float:
    if taken == "bottom":
        return _at_bottom(numbers, signal)
    known = _known(numbers, signal)
    if not len(known) or not _seen_at_bottom(numbers, signal):
        return float("nan")
    if taken == "range":
        return float(known.max()) - numbers.evidence.standing[signal]
    return float(known.max() if taken == "max" else known.min())


def _seen_at_bottom(numbers: RepNumbers, signal: str) -> bool:
    """Whether the signal is known where it turns: an extreme that lies in a gap would be invented."""
    signals, moments = numbers.evidence.signals, numbers.moments
    turning = (signals.t_s >= moments.lowered_s - BOTTOM_S / 2.0) & (
        signals.t_s <= moments.lifting_s + BOTTOM_S / 2.0
    )
    return bool(np.isfinite(signals[signal][turning]).mean() >= LEAST_KNOWN_SHARE) if turning.any() else False


def _at_bottom(numbers: RepNumbers, signal: str) -> float:
    signals = numbers.evidence.signals
    near = np.abs(signals.t_s - numbers.evidence.bottom_s) <= BOTTOM_S / 2.0
    x = signals[signal][near]
    return float(np.median(x[np.isfinite(x)])) if np.isfinite(x).any() else float("nan")


def _uncertainty(numbers: RepNumbers, signal: str) -> float:
    x = numbers.evidence.signals.uncertainty[signal][numbers.during()]
    return round(float(np.nanmedian(x)), 3)


def _leg_measure(numbers: RepNumbers, signal: str, taken: Taken, side: Side) -> Measure | None:
    name = f"{signal}_{side}"
    value = _taken(numbers, name, taken)
    if not np.isfinite(value):
        return None
    factor = 1.0 if side == numbers.evidence.near_side else FAR_LEG_FACTOR
    return Measure(
        _rounded(value, "deg"),
        "deg",
        side,
        _role(numbers, side),
        round(factor * _uncertainty(numbers, name), 1),
    )


def _role(numbers: RepNumbers, side: Side) -> Role | None:
    lead = numbers.evidence.lead_side
    if lead is None:
        return None
    return "lead" if side == lead else "rear"


def _separation(numbers: RepNumbers) -> Measures:
    known = _known(numbers, "knee_separation_ratio")
    standing = numbers.evidence.standing["knee_separation_ratio"]
    if not len(known) or not np.isfinite(standing) or standing <= 0 or numbers.exercise == "lunge":
        return {}
    value = float(known.min()) / standing
    unsure = _uncertainty(numbers, "knee_separation_ratio") / standing
    return {"knee_separation_ratio_min": Measure(round(value, 3), "ratio", None, None, round(unsure, 3))}


def _times(moments: Moments) -> Measures:
    rows: list[tuple[str, float, bool]] = [
        ("lowering_s", moments.lowered_s - moments.start_s, moments.started),
        ("pause_s", moments.lifting_s - moments.lowered_s, moments.started and moments.returned),
        ("lifting_s", moments.end_s - moments.lifting_s, moments.returned),
    ]
    return {
        name: Measure(round(value, 2), "s", None, None, TIME_UNCERTAINTY_S[name])
        for name, value, seen in rows
        if seen and value >= 0
    }


def _rounded(value: float, unit: str) -> float:
    return round(value, 1 if unit == "deg" else 3)
