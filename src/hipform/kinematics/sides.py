"""Left and right together: the middle of both sides, and how long each leg looks.

All take image or world points (..., 33, 2 or 3); NaN in gives NaN out.
"""

import numpy as np

from hipform.kinematics.geometry import length
from hipform.records import FloatArray
from hipform.skeleton import SIDES, landmark


def middle(points: FloatArray, joint: str) -> FloatArray:
    """The point between the left and the right joint, (..., 2 or 3)."""
    return np.asarray(np.mean([points[..., landmark(side, joint), :] for side in SIDES], axis=0))


def leg_lengths(points: FloatArray) -> FloatArray:
    """Thigh plus shin of the left and the right leg, (..., 2), in the unit of the points."""
    legs = []
    for side in SIDES:
        hip, knee, ankle = (points[..., landmark(side, joint), :] for joint in ("hip", "knee", "ankle"))
        legs.append(length(hip, knee) + length(knee, ankle))
    return np.stack(legs, axis=-1)
