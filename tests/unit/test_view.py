"""From where the camera sees the person."""

from dataclasses import replace

import numpy as np
import pytest

from fixtures.stickman import Figure, joints, mirrored, pose, record, squat, times
from hipform.kinematics.geometry import wrap_deg
from hipform.kinematics.view import (
    azimuth_deg,
    estimate_view,
    majority_view,
    measures_side,
    near_side,
    off_front_deg,
    off_side_deg,
    turn_to_front_deg,
    turn_to_side_deg,
    typical_azimuth_deg,
    view_at,
)
from hipform.records import PoseTrack, View

NOBODY = View("unknown", None)


def standing(azimuth: float) -> PoseTrack:
    return record(lambda _: Figure(), times(0.5), azimuth)


@pytest.mark.parametrize("azimuth", range(-165, 181, 15))
def test_the_cameras_place_is_read_from_the_body(azimuth: int) -> None:
    assert wrap_deg(azimuth_deg(standing(azimuth)) - azimuth) == pytest.approx(0.0, abs=0.1)
    estimated = estimate_view(standing(azimuth)).azimuth_deg
    assert estimated is not None
    assert wrap_deg(estimated - azimuth) == pytest.approx(0.0, abs=0.1)


def test_the_view_does_not_change_while_the_person_squats() -> None:
    track = record(squat, times(1.0), 70.0)
    assert azimuth_deg(track) == pytest.approx(70.0, abs=0.1)


@pytest.mark.parametrize(
    ("azimuth", "label"),
    [
        (0, "front"),
        (20, "front"),
        (-20, "front"),
        (21, "oblique-left"),
        (-21, "oblique-right"),
        (69, "oblique-left"),
        (70, "side-left"),
        (90, "side-left"),
        (110, "side-left"),
        (111, "oblique-left"),
        (-90, "side-right"),
        (-135, "oblique-right"),
        (159, "oblique-left"),
        (160, "back"),
        (180, "back"),
        (-180, "back"),
        (-161, "back"),
    ],
)
def test_the_label_names_the_side_that_faces_the_camera(azimuth: float, label: str) -> None:
    assert view_at(azimuth).label == label


@pytest.mark.parametrize(
    ("azimuth", "off_side", "off_front"),
    [(90, 0, 90), (-90, 0, 90), (75, 15, 75), (105, 15, 75), (0, 90, 0), (180, 90, 0), (-170, 80, 10)],
)
def test_how_far_the_camera_is_off_each_view(azimuth: float, off_side: float, off_front: float) -> None:
    assert off_side_deg(view_at(azimuth)) == off_side
    assert off_front_deg(view_at(azimuth)) == off_front


@pytest.mark.parametrize("azimuth", [0.0, 30.0, -30.0, 60.0, -80.0, 110.0, -140.0, 180.0])
def test_who_turns_as_told_is_seen_from_the_side_or_the_front(azimuth: float) -> None:
    """The figure turns to its own left by the number that the view gives; the camera stays."""

    def after_turning(left_deg: float) -> View:
        body = joints(Figure())
        c, s = np.cos(np.radians(left_deg)), np.sin(np.radians(left_deg))
        turned = {n: np.array([c * x + s * z, y, c * z - s * x]) for n, (x, y, z) in body.items()}
        return estimate_view(PoseTrack.of([pose(turned, 0.0, azimuth)]))

    view = view_at(azimuth)
    assert abs(turn_to_side_deg(view)) <= 90.0
    assert abs(turn_to_front_deg(view)) <= 90.0
    assert off_side_deg(after_turning(turn_to_side_deg(view))) == pytest.approx(0.0, abs=0.1)
    assert off_front_deg(after_turning(turn_to_front_deg(view))) == pytest.approx(0.0, abs=0.1)


def test_a_left_turn_is_positive() -> None:
    """Half turned towards the camera with the left side forward: a turn to the right shows all of it."""
    assert turn_to_side_deg(view_at(60.0)) == -30.0
    assert turn_to_side_deg(view_at(-60.0)) == 30.0
    assert turn_to_front_deg(view_at(90.0)) == 90.0
    assert np.isnan(turn_to_side_deg(NOBODY))
    assert np.isnan(turn_to_front_deg(NOBODY))


@pytest.mark.parametrize(
    ("azimuth", "near"),
    [(90, "left"), (-90, "right"), (45, "left"), (-135, "right"), (20, None), (0, None), (170, None)],
)
def test_the_near_leg_is_the_one_that_faces_the_camera(azimuth: float, near: str | None) -> None:
    assert near_side(view_at(azimuth)) == near


@pytest.mark.parametrize(
    ("azimuth", "told"), [(50, True), (49, False), (-130, True), (-131, False), (0, False)]
)
def test_side_measures_are_told_up_to_40_degrees_off_the_side(azimuth: float, told: bool) -> None:
    assert measures_side(view_at(azimuth)) is told


def test_nobody_gives_no_view() -> None:
    gone = PoseTrack.of([])
    assert estimate_view(gone) == NOBODY
    assert view_at(float("nan")) == NOBODY
    assert off_side_deg(NOBODY) == off_front_deg(NOBODY) == float("inf")
    assert near_side(NOBODY) is None
    assert not measures_side(NOBODY)


def test_from_the_back_the_angle_may_jump_between_180_and_minus_180() -> None:
    jumping = np.array([178.0, -179.0, 177.0, -178.0])
    assert abs(typical_azimuth_deg(jumping)) == pytest.approx(180.0, abs=2.0)
    assert view_at(typical_azimuth_deg(jumping)).label == "back"


def test_a_few_wrong_frames_do_not_turn_the_view() -> None:
    azimuths = np.array([88.0, 90.0, 92.0, np.nan, 91.0, 89.0, -90.0])
    assert typical_azimuth_deg(azimuths) == pytest.approx(90.0, abs=1.5)


def test_a_swap_of_left_and_right_turns_the_sign() -> None:
    assert estimate_view(mirrored(standing(75.0))).azimuth_deg == pytest.approx(-75.0, abs=0.1)


def test_missing_people_in_between_do_not_matter() -> None:
    track = standing(60.0)
    world = track.world_m.copy()
    world[::2] = np.nan
    assert estimate_view(replace(track, world_m=world)).azimuth_deg == pytest.approx(60.0, abs=0.1)


def test_a_set_has_the_view_of_most_of_its_reps() -> None:
    left, front = view_at(88.0), view_at(2.0)
    assert majority_view([left, front, left, view_at(92.0)]) == View("side-left", 88.0)
    assert majority_view([left, NOBODY, NOBODY]) == left
    assert majority_view([left, front]) == View("mixed", None)
    assert majority_view([]) == majority_view([NOBODY]) == NOBODY
