"""How bent the body is, as the counter sees it: alike in every view, and sure of nothing unseen."""

from dataclasses import replace

import numpy as np
import pytest

from fixtures.stickman import SHANK, THIGH, Figure, hinge, lunge, mirrored, pose, record, squat, times
from hipform.kinematics.bend import Bend, BendMeter
from hipform.records import Pose, PoseTrack

VIEWS = [0.0, 30.0, 90.0, -90.0, 180.0]


def bends(track: PoseTrack) -> list[Bend]:
    meter = BendMeter()
    return [meter.push(p) for p in track]


def after_standing(figure: Figure, azimuth: float) -> Bend:
    return bends(record(lambda t: figure if t >= 1.0 else Figure(), times(1.05), azimuth))[-1]


@pytest.mark.parametrize("azimuth", VIEWS)
@pytest.mark.parametrize("figure", [squat(1.0), squat(0.4), hinge(1.0)], ids=["squat", "half squat", "hinge"])
def test_knees_and_hips_are_told_in_every_view(figure: Figure, azimuth: float) -> None:
    bend = after_standing(figure, azimuth)
    assert bend.knee_deg == pytest.approx(figure.knee, abs=3.0)
    assert bend.hip_deg == pytest.approx(figure.hip, abs=11.0), "the shoulders are wider than the hips"


@pytest.mark.parametrize("azimuth", VIEWS)
def test_a_descent_of_a_seventh_of_the_leg_counts_like_25_degrees(azimuth: float) -> None:
    knee = 2 * np.degrees(np.arccos(0.85))
    sunk = Figure(knee=knee, shank=knee / 2)
    leg = THIGH + SHANK
    assert after_standing(sunk, azimuth).drop_deg == pytest.approx(0.15 * 170.0, abs=6.0 * leg)


@pytest.mark.parametrize("azimuth", VIEWS)
def test_a_swap_of_left_and_right_changes_nothing(azimuth: float) -> None:
    track = record(lunge, times(1.0), azimuth)
    for one, two in zip(bends(track), bends(mirrored(track)), strict=True):
        assert one.as_array() == pytest.approx(two.as_array())


def test_the_size_in_the_picture_does_not_matter() -> None:
    track = record(squat, times(1.0), 45.0)
    small = replace(track, image_px=track.image_px * 0.2)
    for one, two in zip(bends(track), bends(small), strict=True):
        assert one.as_array() == pytest.approx(two.as_array())


def test_nobody_is_not_bent_and_not_straight() -> None:
    meter = BendMeter()
    meter.push(pose(Figure(), 0.0))
    assert np.isnan(meter.push(Pose.missing(0.1)).as_array()).all()
    assert np.isfinite(meter.push(pose(Figure(), 0.2)).as_array()).all()


def test_standing_farther_from_the_camera_is_not_a_descent_for_long() -> None:
    """Half as large in the picture after stepping back: ten seconds later that is the leg's length."""
    stands = [pose(Figure(), float(t)) for t in range(30)]
    steps_back = [replace(p, image_px=p.image_px / (1 + (p.t_s > 12))) for p in stands]
    told = [b.drop_deg for b in bends(PoseTrack.of(steps_back))]
    assert told[10] == pytest.approx(0.0, abs=1e-6)
    assert told[14] > 25.0, "it looks like one at first"
    assert told[-1] == pytest.approx(0.0, abs=1e-6)


def test_hips_are_never_above_standing_however_bent_the_recording_begins() -> None:
    """Until a straight leg was seen its length is a guess: standing must not come out as hips in the air."""
    track = record(lambda t: squat(1.0) if t < 2.0 else Figure(), times(4.0), 45.0)
    assert min(bend.drop_deg for bend in bends(track)) == 0.0
