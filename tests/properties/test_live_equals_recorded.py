"""One brain: however the poses arrive, the reps are the same, and nothing looks into the future."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures import motions
from fixtures.golden import LABELS, analysed, track
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
from hipform.exercises.loader import load_all
from hipform.records import Frame, Measure, Origin, Pose, PoseTrack, Provenance, Rep, Source, Update
from hipform.session.analyzer import Analyzer
from hipform.session.live_set import LiveRules, LiveSet
from hipform.session.runner import Runner
from hipform.session.set_analysis import analyse
from hipform.skeleton import Side

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


JITTER_S = 0.008
PEAKS = ("knee_flexion_peak_deg", "hip_flexion_peak_deg")
# Without a lost frame only times tremble: sets of each exercise, from the side, at an angle and in front.
TREMBLING = [
    "sq01",
    "lu01",
    "hi03",
    "d02_squat_front_valgus",
    "d05_lunge_side_alt",
    "d12_hinge_oblique60_knee",
]
# With six frames in ten lost at random, and so up to half a second in one piece, a rep is lost now and then:
# lu09 walks on between its lunges and comes within a degree of standing for less time than that; sq28 is an
# edited video, whose cut cannot be told from a fast movement when the frames around it are gone.
MAY_MISS_ONE = {0.6: {"lu09", "sq28"}}


def done_live(track: PoseTrack, dropped: float) -> list[Rep]:
    """The complete reps of a live set that is fed with these poses: part is lost, times tremble."""
    rng = np.random.default_rng(1)
    t_s = track.t_s + rng.uniform(-JITTER_S, JITTER_S, len(track))
    t_s = np.maximum.accumulate(t_s) + 1e-6 * np.arange(len(track))
    arrived = rng.random(len(track)) >= dropped
    analyzers: list[Analyzer] = []

    def new_analyzer() -> Analyzer:
        analyzers.append(Analyzer(EXERCISES))
        return analyzers[-1]

    live_set = LiveSet(new_analyzer, LiveRules(still_s=0.0, quiet_end_s=60.0), 1280)
    updates = []
    for pose, t, there in zip(track, t_s, arrived, strict=True):
        if there:
            updates.append(live_set.push(replace(pose, t_s=float(t))).update)
    updates.append(analyzers[-1].finish())
    return [rep for update in updates if update for rep in update.finished if rep.complete]


def peaks(rep: Rep, name: str) -> dict[Side | None, Measure]:
    found = rep.measures.get(name, [])
    return {measure.side: measure for measure in (found if isinstance(found, list) else [found])}


def shown_first(rep: Rep) -> Side | None:
    """The leg whose numbers stand for the rep: the front one, else the near one."""
    return rep.lead_side or (rep.view.label.split("-")[-1] if "-" in rep.view.label else None)


@dataclass(frozen=True)
class Apart:
    """How far two paths put one peak of one leg apart, and how uncertain they say it is, degrees."""

    rep: str
    off_deg: float
    uncertainty_deg: float
    first: bool


def apart(name: str, reps: list[Rep], whole: list[Rep]) -> Iterator[Apart]:
    """Each peak that both paths give, of the same leg in the rep of the same moment."""
    for rep in reps:
        same = min(whole, key=lambda other: abs(other.bottom_s - rep.bottom_s))
        for peak in PEAKS:
            ours, theirs = peaks(rep, peak), peaks(same, peak)
            for side in ours.keys() & theirs.keys():
                a, b = ours[side], theirs[side]
                first = side in (None, shown_first(same))
                yield Apart(
                    f"{name}/{rep.number}", abs(a.value - b.value), max(a.uncertainty, b.uncertainty), first
                )


# Peaks of the leg that stands for the rep. With six frames in ten lost a gap may hide the bottom itself.
@pytest.mark.parametrize(
    ("dropped", "names", "within_2_deg"),
    [(0.0, TREMBLING, 1.0), (0.3, list(LABELS), 0.98), (0.6, list(LABELS), 0.85)],
    ids=["0 %", "30 %", "60 %"],
)
def test_a_live_set_that_loses_frames_gives_the_same_counts_and_peaks(
    dropped: float, names: list[str], within_2_deg: float
) -> None:
    found: list[Apart] = []
    for name in names:
        whole = [rep for rep in analysed(name).report.reps if rep.complete]
        reps = done_live(track(name), dropped)
        missed = len(whole) - len(reps)
        assert missed in ((0, 1) if name in MAY_MISS_ONE.get(dropped, ()) else (0,)), name
        if not missed:
            found += apart(name, reps, whole)
    first = np.array([one.off_deg for one in found if one.first])
    assert len(first) > 40
    assert np.mean(first <= 2.0) >= within_2_deg
    assert np.median(first) < 0.5
    beyond = [one for one in found if one.off_deg > max(2.0, one.uncertainty_deg)]
    assert len(beyond) <= 0.01 * len(found), beyond
