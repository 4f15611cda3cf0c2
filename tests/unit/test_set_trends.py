"""Both legs, findings, volume and what a set costs: arithmetic by hand, and words that say no more."""

import math
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from hipform.exercises.loader import load_all
from hipform.report import set_trend_words as words
from hipform.report import set_trends, trend_words, trends
from hipform.report.set_trends import SetFade

DEPTH = "thigh_to_horizontal_min_deg"
MDC = trends.published()[DEPTH].mdc95
DAY = datetime(2026, 5, 4, 18, 0, tzinfo=UTC)  # a Monday
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Rep:
    """A rep with one measure, as the history gives it."""

    set_id: str
    rep_number: int
    done_at: datetime
    value: float = 0.0
    side: str | None = "left"
    role: str | None = None
    view_azimuth_deg: float | None = 90.0
    load_kg: float | None = None
    definition: str = "1"
    complete: bool = True
    accepted: bool | None = None


@dataclass(frozen=True)
class Finding:
    set_id: str
    rep_number: int
    rule: str


def a_set(set_id: str, at: datetime, values: list[float], **more: object) -> list[Rep]:
    return [Rep(set_id, number, at, value, **more) for number, value in enumerate(values, 1)]


def from_right(set_id: str, at: datetime, values: list[float], **more: object) -> list[Rep]:
    return a_set(set_id, at, values, **({"side": "right", "view_azimuth_deg": -90.0} | more))


def test_partial_and_rejected_reps_do_not_count_but_accepted_and_unjudged_ones_do() -> None:
    full, partial, rejected, accepted = a_set("a", DAY, [1, 2, 3, 4])
    partial = replace(partial, complete=False, accepted=True)
    rejected, accepted = replace(rejected, accepted=False), replace(accepted, accepted=True)
    assert set_trends.counted([full, partial, rejected, accepted]) == [full, accepted]


def test_the_rear_leg_of_a_lunge_is_left_out() -> None:
    lead, rear, squat = (
        replace(one, role=role)
        for one, role in zip(a_set("a", DAY, [1, 2, 3]), ("lead", "rear", None), strict=True)
    )
    assert set_trends.front_legs([lead, rear, squat]) == [lead, squat]


def test_each_leg_has_its_own_trend_the_latest_first() -> None:
    """Lunges with alternating legs before one camera: the legs must not be mixed."""
    first = a_set("a", DAY, [10, 12]) + a_set("a", DAY, [30, 32], side="right")
    later = a_set("b", DAY + WEEK, [40], side="right")
    right, left = set_trends.legs(first + later)
    assert (right.side, [[s.value for s in g] for g in right.groups]) == ("right", [[31, 40]])
    assert (left.side, [[s.value for s in g] for g in left.groups]) == ("left", [[11]])
    assert right.latest == DAY + WEEK


def test_legs_are_paired_with_the_nearest_session_within_a_week_each_once() -> None:
    values = a_set("l1", DAY, [0]) + a_set("l2", DAY + 2 * WEEK, [4])
    values += from_right("r1", DAY + timedelta(days=2), [3])
    values += from_right("r2", DAY + timedelta(days=5), [90])  # l1 is taken by r1, l2 is nine days away
    values += from_right("r3", DAY + 2 * WEEK + timedelta(days=1), [5])
    found = set_trends.left_right(values, DEPTH)
    assert [(p.left.set_ids, p.right.set_ids, p.by) for p in found.groups[0]] == [
        (("l1",), ("r1",), -3),
        (("l2",), ("r3",), -1),
    ]
    assert found.by == -2
    # The left leg has two sessions: published noise. The right one three: its steps 3 to 90 are noise too.
    left, right = (
        trends.noise(leg.groups[-1], DEPTH).mdc
        for leg in sorted(set_trends.legs(values), key=lambda leg: leg.side)
    )
    assert found.mdc == pytest.approx(math.sqrt((left**2 + right**2) / 2))
    assert left == MDC


def test_pairs_of_another_view_stand_apart_and_do_not_speak_for_now() -> None:
    values = a_set("l1", DAY, [9], view_azimuth_deg=70.0) + from_right("r1", DAY, [0], view_azimuth_deg=-70.0)
    values += a_set("l2", DAY + WEEK, [1]) + from_right("r2", DAY + WEEK, [0])
    found = set_trends.left_right(values, DEPTH)
    assert [[pair.by for pair in group] for group in found.groups] == [[9], [1]]
    assert (found.by, found.mdc, found.differ) == (1, pytest.approx(MDC), False)


@pytest.mark.parametrize(("apart", "differ"), [(MDC - 0.1, False), (MDC + 0.1, True)])
def test_legs_differ_beyond_the_noise_only(apart: float, differ: bool) -> None:
    values = a_set("l", DAY, [apart]) + from_right("r", DAY + timedelta(hours=1), [0])
    found = set_trends.left_right(values, DEPTH)
    assert found.differ is differ
    assert ("more than the noise" if differ else "No clear difference") in words.left_right_words(
        found, DEPTH
    )


@pytest.mark.parametrize(
    "right",
    [
        {"view_azimuth_deg": 90.0},  # the far leg
        {"view_azimuth_deg": -79.0},  # 11 degrees nearer the front than the left one
        {"definition": "2"},
        {"done_at": DAY + timedelta(days=8)},
    ],
)
def test_legs_that_were_not_filmed_alike_are_not_compared(right: dict[str, object]) -> None:
    values = a_set("l", DAY, [5]) + [replace(rep, **right) for rep in from_right("r", DAY, [0])]
    assert set_trends.left_right(values, DEPTH) is None


def test_a_finding_is_counted_only_where_it_could_be_seen() -> None:
    squat = load_all()["squat"]
    assert {rule.view for rule in squat.rules if rule.id == "knees_in"} == {"front"}
    side = a_set("side", DAY, [0] * 4)
    front = a_set("front", DAY + WEEK, [0] * 5, view_azimuth_deg=0.0)
    front[4] = replace(front[4], accepted=False)
    found = [Finding("front", n, "knees_in") for n in (1, 2, 2, 5)] + [Finding("side", 1, "trunk_lean")]
    found.append(Finding("side", 2, "rule that is gone"))
    shares = {one.rule: one for one in set_trends.finding_shares(side + front, found, squat)}
    knees, lean, gone = (shares[rule] for rule in ("knees_in", "trunk_lean", "rule that is gone"))
    assert (knees.when, knees.reps, knees.of, knees.share) == ([DAY + WEEK], [2], [4], 0.5)
    assert (lean.when, lean.reps, lean.of) == ([DAY], [1], [4])
    assert (gone.reps, gone.of) == ([1, 0], [4, 4])
    assert list(shares) == ["knees_in", "trunk_lean", "rule that is gone"]


def test_many_sessions_are_told_by_the_month() -> None:
    reps = [
        rep
        for n in range(set_trends.MOST_POINTS + 1)
        for rep in a_set(f"{n}", DAY + n * timedelta(days=1), [0])
    ]
    (share,) = set_trends.finding_shares(reps, [Finding("30", 1, "x")], None)
    assert share.of == [28, 30, 3]  # from 4 May to 3 July
    assert share.reps == [0, 1, 0]


def test_volume_by_the_week_shows_weeks_of_rest() -> None:
    reps = a_set("a", DAY, [0] * 5, load_kg=20.0) + a_set("b", DAY + timedelta(days=6), [0] * 3)
    reps += a_set("c", DAY + 2 * WEEK, [0] * 2)
    reps[0] = replace(reps[0], complete=False)
    every, bins = set_trends.volume(reps)
    assert every == "week"
    assert [(b.start, b.sets, b.reps, b.moved_kg) for b in bins] == [
        (date(2026, 5, 4), 2, 7, 80.0),
        (date(2026, 5, 11), 0, 0, 0.0),
        (date(2026, 5, 18), 1, 2, 0.0),
    ]
    told = words.volume_words(every, bins)
    assert told.startswith(
        "3 sets, 9 reps, 80 kg moved where the load was noted: 1.0 sets and 3 reps in a week"
    )


def test_volume_of_years_is_by_the_month() -> None:
    every, bins = set_trends.volume(a_set("a", DAY, [0]) + a_set("b", DAY + timedelta(weeks=110), [0]))
    assert every == "month"
    assert [one.start.day for one in bins] == [1] * len(bins)
    assert (bins[0].start, bins[-1].start, len(bins)) == (date(2026, 5, 1), date(2028, 6, 1), 26)
    assert set_trends.volume([]) == ("week", [])


def test_the_fade_of_a_set_keeps_the_place_of_reps_that_do_not_count() -> None:
    """0, 2, -, 6, 8 over five reps: 2 a rep, so 8 from the first to the last."""
    reps = a_set("a", DAY, [0, 2, 99, 6, 8])
    del reps[2]
    reps += a_set("short", DAY + WEEK, [0, 5, 10])
    assert set_trends.fades(reps) == [SetFade("a", DAY, 8.0, 4)]


def test_the_fade_of_alternating_legs_is_that_of_one_leg() -> None:
    both = [
        replace(
            one, side="left" if one.rep_number % 2 else "right", value=one.value + 50 * (one.rep_number % 2)
        )
        for one in a_set("a", DAY, [float(n) for n in range(9)])
    ]
    (fade,) = set_trends.fades(both)
    assert (fade.by, fade.reps) == (8.0, 5)


def fades(moved: list[float]) -> list[SetFade]:
    return [SetFade("a", DAY, by, 8) for by in moved]


def test_what_sets_have_in_common_has_an_interval_from_six_on() -> None:
    """Of six, the lowest and the highest hold the median in 97 of 100 cases; of nine the second ones."""
    six = set_trends.fading(fades([1, 2, 3, 4, 5, 6]))
    assert (six.by, six.low, six.high, six.said) == (3.5, 1, 6, "clear")
    nine = set_trends.fading(fades([-9, 1, 2, 3, 4, 5, 6, 7, 8]))
    assert (nine.by, nine.low, nine.high, nine.said) == (4, 1, 7, "clear")
    assert set_trends.fading(fades([-2, -1, 0, 1, 2, 3])).said == "not clear"
    assert set_trends.fading(fades([5, 5, 5, 5, 5])).said == "too few"
    assert set_trends.fading([]) is None


def test_the_interval_misses_the_true_median_in_at_most_five_of_a_hundred() -> None:
    rng = np.random.default_rng(4)
    for n in (6, 11, 40):
        told = [set_trends.fading(fades(list(rng.normal(0, 3, n)))) for _ in range(1000)]
        assert np.mean([one.said == "clear" for one in told]) <= 0.06


@pytest.mark.parametrize(
    ("moved", "said"),
    [
        (
            [3.0, 4, 4, 4, 4, 9],
            "4° shallower from the first to the last rep of a set (95 %: 3° to 9°, 6 sets).",
        ),
        ([-1.0, 4, 4, 4, 4, 9], "no clear change within a set (95 %: −1° to 9°, 6 sets)."),
        ([-4.0] * 6, "4° deeper from the first to the last rep of a set (95 %: −4° to −4°, 6 sets)."),
        ([0.1, 0.2, 0.2, 0.2, 0.2, 0.3], "no clear change within a set (95 %: 0° to 0°, 6 sets)."),
        ([-4.0], "4° deeper from the first to the last rep (middle of 1 set); too few to be sure."),
        ([], "no set with four reps in which it was measured yet."),
    ],
)
def test_a_fade_is_said_with_its_interval(moved: list[float], said: str) -> None:
    assert words.fading_words(set_trends.fading(fades(moved)), DEPTH).endswith(said)


def test_the_left_leg_is_held_against_the_right() -> None:
    values = a_set("l", DAY, [10]) + from_right("r", DAY, [0])
    told = words.left_right_words(set_trends.left_right(values, DEPTH), DEPTH)
    assert told == "Left leg 10° shallower than the right one (4 May 2026), more than the noise of ±6°."


def test_a_session_is_told_in_numbers_that_it_has() -> None:
    (session,) = trends.sessions(
        a_set("a", DAY, [1, 2, 3], load_kg=60.0) + a_set("b", DAY, [4, 5], load_kg=60.0)
    )
    assert words.session_words(session, DEPTH) == [
        "3°",
        "half of the reps: 2° to 4°",
        "2 sets, 5 reps, 60 kg",
        "left side to the camera",
    ]
    (single,) = trends.sessions(a_set("a", DAY, [1], view_azimuth_deg=None))
    assert words.session_words(single, DEPTH) == ["1°", "1 set, 1 rep", "direction not known"]


@pytest.mark.parametrize(
    ("loads", "said"),
    [
        ((20.0, 20.0), ""),
        ((None, None), ""),
        ((20.0, 40.0), "The load changed from 20 to 40 kg"),
        ((20.0, 40.0, 20.0), "The load changed and is 20 kg again"),
        ((20.0, None), "The load was not noted"),
    ],
)
def test_a_changed_load_is_said(loads: tuple[float | None, ...], said: str) -> None:
    group = trends.sessions([Rep("a", 1, DAY + n * WEEK, load_kg=kg) for n, kg in enumerate(loads)])
    assert words.load_words(group).startswith(said)
    assert bool(words.load_words(group)) == bool(said)


def test_the_most_frequent_findings_are_named() -> None:
    reps = a_set("a", DAY, [0] * 4)
    shares = set_trends.finding_shares(reps, [Finding("a", 1, "knees_in")], None)
    assert (
        words.findings_words(shares, {"knees_in": "Knees in"})
        == "Most often: Knees in, 25% of reps (1 of 4)."
    )
    assert words.findings_words(shares, {}).startswith("Most often: Knees in")
    four = set_trends.finding_shares(reps, [Finding("a", 1, rule) for rule in "abcd"], None)
    assert words.findings_words(four, {}).count("of reps") == 3
    assert words.findings_words([], {}) == "Nothing was noted in these reps."


def test_what_rounds_to_nothing_is_no_difference() -> None:
    facts = trends.published()[DEPTH]
    assert [trend_words.moved(by, facts) for by in (0.4, -0.4, 0.6, -0.6)] == [
        "no difference",
        "no difference",
        "1° shallower",
        "1° deeper",
    ]
    flat = trends.Slope(0.3, -0.2, 0.9)
    assert trend_words.slope_words(flat, DEPTH) == "0° a month (95 %: 0° to 1°)"
