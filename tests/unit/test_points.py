"""Which landmarks are measured with, and how much they tremble."""

from dataclasses import replace

import numpy as np
import pytest

from fixtures.stickman import Figure, record, squat, times
from hipform.kinematics.points import believed_px, smooth_points
from hipform.skeleton import landmark

KNEE = landmark("left", "knee")


@pytest.mark.parametrize(
    ("visibility", "believed"), [(1.0, True), (0.5, True), (0.49, False), (0.0, False), (float("nan"), False)]
)
def test_a_hidden_landmark_is_not_known(visibility: float, believed: bool) -> None:
    track = record(lambda _: Figure(), [0.0])
    seen = track.visibility.copy()
    seen[:, KNEE] = visibility
    points = believed_px(replace(track, visibility=seen))
    assert np.isfinite(points[0, KNEE]).all() == believed
    assert np.isfinite(np.delete(points[0], KNEE, axis=0)).all(), "the others stay"


def test_points_are_where_the_body_is_in_the_picture_of_the_same_time() -> None:
    """The model shows a moving joint half a frame late."""
    t = times(4.0)

    def figure(t_s: float) -> Figure:
        return squat(0.5 - 0.5 * np.cos(np.pi * t_s))

    late = record(lambda t_s: figure(t_s - 0.5 / 30), t)
    off = smooth_points(late).px[5:-5] - record(figure, t).image_px[5:-5]
    assert np.nanmax(np.abs(off)) < 0.3


def test_what_trembles_is_told_in_pixels_and_when() -> None:
    t = times(4.0)
    still = record(lambda _: Figure(), t)
    shaking = still.image_px.copy()
    shaking[60:90, KNEE] += np.random.default_rng(1).normal(0.0, 4.0, (30, 2))
    unsure = smooth_points(replace(still, image_px=shaking)).unsure_px
    assert unsure[75, KNEE] == pytest.approx(3.0, abs=1.5), "most of it is faster than what is kept"
    assert unsure[15, KNEE] < 0.1
    assert np.nanmax(np.delete(unsure, KNEE, axis=1)) < 0.1


def test_what_is_seen_less_well_is_less_sure_though_it_does_not_tremble() -> None:
    still = record(lambda _: Figure(), times(2.0))
    seen = still.visibility.copy()
    seen[:, KNEE] = 0.6
    unsure = smooth_points(replace(still, visibility=seen)).unsure_px
    leg_px = 0.82 * 250.0
    assert unsure[:, KNEE] == pytest.approx(np.full(len(still), 0.4 * 0.05 * leg_px), rel=0.05)
    assert np.nanmax(np.delete(unsure, KNEE, axis=1)) < 0.2 * unsure[0, KNEE]
