"""Legs that the model takes for one another for a while are told apart again."""

from dataclasses import replace

import numpy as np
import pytest

from fixtures.stickman import Set, gone, lunge, recorded_set, squat
from hipform.kinematics.swaps import exchanged_legs, with_legs_put_right
from hipform.records import PoseTrack
from hipform.skeleton import LEG_JOINTS, landmark

LEFT = [landmark("left", joint) for joint in LEG_JOINTS]
RIGHT = [landmark("right", joint) for joint in LEG_JOINTS]


def exchanged(track: PoseTrack, start_s: float, end_s: float) -> PoseTrack:
    when = np.flatnonzero((track.t_s >= start_s) & (track.t_s < end_s))[:, None]
    arrays = {}
    for name in ("image_px", "world_m", "visibility"):
        x = getattr(track, name).copy()
        x[when, LEFT], x[when, RIGHT] = x[when, RIGHT].copy(), x[when, LEFT].copy()
        arrays[name] = x
    return replace(track, **arrays)


@pytest.mark.parametrize("seconds", [(2.0, 2.1), (2.0, 3.0), (1.0, 1.4)])
def test_legs_of_a_split_squat_are_put_right(seconds: tuple[float, float]) -> None:
    true = recorded_set(lunge, Set())
    mended = with_legs_put_right(exchanged(true, *seconds))
    assert np.allclose(mended.image_px, true.image_px)
    assert np.allclose(mended.world_m, true.world_m)


def test_legs_that_never_jump_are_left_alone() -> None:
    for figure in (squat, lunge):
        for azimuth in (90.0, 45.0, 0.0):
            assert not exchanged_legs(recorded_set(figure, Set(), azimuth)).any()


def test_missing_poses_are_not_marked() -> None:
    track = recorded_set(lunge, Set())
    assert not exchanged_legs(gone(track, 1.0, 2.0)).any()
    assert not exchanged_legs(gone(track, 0.0, 60.0)).any()


@pytest.mark.parametrize("fps", [15.0, 30.0, 60.0])
def test_an_exchange_of_two_seconds_is_put_right_at_any_frame_rate(fps: float) -> None:
    true = recorded_set(lunge, Set(), fps=fps)
    mended = with_legs_put_right(exchanged(true, 2.0, 4.0))
    assert np.allclose(mended.image_px, true.image_px)
