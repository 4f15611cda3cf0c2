"""Before a set: whether the whole body is in the picture and stands still, and what to change if not.

It tells only what poses tell: who is hidden, cut off, far away, bent or moving. Nothing here reads a clock.
"""

from collections import deque
from dataclasses import dataclass
from statistics import median
from typing import Final

import numpy as np

from hipform.kinematics.bend import leg_length_px
from hipform.kinematics.geometry import inclination_deg, length, wrap_deg
from hipform.kinematics.points import VISIBLE
from hipform.kinematics.sides import middle
from hipform.kinematics.view import azimuth_deg, typical_azimuth_deg, view_at
from hipform.records import FloatArray, Pose, PoseTrack, View
from hipform.session.remarks import SMALL_SHARE
from hipform.skeleton import INDEX, SIDES, landmark

# How far the middles of shoulders, hips and ankles may wander within two seconds, in leg lengths (ours):
# standing people read 0.02 to 0.12 in that time, with exercise or steps 0.13 to 1.
STILL_LEGS: Final = 0.12
STILL_OVER_S: Final = 2.0
# How high the hips stand above the ankles, in trunk lengths: 1.07 to 1.7 where people stand, a split stance
# among them, at most 0.8 where they sit or rest in the hole (the same clips).
UPRIGHT_TRUNKS: Final = 0.95
# Height of the shoulders above the hips, in trunk lengths: a trunk that leans by less than 45 degrees (ours).
TALL_TRUNKS: Final = 0.7
# A body that is hidden for less than this was not gone: the model loses a foot for a frame or two (ours).
LAPSE_S: Final = 0.5
# A camera rolls where legs and trunk lean to the same side, both by more than this: standing people read up
# to 7 degrees, one 9 for a moment (the recorded clips). A smaller roll cannot be told from how people stand.
TILTED_DEG: Final = 10.0
# Whoever cannot set the camera upright does the set all the same, so much later (ours: time to hear it and to
# walk up to the camera, which starts the waiting anew).
TILT_WAITS_S: Final = 6.0
# Who leans like that for a moment is on the way down: it is told after so much standing still (ours).
TILT_SURE_S: Final = 1.0
# Trunk and legs of somebody straight, who stands before a camera on its side or lies (ours).
STRAIGHT_DEG: Final = 30.0

NOBODY: Final = "I can't see you: step in front of the camera."
TOO_CLOSE: Final = "I can't see your head and your feet: step back."
NO_FEET: Final = "I can't see your feet: step back or tilt the camera down."
NO_HEAD: Final = "I can't see your head: step back or tilt the camera up."
NOT_WHOLE: Final = "I can't see all of you: step into the middle of the picture."
TOO_FAR: Final = "You are small in the picture: come closer."
BENT: Final = "Stand up straight."
SIDEWAYS: Final = "Stand up straight, or turn the camera upright."
TILTED: Final = "The camera is tilted: set it upright."
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
    if float(np.ptp(pose.image_px, axis=0).max()) < SMALL_SHARE * height_px:
        return TOO_FAR
    return None


def in_picture(pose: Pose) -> bool:
    """Whether somebody is there to be followed: found, and with a hip in the picture."""
    return pose.found and bool((pose.visibility[[landmark(s, "hip") for s in SIDES]] >= VISIBLE).any())


@dataclass(frozen=True, slots=True)
class Readiness:
    """What one pose says of the set that is to begin.

    `hint`: what to change first. `view`: from where the camera sees the body, while it stands there whole.
    `ready_in_s`: what is left of the countdown, None before it runs.
    """

    ready: bool
    hint: str | None = None
    view: View | None = None
    ready_in_s: float | None = None


class SetUp:
    """Push one pose after the other until one is ready.

    `still_s` is how long the whole body must stand still, `countdown_s` how long it must then go on doing so;
    with 0 for both the set begins with the first person found. `height_px` is the picture's.
    """

    def __init__(self, still_s: float, countdown_s: float, height_px: int) -> None:
        self._still_s = still_s
        self._countdown_s = countdown_s
        self._height_px = height_px
        self._standing: deque[_Stance] = deque()
        self._since_s = 0.0

    @property
    def standing(self) -> list[Pose]:
        """The poses of the standing, in their order: what there is of the last two seconds."""
        return [stance.pose for stance in self._standing]

    def push(self, pose: Pose) -> Readiness:
        """Take the next pose; `t_s` must grow."""
        if self._still_s + self._countdown_s == 0:
            self._standing = deque([_Stance.of(pose)])
            return Readiness(True, view=self._view()) if pose.found else Readiness(False, NOBODY)
        hint = missing_part(pose, self._height_px)
        stance = _Stance.of(pose)
        hint = hint or (None if stance.upright else SIDEWAYS if stance.on_its_side else BENT)
        if hint is not None:
            if self._standing and pose.t_s - self._standing[-1].pose.t_s > LAPSE_S:
                self._standing.clear()
            return Readiness(False, hint)
        self._join(stance)
        return self._waiting(pose.t_s - self._since_s)

    def _join(self, stance: "_Stance") -> None:
        if not self._standing:
            self._since_s = stance.pose.t_s
        self._standing.append(stance)
        while not _still(self._standing):
            self._standing.popleft()
            self._since_s = self._standing[0].pose.t_s
        while len(self._standing) > 1 and self._standing[1].pose.t_s <= stance.pose.t_s - STILL_OVER_S:
            self._standing.popleft()

    def _waiting(self, stood_s: float) -> Readiness:
        """What standing still for so long comes to."""
        tilted = abs(median(stance.roll_deg for stance in self._standing)) > TILTED_DEG
        wait_s = self._still_s + (TILT_WAITS_S if tilted else 0.0)
        if stood_s < wait_s:
            hint = TILTED if tilted and stood_s >= TILT_SURE_S else MOVING
            return Readiness(False, hint, self._view())
        left_s = wait_s + self._countdown_s - stood_s
        return Readiness(left_s <= 0, view=self._view(), ready_in_s=left_s if left_s > 0 else None)

    def _view(self) -> View:
        return view_at(typical_azimuth_deg(np.array([stance.azimuth_deg for stance in self._standing])))


@dataclass(frozen=True, slots=True, eq=False)
class _Stance:
    """A pose and what is asked of it.

    `middles_px` (3, 2) are those of shoulders, hips and ankles, `trunk_deg` and `legs_deg` how far the lines
    between them lean to the picture's right.
    """

    pose: Pose
    middles_px: FloatArray
    trunk_deg: float
    legs_deg: float
    leg_px: float
    azimuth_deg: float

    @classmethod
    def of(cls, pose: Pose) -> "_Stance":
        middles = np.array([middle(pose.image_px, joint) for joint in ("shoulder", "hip", "ankle")])
        shoulders, hips, ankles = middles
        trunk, legs = (float(inclination_deg(*line)) for line in ((hips, shoulders), (ankles, hips)))
        azimuth = float(azimuth_deg(PoseTrack.of([pose]))[0])
        return cls(pose, middles, trunk, legs, leg_length_px(pose.image_px), azimuth)

    @property
    def upright(self) -> bool:
        shoulders, hips, ankles = self.middles_px
        trunk_px = float(length(shoulders, hips))
        tall = float(hips[1] - shoulders[1]) > TALL_TRUNKS * trunk_px
        return tall and float(ankles[1] - hips[1]) > UPRIGHT_TRUNKS * trunk_px

    @property
    def on_its_side(self) -> bool:
        """Whether the body is straight all the same, with its legs stretched."""
        shoulders, hips, ankles = self.middles_px
        stretched = float(length(hips, ankles)) > UPRIGHT_TRUNKS * float(length(shoulders, hips))
        return stretched and bool(abs(wrap_deg(self.trunk_deg - self.legs_deg)) < STRAIGHT_DEG)

    @property
    def roll_deg(self) -> float:
        """By how much trunk and legs both lean to the same side of the picture, 0 where they do not."""
        if self.trunk_deg * self.legs_deg <= 0:
            return 0.0
        return min(self.trunk_deg, self.legs_deg, key=abs)


def _still(stances: "deque[_Stance]") -> bool:
    leg_px = float(np.median([stance.leg_px for stance in stances]))
    middles = np.array([stance.middles_px for stance in stances])
    return float(np.ptp(middles, axis=0).max()) <= STILL_LEGS * leg_px
