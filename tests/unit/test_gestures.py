"""A raised hand is told from all that arms do during a set."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from fixtures.golden import LABELS, track
from fixtures.motions import arm_up, good_morning
from fixtures.stickman import Figure, Joints, joints, pose, times
from hipform.records import Pose
from hipform.session.gestures import RaisedHand
from hipform.skeleton import SIDES, Side, landmark

FPS = 20.0
RAISE_S = 2.0  # when the arm is up, after `RISE_S` of raising
RISE_S = 0.6
Motion = Callable[[float], Figure | Joints]


def seen(body: Figure | Joints, t_s: float, azimuth_deg: float = 0.0) -> Pose:
    """With room above the head for an arm."""
    filmed = pose(body, t_s, azimuth_deg)
    return replace(filmed, image_px=filmed.image_px + np.array([0.0, 100.0]))


def told_s(poses: list[Pose], *, standing: bool = True) -> list[float]:
    hand = RaisedHand()
    return [p.t_s for p in poses if hand.push(p, standing=standing)]


def filmed(motion: Motion, end_s: float = 8.0, azimuth_deg: float = 0.0) -> list[Pose]:
    return [seen(motion(float(t)), float(t), azimuth_deg) for t in times(end_s, FPS)]


def raising(side: Side, down_s: float = 99.0, rise_s: float = RISE_S, elbow: float = 0.0) -> Motion:
    def motion(t: float) -> Joints:
        up = np.clip((t - RAISE_S + rise_s) / rise_s, 0.0, 1.0) if t < down_s else 0.0
        return arm_up(side, 175.0 * up, elbow * up)

    return motion


def hidden(
    poses: list[Pose], side: Side, joint: str = "wrist", from_s: float = 0.0, to_s: float = 99.0
) -> list[Pose]:
    out = []
    for p in poses:
        visibility = p.visibility.copy()
        if from_s <= p.t_s < to_s:
            visibility[landmark(side, joint)] = 0.2
        out.append(replace(p, visibility=visibility))
    return out


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("azimuth_deg", [0.0, 90.0, -90.0, 180.0])
def test_one_raised_hand_is_told_after_a_second_and_a_half(side: Side, azimuth_deg: float) -> None:
    assert told_s(filmed(raising(side), azimuth_deg=azimuth_deg)) == [pytest.approx(RAISE_S + 1.5, abs=0.3)]


def test_it_may_be_bent_as_in_class() -> None:
    assert len(told_s(filmed(raising("left", elbow=25.0)))) == 1


def test_raising_it_again_is_told_again() -> None:
    def twice(t: float) -> Joints:
        return raising("left", down_s=5.0)(t if t < 6.0 else t - 6.0)

    assert len(told_s(filmed(twice, 12.0))) == 2


def test_a_wave_is_too_short() -> None:
    assert told_s(filmed(raising("left", down_s=RAISE_S + 1.1))) == []


def test_an_arm_that_is_lost_for_a_moment_is_still_up() -> None:
    poses = filmed(raising("left"))
    lost_s = 0.2
    assert len(told_s(hidden(poses, "left", from_s=2.5, to_s=2.5 + lost_s))) == 1
    flickering = poses
    for i in range(8):
        flickering = hidden(flickering, "left", from_s=1.6 + i, to_s=2.2 + i)
    assert told_s(flickering) == []


def test_who_is_not_standing_says_nothing() -> None:
    assert told_s(filmed(raising("left")), standing=False) == []


def test_a_hand_beyond_the_edge_of_the_picture_is_not_seen() -> None:
    high = [replace(p, image_px=p.image_px - np.array([0.0, 100.0])) for p in filmed(raising("left"))]
    assert told_s(high) == []


def test_a_hand_that_the_model_only_guesses_is_not_believed() -> None:
    for joint in ("wrist", "elbow", "shoulder"):
        assert told_s(hidden(filmed(raising("right"), azimuth_deg=90.0), "right", joint)) == []


def scratching(t: float) -> Joints:
    """The hand goes to the top of the head and stays there."""
    at = joints(Figure())
    if t > RAISE_S:
        at["left_wrist"] = at["left_ear"] + np.array([0.0, 0.14, 0.0])
        at["left_elbow"] = at["left_shoulder"] + np.array([0.2, 0.15, 0.0])
    return at


@pytest.mark.parametrize(
    "motion",
    [
        scratching,
        lambda t: Figure(arms=175.0 * min(t / RAISE_S, 1.0)),  # both hands, as under a bar overhead
        lambda _: good_morning(0.0),  # a bar on the back
        lambda _: Figure(arms=35.0, elbow=130.0),  # a goblet before the chest
        lambda _: Figure(arms=85.0, elbow=150.0),  # a bar on the shoulders in front
        lambda _: arm_up("left"),  # a weight overhead in one hand, all the time
        lambda t: raising("left", rise_s=6.0)(t - 4.0),  # and one that is pressed up slowly
    ],
)
@pytest.mark.parametrize("azimuth_deg", [0.0, 90.0])
def test_what_else_arms_do_is_none(motion: Motion, azimuth_deg: float) -> None:
    assert told_s(filmed(motion, 9.0, azimuth_deg=azimuth_deg)) == []


def test_a_bar_overhead_is_none_when_the_far_arm_is_guessed_wrongly() -> None:
    """The near arm goes up with the far one and stays there; later the model draws the far one hanging."""

    def motion(t: float) -> Joints:
        up = 175.0 * np.clip(t - 1.0, 0.0, 1.0)
        return arm_up("right", up if t < 4.0 else 0.0, body=Figure(arms=up))

    poses = hidden(filmed(motion, azimuth_deg=90.0), "right", from_s=2.0)
    assert told_s(poses) == []


@pytest.mark.parametrize("name", LABELS)
def test_in_no_recorded_set_is_there_one(name: str) -> None:
    """Bars on the back and overhead, dumbbells, goblets, jumping jacks: taken as standing all the time."""
    assert told_s(list(track(name))) == []
