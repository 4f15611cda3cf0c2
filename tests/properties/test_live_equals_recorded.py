"""One brain: however the poses arrive, the reps are the same, and nothing looks into the future."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures import motions
from fixtures.stickman import (
    Figure,
    Joints,
    Set,
    gone,
    hide,
    hinge,
    lunge,
    record,
    recorded_set,
    squat,
    times,
)
from hipform.capture.recorded import load_track
from hipform.exercises.loader import load_all
from hipform.records import Frame, Origin, Pose, PoseTrack, Provenance, Rep, Source, Update
from hipform.session.analyzer import Analyzer
from hipform.session.live_set import LiveRules, LiveSet
from hipform.session.runner import Runner
from hipform.session.set_analysis import analyse

EXERCISES = load_all()
ORIGIN = Origin(Source("set", 1.0, 1, 640, 480, 0, 20.0), (), Provenance("", "", "", ""))
FPS = 15.0
SIZES = Set(sizes=(1.0, 0.35, 1.0))


def a_mixed_set() -> PoseTrack:
    """A squat, a hinge, steps, a person who is gone for a while, and a squat that is cut off."""
    one = Set(sizes=(1.0,))

    def motion(t: float) -> Figure | Joints:
        if t < 5.0:
            return squat(one.share(t))
        if t < 10.0:
            return hinge(one.share(t - 5.0))
        return motions.walk(t - 10.0) if t < 12.0 else squat(one.share(t - 13.0))

    return gone(record(motion, times(16.2, FPS), 80.0, noise_px=1.0), 12.0, 12.6)


SETS = {
    "squats": recorded_set(squat, SIZES, 90.0, FPS),
    "hinges from the front": recorded_set(hinge, SIZES, 0.0, FPS),
    "lunges with hidden feet": hide(recorded_set(lunge, SIZES, -80.0, FPS), ("heel", "foot_index"), 3.0, 6.0),
    "of everything a little": a_mixed_set(),
}


def live(track: PoseTrack, given: str | None = None) -> Iterator[Update]:
    analyzer = Analyzer(EXERCISES, given)
    for pose in track:
        yield analyzer.push(pose)
    yield analyzer.finish()


def finished(updates: list[Update]) -> list[Rep]:
    return [rep for update in updates for rep in update.finished]


@pytest.mark.parametrize("given_exercise", [None, "squat"])
@pytest.mark.parametrize("name", SETS)
def test_a_set_done_live_and_the_same_set_recorded_give_identical_reps(
    name: str, given_exercise: str | None
) -> None:
    updates = list(live(SETS[name], given_exercise))
    analysis = analyse(SETS[name], EXERCISES, given_exercise, ORIGIN)
    assert tuple(finished(updates)) == analysis.report.reps
    assert updates[-1].rep_count == sum(rep.complete for rep in analysis.report.reps)
    told = [u.phase if p.found else "unknown" for u, p in zip(updates, SETS[name], strict=False)]
    assert list(analysis.phase) == told


class Replay:
    """Takes the pose of each frame from a track: the picture is not looked at."""

    def __init__(self, track: PoseTrack) -> None:
        self._poses = list(track)

    def estimate(self, frame: Frame) -> Pose:
        return self._poses[frame.index]


def test_frames_that_come_through_the_runner_are_the_same_again() -> None:
    track = SETS["of everything a little"]
    runner = Runner(Replay(track), Analyzer(EXERCISES))
    nothing = np.zeros((2, 2, 3), dtype=np.uint8)
    seen = [runner.step(Frame(i, float(t), nothing)) for i, t in enumerate(track.t_s)]
    assert [p.t_s for p, _ in seen] == list(track.t_s)
    through = finished([update for _, update in seen])
    direct = list(live(track))[:-1]
    assert through == finished(direct)


@settings(deadline=None, max_examples=6, derandomize=True)
@given(
    st.sampled_from(sorted(SETS)),
    st.floats(0.2, 0.95),
    st.sampled_from(["nobody", "stands", "jumps about", "sits"]),
)
def test_what_was_said_does_not_depend_on_what_comes_later(name: str, share: float, future: str) -> None:
    track = SETS[name]
    now = int(share * len(track))
    later = {
        "nobody": lambda p: Pose.missing(p.t_s),
        "stands": lambda p: replace(track_pose(track, 0), t_s=p.t_s),
        "jumps about": lambda p: replace(p, image_px=p.image_px + 40 * np.sin(50 * p.t_s)),
        "sits": lambda p: replace(track_pose(track, len(track) // 4), t_s=p.t_s),
    }[future]
    other_end = [p if i < now else later(p) for i, p in enumerate(track)]
    one, two = list(live(track))[:now], list(live(PoseTrack.of(other_end)))[:now]
    assert finished(one) == finished(two)
    assert [(u.phase, u.rep_count, u.cue) for u in one] == [(u.phase, u.rep_count, u.cue) for u in two]


def track_pose(track: PoseTrack, i: int) -> Pose:
    return list(track)[i]


@pytest.mark.parametrize("name", SETS)
def test_a_rep_is_told_within_half_a_second_of_its_end_once_and_in_order(name: str) -> None:
    updates = list(live(SETS[name]))
    for update in updates[:-1]:
        for rep in update.finished:
            assert update.t_s - rep.end_s <= 0.5 + 1.0 / FPS
    numbers = [rep.number for rep in finished(updates)]
    assert numbers == list(range(1, len(numbers) + 1))
    counts = [update.rep_count for update in updates]
    assert counts == sorted(counts), "a counted rep is never taken back"


def test_analysing_leaves_the_poses_alone_and_gives_the_same_again() -> None:
    track = SETS["of everything a little"]
    before = [track.image_px.copy(), track.world_m.copy(), track.visibility.copy()]
    once, again = (analyse(track, EXERCISES, None, ORIGIN) for _ in range(2))
    assert once.report == again.report
    for x, y in zip(before, (track.image_px, track.world_m, track.visibility), strict=True):
        assert np.array_equal(x, y, equal_nan=True)


GOLDEN = Path(__file__).parents[1] / "golden/tracks"
# Real and rendered sets of each exercise, 15 to 30 poses a second, from the side, at an angle and in front.
DONE_LIVE = [
    "sq01",
    "sq22",
    "lu01",
    "hi01",
    "hi03",
    "d00_squat_side",
    "d02_squat_front_valgus",
    "d05_lunge_side_alt",
    "d10_hinge_side",
    "d12_hinge_oblique60_knee",
]
JITTER_S = 0.008
PEAKS = ("knee_flexion_peak_deg", "hip_flexion_peak_deg")


def done_live(track: PoseTrack, dropped: float) -> PoseTrack:
    """The poses of the set when a live set is fed with these, part of them lost and their times trembling."""
    rng = np.random.default_rng(1)
    t_s = track.t_s + rng.uniform(-JITTER_S, JITTER_S, len(track))
    t_s = np.maximum.accumulate(t_s) + 1e-6 * np.arange(len(track))
    arrived = rng.random(len(track)) >= dropped
    live_set = LiveSet(lambda: Analyzer(EXERCISES), LiveRules(still_s=0.0, quiet_end_s=60.0), 1280)
    for pose, t, there in zip(track, t_s, arrived, strict=True):
        if there:
            live_set.push(replace(pose, t_s=float(t)))
    return live_set.track


def reps_of(track: PoseTrack) -> list[Rep]:
    return [rep for rep in analyse(track, EXERCISES, None, ORIGIN).report.reps if rep.complete]


@cache
def complete(name: str) -> list[Rep]:
    return reps_of(load_track(GOLDEN / f"{name}.npz"))


def off_deg(rep: Rep, reps: list[Rep]) -> list[float]:
    """How far the peaks of `rep` are from those of the rep of the same moment."""
    same = min(reps, key=lambda other: abs(other.bottom_s - rep.bottom_s))
    pairs = [(rep.measure(name), same.measure(name)) for name in PEAKS]
    return [abs(a.value - b.value) for a, b in pairs if a and b]


# With six frames in ten lost single peaks are farther off: gaps of up to half a second hide the bottom, and
# legs that the model exchanged beside them are not put right. The counts hold.
@pytest.mark.parametrize(("dropped", "within_2_deg"), [(0.0, 1.0), (0.3, 0.98), (0.6, 0.75)])
def test_a_live_set_that_loses_frames_gives_the_same_counts_and_peaks(
    dropped: float, within_2_deg: float
) -> None:
    apart = []
    for name in DONE_LIVE:
        track = load_track(GOLDEN / f"{name}.npz")
        whole, live_one = complete(name), reps_of(done_live(track, dropped))
        assert len(live_one) == len(whole), name
        apart += [off for rep in live_one for off in off_deg(rep, whole)]
    assert len(apart) > 50
    assert np.mean(np.array(apart) <= 2.0) >= within_2_deg
    assert np.median(apart) < 1.0
