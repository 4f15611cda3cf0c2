"""Trends: what makes a session, what compares, and how often "changed" is said wrongly or missed."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from hipform.report import trend_words, trends
from hipform.report.summary import MEASURE_LABELS
from hipform.report.trends import Session

DEPTH = "thigh_to_horizontal_min_deg"
MDC = trends.published()[DEPTH].mdc95
DAY = datetime(2026, 5, 1, 18, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Rep:
    set_id: str
    done_at: datetime
    value: float
    view_azimuth_deg: float | None = 90.0
    load_kg: float | None = None
    definition: str = "1"


def reps(
    values: list[float], at: datetime = DAY, set_id: str = "a", azimuth: float | None = 90.0
) -> list[Rep]:
    return [Rep(set_id, at, value, azimuth) for value in values]


def weekly(values: list[float] | np.ndarray) -> list[Session]:
    one = trends.sessions(reps([0.0]))[0]
    return [replace(one, done_at=DAY + timedelta(days=7 * i), value=float(v)) for i, v in enumerate(values)]


def test_a_session_is_the_median_of_the_sets_of_one_visit():
    later = DAY + timedelta(hours=2)
    (one,) = trends.sessions(reps([1.0, 2.0, 9.0], later, "b") + reps([3.0, 4.0]))
    assert (one.value, one.low, one.high, one.reps) == (3.0, 2.0, 4.0, 5)
    assert (one.done_at, one.set_ids) == (DAY, ("a", "b"))


def test_a_visit_ends_with_three_hours_of_nothing():
    chain = [rep for h in (0, 2.9, 5.8, 8.9) for rep in reps([1.0], DAY + timedelta(hours=h))]
    assert [s.reps for s in trends.sessions(chain)] == [3, 1]


def test_sets_of_both_sides_make_a_trend_each():
    values = reps([1.0, 1.0]) + reps([5.0], set_id="b", azimuth=-92.0)
    values += reps([2.0], DAY + timedelta(days=7), "c") + reps([6.0], DAY + timedelta(days=8), "d", -85.0)
    groups = trends.segments(trends.sessions(values))
    assert [[s.value for s in group] for group in groups] == [[1.0, 2.0], [5.0, 6.0]]


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [(80.0, 89.0, True), (80.0, 91.0, False), (175.0, -176.0, True), (None, None, True), (None, 90.0, False)],
)
def test_only_sessions_of_one_view_compare(first, second, joined):
    values = reps([1.0], azimuth=first) + reps([2.0], DAY + timedelta(days=7), "b", second)
    assert (len(trends.segments(trends.sessions(values))) == 1) == joined


def test_numbers_made_in_another_way_do_not_compare():
    values = [*reps([1.0]), replace(reps([2.0])[0], definition="2")]
    assert len(trends.sessions(values)) == 2
    assert len(trends.segments(trends.sessions(values))) == 2


def test_the_load_is_told_only_when_all_sets_had_it():
    light, heavy = (replace(rep, load_kg=kg) for rep, kg in zip(reps([1.0, 2.0]), (20.0, 60.0), strict=True))
    assert trends.sessions([light, light])[0].load_kg == 20.0
    assert trends.sessions([light, heavy])[0].load_kg is None


@pytest.mark.parametrize("measure", trends.published())
def test_one_session_is_too_few_and_two_are_held_against_the_published_noise(measure):
    mdc = trends.published()[measure].mdc95
    assert trends.change(weekly([3.0]), measure).said == "too few"
    within, beyond = (trends.change(weekly([0.0, share * mdc]), measure) for share in (0.98, 1.02))
    assert (within.said, beyond.said) == ("no clear change yet", "changed")
    assert (beyond.by, beyond.since, beyond.noise.own) == (1.02 * mdc, DAY, False)


def test_noise_of_ones_own_by_hand():
    """Steps 2, -2, 2: variance 4 / 2; three steps are worth 18/8 degrees of freedom."""
    noise = trends.noise(weekly([0.0, 2.0, 0.0, 2.0, 50.0]), DEPTH)
    published = (MDC / (1.96 * np.sqrt(2.0))) ** 2
    variance = (4.0 * published + 2.25 * 2.0) / 6.25
    assert noise.own
    assert noise.mdc == pytest.approx(2.437 * np.sqrt(2.0 * variance), rel=0.01)  # t of 6.25 degrees


def test_many_steady_sessions_tell_a_smaller_change_and_unsteady_ones_only_a_larger():
    rng = np.random.default_rng(0)
    steady, unsteady = (trends.noise(weekly(rng.normal(0, sd, 40)), DEPTH).mdc for sd in (0.5, 5.0))
    assert steady < MDC / 2
    assert unsteady == pytest.approx(1.96 * np.sqrt(2) * 5.0, rel=0.3)


def users(n: int, change_mdc: float, rng: np.random.Generator) -> list[trends.Change]:
    """People of 2 to 12 sessions whose noise is half to one and a half times the published."""
    told = []
    for _ in range(n):
        sem = MDC / (1.96 * np.sqrt(2.0)) * rng.uniform(0.5, 1.5)
        values = rng.normal(0.0, sem, rng.integers(2, 13))
        values[-1] += change_mdc * 1.96 * np.sqrt(2.0) * sem
        told.append(trends.change(weekly(values), DEPTH))
    return told


def test_without_a_change_hardly_anybody_is_told_of_one():
    told = users(2000, 0.0, np.random.default_rng(1))
    assert np.mean([c.said == "changed" for c in told]) <= 0.05


def test_a_change_of_twice_the_noise_is_mostly_told():
    told = users(2000, 2.0, np.random.default_rng(2))
    assert np.mean([c.said == "changed" for c in told]) >= 0.8


def test_a_slow_change_is_not_taken_for_noise():
    line = weekly(np.linspace(0.0, 2 * MDC, 10))
    assert trends.change(line, DEPTH).said == "changed"
    assert trends.noise(line, DEPTH).mdc < 1.1 * MDC


def test_the_slope_is_per_month_and_one_odd_session_does_not_bend_it():
    values = np.arange(9.0)
    values[4] = 40.0
    slope = trends.slope(weekly(values))
    assert slope.per_month == pytest.approx(30.44 / 7, rel=0.05)
    assert slope.low <= slope.per_month <= slope.high
    assert trends.slope(weekly([1.0, 2.0])) is None


def test_the_best_is_the_lowest_thigh_the_largest_bend_and_no_lean():
    line = weekly([3.0, 1.0, 2.0])
    assert trends.best(line, DEPTH).value == 1.0
    assert trends.best(line, "knee_flexion_peak_deg").value == 3.0
    assert trends.best(line, "trunk_lean_peak_deg") is None


def test_fading_depth_is_told_from_the_whole_set():
    assert trends.fade([0.0, 1.0, 2.0, np.nan, 4.0]) == pytest.approx(4.0)
    assert trends.fade([0.0, 1.0, 2.0]) is None


def test_a_trend_without_sessions_is_a_mistake():
    with pytest.raises(ValueError, match="needs a session"):
        trends.change([], DEPTH)
    with pytest.raises(KeyError):
        trends.noise(weekly([1.0]), "no such measure")


def test_every_published_noise_says_what_it_rests_on():
    for name, one in trends.published().items():
        assert one.source, name
        assert name in MEASURE_LABELS


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([3.0], "one session so far"),
        ([10.0, 1.0], "9° deeper since 1 May 2026, more than the noise of ±6°."),
        ([0.0, 3.0], "no clear change yet (3° shallower since 1 May 2026, within the noise of ±6°)"),
    ],
)
def test_a_change_is_said_with_its_noise(values, words):
    assert words in trend_words.headline(trends.change(weekly(values), DEPTH), DEPTH)


def test_it_is_said_whose_noise_it_is():
    two, three = (trends.noise(weekly(range(n)), DEPTH) for n in (2, 3))
    assert "published value; from three" in trend_words.noise_words(two, DEPTH)
    assert "your own 3 sessions" in trend_words.noise_words(three, DEPTH)


def test_slope_and_best_are_said_or_left_out():
    line = weekly([0.0, -1.0, -2.0, -3.0])
    assert trend_words.slope_words(trends.slope(line), DEPTH).startswith("−4° a month (95 %: −4° to −4°)")
    assert trend_words.best_words(trends.best(line, DEPTH), DEPTH) == "Best −3° on 22 May 2026"
    assert trend_words.slope_words(None, DEPTH) == trend_words.best_words(None, DEPTH) == ""
