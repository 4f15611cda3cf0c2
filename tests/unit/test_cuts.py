"""A jump from one frame to the next is a cut; no movement of a body or a camera is one."""

from dataclasses import replace

import numpy as np
import pytest

from fixtures import motions
from fixtures.stickman import PX_PER_M, SHANK, THIGH, Figure, Set, gone, record, recorded_set, squat, times
from hipform.kinematics.cuts import FASTEST_PER_S, LEAST_JUMP, CutWatcher
from hipform.records import PoseTrack

LEG_PX = (THIGH + SHANK) * PX_PER_M


def cuts_s(track: PoseTrack) -> list[float]:
    watcher = CutWatcher()
    return [round(pose.t_s, 2) for pose in track if watcher.push(pose)]


def jumping(legs: float, fps: float = 30.0) -> PoseTrack:
    """Standing; from 1 s on so many leg lengths further to the right."""
    track = record(lambda _: Figure(), times(2.0, fps))
    image = track.image_px.copy()
    image[track.t_s >= 1.0 - 1e-9, :, 0] += legs * LEG_PX
    return replace(track, image_px=image)


@pytest.mark.parametrize("to", [1.5, -1.5])
def test_a_jump_is_a_cut_at_its_first_frame(to: float) -> None:
    assert cuts_s(jumping(to)) == [1.0]


def test_how_far_and_how_fast_a_jump_must_be() -> None:
    at_once = FASTEST_PER_S / 30.0
    assert cuts_s(jumping(1.01 * at_once)) == [1.0]
    assert cuts_s(jumping(0.99 * at_once)) == []
    assert cuts_s(jumping(1.01 * LEAST_JUMP, fps=120.0)) == [1.0]
    assert cuts_s(jumping(0.99 * LEAST_JUMP, fps=120.0)) == []


@pytest.mark.parametrize("azimuth", [90.0, 0.0])
def test_the_fastest_movements_are_no_cuts(azimuth: float) -> None:
    fast = recorded_set(squat, Set(down_s=0.35, hold_s=0.0, up_s=0.35), azimuth)
    assert cuts_s(fast) == []
    for motion in (motions.jumping_jack, motions.jump_squat, motions.walk):
        assert cuts_s(record(motion, times(6.0), azimuth)) == []


def test_exchanged_legs_are_no_cut() -> None:
    track = record(lambda _: Figure(stride=0.65), times(2.0))
    order = np.arange(33)
    order[[23, 24, 25, 26, 27, 28, 29, 30, 31, 32]] = [24, 23, 26, 25, 28, 27, 30, 29, 32, 31]
    image = track.image_px.copy()
    image[20:30] = image[20:30][:, order]
    assert cuts_s(replace(track, image_px=image)) == []


def test_somebody_who_was_away_may_have_moved() -> None:
    assert cuts_s(gone(jumping(1.0), 0.7, 1.2)) == []
    assert cuts_s(gone(jumping(1.0), 1.0, 1.05)) == [1.07]
