"""Before a set: whether the whole body is in the picture and stands still, and what to change if not.

It tells only what poses tell: who is hidden, cut off, far away, bent or moving. Nothing here reads a clock.
"""

from collections import deque
from typing import Final

import numpy as np

from hipform.kinematics.bend import hip_height_px, leg_length_px
from hipform.kinematics.points import VISIBLE
from hipform.kinematics.sides import middle
from hipform.records import Pose
from hipform.session.remarks import SMALL_SHARE
from hipform.skeleton import INDEX, SIDES, landmark

# How far the middles of shoulders, hips and ankles may wander within the time of standing still, in leg
# lengths (ours): standing people read 0.02 to 0.12 in two seconds, with exercise or steps 0.13 to 1.
STILL_LEGS: Final = 0.12
# How high the hips stand above the ankles, in trunk lengths: 1.07 to 1.7 where people stand, a split stance
# among them, at most 0.8 where they sit or rest in the hole (the same clips).
UPRIGHT_TRUNKS: Final = 0.95
# Height of the shoulders above the hips, in trunk lengths: a trunk that leans by less than 45 degrees (ours).
TALL_TRUNKS: Final = 0.7
# A body that is hidden for less than this was not gone: the model loses a foot for a frame or two (ours).
LAPSE_S: Final = 0.5

NOBODY: Final = "I can't see you: step in front of the camera."
TOO_CLOSE: Final = "I can't see your head and your feet: step back."
NO_FEET: Final = "I can't see your feet: step back or tilt the camera down."
NO_HEAD: Final = "I can't see your head: step back or tilt the camera up."
NOT_WHOLE: Final = "I can't see all of you: step into the middle of the picture."
TOO_FAR: Final = "You are small in the picture: come closer."
BENT: Final = "Stand up straight."
MOVING: Final = "Stand still."

_HEAD = [INDEX["nose"], INDEX["left_ear"], INDEX["right_ear"]]
_LEGS = {side: [landmark(side, joint) for joint in ("shoulder", "hip", "knee")] for side in SIDES}
_FEET = {side: [landmark(side, joint) for joint in ("ankle", "foot_index")] for side in SIDES}


def missing_part(pose: Pose, height_px: int) -> str | None:
    """What to do before this body can be measured, None when all of it is in the picture.

    One side is enough: from the side the body hides the other. `height_px` is the picture's.
    """
    if not pose.found:
        return NOBODY
    seen = pose.visibility >= VISIBLE
    head = bool(seen[_HEAD].any())
    feet = any(seen[_FEET[side]].all() for side in SIDES)
    if not feet:
        return NO_FEET if head else TOO_CLOSE
    if not head:
        return NO_HEAD
    if not any(seen[_LEGS[side] + _FEET[side]].all() for side in SIDES):
        return NOT_WHOLE
    if float(np.ptp(pose.image_px[:, 1])) < SMALL_SHARE * height_px:
        return TOO_FAR
    return None


def in_picture(pose: Pose) -> bool:
    """Whether somebody is there to be followed: found, and with a hip in the picture."""
    return pose.found and bool((pose.visibility[[landmark(s, "hip") for s in SIDES]] >= VISIBLE).any())


class SetUp:
    """Push one pose after the other; back comes the hint, None as soon as the set may begin.

    `still_s` is how long the whole body must stand still; with 0 the set begins with the first person found.
    `standing` are then the poses of this standing.
    """

    def __init__(self, still_s: float, height_px: int) -> None:
        self._still_s = still_s
        self._height_px = height_px
        self._standing: deque[Pose] = deque()

    @property
    def standing(self) -> tuple[Pose, ...]:
        """The poses since the body stands still, in their order."""
        return tuple(self._standing)

    def push(self, pose: Pose) -> str | None:
        """Take the next pose; `t_s` must grow."""
        if self._still_s == 0:
            self._standing = deque([pose])
            return None if pose.found else NOBODY
        hint = missing_part(pose, self._height_px) or (None if _upright(pose) else BENT)
        if hint is not None:
            if self._standing and pose.t_s - self._standing[-1].t_s > LAPSE_S:
                self._standing.clear()
            return hint
        self._standing.append(pose)
        while not _still(self._standing):
            self._standing.popleft()
        return None if pose.t_s - self._standing[0].t_s >= self._still_s else MOVING


def _upright(pose: Pose) -> bool:
    shoulders, hips = (middle(pose.image_px, joint) for joint in ("shoulder", "hip"))
    trunk_px = float(np.linalg.norm(shoulders - hips))
    tall = float(hips[1] - shoulders[1]) > TALL_TRUNKS * trunk_px
    return tall and hip_height_px(pose.image_px) > UPRIGHT_TRUNKS * trunk_px


def _still(poses: "deque[Pose]") -> bool:
    leg_px = float(np.median([leg_length_px(pose.image_px) for pose in poses]))
    middles = np.array(
        [[middle(pose.image_px, joint) for joint in ("shoulder", "hip", "ankle")] for pose in poses]
    )
    return float(np.ptp(middles, axis=0).max()) <= STILL_LEGS * leg_px
