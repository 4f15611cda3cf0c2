"""What a body says with its hands: one raised hand ends the set."""

from dataclasses import dataclass
from math import inf
from typing import Final

import numpy as np

from hipform.kinematics.points import VISIBLE
from hipform.kinematics.sides import middle
from hipform.records import Pose
from hipform.skeleton import INDEX, SIDES, Side, landmark, other

# How far above nose and ears the wrist is, in trunk lengths (ours): a straight arm brings it up by about 0.6,
# a hand that lies on the head by 0.25.
ABOVE_HEAD_TRUNKS: Final = 0.35
# How long it must stay there (ours): nobody scratches the head or waves a fly away for so long up there.
RAISED_S: Final = 1.5
# How long an arm takes from below the shoulder to above the head, at most (ours).
RISES_WITHIN_S: Final = 1.0
# An arm that is lost for less than this was not taken down: the model loses one for a frame or two (ours).
LAPSE_S: Final = 0.3

_HEAD = [INDEX[name] for name in ("nose", "left_ear", "right_ear")]


class RaisedHand:
    """Push one pose after the other; back comes whether a hand has now been raised for long enough.

    Exactly one hand is high above the head, all of its arm is seen and goes upwards, and the other hand is
    below its shoulder, while the body stands. The hand must just have come up from below its shoulder: with a
    weight overhead both arms stay up, and the far one, which the body hides from the side, is only guessed.
    Each raising is told once.
    """

    def __init__(self) -> None:
        self._arms = {side: _Arm() for side in SIDES}

    def push(self, pose: Pose, *, standing: bool) -> bool:
        """Take the next pose and whether the body stands upright in it; `t_s` must grow."""
        told = False
        for side, arm in self._arms.items():
            if _hangs(pose, side, guessed=False):
                arm.down_s = pose.t_s
            elif standing and _high(pose, side) and _hangs(pose, other(side), guessed=True):
                told |= arm.held_up(pose.t_s)
        return told


@dataclass(slots=True)
class _Arm:
    """When it last hung, and from when to when it is up."""

    down_s: float = -inf
    up_from_s: float = -inf
    up_to_s: float = -inf

    def held_up(self, t_s: float) -> bool:
        """The arm is up at `t_s`: whether that ends a raising that is long enough."""
        if t_s - self.up_to_s > LAPSE_S:
            self.up_from_s = t_s
        self.up_to_s = t_s
        if self.up_from_s - self.down_s > RISES_WITHIN_S or t_s - self.up_from_s < RAISED_S:
            return False
        self.down_s = -inf
        return True


def _arm_seen(pose: Pose, side: Side) -> bool:
    arm = [landmark(side, joint) for joint in ("shoulder", "elbow", "wrist")]
    # A point above the picture's edge was never seen, whatever its visibility says.
    return bool((pose.visibility[arm] >= VISIBLE).all() and (pose.image_px[arm, 1] >= 0.0).all())


def _high(pose: Pose, side: Side) -> bool:
    if not (pose.found and _arm_seen(pose, side)):
        return False
    shoulder, elbow, wrist = (pose.image_px[landmark(side, j), 1] for j in ("shoulder", "elbow", "wrist"))
    shoulders, hips = (middle(pose.image_px, joint) for joint in ("shoulder", "hip"))
    head = float(pose.image_px[_HEAD, 1].min())
    above = ABOVE_HEAD_TRUNKS * float(np.linalg.norm(shoulders - hips))
    return bool(wrist < elbow < shoulder and wrist < head - above)


def _hangs(pose: Pose, side: Side, *, guessed: bool) -> bool:
    """Whether the wrist is below its shoulder; with `guessed` an arm that is not seen is believed, too."""
    if not (pose.found and (guessed or _arm_seen(pose, side))):
        return False
    return bool(pose.image_px[landmark(side, "wrist"), 1] > pose.image_px[landmark(side, "shoulder"), 1])
