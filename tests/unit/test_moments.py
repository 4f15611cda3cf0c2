"""When a rep started, was lowest and was over, against motions whose times are known."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from fixtures.motions import toe_touch
from fixtures.stickman import Figure, Set, gone, hinge, lunge, record, recorded_set, squat, times
from hipform.records import PoseTrack, RepSpan
from hipform.reps.moments import Moments, find_moments
from hipform.reps.quantities import TIME_UNCERTAINTY_S

NAN = float("nan")
ONE = Set(sizes=(1.0,))
COUNTS = {squat: "knee_flexion", lunge: "knee_flexion", hinge: "hip_flexion", toe_touch: "hip_flexion"}


def counted(reps: Set) -> RepSpan:
    """What the counter says of such a rep: it starts late and ends early by a tenth of each part."""
    (start,), (bottom,) = reps.starts_s(), reps.bottoms_s()
    late, early = 0.1 * reps.down_s, 0.1 * reps.up_s
    return RepSpan(start + late, bottom, start + reps.rep_s - early, (100.0, 100.0, 80.0), None)


def moments(
    figure: Callable[[float], Figure] = squat,
    reps: Set = ONE,
    track: PoseTrack | None = None,
    span: RepSpan | None = None,
) -> Moments:
    track = recorded_set(figure, reps) if track is None else track
    span = counted(reps) if span is None else span
    start_s = span.start_s if np.isfinite(span.start_s) else float(track.t_s[0])
    end_s = span.end_s if np.isfinite(span.end_s) else float(track.t_s[-1])
    return find_moments(track, span, start_s, end_s, COUNTS[figure])


@pytest.mark.parametrize("figure", COUNTS)
@pytest.mark.parametrize("azimuth", [90.0, 0.0, -130.0])
def test_start_bottom_and_end_are_found_in_every_view(
    figure: Callable[[float], Figure], azimuth: float
) -> None:
    found = moments(figure, track=recorded_set(figure, ONE, azimuth))
    (start,), (bottom,) = ONE.starts_s(), ONE.bottoms_s()
    assert found.start_s == pytest.approx(start, abs=0.2)
    assert found.bottom_s == pytest.approx(bottom, abs=0.05)
    assert found.end_s == pytest.approx(start + ONE.rep_s, abs=0.2)
    assert found.started
    assert found.returned


@pytest.mark.parametrize("fps", [15.0, 30.0, 60.0])
@pytest.mark.parametrize(
    "reps",
    [
        ONE,
        replace(ONE, down_s=3.0, hold_s=0.0, up_s=0.8),
        replace(ONE, down_s=0.8, hold_s=1.5, up_s=2.0),
        replace(ONE, down_s=0.7, hold_s=0.0, up_s=0.5),
    ],
    ids=["usual", "slow down", "pause and slow up", "fast"],
)
def test_tempo_is_within_its_stated_uncertainty(reps: Set, fps: float) -> None:
    found = moments(reps=reps, track=recorded_set(squat, reps, fps=fps))
    told = {
        "lowering_s": (found.lowered_s - found.start_s, reps.down_s),
        "pause_s": (found.lifting_s - found.lowered_s, reps.hold_s),
        "lifting_s": (found.end_s - found.lifting_s, reps.up_s),
    }
    for name, (value, truth) in told.items():
        assert abs(value - truth) < TIME_UNCERTAINTY_S[name], name
    assert found.start_s < found.lowered_s < found.bottom_s < found.lifting_s < found.end_s


def test_twice_as_slow_takes_twice_as_long() -> None:
    slow = replace(ONE, down_s=2 * ONE.down_s, hold_s=2 * ONE.hold_s, up_s=2 * ONE.up_s)
    one, two = moments(), moments(reps=slow)
    assert two.lowered_s - two.start_s == pytest.approx(2 * (one.lowered_s - one.start_s), abs=0.1)
    assert two.end_s - two.lifting_s == pytest.approx(2 * (one.end_s - one.lifting_s), abs=0.1)


def test_of_two_dips_the_deeper_one_is_the_bottom() -> None:
    def depth(t: float) -> float:
        return float(np.interp(t, [1.5, 2.5, 2.9, 3.5, 4.5], [0, 0.8, 0.6, 1.0, 0], left=0, right=0))

    track = record(lambda t: squat(depth(t)), times(6.0))
    found = moments(track=track, span=RepSpan(1.7, 3.5, 4.4, (110.0, 118.0, 82.0), None))
    assert found.bottom_s == pytest.approx(3.5, abs=0.1)
    assert found.start_s == pytest.approx(1.5, abs=0.2)


def test_what_was_not_recorded_is_said() -> None:
    whole, span = recorded_set(squat, ONE), counted(ONE)
    begun = moments(track=whole.between(2.0, 9.0), span=replace(span, start_s=NAN))
    assert (begun.started, begun.returned) == (False, True)
    assert begun.bottom_s == pytest.approx(ONE.bottoms_s()[0], abs=0.15)
    cut = moments(track=whole.between(0.0, 3.2), span=replace(span, end_s=NAN))
    assert (cut.started, cut.returned) == (True, False)
    assert cut.end_s == pytest.approx(3.2, abs=0.05)


def test_the_counted_times_stand_where_nobody_was_seen() -> None:
    span = counted(ONE)
    found = moments(track=gone(recorded_set(squat, ONE), 1.0, 4.5))
    assert (found.start_s, found.bottom_s, found.end_s) == (span.start_s, span.turn_s, span.end_s)


def test_a_short_blink_changes_no_moment() -> None:
    seen, blinked = moments(), moments(track=gone(recorded_set(squat, ONE), 2.1, 2.25))
    for name in ("start_s", "bottom_s", "end_s"):
        assert getattr(blinked, name) == pytest.approx(getattr(seen, name), abs=0.05)


def test_the_bottom_of_a_lift_is_where_the_hips_are_down_as_well() -> None:
    """Two seconds bent over the bar with high hips, then hips down, and up with it."""

    def set_up(t: float) -> Figure:
        over = float(np.clip((t - 1.5) / 1.0, 0.0, 1.0) - np.clip((t - 5.2) / 1.0, 0.0, 1.0))
        down = float(np.clip((t - 4.5) / 0.5, 0.0, 1.0) - np.clip((t - 5.2) / 0.6, 0.0, 1.0))
        return Figure(knee=30 * over + 55 * down, shank=15 * down, trunk=85 * over - 25 * down)

    track = record(set_up, times(8.0))
    span = RepSpan(1.6, 4.0, 6.1, (85.0, 110.0, 60.0), None)
    assert find_moments(track, span, 1.6, 6.1, "hip_flexion").bottom_s == pytest.approx(5.1, abs=0.15)
