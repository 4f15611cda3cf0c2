"""Where the picture jumps: a cut in an edited video, or another person who is followed from now on.

A body moves from frame to frame as far as it can; across a cut it does not. What was under way before a cut
has nothing to do with what comes after it.
"""

from collections import deque

import numpy as np

from hipform.kinematics.bend import leg_length_px
from hipform.kinematics.sides import middle
from hipform.records import FloatArray, Pose

# Leg lengths a second, and leg lengths, that the middle of the hips or of the shoulders jumps from one frame
# to the next. On the labelled and rendered clips nobody moves faster than 2.6 a second (a kettlebell swing,
# jumping jacks), and two cuts read 7.7 and 14.5; a jump squat leaves the floor with about 3. The distance
# keeps jitter at high frame rates out.
FASTEST_PER_S = 5.0
LEAST_JUMP = 0.15
# The leg looks as long as its longest of this time: seen from the front it shortens when it bends.
LEG_MEMORY_S = 2.0


class CutWatcher:
    """Push one pose after the other; True when this one is not the continuation of the one before.

    Poses without a person are passed over. The middle of both sides is followed, so that an exchange of left
    and right is no jump.
    """

    def __init__(self) -> None:
        self._legs: deque[tuple[float, float]] = deque()
        self._last: tuple[float, FloatArray] | None = None

    def push(self, pose: Pose) -> bool:
        """Take the next pose; `t_s` must grow."""
        if not pose.found:
            return False
        trunk = np.array([middle(pose.image_px, joint) for joint in ("shoulder", "hip")])
        jumped = self._last is not None and self._jumps(pose.t_s, trunk, *self._last)
        if jumped:
            self._legs.clear()
        self._last = (pose.t_s, trunk)
        self._legs.append((pose.t_s, leg_length_px(pose.image_px)))
        while self._legs[0][0] < pose.t_s - LEG_MEMORY_S:
            self._legs.popleft()
        return jumped

    def _jumps(self, t_s: float, trunk: FloatArray, last_s: float, last: FloatArray) -> bool:
        leg_px = max(px for _, px in self._legs)
        way = float(np.linalg.norm(trunk - last, axis=-1).max()) / max(leg_px, 1e-6)
        return way > LEAST_JUMP and way > FASTEST_PER_S * (t_s - last_s)
