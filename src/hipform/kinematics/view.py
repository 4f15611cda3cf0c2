"""From where the camera sees the person.

Azimuth: 0 = from the front, +90 = their left side faces the camera, -90 the right side, 180 = back.
It is read from the line between the shoulders in the model's world landmarks. Around each rep of 42
rendered clips with known cameras (side, oblique, front; both sides) it is within 10.6 degrees of the truth,
3.9 on average; with the line between the hips mixed in it gets worse (docs/accuracy.md).
"""

import numpy as np

from hipform.kinematics.geometry import wrap_deg
from hipform.records import FloatArray, PoseTrack, View, ViewLabel
from hipform.skeleton import INDEX, Side

# Labels and limits: the project's own definition (docs/decisions/0003).
LABEL_HALF_WIDTH_DEG = 20.0
TRUSTED_OFF_SIDE_DEG = 15.0
CORRECTED_OFF_SIDE_DEG = 40.0
# The estimated azimuth is off by 4 on average, so views just within the limit often seem to lie beyond it.
# Where the middle of both legs is read, which is as good there, they are measured all the same.
AZIMUTH_UNSURE_DEG = 5.0
MEASURED_OFF_FRONT_DEG = 15.0
UNKNOWN = View("unknown", None)


def azimuth_deg(track: PoseTrack) -> FloatArray:
    """Azimuth at each pose, (N,), NaN where nobody was found."""
    across = track.world_m[:, INDEX["left_shoulder"]] - track.world_m[:, INDEX["right_shoulder"]]
    return -np.degrees(np.arctan2(across[:, 2], across[:, 0]))


def typical_azimuth_deg(azimuths_deg: FloatArray) -> float:
    """Circular median of azimuths, NaN when none is known.

    The median is taken around the circular mean, so that a person seen from the back (where the azimuth
    jumps from 180 to -180) is not averaged to a front view, and single wrong frames do not count.
    """
    known = azimuths_deg[np.isfinite(azimuths_deg)]
    if not len(known):
        return float("nan")
    radians = np.radians(known)
    centre = np.degrees(np.arctan2(np.sin(radians).mean(), np.cos(radians).mean()))
    return float(wrap_deg(centre + np.median(wrap_deg(known - centre))))


def view_at(azimuth: float) -> View:
    """The view with this azimuth; NaN gives "unknown"."""
    if not np.isfinite(azimuth):
        return UNKNOWN
    return View(_label(azimuth), round(float(azimuth), 1))


def estimate_view(track: PoseTrack) -> View:
    """The typical view of a stretch of poses."""
    return view_at(typical_azimuth_deg(azimuth_deg(track)))


def majority_view(views: list[View]) -> View:
    """The view of a set from those of its reps: the commonest label, "mixed" without a majority."""
    known = [v for v in views if v.azimuth_deg is not None]
    if not known:
        return UNKNOWN
    labels = [v.label for v in known]
    label = max(set(labels), key=labels.count)
    if labels.count(label) * 2 <= len(labels) and len(set(labels)) > 1:
        return View("mixed", None)
    same = np.array([v.azimuth_deg for v in known if v.label == label], dtype=float)
    return View(label, round(typical_azimuth_deg(same), 1))


def off_side_deg(view: View) -> float:
    """How far the camera is from the exact side view, 0..90; infinite when unknown."""
    return float("inf") if view.azimuth_deg is None else abs(90.0 - abs(view.azimuth_deg))


def off_front_deg(view: View) -> float:
    """How far the camera is from the exact front or back view, 0..90; infinite when unknown."""
    return float("inf") if view.azimuth_deg is None else 90.0 - off_side_deg(view)


def turn_to_side_deg(view: View) -> float:
    """How far to turn, on the shortest way, to be seen exactly from the side: + to one's own left.

    Whoever turns to the left turns the left side away from the camera: the azimuth falls. NaN when unknown.
    """
    if view.azimuth_deg is None:
        return float("nan")
    return view.azimuth_deg - float(np.copysign(90.0, view.azimuth_deg))


def turn_to_front_deg(view: View) -> float:
    """How far to turn to be seen exactly from the front, or from the back where that is nearer.

    + to one's own left; NaN when unknown.
    """
    if view.azimuth_deg is None:
        return float("nan")
    seen_from = 0.0 if abs(view.azimuth_deg) <= 90.0 else float(np.copysign(180.0, view.azimuth_deg))
    return view.azimuth_deg - seen_from


def near_side(view: View) -> Side | None:
    """The leg that faces the camera; None within 20 degrees of the front or back, or when unknown."""
    if view.azimuth_deg is None or off_front_deg(view) <= LABEL_HALF_WIDTH_DEG:
        return None
    return "left" if view.azimuth_deg > 0 else "right"


def measures_side(view: View, legs_alike: bool = False) -> bool:
    """Whether sagittal angles can be told at all in this view; legs as in `foreshortening`."""
    unsure = AZIMUTH_UNSURE_DEG if legs_alike else 0.0
    return off_side_deg(view) <= CORRECTED_OFF_SIDE_DEG + unsure


def measures_front(view: View) -> bool:
    """Whether what happens across the body can be told at all in this view, from the front or the back."""
    return off_front_deg(view) <= MEASURED_OFF_FRONT_DEG


def _label(azimuth: float) -> ViewLabel:
    off_front = min(abs(azimuth), 180.0 - abs(azimuth))
    if off_front <= LABEL_HALF_WIDTH_DEG:
        return "front" if abs(azimuth) < 90.0 else "back"
    left = azimuth > 0
    if off_front >= 90.0 - LABEL_HALF_WIDTH_DEG:
        return "side-left" if left else "side-right"
    return "oblique-left" if left else "oblique-right"
