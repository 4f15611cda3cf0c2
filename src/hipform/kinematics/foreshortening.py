"""What a camera that does not stand exactly at the side does to a body, taken back.

Three things happen to the sagittal plane, in which hips, knees and trunk bend, when it is seen from a
degrees off the side. It is drawn narrower, by cos a. What comes forward in it comes nearer to the camera, or
goes away from it when that stands behind the person, and is drawn larger or smaller. And a thigh that turns
out of the plane with its foot is drawn too short on one leg and too long on the other; where both legs do
the same, the middle between left and right lies in the plane again. What is left: docs/accuracy.md.
"""

import numpy as np

from hipform.kinematics.geometry import length
from hipform.kinematics.view import LABEL_HALF_WIDTH_DEG, TRUSTED_OFF_SIDE_DEG, off_side_deg
from hipform.records import FloatArray, View
from hipform.skeleton import INDEX, LANDMARKS, SIDES, landmark, mirrored_order

# From here on the middle of both legs counts alone; from the trusted view up to here it comes in evenly, so
# that a degree more of the estimated camera never makes a number jump. Ours: nearer to the side view the far
# leg is too often covered.
BOTH_LEGS_OFF_SIDE_DEG = 25.0
# The camera that the set-up text asks for, 3 m away, in lengths of a leg from hip to ankle (0.83 m). Where it
# really stands at 2.5 or 3.7 m, joint angles are off by a degree at most.
CAMERA_AWAY_LEG_LENGTHS = 3.6
BOTH_NEEDED = [landmark("left", joint) for joint in ("shoulder", "hip", "knee", "ankle")]


def stretched(points_px: FloatArray, view: View) -> FloatArray:
    """Points (N, 33, 2) with x widened to what an exact side view shows of movement in one vertical plane.

    For views that side measures can be told in (`view.measures_side`); as they are up to 15 degrees off.
    """
    off = off_side_deg(view)
    if off <= TRUSTED_OFF_SIDE_DEG:
        return points_px
    return np.asarray(points_px * np.array([1.0 / np.cos(np.radians(off)), 1.0]))


def as_from_the_side(points_px: FloatArray, view: View, legs_alike: bool) -> FloatArray:
    """Image points (N, 33, 2) as an exact side view would show them.

    For views that side measures can be told in; as they are up to 15 degrees off. `legs_alike` says that both
    legs do the same, as in a squat; else points are only stretched. NaN stays NaN, and of legs that are alike
    a point is NaN where its partner on the other side is.
    """
    off = off_side_deg(view)
    if off <= TRUSTED_OFF_SIDE_DEG or not legs_alike:
        return stretched(points_px, view)
    middle = (points_px + points_px[:, mirrored_order()]) / 2.0
    corrected = _at_one_distance(stretched(middle, view), view)
    share = min((off - TRUSTED_OFF_SIDE_DEG) / (BOTH_LEGS_OFF_SIDE_DEG - TRUSTED_OFF_SIDE_DEG), 1.0)
    mixed = points_px + share * (corrected - points_px)
    if off > LABEL_HALF_WIDTH_DEG:
        return np.asarray(mixed)
    # In what is called a side view the far leg may be covered; one leg alone errs little there.
    both = np.isfinite(middle[:, BOTH_NEEDED]).all(axis=(1, 2), keepdims=True)
    return np.where(both, mixed, stretched(points_px, view))


def _at_one_distance(points_px: FloatArray, view: View) -> FloatArray:
    """Points as large as they would be drawn at the distance of the ankle, about where the hip stood."""
    azimuth = np.radians(view.azimuth_deg or 0.0)
    # How much nearer to the camera a point comes for each pixel that it lies to the right of the ankle.
    nearer = -np.sign(azimuth) * np.cos(azimuth)
    out = points_px.copy()
    for side in SIDES:
        hip, knee, ankle = (points_px[:, landmark(side, joint)] for joint in ("hip", "knee", "ankle"))
        leg = (length(hip, knee) + length(knee, ankle))[:, None]
        own = [INDEX[name] for name in LANDMARKS if side in name]
        share = nearer * (points_px[:, own, 0] - ankle[:, :1]) / (CAMERA_AWAY_LEG_LENGTHS * leg)
        centre = (ankle - leg * np.array([0.0, 1.0]))[:, None]
        out[:, own] = centre + (points_px[:, own] - centre) * (1.0 - share[..., None])
    return out
