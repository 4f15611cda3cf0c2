"""How bent the body is, told in any view: what the counter counts on.

These are for counting only. They mix the model's world landmarks, which tell a bend from every side but
are no good as joint angles (docs/decisions/0005), with how far the hips came down in the picture, which
is sure but no angle. Both legs are averaged, so that a swap of left and right changes nothing.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np

from hipform.kinematics.geometry import flexion_deg
from hipform.kinematics.sides import leg_lengths, middle
from hipform.records import FloatArray, Pose
from hipform.skeleton import SIDES, landmark

# A descent of 0.15 leg lengths is made to count like the least rep, 25 degrees: walking and shifting the
# weight bob the hips by up to 0.1, the shallowest labelled rep lowers them by 0.13 and bends the knees more.
DROP_TO_DEG = 170.0
LEG_MEMORY_S = 10.0
LEG_PERCENTILE = 80.0


@dataclass(frozen=True, slots=True)
class Bend:
    """Bend of knees, hips, and hip descent as an equivalent angle, degrees; NaN = not known.

    `knee_deg` and `hip_deg` are means of both sides.
    """

    knee_deg: float
    hip_deg: float
    drop_deg: float

    def as_array(self) -> FloatArray:
        """(3,): knee, hip, drop."""
        return np.array([self.knee_deg, self.hip_deg, self.drop_deg])


class BendMeter:
    """Turns one pose after the other into `Bend`; remembers only how long the leg looks."""

    def __init__(self) -> None:
        self._legs: deque[tuple[float, float]] = deque()

    def push(self, pose: Pose) -> Bend:
        """The bend at this pose; all NaN when nobody was found."""
        if not pose.found:
            return Bend(np.nan, np.nan, np.nan)
        knee, hip = world_flexions_deg(pose.world_m)
        return Bend(float(knee.mean()), float(hip.mean()), self._drop_deg(pose))

    def _drop_deg(self, pose: Pose) -> float:
        leg = self._leg_px(pose)
        # Hips are never higher than legs are long: that only says that no straight leg was seen yet.
        return DROP_TO_DEG * max(0.0, 1.0 - hip_height_px(pose.image_px) / leg)

    def _leg_px(self, pose: Pose) -> float:
        """The leg's length as it looks when straight: a high percentile of the last ten seconds."""
        self._legs.append((pose.t_s, leg_length_px(pose.image_px)))
        while self._legs[0][0] < pose.t_s - LEG_MEMORY_S:
            self._legs.popleft()
        return float(np.percentile([px for _, px in self._legs], LEG_PERCENTILE))


def world_flexions_deg(world_m: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Knee and hip flexion of left and right from world landmarks (..., 33, 3): two arrays (..., 2)."""
    knee, hip = [], []
    for side in SIDES:
        at = {j: world_m[..., landmark(side, j), :] for j in ("shoulder", "hip", "knee", "ankle")}
        knee.append(flexion_deg(at["hip"], at["knee"], at["ankle"]))
        hip.append(flexion_deg(at["shoulder"], at["hip"], at["knee"]))
    return np.stack(knee, axis=-1), np.stack(hip, axis=-1)


def hip_height_px(image_px: FloatArray) -> float:
    """Height of the middle of the hips above the middle of the ankles.

    The middle, because in a lunge towards the camera the front foot is drawn lower than the rear one.
    """
    return float(middle(image_px, "ankle")[1] - middle(image_px, "hip")[1])


def leg_length_px(image_px: FloatArray) -> float:
    """Thigh plus shin as they look, mean of both legs."""
    return float(leg_lengths(image_px).mean())
