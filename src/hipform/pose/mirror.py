"""Every picture looked at twice, as it is and mirrored, and the mean of both taken.

The pose model's errors are not the same in a picture and in its mirror image: what it gets wrong to one
side in one of them it often gets wrong to the other side in the other. The mean halves that part, and where
the two say quite different things one of them is wrong, which a single look never shows.

The mirrored look costs as much as the straight one, and the difference of the two changes slowly. So it may
be taken in a part of the frames, and its difference held until the next one. Only the past is used: a camera
can be followed this way as well as a file. On eight rendered side views the bend of the knee at the bottom
varied by 1.20 degrees from rep to rep with one look, by 0.85 with two in each frame, and by 0.85 with two in
every other frame; a line from one difference to the next, which must wait for it, gained nothing.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Literal, Self

import numpy as np
from numpy.linalg import norm

from hipform.kinematics.sides import leg_lengths, middle
from hipform.records import FloatArray, Frame, Pose, PoseEstimator
from hipform.skeleton import LEG_JOINTS, SIDES, landmark, mirrored_order

# The least time between two mirrored looks (ours). 0.055 s is every 2nd frame at 24 to 30 a second, every 3rd
# at 50, every 4th at 60, and every one at 15: no common rate is so near to a border that its jitter matters.
LOOK_EVERY_S: Final[Mapping[Literal["balanced", "best"], float]] = {"balanced": 0.055, "best": 0.0}
# In leg lengths: two looks this far apart leave a landmark half believed, twice as far not at all. In
# rendered clips spoiled with plates, boxes, cut pictures and other people three in four of the angles more
# than 12 degrees wrong rest on a landmark farther apart than this; of those of clean clips less than 2 %
# (docs/accuracy.md).
HALF_BELIEVED_LEGS = 0.07
# In trunk lengths; trunks farther apart than this belong to two people, as `PeopleCounter` has it.
SAME_PERSON_TRUNKS = 0.5

_PARTNER = mirrored_order()
_LEGS = [landmark(side, joint) for side in SIDES for joint in LEG_JOINTS]
_LEGS_EXCHANGED = [partner if i in _LEGS else i for i, partner in enumerate(_PARTNER)]


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """How far a mirrored look is from the straight one of its frame; its visibility; belief in both, 0..1."""

    image_px: FloatArray
    world_m: FloatArray
    visibility: FloatArray
    belief: FloatArray


class MirrorAveraged:
    """Follows one person with two estimators, of which the second sees mirror images; a context manager.

    Both must be fresh and of the same kind. They stay the caller's: leaving the context ends only the thread
    in which the mirrored look is taken while the straight one runs.
    """

    def __init__(self, straight: PoseEstimator, mirrored: PoseEstimator, look_every_s: float) -> None:
        self._straight = straight
        self._mirrored = mirrored
        self._look_every_s = look_every_s
        self._looked_s = -np.inf
        self._look: _Look | None = None
        self._thread = ThreadPoolExecutor(1, "hipform-mirror")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown()

    def estimate(self, frame: Frame) -> Pose:
        """The mean of both looks; the straight one alone while the other finds nobody or someone else.

        `Pose.missing` when the straight look finds nobody, whatever the other says: that one is not taken in
        each frame, and a person who comes and goes with it is worse than a gap. The visibility of a landmark
        is the mean of both looks, 0 where either gives 0, and the lower the farther the two are apart.
        """
        if frame.t_s - self._looked_s < self._look_every_s:
            straight = self._straight.estimate(frame)
        else:
            self._looked_s = frame.t_s
            looking = self._thread.submit(self._in_mirror, frame)
            straight = self._straight.estimate(frame)
            self._look = _compared(straight, looking.result())
        return straight if self._look is None else _mean(straight, self._look)

    def _in_mirror(self, frame: Frame) -> Pose:
        """The pose in the mirrored picture, put back into the picture as it is."""
        image = np.ascontiguousarray(frame.image[:, ::-1])
        seen = self._mirrored.estimate(Frame(frame.index, frame.t_s, image))
        image_px = seen.image_px * (-1, 1) + (image.shape[1], 0)
        world_m = seen.world_m * (-1, 1, 1)
        return Pose(seen.t_s, image_px[_PARTNER], world_m[_PARTNER], seen.visibility[_PARTNER])


def _compared(straight: Pose, look: Pose) -> _Look | None:
    """The look against the straight pose, its legs exchanged where they are nearer so; None if of no use."""
    if not _same_person(straight, look):
        return None
    as_given, exchanged = (
        look.image_px - straight.image_px,
        look.image_px[_LEGS_EXCHANGED] - straight.image_px,
    )
    nearer = norm(exchanged, axis=1).sum() < norm(as_given, axis=1).sum()
    order = _LEGS_EXCHANGED if nearer else slice(None)
    image_px = exchanged if nearer else as_given
    apart_legs = norm(image_px, axis=1) / max(float(leg_lengths(straight.image_px).max()), 1.0)
    belief = np.clip(1.0 - apart_legs / (2.0 * HALF_BELIEVED_LEGS), 0.0, 1.0)
    return _Look(image_px, look.world_m[order] - straight.world_m, look.visibility[order], belief)


def _same_person(a: Pose, b: Pose) -> bool:
    """Whether their trunks are in one place; nobody is never the same person."""
    trunks = [[middle(pose.image_px, joint) for joint in ("shoulder", "hip")] for pose in (a, b)]
    length_px = max(float(norm(hips - shoulders)) for shoulders, hips in trunks)
    apart_px = float(norm(np.mean(trunks[0], axis=0) - np.mean(trunks[1], axis=0)))
    return apart_px < SAME_PERSON_TRUNKS * length_px


def _mean(straight: Pose, look: _Look) -> Pose:
    visibility = np.minimum((straight.visibility + look.visibility) / 2, look.belief)
    hidden = (straight.visibility == 0) | (look.visibility == 0)
    return Pose(
        straight.t_s,
        straight.image_px + look.image_px / 2,
        straight.world_m + look.world_m / 2,
        np.where(hidden, 0.0, visibility),
    )
