"""Joints that the model draws with confidence where they are not: told, and clean ones left alone."""

from dataclasses import replace

import numpy as np
import pytest

from fixtures.stickman import Figure, hinge, lunge, record, squat, times
from hipform.kinematics.points import believed_px
from hipform.kinematics.trust import distrusted
from hipform.records import PoseTrack
from hipform.skeleton import Side, landmark

AZIMUTHS = [90.0, -90.0, 60.0, 0.0]


def with_arm_over(track: PoseTrack, side: Side, joint: str, aside_legs: float) -> PoseTrack:
    """The forearm and hand hang straight down past the joint, so many leg lengths beside its middle."""
    leg_px = 0.82 * 250.0
    points = track.image_px.copy()
    at = points[:, landmark(side, joint)] + np.array([aside_legs * leg_px, 0.0])
    for name, up_px in (("elbow", -40.0), ("wrist", 30.0), ("index", 50.0)):
        points[:, landmark(side, name)] = at + np.array([0.0, up_px])
    return replace(track, image_px=points)


@pytest.mark.parametrize("azimuth", AZIMUTHS)
@pytest.mark.parametrize("motion", [squat, hinge, lunge], ids=["squat", "hinge", "lunge"])
def test_a_body_in_plain_sight_is_believed(motion: object, azimuth: float) -> None:
    track = record(lambda t: replace(motion(min(t, 1.0)), arms=60.0), times(1.5), azimuth)  # type: ignore[operator]
    assert not distrusted(track).any()


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_knee_behind_the_own_arm_is_not_believed(side: Side) -> None:
    track = record(lambda _: squat(1.0), times(1.0), 90.0 if side == "left" else -90.0)
    covered = with_arm_over(track, side, "knee", 0.04)
    wrong = distrusted(covered)
    assert wrong[:, landmark(side, "knee")].all()
    assert wrong.sum() == len(track), "nothing else is distrusted"
    assert np.isnan(believed_px(covered)[:, landmark(side, "knee")]).all()


@pytest.mark.parametrize(
    ("aside_legs", "believed"), [(0.05, False), (0.07, False), (0.08, True), (0.3, True)]
)
def test_an_arm_beside_the_knee_covers_nothing(aside_legs: float, believed: bool) -> None:
    covered = with_arm_over(record(lambda _: squat(1.0), times(1.0)), "left", "knee", aside_legs)
    assert distrusted(covered)[:, landmark("left", "knee")].any() != believed


def test_the_size_in_the_picture_does_not_matter() -> None:
    covered = with_arm_over(record(lambda _: Figure(), times(1.0)), "left", "knee", 0.05)
    small = replace(covered, image_px=covered.image_px * 0.2)
    assert np.array_equal(distrusted(small), distrusted(covered))


def test_nobody_is_not_distrusted() -> None:
    track = record(lambda _: Figure(), times(1.0))
    assert not distrusted(replace(track, image_px=np.full_like(track.image_px, np.nan))).any()
    assert distrusted(track.between(0.0, 0.0)).shape == (0, 33)
