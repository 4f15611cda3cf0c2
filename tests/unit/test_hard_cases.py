"""Whole recordings as people make them: what is counted, what is kept as a partial, what is left alone.

Invented motions, filmed in several views; what they should give is how they were invented.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from fixtures import motions
from fixtures.stickman import Figure, Joints, Set, record, recorded_set, squat, times, wave
from hipform.exercises.loader import load_all
from hipform.records import PoseTrack, Rep
from hipform.session.analyzer import Analyzer

EXERCISES = load_all()
FPS = 15.0
Motion = Callable[[float], Figure | Joints]
ONE = Set(sizes=(1.0,))
THREE = Set()


def reps(track: PoseTrack, given: str | None = None) -> list[Rep]:
    analyzer = Analyzer(EXERCISES, given)
    updates = [*(analyzer.push(pose) for pose in track), analyzer.finish()]
    return [rep for update in updates for rep in update.finished]


def said(track: PoseTrack) -> list[tuple[str, str]]:
    return [(rep.exercise, rep.reason or "complete") for rep in reps(track)]


def film(motion: Motion, end_s: float, azimuth: float = 90.0) -> PoseTrack:
    return record(motion, times(end_s, FPS), azimuth)


def joined(*parts: PoseTrack) -> PoseTrack:
    """One recording after the other, with a cut between them."""
    poses, since_s = [], 0.0
    for part in parts:
        poses += [replace(pose, t_s=since_s + pose.t_s - float(part.t_s[0])) for pose in part]
        since_s = poses[-1].t_s + 1.0 / FPS
    return PoseTrack.of(poses)


def moved(track: PoseTrack, offset_px: Callable[[np.ndarray], np.ndarray]) -> PoseTrack:
    """The picture shifted by `offset_px` (times -> (N, 2)), as by a hand-held camera."""
    return replace(track, image_px=track.image_px + offset_px(track.t_s)[:, None, :])


BETWEEN: dict[str, tuple[Motion, float]] = {
    "a drink": (motions.drink, 2.0),
    "a bar taken off the rack": (motions.walk_out, 2.2),
    "walking away and back": (
        lambda t: motions.walk(t, 0.8) if t < 3.0 else motions.walk(t, -0.8),
        6.0,
    ),
    "knee raises": (motions.knee_raise, 4.0),
    "jumping jacks": (motions.jumping_jack, 3.0),
}


@pytest.mark.parametrize("azimuth", [90.0, 50.0, 0.0])
@pytest.mark.parametrize("name", BETWEEN)
def test_what_is_done_between_reps_is_not_counted(name: str, azimuth: float) -> None:
    other, lasts_s = BETWEEN[name]
    first = THREE.end_s()

    def motion(t: float) -> Figure | Joints:
        if t < first:
            return squat(THREE.share(t))
        if t < first + lasts_s:
            return other(t - first)
        return squat(ONE.share(t - first - lasts_s))

    found = said(film(motion, first + lasts_s + ONE.end_s(), azimuth))
    assert found == [("squat", "complete")] * 4


@pytest.mark.parametrize("azimuth", [90.0, 50.0, 0.0])
def test_picking_something_up_between_squats_is_no_rep(azimuth: float) -> None:
    def motion(t: float) -> Figure:
        if t < THREE.end_s():
            return squat(THREE.share(t))
        if t < THREE.end_s() + 4.0:
            return motions.pick_up(wave(t - THREE.end_s(), 0.5, 1.0, 0.4, 1.0))
        return squat(ONE.share(t - THREE.end_s() - 4.0))

    found = reps(film(motion, THREE.end_s() + 4.0 + ONE.end_s(), azimuth))
    assert [r.exercise for r in found if r.complete] == ["squat"] * 4
    assert [r.reason for r in found if not r.complete] == ["looks like picking something up"]


def test_lifts_from_the_floor_after_squats_count_from_the_second_on() -> None:
    def motion(t: float) -> Figure:
        if t < THREE.end_s():
            return squat(THREE.share(t))
        return motions.deadlift(1.2 * THREE.share(t - THREE.end_s()))

    found = said(film(motion, 2 * THREE.end_s()))
    assert found[:3] == [("squat", "complete")] * 3
    assert found[3:] == [("hinge", "looks like picking something up")] + [("hinge", "complete")] * 2


WITHIN: dict[str, Callable[[float], float]] = {
    "a double dip": lambda t: wave(t, 1.5, 1.0, 4.0, 1.0) - 0.4 * wave(t, 2.8, 0.4, 0.0, 0.4),
    "three pulses at the bottom": lambda t: (
        wave(t, 1.5, 1.0, 4.0, 1.0) - 0.35 * np.sin(np.pi * np.clip((t - 2.5) / 4.0, 0.0, 1.0) * 3) ** 2
    ),
    "a long pause at the bottom": lambda t: wave(t, 1.5, 1.0, 6.0, 1.0),
    "a stop half-way down and half-way up": lambda t: (
        0.5 * wave(t, 1.5, 0.7, 5.0, 0.7) + 0.5 * wave(t, 3.2, 0.7, 1.6, 0.7)
    ),
}


@pytest.mark.parametrize("azimuth", [90.0, 50.0, 0.0])
@pytest.mark.parametrize("name", WITHIN)
def test_one_way_down_and_up_is_one_rep(name: str, azimuth: float) -> None:
    share = WITHIN[name]
    assert said(film(lambda t: squat(share(t)), 11.0, azimuth)) == [("squat", "complete")]


@pytest.mark.parametrize("times_slower", [0.7, 2.0, 4.0])
def test_slow_motion_and_fast_reps_count_alike(times_slower: float) -> None:
    track = recorded_set(squat, Set(hold_s=0.3), fps=30.0)
    slower = replace(track, t_s=track.t_s * times_slower)
    assert said(slower) == [("squat", "complete")] * 3


@pytest.mark.parametrize("azimuth", [90.0, 50.0, 0.0])
@pytest.mark.parametrize("jumps", [1, 3])
def test_jump_squats_count_once_per_jump(jumps: int, azimuth: float) -> None:
    track = film(lambda t: motions.jump_squat(t, jumps=jumps), 3.0 + 1.6 * jumps, azimuth)
    assert said(track) == [("squat", "complete")] * jumps


@pytest.mark.parametrize("seated_s", [3.5, 6.0, 11.0])
@pytest.mark.parametrize("azimuth", [90.0, -60.0, 120.0])
def test_sitting_down_for_a_while_and_getting_up_is_no_squat(seated_s: float, azimuth: float) -> None:
    assert said(film(lambda t: motions.sit_for(t, seated_s), seated_s + 6.0, azimuth)) == []


def test_sitting_and_talking_at_the_end_is_no_cut_off_squat() -> None:
    def motion(t: float) -> Figure:
        return squat(ONE.share(t)) if t < ONE.end_s() else motions.sit_for(t - ONE.end_s(), 60.0)

    assert said(film(motion, ONE.end_s() + 10.0)) == [("squat", "complete")]


def test_a_paused_squat_is_a_squat_however_long() -> None:
    (rep,) = reps(film(lambda t: squat(wave(t, 1.5, 1.0, 6.0, 1.0)), 11.0))
    assert (rep.complete, rep.review) == (True, None)


def test_a_long_stay_below_seen_from_the_front_is_worth_a_look() -> None:
    (rep,) = reps(film(lambda t: squat(wave(t, 1.5, 1.0, 6.0, 1.0)), 11.0, 0.0))
    assert rep.complete
    assert rep.review is not None
    assert "sitting" in rep.review


@pytest.mark.parametrize("azimuth", [90.0, 50.0, 0.0])
def test_walking_lunges_count_each_step_with_its_front_leg(azimuth: float) -> None:
    found = reps(film(motions.walking_lunge, 10.5, azimuth))
    assert [(r.exercise, r.complete, r.lead_side) for r in found] == [
        ("lunge", True, side) for side in ("left", "right", "left", "right")
    ]


@pytest.mark.parametrize("azimuth", [90.0, 50.0, 0.0])
def test_alternating_lunges_have_alternating_leads(azimuth: float) -> None:
    four = Set(sizes=(1.0,) * 4)
    starts = four.starts_s()

    def motion(t: float) -> Joints:
        number = sum(t >= s for s in starts)
        return motions.forward_lunge(four.share(t), "left" if number % 2 else "right")

    found = reps(film(motion, four.end_s(), azimuth))
    assert [(r.exercise, r.lead_side) for r in found] == [
        ("lunge", side) for side in ("left", "right", "left", "right")
    ]


@pytest.mark.parametrize("to", ["left", "right"])
@pytest.mark.parametrize("azimuth", [0.0, 20.0, 180.0])
def test_side_lunges_are_led_by_the_leg_that_is_gone_over(to: str, azimuth: float) -> None:
    found = reps(film(lambda t: motions.side_lunge(THREE.share(t), to), THREE.end_s(), azimuth))
    assert [(r.exercise, r.complete, r.variant, r.lead_side) for r in found] == [
        ("lunge", True, "side lunge", to)
    ] * 3


HANDS = {
    "held by hand": lambda t: 60.0 * np.stack([np.sin(0.9 * t), np.cos(1.2 * t)], axis=1),
    "shaking": lambda t: 6.0 * np.stack([np.sin(14.0 * t), np.sin(11.0 * t + 1.0)], axis=1),
    "turned after the person": lambda t: np.stack([25.0 * t, -12.0 * t], axis=1),
}


@pytest.mark.parametrize("name", HANDS)
def test_a_moving_camera_changes_no_count(name: str) -> None:
    for track in (recorded_set(squat, THREE, fps=FPS), recorded_set(motions.forward_lunge, THREE, 40.0, FPS)):
        assert said(moved(track, HANDS[name])) == said(track)
        assert len(said(track)) == 3
    for name_of_none in (motions.knee_raise, motions.jumping_jack):
        assert said(moved(film(name_of_none, 6.3), HANDS[name])) == []


def test_a_rep_across_a_cut_is_not_complete_and_the_next_one_is() -> None:
    track = recorded_set(squat, replace(THREE, hold_s=0.8), fps=FPS)
    bottoms = replace(THREE, hold_s=0.8).bottoms_s()
    edited = joined(track.between(0.0, bottoms[0]), track.between(bottoms[1] + 1.7, 99.0))
    assert said(edited) == [("squat", "cut off"), ("squat", "complete")]


def test_a_cut_from_standing_to_standing_costs_nothing() -> None:
    track = recorded_set(squat, ONE, fps=FPS)
    elsewhere = moved(track, lambda t: np.full((len(t), 2), 150.0))
    assert said(joined(track, elsewhere)) == [("squat", "complete")] * 2


def test_somebody_else_who_is_followed_for_a_while_gives_no_rep() -> None:
    """The tracker goes over to a bystander who is farther away and sits, and comes back."""
    track = recorded_set(squat, THREE, fps=FPS)
    gap = (THREE.starts_s()[1] + 0.5, THREE.starts_s()[1] + 1.5)
    sits = film(lambda _: Figure(knee=90, trunk=5), 1.0)
    bystander = replace(sits, image_px=500.0 + 0.4 * sits.image_px)
    found = said(joined(track.between(0.0, gap[0]), bystander, track.between(gap[1], 99.0)))
    assert [f for f in found if f[1] == "complete"] == [("squat", "complete")] * 2


def test_a_rep_that_is_hardly_deep_enough_is_worth_a_look_and_a_clear_one_is_not() -> None:
    sizes = {0.15: False, 0.21: True, 0.45: False}
    for size, close in sizes.items():
        (rep,) = reps(recorded_set(squat, Set(sizes=(size,)), fps=FPS))
        assert bool(rep.review and "depth" in rep.review) is close, size


def test_another_exercise_among_many_of_one_kind_is_worth_a_look() -> None:
    def motion(t: float) -> Figure:
        return (
            squat(THREE.share(t)) if t < THREE.end_s() else motions.good_morning(ONE.share(t - THREE.end_s()))
        )

    *squats, other = reps(film(motion, THREE.end_s() + ONE.end_s()))
    assert [r.review for r in squats] == [None] * 3
    assert other.review == "the reps before it were squats"


def test_the_last_way_down_of_a_deadlift_is_no_rep() -> None:
    two = Set(sizes=(1.0, 1.0, 1.0), hold_s=0.6)
    track = recorded_set(lambda u: motions.deadlift(1.1 * u), two, fps=FPS)
    assert said(track.between(0.0, two.bottoms_s()[2])) == [("hinge", "complete")] * 2
    squats = recorded_set(squat, two, fps=FPS).between(0.0, two.bottoms_s()[2])
    assert said(squats) == [("squat", "complete")] * 2 + [("squat", "cut off")]


@pytest.mark.parametrize(("left", "reason"), [(0.15, None), (0.35, "cut off")])
def test_a_recording_that_ends_just_before_the_top_costs_no_rep(left: float, reason: str | None) -> None:
    one = Set(sizes=(1.0,), up_s=2.0)
    (bottom,) = one.bottoms_s()
    up = next(t for t in times(99.0, 100.0, bottom + 0.2) if one.share(float(t)) < left)
    assert [r.reason for r in reps(recorded_set(squat, one, fps=FPS).between(0.0, up))] == [reason]
