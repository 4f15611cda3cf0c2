"""What the user is told about a recording that was hard to measure."""

from dataclasses import replace

import numpy as np
import pytest

from fixtures.evidence import a_rep
from fixtures.stickman import Figure, gone, hide, pose, record, times
from hipform.records import PoseTrack, Source
from hipform.session.remarks import remarks
from hipform.skeleton import INDEX

SOURCE = Source("set.mp4", 2.0, 60, 640, 480, 0, 30.0)
STANDING = record(lambda _: Figure(), times(2.0))
REPS = [a_rep("squat")]


def placed(track: PoseTrack, scale: float = 1.0, shift: tuple[float, float] = (0.0, 0.0)) -> PoseTrack:
    return replace(track, image_px=track.image_px * scale + np.array(shift))


def said(track: PoseTrack, reps: list = REPS, source: Source = SOURCE) -> str:
    return "\n".join(remarks(track, reps, source))


def test_a_good_recording_needs_no_remark() -> None:
    assert remarks(STANDING, REPS, SOURCE) == []


def test_nobody_found_is_the_only_thing_said() -> None:
    (note,) = remarks(gone(STANDING, 0.0, 9.0), [], SOURCE)
    assert "Nobody" in note
    assert "Film the whole body" in note
    assert "Nobody" in said(PoseTrack.of([]), [])


@pytest.mark.parametrize(("away_s", "told"), [(0.1, False), (0.5, True)])
def test_somebody_who_is_not_always_there(away_s: float, told: bool) -> None:
    assert ("found in 75% of the recording" in said(gone(STANDING, 0.0, away_s))) == told


def test_feet_or_head_out_of_the_picture_are_said_with_what_to_do() -> None:
    low = said(placed(STANDING, shift=(0.0, 120.0)))
    assert "feet could not be seen for 100%" in low
    assert "tilt the camera down" in low
    assert "head" not in low
    high = said(placed(STANDING, shift=(0.0, -150.0)))
    assert "head could not be seen for 100%" in high
    assert "tilt the camera up" in high
    assert "feet" not in high
    beside = said(placed(STANDING, shift=(-400.0, 0.0)))
    assert "feet" in beside
    assert "head" in beside


def test_hidden_feet_are_said_only_when_often_and_both() -> None:
    feet = ("ankle", "heel", "foot_index")
    assert "feet could not be seen for 50%" in said(hide(STANDING, feet, 0.0, 1.0))
    assert "feet" not in said(hide(STANDING, feet, 0.0, 0.5))
    visibility = STANDING.visibility.copy()
    visibility[:, [INDEX[f"right_{joint}"] for joint in feet]] = 0.0
    assert "feet" not in said(replace(STANDING, visibility=visibility)), "one foot is behind the other"


def test_a_small_person_is_asked_to_come_closer() -> None:
    tall = float(np.ptp(pose(Figure(), 0.0).image_px[:, 1]))
    small = said(placed(STANDING, scale=0.2 * 480 / tall, shift=(300.0, 300.0)))
    assert "fill only 20% of the picture's height" in small
    assert "closer" not in said(placed(STANDING, scale=0.3 * 480 / tall, shift=(200.0, 200.0)))


def test_no_rep_is_said() -> None:
    assert "No squat, lunge or hip hinge" in said(STANDING, [])


def test_a_cut_is_said_with_its_time_and_several_with_their_number() -> None:
    def jumps_at(*times_s: float) -> str:
        x = 200.0 * sum((STANDING.t_s >= t).astype(float) for t in times_s)
        image = STANDING.image_px + np.stack([x, 0 * x], axis=1)[:, None]
        return said(replace(STANDING, image_px=image), source=replace(SOURCE, width=2000))

    assert "jumps at 1.0 s: a rep" in jumps_at(0.99)
    assert "jumps at 0.5 s, and 2 times in all" in jumps_at(0.49, 1.49)
