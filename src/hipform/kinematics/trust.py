"""What the model's own visibility does not tell: joints that it draws with confidence in a wrong place.

Each check asks of a stretch of poses something that a body seen plainly cannot do, and says for which
landmarks of which poses the answer is no. What they find, and what they miss, is in docs/accuracy.md.
"""

import numpy as np

from hipform.kinematics.geometry import length
from hipform.kinematics.sides import leg_lengths
from hipform.records import BoolArray, FloatArray, PoseTrack
from hipform.skeleton import LANDMARKS, SIDES, Side, landmark

# A knee this close to the middle of the forearm or hand of its own side, in leg lengths, lies behind it: half
# a forearm and half a knee, 6 cm. On the marked clips such a knee reads 10 to 16 degrees too bent; rendered
# ones 7 cm beside an arm are as good as any.
COVERED_LEGS = 0.075


def distrusted(track: PoseTrack) -> BoolArray:
    """Mask (N, 33) of the landmarks that are not to be believed whatever their visibility says."""
    wrong = np.zeros((len(track), len(LANDMARKS)), dtype=bool)
    leg_px = typical_leg_px(track.image_px)
    for side in SIDES:
        wrong[:, landmark(side, "knee")] = _knee_behind_the_arm(track.image_px, side, leg_px)
    return wrong


def typical_leg_px(points_px: FloatArray) -> float:
    """Thigh plus shin as they mostly look, of the leg that looks longer; NaN when never seen."""
    lengths = leg_lengths(points_px)
    known = lengths[np.isfinite(lengths).all(axis=-1)]
    return float(np.median(known, axis=0).max()) if len(known) else float("nan")


def _knee_behind_the_arm(points_px: FloatArray, side: Side, leg_px: float) -> BoolArray:
    knee, elbow, wrist, finger = (
        points_px[:, landmark(side, joint)] for joint in ("knee", "elbow", "wrist", "index")
    )
    nearest = np.fmin(_off_segment(knee, elbow, wrist), _off_segment(knee, wrist, finger))
    return np.asarray(nearest < COVERED_LEGS * leg_px)


def _off_segment(point: FloatArray, start: FloatArray, end: FloatArray) -> FloatArray:
    """Distance (N,) of each point from the line between start and end."""
    along = end - start
    squared = np.maximum((along**2).sum(-1), 1e-9)
    share = np.clip(((point - start) * along).sum(-1) / squared, 0.0, 1.0)
    return length(start + share[:, None] * along, point)
