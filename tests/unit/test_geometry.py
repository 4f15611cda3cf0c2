"""Angles between points: which way is positive, and that the unknown stays unknown."""

import numpy as np
import pytest

from hipform.kinematics.geometry import elevation_deg, flexion_deg, inclination_deg, length, wrap_deg

ORIGIN = np.array([0.0, 0.0])
UP, DOWN, RIGHT, LEFT = (np.array(p, dtype=float) for p in ((0, -1), (0, 1), (1, 0), (-1, 0)))
UNKNOWN = np.array([np.nan, np.nan])


@pytest.mark.parametrize(
    ("angle", "same"), [(0, 0), (179, 179), (180, -180), (190, -170), (-190, 170), (360, 0), (725, 5)]
)
def test_a_direction_is_told_within_half_a_turn(angle: float, same: float) -> None:
    assert wrap_deg(angle) == same


@pytest.mark.parametrize(
    ("to", "forward", "lean"),
    [(UP, 1, 0), (RIGHT, 1, 90), (LEFT, 1, -90), (LEFT, -1, 90), (RIGHT, -1, -90), (UP + RIGHT, 1, 45)],
)
def test_leaning_forward_is_positive_whichever_way_one_faces(
    to: np.ndarray, forward: float, lean: float
) -> None:
    assert inclination_deg(ORIGIN, to, forward) == pytest.approx(lean)


@pytest.mark.parametrize(("c", "bend"), [(2 * UP, 0), (UP + RIGHT, 90), (UP + LEFT, 90), (ORIGIN, 180)])
def test_a_straight_joint_is_not_bent(c: np.ndarray, bend: float) -> None:
    assert flexion_deg(ORIGIN, UP, c) == pytest.approx(bend, abs=1e-4)


def test_bend_is_the_same_in_space() -> None:
    thigh_end, knee, ankle = np.eye(3)
    assert flexion_deg(thigh_end, knee, ankle) == pytest.approx(120.0)


@pytest.mark.parametrize(("to", "angle"), [(UP, 90), (DOWN, -90), (RIGHT, 0), (LEFT, 0), (LEFT + UP, 45)])
def test_elevation_does_not_care_for_left_and_right(to: np.ndarray, angle: float) -> None:
    assert elevation_deg(ORIGIN, to) == pytest.approx(angle)


def test_the_unknown_stays_unknown_and_spoils_nothing_else() -> None:
    ends = np.stack([UP, UNKNOWN, RIGHT])
    starts = np.zeros((3, 2))
    for answer in (
        inclination_deg(starts, ends),
        elevation_deg(starts, ends),
        length(starts, ends),
        flexion_deg(ends, starts, starts + DOWN),
        wrap_deg(np.array([0.0, np.nan, 1.0])),
    ):
        assert np.isfinite(answer).tolist() == [True, False, True]


def test_a_joint_without_a_segment_is_unknown() -> None:
    assert np.isnan(flexion_deg(ORIGIN, ORIGIN, UP))
