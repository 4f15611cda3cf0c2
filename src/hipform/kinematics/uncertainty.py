"""How uncertain an angle is: the half-width that is expected to hold 90 % of its errors.

Three parts. What is left of the error of a body in plain sight, found on real people with joints marked by
hand. What the camera's direction adds, from geometry. And how much the joints tremble, and how well they are
seen, in these very frames.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from hipform.kinematics.geometry import length
from hipform.kinematics.view import TRUSTED_OFF_SIDE_DEG, off_side_deg
from hipform.records import FloatArray, View
from hipform.skeleton import SIDES, Side, landmark

if TYPE_CHECKING:  # loads SciPy, which takes a second: the tables alone do not need it
    from hipform.kinematics.points import SmoothPoints

# With what unsure joints add, those of knee, hip, trunk, shank and thigh hold 83 to 96 % of the errors of 24
# to 28 frames of real people from the side with joint centres marked by hand; published for this model, with
# all that comes on top, are 7, 8 to 10, 5, 5 and 5. The others hold the scatter of rendered clips with exact
# truth; a flat foot reads up to 12.5 of heel rise in one rep in ten (docs/accuracy.md).
SIDE_UNCERTAINTY_DEG: Final = {
    "knee_flexion": 6.5,
    "hip_flexion": 7.5,
    "trunk_lean": 5.0,
    "shank_lean": 3.0,
    "thigh_to_horizontal": 4.5,
    "ankle_dorsiflexion": 8.0,
    "trunk_shin_gap": 8.0,
    "heel_rise": 12.0,
}
# What is left once a squat beyond 15 degrees off the side was corrected: 90 % of the differences to
# the exact side view, of five bodies filmed 15 to 40 degrees off by a camera whose direction is known to 5
# degrees (docs/accuracy.md). Those of the foot are ours.
LEFT_OFF_SIDE_DEG: Final = {
    "knee_flexion": 8.0,
    "hip_flexion": 8.0,
    "trunk_lean": 4.0,
    "shank_lean": 4.0,
    "thigh_to_horizontal": 7.0,
    "ankle_dorsiflexion": 8.0,
    "trunk_shin_gap": 6.0,
    "heel_rise": 8.0,
}
# Others are only stretched: toe-out turns the near thigh out of the picture, which no correction by the
# camera's direction takes back. Rendered legs at 30 degrees off the side then read up to 1.5 times the worst
# case of geometry too little.
LEFT_AFTER_STRETCHING = 1.5
# Provisional, ours: not compared with anything yet (docs/accuracy.md).
OTHER_UNCERTAINTY: Final = {"deg": 5.0, "ratio": 0.04}
# 90 % of a normal distribution lie within this many standard deviations.
SD_TO_90 = 1.645
# The segments whose inclinations make up an angle, each as the two joints that it connects.
SEGMENTS: Final = {
    "trunk": ("hip", "shoulder"),
    "thigh": ("knee", "hip"),
    "shank": ("ankle", "knee"),
    "foot": ("heel", "foot_index"),
}
MADE_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "knee_flexion": ("shank", "thigh"),
    "hip_flexion": ("trunk", "thigh"),
    "trunk_lean": ("trunk",),
    "shank_lean": ("shank",),
    "thigh_to_horizontal": ("thigh",),
    "ankle_dorsiflexion": ("shank", "foot"),
    "trunk_shin_gap": ("trunk", "shank"),
    "heel_rise": ("foot",),
}


def side_uncertainty_deg(signal: str, view: View, legs_alike: bool) -> float:
    """Half-width for a sagittal angle of steady joints in this view, degrees; NaN for an unknown view.

    `legs_alike` as in `foreshortening`. The worst case of geometry for one segment seen off the side by a is
    asin(tan^2(a/2)), for a joint twice that (docs/method.md).
    """
    off = off_side_deg(view)
    if not np.isfinite(off):
        return float("nan")
    base = SIDE_UNCERTAINTY_DEG[signal]
    worst = len(MADE_OF[signal]) * float(np.degrees(np.arcsin(min(1.0, np.tan(np.radians(off) / 2.0) ** 2))))
    if off <= TRUSTED_OFF_SIDE_DEG:
        return base + worst
    if legs_alike:
        return float(np.hypot(base, LEFT_OFF_SIDE_DEG[signal]))
    return base + LEFT_AFTER_STRETCHING * worst


def unsure_deg(points: "SmoothPoints") -> dict[str, FloatArray]:
    """What unsure joints add to each sagittal angle, by its full name, (N,): 90 % half-width, degrees."""
    out = {}
    for side in SIDES:
        variance = {name: _segment_variance(points, side, *ends) for name, ends in SEGMENTS.items()}
        for signal, segments in MADE_OF.items():
            total = np.sum([variance[segment] for segment in segments], axis=0)
            out[f"{signal}_{side}"] = np.degrees(SD_TO_90 * np.sqrt(total))
    out["trunk_lean"] = np.fmin(out.pop("trunk_lean_left"), out.pop("trunk_lean_right"))
    return out


def _segment_variance(points: "SmoothPoints", side: Side, start: str, end: str) -> FloatArray:
    """Variance of a segment's inclination, (N,), in square radians."""
    a, b = landmark(side, start), landmark(side, end)
    long_px = np.maximum(length(points.px[:, a], points.px[:, b]), 1.0)
    return np.asarray((points.unsure_px[:, a] ** 2 + points.unsure_px[:, b] ** 2) / long_px**2)
