"""Smoothing of what is already complete: no lag, no invention, no thinning of what is real."""

import numpy as np
import pytest

from hipform.kinematics.smoothing import fill_short_gaps, without_lag, without_outliers, zero_lag
from hipform.records import FloatArray

NAN = float("nan")
T = np.arange(0.0, 4.0, 1 / 30)


def rep(t: FloatArray, lowest_s: float = 2.0) -> FloatArray:
    """100 degrees down and up within two seconds."""
    return np.where(np.abs(t - lowest_s) < 1.0, 50 + 50 * np.cos(np.pi * (t - lowest_s)), 0.0)


def with_gap(x: FloatArray, start: int, frames: int) -> FloatArray:
    y = x.copy()
    y[start : start + frames] = np.nan
    return y


def test_a_short_gap_is_bridged_on_the_straight_line() -> None:
    filled = fill_short_gaps(np.array([0.0, 0.05, 0.15, 0.2]), np.array([1.0, NAN, NAN, 5.0]))
    assert filled == pytest.approx([1.0, 2.0, 4.0, 5.0])


def test_a_gap_of_more_than_a_fifth_of_a_second_stays_open() -> None:
    t = np.array([0.0, 0.1, 0.25, 0.35, 0.4])
    assert np.isnan(fill_short_gaps(t, np.array([1.0, NAN, 5.0, NAN, 7.0]))).tolist() == [
        False,
        True,
        False,
        False,
        False,
    ]


def test_nothing_is_invented_before_the_first_and_after_the_last_known_moment() -> None:
    filled = fill_short_gaps(T[:5], np.array([NAN, 1.0, NAN, 1.0, NAN]))
    assert np.isnan(filled).tolist() == [True, False, False, False, True]
    assert np.isnan(fill_short_gaps(T[:3], np.array([NAN, 1.0, NAN]))).tolist() == [True, False, True]


def test_a_lone_spike_is_dropped_and_nothing_else() -> None:
    x = rep(T)
    x[[20, 61]] += 40.0
    assert np.flatnonzero(np.isnan(without_outliers(x))).tolist() == [20, 61]


@pytest.mark.parametrize("seconds", [2.0, 0.8], ids=["usual", "fast"])
def test_clean_motion_is_kept_whole(seconds: float) -> None:
    x = 50 - 50 * np.cos(2 * np.pi * T / seconds)
    assert np.array_equal(without_outliers(x), x)


def test_a_small_tremble_while_holding_still_is_no_spike() -> None:
    x = 50 - 50 * np.cos(np.pi * T)
    x[60:75] = 0.0
    x[67] = 2.0
    assert np.array_equal(without_outliers(x), x)


def test_what_is_not_known_stays_so_while_spikes_are_dropped() -> None:
    x = with_gap(rep(T), 30, 20)
    assert np.array_equal(np.isnan(without_outliers(x)), np.isnan(x))
    assert np.isnan(without_outliers(np.full(10, NAN))).all()


def test_a_smoothed_rep_is_neither_late_nor_shallow() -> None:
    smooth = zero_lag(T, rep(T))
    assert T[np.argmax(smooth)] == pytest.approx(2.0, abs=1 / 30)
    assert smooth.max() == pytest.approx(100.0, abs=1.0)
    before, after = smooth[30:61], smooth[60:91]
    assert before == pytest.approx(after[::-1], abs=0.1), "down and up alike"


@pytest.mark.parametrize(
    ("hertz", "kept"), [(1.0, 1.0), (6.0, 0.5**0.5), (15.0, 0.03)], ids=["movement", "limit", "noise"]
)
def test_movement_passes_and_jitter_does_not(hertz: float, kept: float) -> None:
    t = np.arange(0.0, 6.0, 0.01)
    smooth = zero_lag(t, np.sin(2 * np.pi * hertz * t))
    assert np.abs(smooth[150:450]).max() == pytest.approx(kept, abs=0.03)


def test_time_counts_and_not_frames() -> None:
    """A camera that drops frames smooths like one that does not."""
    rng = np.random.default_rng(3)
    kept = np.sort(rng.choice(len(T), int(0.7 * len(T)), replace=False))
    kept = kept[T[kept] > 0.2]
    assert zero_lag(T[kept], rep(T[kept])) == pytest.approx(zero_lag(T, rep(T))[kept], abs=3.0)


def test_the_two_sides_of_a_gap_do_not_touch_each_other() -> None:
    gap = with_gap(rep(T), 50, 15)
    other_end = gap.copy()
    other_end[65:] += 500.0
    smooth, changed = zero_lag(T, gap), zero_lag(T, other_end)
    assert np.isnan(smooth[50:65]).all()
    assert smooth[:50] == pytest.approx(changed[:50])


def test_too_short_or_too_slow_to_smooth_is_left_as_it_is() -> None:
    short = T[:10]
    assert np.array_equal(zero_lag(short, rep(short)), rep(short))
    slow = np.arange(0.0, 8.0, 0.1)
    assert np.array_equal(zero_lag(slow, rep(slow)), rep(slow))


def test_every_landmark_is_smoothed_by_itself() -> None:
    points = np.zeros((len(T), 33, 2))
    points[:, 25, 1] = rep(T)
    points[:, 26] = np.nan
    smooth = zero_lag(T, points)
    assert smooth.shape == points.shape
    assert smooth[:, 25, 1] == pytest.approx(zero_lag(T, rep(T)))
    assert np.isnan(smooth[:, 26]).all()
    assert not smooth[:, 24].any()


def test_what_the_model_shows_late_is_put_back_to_its_time() -> None:
    """Half a sampling interval, whatever the rate."""
    for fps in (15, 30, 60):
        t = np.arange(0.0, 4.0, 1 / fps)
        late = rep(t - 0.5 / fps)
        assert np.abs(without_lag(t, late) - rep(t))[1:-1].max() < 1.5, fps


def test_gaps_stay_gaps_when_the_lag_is_taken_out() -> None:
    moved = without_lag(T, with_gap(rep(T), 50, 10))
    assert np.isnan(moved[50:59]).all()
    assert np.isfinite(moved[60:]).all()
    assert without_lag(T[:1], np.array([3.0])).tolist() == [3.0]
