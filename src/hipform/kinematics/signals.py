"""The table of named signals, and how each is computed from landmarks.

Two steps, because some signals are meant against the person's own quiet standing: `raw_signals` gives
every signal as the picture shows it, `against_standing` subtracts and scales what is relative. Sagittal
signals (side view) use signed inclinations of segments in the image plane, beyond 15 degrees off it as an
exact side view would show them (`foreshortening`); they are NaN where `view` does not measure from the side,
and frontal signals where it does not measure from the front or back. Formulas: docs/method.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from hipform.kinematics.foot import foot_places, heel_rise_deg
from hipform.kinematics.foreshortening import as_from_the_side, stretched
from hipform.kinematics.geometry import elevation_deg, inclination_deg, length, wrap_deg
from hipform.kinematics.sides import leg_lengths, middle
from hipform.kinematics.uncertainty import (
    OTHER_UNCERTAINTY,
    SIDE_UNCERTAINTY_DEG,
    side_uncertainty_deg,
    unsure_deg,
)
from hipform.kinematics.view import measures_front, measures_side
from hipform.records import FloatArray, View
from hipform.skeleton import SIDES, Side, landmark

if TYPE_CHECKING:  # loads SciPy, which takes a second: the table alone does not need it
    from hipform.kinematics.points import SmoothPoints

# Below this share of the leg length the ankles are too close to divide by their distance (ours: about 6 cm,
# where landmark noise of 1 cm moves a ratio by a sixth).
LEAST_ANKLE_SEPARATION = 0.08

Plane = Literal["side", "front", "any"]


@dataclass(frozen=True, slots=True)
class SignalSpec:
    """One row of the table. `sided` signals exist once per leg, as `<name>_left` and `<name>_right`."""

    unit: Literal["deg", "ratio"]
    sided: bool
    plane: Plane
    relative: bool
    meaning: str


SIGNALS: Final[Mapping[str, SignalSpec]] = {
    "knee_flexion": SignalSpec("deg", True, "side", False, "knee bend, 0 = straight"),
    "hip_flexion": SignalSpec("deg", True, "side", False, "hip bend (trunk to thigh), 0 = straight"),
    "thigh_to_horizontal": SignalSpec(
        "deg", True, "side", False, "thigh above level: 90 standing, 0 level, negative when the hip is lower"
    ),
    "shank_lean": SignalSpec("deg", True, "side", False, "shin lean from upright, forward +"),
    "trunk_shin_gap": SignalSpec("deg", True, "side", False, "trunk lean minus shin lean"),
    "ankle_dorsiflexion": SignalSpec("deg", True, "side", False, "shin lean over the sole"),
    "heel_rise": SignalSpec(
        "deg", True, "side", True, "turn of the foot about its toes, heel up +, from own standing"
    ),
    "knee_past_toes": SignalSpec("ratio", True, "side", False, "knee in front of the toes, in foot lengths"),
    "knee_height": SignalSpec("ratio", True, "side", False, "knee above the floor, in shin lengths"),
    "trunk_lean": SignalSpec("deg", False, "side", False, "trunk lean from upright, forward +"),
    "step_length_ratio": SignalSpec(
        "ratio", False, "side", False, "distance between the ankles, in leg lengths"
    ),
    "wrist_forward": SignalSpec(
        "ratio", False, "side", False, "wrists in front of the middle of the foot, in foot lengths"
    ),
    "neck_flexion": SignalSpec("deg", False, "side", False, "head line against the trunk line, forward +"),
    "knee_drift": SignalSpec(
        "ratio", True, "front", True, "knee inward of the ankle, in shin lengths, from own standing"
    ),
    "knee_inside_toes": SignalSpec("ratio", True, "front", False, "knee inward of the toes, in shin lengths"),
    "frontal_knee_angle": SignalSpec(
        "deg", True, "front", True, "inward knee angle from the front, from own standing"
    ),
    "knee_separation_ratio": SignalSpec(
        "ratio", False, "front", False, "distance of the knees over distance of the ankles"
    ),
    "hip_shift_ratio": SignalSpec(
        "ratio", False, "front", True, "hips to the person's left, in ankle distances, from own standing"
    ),
    "pelvic_obliquity": SignalSpec("deg", False, "front", True, "left hip lower +, from own standing"),
    "side_lean": SignalSpec("deg", False, "front", True, "trunk to the person's left +, from own standing"),
    "hip_drop_ratio": SignalSpec("ratio", False, "any", True, "how far the hips came down, in leg lengths"),
}


def signal_names() -> list[str]:
    """Every name that `Signals.values` holds, sided ones once per leg."""
    return [
        full
        for name, spec in SIGNALS.items()
        for full in ([f"{name}_{side}" for side in SIDES] if spec.sided else [name])
    ]


def family(full_name: str) -> str:
    """The row of the table that a full name belongs to: `knee_flexion_left` -> `knee_flexion`."""
    for side in SIDES:
        bare = full_name.removesuffix(f"_{side}")
        if bare in SIGNALS and SIGNALS[bare].sided:
            return bare
    return full_name


def raw_signals(points_px: FloatArray, view: View, legs_alike: bool = False) -> dict[str, FloatArray]:
    """Each signal before its own standing is taken off, plus the lengths it is scaled by, each (N,).

    `points_px` (N, 33, 2) with NaN for points that are not believed; whatever rests on one of them is NaN.
    `legs_alike` says that both legs do the same, as in a squat: off the side the side signals are then those
    of the middle of both legs, and the same for left and right from 25 degrees on.
    """
    n = len(points_px)
    values = {name: np.full(n, np.nan) for name in signal_names()}
    values |= lengths_px(points_px)
    values["hip_drop_ratio"] = values["hip_height"]
    if measures_side(view, legs_alike):
        values |= _side_signals(as_from_the_side(points_px, view, legs_alike), _forward(view))
        values["step_length_ratio"] = _gap(stretched(points_px, view), "ankle")
    if measures_front(view):
        values |= _front_signals(points_px, view, values)
    return values


def leg_signal(points_px: FloatArray, view: View, legs_alike: bool, name: str, side: Side) -> FloatArray:
    """One side signal of one leg (N,), as `raw_signals` gives it, at a fraction of the cost."""
    if not measures_side(view, legs_alike):
        return np.full(len(points_px), np.nan)
    return _leg_signals(as_from_the_side(points_px, view, legs_alike), side, _forward(view))[name]


def lengths_px(points_px: FloatArray) -> dict[str, FloatArray]:
    """How long the shins and the leg look, and how high the hips are above the ankles, each (N,)."""
    out, heights, legs = {}, [], leg_lengths(points_px)
    for side in SIDES:
        hip, knee, ankle = (_at(points_px, side, joint) for joint in ("hip", "knee", "ankle"))
        out[f"shank_length_{side}"] = length(knee, ankle)
        heights.append(ankle[:, 1] - hip[:, 1])
    out["leg_length"] = _either(legs[:, 0], legs[:, 1])
    out["hip_height"] = _either(heights[0], heights[1])
    return out


def standing_values(still: Mapping[str, FloatArray]) -> dict[str, float]:
    """Median of each raw signal of poses in quiet standing; NaN where none is known.

    Beside it how far each heel moves then, as `heel_spread_left` and `heel_spread_right`.
    """
    values = {name: _median(x) for name, x in still.items()}
    for side in SIDES:
        if f"heel_ahead_{side}" in still:
            values[f"heel_spread_{side}"] = _spread(still[f"heel_ahead_{side}"])
    return values


def against_standing(raw: Mapping[str, FloatArray], standing: Mapping[str, float]) -> dict[str, FloatArray]:
    """The named signals: raw ones with their own standing taken off where the table says so."""
    values = {}
    for name in signal_names():
        spec = SIGNALS[family(name)]
        values[name] = raw[name] - standing[name] if spec.relative else raw[name]
    leg = standing["leg_length"]
    # What a tilted camera adds to the hips' place grows with their height above the feet.
    height_share = raw["hip_height"] / standing["hip_height"]
    values["hip_shift_ratio"] = raw["hip_shift_ratio"] - standing["hip_shift_ratio"] * height_share
    values["hip_drop_ratio"] = (standing["hip_height"] - raw["hip_height"]) / leg
    values["step_length_ratio"] = raw["step_length_ratio"] / leg
    for side in SIDES:
        values[f"knee_height_{side}"] = raw[f"knee_height_{side}"] / standing[f"shank_length_{side}"]
        if f"heel_ahead_{side}" in raw:
            values[f"heel_rise_{side}"] = heel_rise_deg(raw, standing, side)
    return values


def uncertainties(
    values: Mapping[str, FloatArray], points: "SmoothPoints", view: View, legs_alike: bool
) -> dict[str, FloatArray]:
    """The stated half-width (N,) of each signal, NaN where the signal is; `points` made the values."""
    unsure = unsure_deg(points)
    out = {}
    for name, x in values.items():
        row = family(name)
        if row in SIDE_UNCERTAINTY_DEG:
            half_width = np.hypot(side_uncertainty_deg(row, view, legs_alike), unsure[name])
        else:
            half_width = np.full(len(x), OTHER_UNCERTAINTY[SIGNALS[row].unit])
        out[name] = np.where(np.isfinite(x), half_width, np.nan)
    return out


def standing_of_signals(standing: Mapping[str, float]) -> dict[str, float]:
    """Standing values on the scale of the final signals (relative ones are 0 by definition)."""
    out = {name: standing[name] for name in signal_names()}
    for name in out:
        if SIGNALS[family(name)].relative and np.isfinite(standing[name]):
            out[name] = 0.0
    out["step_length_ratio"] = standing["step_length_ratio"] / standing["leg_length"]
    for side in SIDES:
        out[f"knee_height_{side}"] = standing[f"knee_height_{side}"] / standing[f"shank_length_{side}"]
    return out


def _median(x: FloatArray) -> float:
    known = x[np.isfinite(x)]
    return float(np.median(known)) if len(known) else float("nan")


def _spread(x: FloatArray) -> float:
    """Between the 10th and the 90th percentile; NaN when nothing is known."""
    known = x[np.isfinite(x)]
    return float(np.subtract(*np.percentile(known, [90.0, 10.0]))) if len(known) else float("nan")


def _forward(view: View) -> float:
    """+1 where the person faces the image's right: the camera at their left side sees them face left."""
    return -float(np.sign(view.azimuth_deg or 0.0))


def _at(points_px: FloatArray, side: Side, joint: str) -> FloatArray:
    return points_px[:, landmark(side, joint)]


def _gap(points_px: FloatArray, joint: str) -> FloatArray:
    """Sideways distance between left and right."""
    return np.abs(_at(points_px, "left", joint)[:, 0] - _at(points_px, "right", joint)[:, 0])


def _either(left: FloatArray, right: FloatArray) -> FloatArray:
    """Mean of both where both are known, else the known one."""
    return np.where(np.isfinite(left), np.where(np.isfinite(right), (left + right) / 2.0, left), right)


def _side_signals(points_px: FloatArray, forward: float) -> dict[str, FloatArray]:
    out: dict[str, FloatArray] = {}
    for side in SIDES:
        out |= {f"{name}_{side}": x for name, x in _leg_signals(points_px, side, forward).items()}
    hip, shoulder, ear, wrist = (
        _either(_at(points_px, "left", joint), _at(points_px, "right", joint))
        for joint in ("hip", "shoulder", "ear", "wrist")
    )
    trunk = inclination_deg(hip, shoulder, forward)
    out["trunk_lean"] = trunk
    out["neck_flexion"] = wrap_deg(inclination_deg(shoulder, ear, forward) - trunk)
    foot = _either(*(_foot_length(points_px, side) for side in SIDES))
    mid_foot = _either(*((_at(points_px, s, "heel") + _at(points_px, s, "foot_index")) / 2 for s in SIDES))
    out["wrist_forward"] = forward * (wrist[:, 0] - mid_foot[:, 0]) / foot
    return out


def _leg_signals(points_px: FloatArray, side: Side, forward: float) -> dict[str, FloatArray]:
    joints = ("shoulder", "hip", "knee", "ankle", "heel", "foot_index")
    shoulder, hip, knee, ankle, heel, toe = (_at(points_px, side, joint) for joint in joints)
    shank = inclination_deg(ankle, knee, forward)
    thigh = inclination_deg(knee, hip, forward)
    trunk = inclination_deg(hip, shoulder, forward)
    foot_tilt = -elevation_deg(heel, toe)
    floor = np.fmax.reduce([_at(points_px, s, j)[:, 1] for s in SIDES for j in ("heel", "foot_index")])
    return {
        "knee_flexion": wrap_deg(shank - thigh),
        "hip_flexion": wrap_deg(trunk - thigh),
        "thigh_to_horizontal": elevation_deg(knee, hip),
        "shank_lean": shank,
        "trunk_shin_gap": wrap_deg(trunk - shank),
        "heel_rise": foot_tilt,
        "ankle_dorsiflexion": shank - foot_tilt,
        "knee_past_toes": forward * (knee[:, 0] - toe[:, 0]) / _foot_length(points_px, side),
        "knee_height": floor - knee[:, 1],
        **foot_places(heel, toe, forward),
    }


def _foot_length(points_px: FloatArray, side: Side) -> FloatArray:
    """As it looks; NaN where the foot points at the camera and nothing can be told in its lengths."""
    foot = length(_at(points_px, side, "heel"), _at(points_px, side, "foot_index"))
    return np.where(foot > 0.0, foot, np.nan)


def _front_signals(
    points_px: FloatArray, view: View, lengths: Mapping[str, FloatArray]
) -> dict[str, FloatArray]:
    # From the front the person's left is the image's right; from the back it is the image's left.
    to_left = 1.0 if abs(view.azimuth_deg or 0.0) < 90.0 else -1.0
    out: dict[str, FloatArray] = {}
    for side, outward in zip(SIDES, (to_left, -to_left), strict=True):
        hip, knee, ankle = (_at(points_px, side, joint) for joint in ("hip", "knee", "ankle"))
        out[f"knee_drift_{side}"] = -outward * (knee[:, 0] - ankle[:, 0]) / lengths[f"shank_length_{side}"]
        toe = _at(points_px, side, "foot_index")
        out[f"knee_inside_toes_{side}"] = (
            -outward * (knee[:, 0] - toe[:, 0]) / lengths[f"shank_length_{side}"]
        )
        bend = inclination_deg(knee, hip, outward) - inclination_deg(ankle, knee, outward)
        out[f"frontal_knee_angle_{side}"] = wrap_deg(bend)
    hips, shoulders, ankles = (middle(points_px, joint) for joint in ("hip", "shoulder", "ankle"))
    knee_gap, ankle_gap = _gap(points_px, "knee"), _gap(points_px, "ankle")
    ankle_gap = np.where(ankle_gap > LEAST_ANKLE_SEPARATION * lengths["leg_length"], ankle_gap, np.nan)
    out["knee_separation_ratio"] = knee_gap / ankle_gap
    out["hip_shift_ratio"] = to_left * (hips[:, 0] - ankles[:, 0]) / ankle_gap
    out["side_lean"] = inclination_deg(hips, shoulders, to_left)
    left_hip, right_hip = _at(points_px, "left", "hip"), _at(points_px, "right", "hip")
    lower = left_hip[:, 1] - right_hip[:, 1]
    out["pelvic_obliquity"] = np.degrees(np.arctan2(lower, _gap(points_px, "hip")))
    return out
