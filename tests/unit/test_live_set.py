"""When a live set begins and ends, with invented bodies; and what is asked for before it."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from fixtures.motions import arm_up
from fixtures.stickman import Figure, Joints, Set, hinge, joints, pose, squat, times
from hipform.exercises.loader import load_all
from hipform.records import Pose, PoseTrack
from hipform.session import set_up
from hipform.session.analyzer import Analyzer
from hipform.session.gauge import DepthGauge
from hipform.session.live_set import LiveRules, LiveSet, Moment
from hipform.session.set_up import missing_part
from hipform.skeleton import INDEX, SIDES, landmark

EXERCISES = load_all()
FPS = 15.0
HEIGHT = 480
USUAL = LiveRules()
Motion = Callable[[float], Figure | Joints | None]


def filmed(motion: Motion, end_s: float, azimuth_deg: float = 85.0) -> Iterator[Pose]:
    """The poses of a motion; None of a body is nobody."""
    for t in times(end_s, FPS):
        body = motion(float(t))
        yield Pose.missing(float(t)) if body is None else pose(body, float(t), azimuth_deg)


def live_set(rules: LiveRules = USUAL) -> LiveSet:
    return LiveSet(lambda: Analyzer(EXERCISES), rules, HEIGHT)


def done(motion: Motion, end_s: float, rules: LiveRules = USUAL) -> tuple[LiveSet, list[Moment]]:
    one = live_set(rules)
    moments = []
    for p in filmed(motion, end_s):
        moments.append(one.push(p))
        if moments[-1].ending:
            break
    return one, moments


def count(moments: list[Moment]) -> int:
    return max((m.update.rep_count for m in moments if m.update), default=0)


def began_s(moments: list[Moment]) -> float:
    return next(i for i, m in enumerate(moments) if m.began) / FPS


def squats(sizes: tuple[float, ...] = (1.0, 1.0, 1.0), before_s: float = 3.0) -> Callable[[float], Figure]:
    cycle = Set(sizes=sizes, before_s=before_s)
    return lambda t: squat(cycle.share(t))


def test_it_begins_after_two_seconds_of_standing_still() -> None:
    _, moments = done(squats(), 4.0)
    assert began_s(moments) == pytest.approx(2.0, abs=2 / FPS)
    assert {m.hint for m in moments if m.stage == "getting ready"} == {set_up.MOVING}
    assert moments[-1].stage == "going"


def test_what_comes_before_ready_does_not_count() -> None:
    """Two squats, then three seconds of standing, then three: three are counted."""

    def motion(t: float) -> Figure:
        early = Set(sizes=(1.0, 1.0), before_s=0.5, rest_s=0.6)
        late = Set(sizes=(1.0, 1.0, 1.0), before_s=10.0)
        return squat(max(early.share(t), late.share(t)))

    one, moments = done(motion, 22.0)
    assert count(moments) == 3
    assert began_s(moments) > 7.0
    assert one.track.t_s[0] == 0.0


def test_the_standing_before_is_kept_and_measured_against() -> None:
    one, moments = done(squats(), 12.0)
    kept = [p for m in moments for p in m.kept]
    assert len(kept) == len(one.track)
    assert kept[0].t_s == 0.0
    began = next(m for m in moments if m.began)
    assert began.kept[-1].t_s == pytest.approx(2.0, abs=2 / FPS)
    reps = [rep for m in moments if m.update for rep in m.update.finished]
    assert all(rep.measure("knee_rom_deg") for rep in reps)


def test_a_given_number_of_reps_ends_it_when_the_last_one_is_measured() -> None:
    one, moments = done(squats((1.0, 1.0, 1.0, 1.0)), 30.0, LiveRules(reps=2))
    assert (moments[-1].stage, moments[-1].ending) == ("ended", "reps")
    assert count(moments) == 2
    assert len([rep for m in moments if m.update for rep in m.update.finished]) == 2
    assert one.push(pose(Figure(), 99.0)).kept == ()


def test_partials_do_not_count_towards_the_target() -> None:
    _, moments = done(squats((1.0, 0.25, 1.0)), 14.0, LiveRules(reps=2))
    assert moments[-1].ending == "reps"
    assert len(moments) / FPS > 11.0


@pytest.mark.parametrize("quiet_s", [5.0, 15.0])
def test_quiet_after_the_last_rep_ends_it(quiet_s: float) -> None:
    _, moments = done(squats((1.0,)), 40.0, LiveRules(quiet_end_s=quiet_s))
    assert moments[-1].ending == "quiet"
    assert len(moments) / FPS == pytest.approx(3.0 + 2.4 + 0.4 + quiet_s, abs=0.6)


def test_standing_about_before_the_first_rep_does_not_end_it() -> None:
    _, moments = done(squats((1.0,), before_s=30.0), 34.0)
    assert moments[-1].stage == "going"
    assert count(moments) == 1


def test_a_slow_rep_is_not_cut_off_by_the_quiet() -> None:
    slow = Set(sizes=(1.0,), before_s=7.0, down_s=4.0, hold_s=0.5, up_s=4.0)
    first = Set(sizes=(1.0,), before_s=3.0)
    _, moments = done(lambda t: squat(max(first.share(t), slow.share(t))), 18.0, LiveRules(quiet_end_s=5.0))
    assert count(moments) == 2


def test_leaving_for_three_seconds_ends_it_and_is_not_in_the_track() -> None:
    def motion(t: float) -> Figure | None:
        return squats((1.0, 1.0))(t) if t < 10.0 else None

    one, moments = done(motion, 20.0)
    assert moments[-1].ending == "left"
    assert len(moments) / FPS == pytest.approx(13.0, abs=0.3)
    assert one.track.t_s[-1] == pytest.approx(10.0, abs=2.5 / FPS)
    assert np.isfinite(one.track.image_px).all()


def test_a_short_look_away_of_the_model_ends_nothing() -> None:
    def motion(t: float) -> Figure | None:
        return None if 6.0 < t < 8.5 else squats((1.0, 1.0, 1.0), before_s=3.0)(t)

    _, moments = done(motion, 14.0)
    assert not any(m.ending for m in moments)


def test_leaving_before_the_first_rep_begins_another_set() -> None:
    def motion(t: float) -> Figure | None:
        return None if 4.0 < t < 8.0 else squats((1.0,), before_s=12.0)(t)

    one, moments = done(motion, 16.0)
    assert sum(m.began for m in moments) == 2
    assert sum(m.dropped for m in moments) == 1
    assert count(moments) == 1
    assert one.track.t_s[-1] < 9.0


def test_without_standing_still_it_begins_with_the_first_person() -> None:
    def motion(t: float) -> Figure | None:
        return None if t < 1.0 else squats((1.0,), before_s=1.2)(t)

    _, moments = done(motion, 5.0, LiveRules(still_s=0.0))
    assert began_s(moments) == pytest.approx(1.0, abs=1.5 / FPS)
    assert count(moments) == 1


@pytest.mark.parametrize(
    "motion",
    [
        lambda _: Figure(knee=90, shank=5, trunk=5),  # sits still
        lambda _: hinge(1.0),  # rests bent over
        lambda t: {k: v + np.array([0.15 * t, 0, 0.15 * t]) for k, v in joints(Figure()).items()},  # strolls
        lambda t: Figure() if t % 1.5 < 0.9 else None,  # flickers
    ],
)
def test_whoever_does_not_stand_there_is_not_ready(motion: Motion) -> None:
    _, moments = done(motion, 8.0)
    assert not any(m.began for m in moments)


def hidden(names: list[str]) -> Pose:
    standing = pose(Figure(), 0.0)
    visibility = standing.visibility.copy()
    visibility[[INDEX[name] for name in names]] = 0.0
    return replace(standing, visibility=visibility)


FEET = [f"{side}_{joint}" for side in SIDES for joint in ("ankle", "heel", "foot_index")]
HEAD = ["nose", "left_ear", "right_ear"]


@pytest.mark.parametrize(
    ("seen", "hint"),
    [
        (Pose.missing(0.0), set_up.NOBODY),
        (hidden(FEET), set_up.NO_FEET),
        (hidden(HEAD), set_up.NO_HEAD),
        (hidden(FEET + HEAD), set_up.TOO_CLOSE),
        (hidden(["left_knee", "right_shoulder"]), set_up.NOT_WHOLE),
        (hidden([name for name in INDEX if name.startswith("left")]), None),
        (pose(Figure(), 0.0), None),
    ],
)
def test_the_hint_names_what_cannot_be_seen(seen: Pose, hint: str | None) -> None:
    assert missing_part(seen, HEIGHT) == hint


def test_somebody_far_away_is_asked_to_come_closer() -> None:
    assert missing_part(pose(Figure(), 0.0), 4 * HEIGHT) == set_up.TOO_FAR


def test_a_hint_given_is_the_one_that_is_needed() -> None:
    one = live_set()
    assert one.push(Pose.missing(0.0)).hint == set_up.NOBODY
    assert one.push(pose(Figure(knee=90, shank=5, trunk=5), 0.1)).hint == set_up.BENT
    assert one.push(pose(Figure(), 0.2)).hint == set_up.MOVING


def test_one_lost_foot_does_not_start_the_waiting_anew() -> None:
    one = live_set()
    for i, p in enumerate(filmed(lambda _: Figure(), 3.0)):
        visibility = p.visibility.copy()
        if i % 5 == 0:
            visibility[[landmark(s, "foot_index") for s in SIDES]] = 0.1
        if one.push(replace(p, visibility=visibility)).began:
            break
    assert len(one.track)


def test_the_track_is_empty_before_the_set() -> None:
    assert len(live_set().track) == 0
    assert isinstance(live_set().track, PoseTrack)


# Countdown, view, tilt ------------------------------------------------------------


def test_with_a_countdown_it_begins_so_much_later_and_tells_what_is_left() -> None:
    _, moments = done(squats(before_s=7.0), 7.0, LiveRules(countdown_s=3.0))
    assert began_s(moments) == pytest.approx(5.0, abs=2 / FPS)
    left = [m.ready_in_s for m in moments if m.ready_in_s is not None]
    assert left[0] == pytest.approx(3.0, abs=1.5 / FPS)
    assert np.diff(left) == pytest.approx(-1 / FPS)
    assert left[-1] < 1.5 / FPS
    assert {m.hint for m in moments if m.ready_in_s is not None} == {None}


def test_without_a_countdown_nothing_is_counted_down() -> None:
    _, moments = done(squats(), 4.0)
    assert all(m.ready_in_s is None for m in moments)


def test_whoever_moves_is_counted_down_anew() -> None:
    def motion(t: float) -> Figure:
        return squat(Set(sizes=(0.5,), before_s=3.0).share(t))

    _, moments = done(motion, 14.0, LiveRules(countdown_s=3.0))
    left = [m.ready_in_s for m in moments if m.ready_in_s is not None]
    assert sum(np.diff(left) > 1.0) == 1
    assert began_s(moments) > 9.0


def test_a_long_wait_leaves_only_its_last_two_seconds_to_the_set() -> None:
    one, moments = done(squats(before_s=13.0), 13.0, LiveRules(countdown_s=10.0))
    began = next(m for m in moments if m.began)
    assert began.kept[-1].t_s == pytest.approx(2.0, abs=2 / FPS)
    assert one.track.t_s[0] == 0.0


def test_the_countdown_alone_can_be_the_standing() -> None:
    _, moments = done(squats(), 4.0, LiveRules(still_s=0.0, countdown_s=1.0))
    assert began_s(moments) == pytest.approx(1.0, abs=2 / FPS)


@pytest.mark.parametrize(
    ("azimuth_deg", "label"), [(85.0, "side-left"), (0.0, "front"), (-45.0, "oblique-right")]
)
def test_the_view_is_told_while_the_whole_body_stands_there(azimuth_deg: float, label: str) -> None:
    one = live_set()
    moments = [one.push(p) for p in filmed(lambda t: Figure() if t > 0.5 else None, 3.0, azimuth_deg)]
    views = [m.view for m in moments]
    before, after = views[: int(0.5 * FPS)], views[int(0.5 * FPS) + 1 :]
    assert set(before) == {None}
    told = [v.label for v in after[: int(2.0 * FPS) - 1] if v]
    assert set(told) == {label}
    assert len(told) == int(2.0 * FPS) - 1
    assert next(m for m in moments if m.began).view.label == label


def test_half_a_body_has_no_view() -> None:
    assert live_set().push(hidden(FEET)).view is None


def rolled(p: Pose, degrees: float) -> Pose:
    """As a camera that is tilted sideways sees it."""
    a = np.radians(degrees)
    turn = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    middle = np.array([320.0, 240.0])
    return replace(p, image_px=(p.image_px - middle) @ turn.T + middle)


def tilted(degrees: float, end_s: float, azimuth_deg: float = 0.0) -> list[Moment]:
    one = live_set()
    return [one.push(rolled(p, degrees)) for p in filmed(lambda _: Figure(), end_s, azimuth_deg)]


@pytest.mark.parametrize("degrees", [-25.0, 13.0])
@pytest.mark.parametrize("azimuth_deg", [0.0, 90.0])
def test_a_tilted_camera_is_told_and_the_set_begins_some_seconds_later(
    degrees: float, azimuth_deg: float
) -> None:
    moments = tilted(degrees, 10.0, azimuth_deg)
    assert {m.hint for m in moments[: int(FPS)]} == {set_up.MOVING}
    assert {m.hint for m in moments[int(FPS) + 1 :] if not m.kept} == {set_up.TILTED}
    assert began_s(moments) == pytest.approx(8.0, abs=2 / FPS)


def test_a_camera_that_is_set_upright_meanwhile_is_as_good_as_any() -> None:
    one = live_set()
    moments = [one.push(rolled(p, 20.0 if p.t_s < 3.0 else 0.0)) for p in filmed(lambda _: Figure(), 7.0)]
    assert began_s(moments) == pytest.approx(5.0, abs=0.3)


def test_a_little_tilt_and_a_lean_are_no_reason_to_wait() -> None:
    assert began_s(tilted(7.0, 3.0)) < 2.2
    one = live_set()
    leaning = [one.push(p) for p in filmed(lambda _: Figure(trunk=18.0), 3.0)]
    assert began_s(leaning) < 2.2


def test_a_camera_on_its_side_is_not_taken_for_a_bent_body() -> None:
    assert {m.hint for m in tilted(90.0, 2.0)} == {set_up.SIDEWAYS}


# The raised hand and the gauge ------------------------------------------------------------


def with_room(motion: Motion, end_s: float) -> Iterator[Pose]:
    """Seen from the front, with room above the head for an arm."""
    for p in filmed(motion, end_s, 0.0):
        yield replace(p, image_px=p.image_px + np.array([0.0, 100.0]))


def one_rep_and_a_hand(t: float) -> Figure | Joints:
    return arm_up("left", 175.0 * min((t - 8.0) / 0.5, 1.0)) if t > 8.0 else squats((1.0,))(t)


def test_a_raised_hand_ends_the_set() -> None:
    one = live_set()
    moments = [one.push(p) for p in with_room(one_rep_and_a_hand, 12.0)]
    ended = next(i for i, m in enumerate(moments) if m.ending)
    assert moments[ended].ending == "hand"
    assert ended / FPS == pytest.approx(8.5 + 1.5, abs=0.3)
    assert count(moments) == 1


def test_a_raised_hand_without_a_rep_ends_nothing() -> None:
    one = live_set()
    moments = [one.push(p) for p in with_room(lambda t: one_rep_and_a_hand(max(t, 6.5)), 12.0)]
    assert moments[-1].stage == "going"
    assert sum(m.began for m in moments) == 1


def test_each_set_has_its_own_gauge_made_from_its_standing() -> None:
    given: list[PoseTrack] = []

    def new_gauge(standing: PoseTrack) -> DepthGauge:
        given.append(standing)
        return DepthGauge(standing, EXERCISES, "squat", {})

    def motion(t: float) -> Figure | None:
        return None if 4.0 < t < 8.0 else squats((1.0,), before_s=12.0)(t)

    one = LiveSet(lambda: Analyzer(EXERCISES), USUAL, HEIGHT, new_gauge)
    moments = [one.push(p) for p in filmed(motion, 16.0)]
    assert [float(track.t_s[-1]) for track in given] == pytest.approx([2.0, 2.0], abs=2 / FPS)
    read = [m.gauge for m in moments if m.stage == "going"]
    assert all(r is not None for r in read)
    assert max(r.share for r in read if np.isfinite(r.share)) > 0.5
    assert all(m.gauge is None for m in moments if m.stage == "getting ready")
