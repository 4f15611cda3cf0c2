"""What is counted as one movement down and back, told as short stories: `(seconds, degrees to reach)`.

The counter is given how bent the body is and nothing else; a story's degrees are the rise of knees and
hips above standing (the hips come down with them).
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest

from hipform.exercises.definition import RepRule
from hipform.exercises.loader import load_all
from hipform.kinematics.bend import Bend
from hipform.records import Phase, RepSpan
from hipform.reps.counter import RepCounter, SizeJudge, components_of

RULE = load_all()["squat"].rep
STAND = (1.5, 0.0)
SQUAT = ((1.0, 90.0), (0.2, 90.0), (1.0, 0.0))
FAST = ((0.5, 80.0), (0.5, 0.0))
Story = Iterable[tuple[float, float]]


def bend(deg: float, upright_deg: float = 5.0) -> Bend:
    return Bend(upright_deg + deg, upright_deg + deg, 0.75 * deg)


def told(story: Story, start_deg: float = 0.0, fps: float = 30.0) -> list[tuple[float, float]]:
    """(time, degrees) of each frame: smooth from one stop to the next."""
    frames, since_s, before = [], 0.0, start_deg
    for seconds, target in story:
        for t in np.arange(np.ceil(since_s * fps) / fps, since_s + seconds - 1e-9, 1.0 / fps):
            u = (t - since_s) / seconds
            frames.append((float(t), before + (target - before) * (0.5 - 0.5 * np.cos(np.pi * u))))
        since_s, before = since_s + seconds, target
    return frames


def spans(story: Story, rule: RepRule = RULE, start_deg: float = 0.0, fps: float = 30.0) -> list[RepSpan]:
    return list(watched(told(story, start_deg, fps), lambda _, deg: bend(deg), rule))


def watched(
    frames: Iterable[tuple[float, float]], see: Callable[[float, float], Bend], rule: RepRule = RULE
) -> list[RepSpan]:
    counter = RepCounter(rule, components_of([rule]))
    found = [counter.push(t, see(t, deg)) for t, deg in frames]
    return [span for span in (*found, counter.finish()) if span is not None]


def answers(story: Story, start_deg: float = 0.0, fps: float = 30.0, **changed: Any) -> list[str]:
    """What is said of each movement: "rep", or why it is a partial."""
    rule = RULE.model_copy(update=changed)
    judge = SizeJudge()
    found = spans(story, rule, start_deg, fps)
    return [judge.judge(span, float("nan"), "squat", rule).reason or "rep" for span in found]


STORIES: dict[str, tuple[Story, list[str]]] = {
    "three squats": ((STAND, *SQUAT, STAND, *SQUAT, STAND, *SQUAT, STAND), ["rep"] * 3),
    "touch and go, no rest at the top": ((STAND, *SQUAT, *SQUAT, *SQUAT, STAND), ["rep"] * 3),
    "five seconds of pause at the bottom": ((STAND, (1, 90), (5, 90), (1, 0), STAND), ["rep"]),
    "ten seconds down": ((STAND, (10, 90), (1, 0), STAND), ["rep"]),
    "a double dip at the bottom": ((STAND, (1, 90), (0.4, 60), (0.4, 90), (1, 0), STAND), ["rep"]),
    "a stop half-way up": ((STAND, (1, 90), (0.6, 45), (1, 45), (0.6, 0), STAND), ["rep"]),
    "only half back up, then down again": ((STAND, (1, 90), (0.7, 30), (0.7, 90), (1, 0), STAND), ["rep"]),
    "half a squat after a full one": (
        (STAND, *SQUAT, STAND, (0.8, 35), (0.8, 0), STAND),
        ["rep", "too shallow"],
    ),
    "a first one of 30 degrees": ((STAND, (0.8, 30), (0.8, 0), STAND), ["rep"]),
    "a first one of 20 degrees": ((STAND, (1, 20), (1, 0), STAND), ["too shallow"]),
    "a sway of 10 degrees": ((STAND, (0.8, 10), (0.8, 0), STAND), []),
    "the recording ends at the bottom": ((STAND, *SQUAT, STAND, (1, 90), (0.3, 90)), ["rep", "cut off"]),
    "the recording ends on the way up": ((STAND, (1, 90), (0.5, 40)), ["cut off"]),
    "the recording ends as it is up again": ((STAND, (1, 90), (0.2, 90), (0.7, 2)), ["rep"]),
    "the recording ends as it starts down": ((STAND, *SQUAT, STAND, (0.5, 20)), ["rep"]),
    "nothing but standing": ((STAND, STAND), []),
    "sitting down and staying": ((STAND, *SQUAT, STAND, (1, 90), (20, 90)), ["rep"]),
    "sitting down until the end": ((STAND, *SQUAT, STAND, (1, 90), (8, 90)), ["rep"]),
    "a long rest on a chair between squats": (
        (STAND, *SQUAT, STAND, (1, 90), (25, 90), (1, 0), STAND, *SQUAT, STAND),
        ["rep", "rep"],
    ),
    "pulses that never stand up": (((0.5, 60), (0.5, 90)) * 6, []),
    "steps from one foot to the other": ((STAND, *((0.2, 30), (0.2, 0)) * 8, STAND), []),
    "feet apart, a rest, then split squats": (
        (STAND, (1, 38), (3, 38), (1, 100), (1, 38), (1, 38), (1, 100), (1, 38), STAND),
        ["rep", "rep"],
    ),
}


@pytest.mark.parametrize("name", STORIES)
def test_story(name: str) -> None:
    story, said = STORIES[name]
    assert answers(story) == said


BEGINNINGS: dict[str, tuple[Story, float, list[str]]] = {
    "at the bottom": (((0.5, 90), (1, 0), STAND, *SQUAT, STAND), 90.0, ["rep", "rep"]),
    "at the bottom, giving way a little": (((0.5, 88), (1, 0), STAND), 90.0, ["rep"]),
    "on the way down": (((0.5, 90), (1, 0), STAND), 40.0, ["rep"]),
    "on the way up": (((0.8, 0), STAND, *SQUAT, STAND), 80.0, ["cut off", "rep"]),
    "at the bottom, and goes on without rest": (((0.3, 90), (1, 0), *SQUAT, *SQUAT), 90.0, ["rep"] * 3),
    "at the top, and goes on without rest": ((*SQUAT, *SQUAT, *SQUAT, STAND), 0.0, ["rep"] * 3),
    "in the middle of fast reps without rest": (
        ((0.3, 80), (0.5, 0), *FAST * 4),
        30.0,
        ["rep"] * 5,
    ),
    "at the bottom, and ends as soon as it is up": (((0.5, 90), (1, 0)), 90.0, ["rep"]),
    "at the bottom, and ends half-way up": (((0.5, 90), (1, 45)), 90.0, []),
    "sitting on a chair": (((8, 90), (1, 0), STAND, *SQUAT, STAND), 90.0, ["rep"]),
}


@pytest.mark.parametrize("name", BEGINNINGS)
def test_recording_begins(name: str) -> None:
    story, start_deg, said = BEGINNINGS[name]
    assert answers(story, start_deg) == said


def test_what_was_not_seen_of_a_movement_has_no_time() -> None:
    (before,) = spans(((0.5, 90), (1, 0), STAND), start_deg=60.0)
    assert np.isnan(before.start_s)
    assert before.turn_s == pytest.approx(0.5, abs=0.15)
    assert before.end_s == pytest.approx(1.5 - 0.24, abs=0.15)
    (after,) = spans((STAND, (1, 90), (0.3, 90)))
    assert after.start_s == pytest.approx(1.75, abs=0.2)
    assert np.isnan(after.end_s)


def test_a_movement_is_told_with_its_times_and_sizes() -> None:
    (span,) = spans((STAND, *SQUAT, STAND))
    assert span.start_s == pytest.approx(1.5 + 0.27, abs=0.1), "15 of 90 degrees, 0.27 s after the first move"
    assert span.turn_s == pytest.approx(2.6, abs=0.2)
    assert span.end_s == pytest.approx(3.7 - 0.24, abs=0.15)
    assert span.excursions_deg == pytest.approx((90.0, 90.0, 67.5), abs=3.0)


@pytest.mark.parametrize("seed", range(3))
def test_jitter_at_either_level_counts_nothing_twice(seed: int) -> None:
    rng = np.random.default_rng(seed)
    story = (STAND, (0.6, 15), (3, 15), (0.6, 90), (0.6, 13), (3, 13), (0.4, 0), STAND)
    found = watched(told(story), lambda _, deg: bend(deg + rng.normal(0, 1.5)))
    assert sum(max(span.excursions_deg) > 60 for span in found) == 1


def test_standing_a_little_bent_is_still_standing() -> None:
    found = watched(told((STAND, *SQUAT, STAND)), lambda _, deg: bend(deg, upright_deg=30.0))
    assert [span.reason for span in found] == [None]
    assert found[0].excursions_deg[0] == pytest.approx(90.0, abs=3.0)


def test_standing_that_slowly_changes_is_followed() -> None:
    """Tired legs stand more bent at the end of a set than at its beginning."""
    story = [(1.5, 0.0)]
    for k in range(8):
        story += [(1.0, 90.0), (1.0, 2.5 * k), (2.0, 2.5 * k)]
    assert answers(story) == ["rep"] * 8


NOBODY = Bend(np.nan, np.nan, np.nan)


def test_somebody_who_leaves_and_comes_back_is_counted_before_and_after() -> None:
    story = (STAND, *SQUAT, STAND, (4, 0), STAND, *SQUAT, STAND)
    away = (5.2, 9.2)
    found = watched(told(story), lambda t, deg: NOBODY if away[0] < t < away[1] else bend(deg))
    assert [span.reason for span in found] == [None, None]


def test_a_movement_that_was_mostly_not_seen_is_a_partial() -> None:
    story = (STAND, *SQUAT, STAND)
    hidden = watched(told(story), lambda t, deg: NOBODY if 2.0 < t < 3.2 else bend(deg))
    assert [span.reason for span in hidden] == ["not seen well enough"]
    often = watched(told(story), lambda t, deg: NOBODY if int(t * 30 + 0.5) % 3 else bend(deg))
    assert [span.reason for span in often] == [None], "gaps of 0.1 s lose nothing of a movement"
    blinked = watched(told(story), lambda t, deg: NOBODY if 2.0 < t < 2.3 else bend(deg))
    assert [span.reason for span in blinked] == [None]


def test_the_phase_tells_where_the_body_is() -> None:
    counter = RepCounter(RULE, components_of([RULE]))
    seen: dict[float, Phase] = {}
    for t, deg in told((STAND, (1.5, 90), (1, 90), (1.5, 0), STAND)):
        counter.push(t, bend(deg))
        seen[round(t, 2)] = counter.phase
    assert [seen[t] for t in (0.1, 1.0, 2.2, 3.5, 4.7, 6.5)] == [
        "unknown",
        "standing",
        "lowering",
        "bottom",
        "lifting",
        "standing",
    ]


def test_a_squat_counts_by_knees_or_descent_and_a_hinge_by_hips() -> None:
    only_knees = watched(told((STAND, *SQUAT, STAND)), lambda _, deg: Bend(deg, 0.0, 0.0))
    only_descent = watched(told((STAND, *SQUAT, STAND)), lambda _, deg: Bend(0.0, 0.0, deg))
    only_hips = watched(told((STAND, *SQUAT, STAND)), lambda _, deg: Bend(0.0, deg, 0.0))
    assert (len(only_knees), len(only_descent), len(only_hips)) == (1, 1, 0)
    hinge = load_all()["hinge"].rep
    assert len(watched(told((STAND, *SQUAT, STAND)), lambda _, deg: Bend(0.0, deg, 0.0), hinge)) == 1
    assert len(watched(told((STAND, *SQUAT, STAND)), lambda _, deg: Bend(deg, 0.0, deg), hinge)) == 0


# For each number of a rule: a story, the number changed, what is said with the shipped number and with
# the changed one. The story lies between the two.
NUMBERS: dict[str, tuple[Story, dict[str, Any], list[str], list[str]]] = {
    "start_above_deg": (
        (STAND, (1, 20), (1, 0), STAND),
        {"start_above_deg": 25.0},
        ["too shallow"],
        [],
    ),
    "end_within_deg": (
        (STAND, (1, 90), (1, 9), (0.5, 9), (1, 90), (1, 0), STAND),
        {"end_within_deg": 5.0},
        ["rep", "rep"],
        ["rep"],
    ),
    "min_excursion_deg": (
        (STAND, (0.8, 30), (0.8, 0), STAND),
        {"min_excursion_deg": 35.0},
        ["rep"],
        ["too shallow"],
    ),
    "min_share_of_median": (
        (STAND, *SQUAT, STAND, (0.8, 50), (0.8, 0), STAND),
        {"min_share_of_median": 0.7},
        ["rep", "rep"],
        ["rep", "too shallow"],
    ),
    "duration_s, the shortest": (
        (STAND, (0.6, 60), (0.6, 0), STAND),
        {"duration_s": (0.9, 15.0)},
        ["rep"],
        [],
    ),
    "duration_s, the longest": (
        (STAND, (1, 90), (6, 90), (1, 0), STAND),
        {"duration_s": (0.6, 5.0)},
        ["rep"],
        [],
    ),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_every_number_of_the_rule_matters(name: str) -> None:
    story, changed, with_shipped, with_changed = NUMBERS[name]
    assert answers(story) == with_shipped
    assert answers(story, **changed) == with_changed


@pytest.mark.parametrize(
    ("deg", "said"), [(24.0, ["too shallow"]), (27.0, ["rep"])], ids=["just too shallow", "just enough"]
)
def test_the_first_rep_needs_25_degrees(deg: float, said: list[str]) -> None:
    assert answers((STAND, (1, deg), (0.5, deg), (1, 0), STAND)) == said


def test_later_reps_need_half_of_the_usual_one_and_partials_do_not_change_what_is_usual() -> None:
    full, half = SQUAT, ((1.0, 43.0), (0.3, 43.0), (1.0, 0.0))
    more = ((1.0, 47.0), (0.3, 47.0), (1.0, 0.0))
    story = (STAND, *full, STAND, *half, STAND, *half, STAND, *more, STAND)
    assert answers(story) == ["rep", "too shallow", "too shallow", "rep"]


def test_the_usual_size_is_each_exercises_own() -> None:
    judge = SizeJudge()
    large, small = RepSpan(0, 1, 2, (100.0, 100.0, 80.0), None), RepSpan(3, 4, 5, (40.0, 40.0, 30.0), None)
    assert judge.judge(large, float("nan"), "squat", RULE).reason is None
    assert judge.judge(small, float("nan"), "lunge", RULE).reason is None
    assert judge.judge(small, float("nan"), "squat", RULE).reason == "too shallow"


def test_the_near_leg_speaks_where_the_side_view_shows_it() -> None:
    small = RepSpan(0, 1, 2, (15.0, 12.0, 20.0), None)
    assert SizeJudge().judge(small, float("nan"), "squat", RULE).reason == "too shallow"
    assert SizeJudge().judge(small, 40.0, "squat", RULE).reason is None


@pytest.mark.parametrize(
    ("deg", "close"), [(21.0, False), (22.0, True), (25.0, True), (28.0, True), (29.0, False)]
)
def test_a_size_near_the_limit_is_called_close(deg: float, close: bool) -> None:
    span = RepSpan(0, 1, 2, (deg, deg, 0.0), None)
    assert SizeJudge().judge(span, float("nan"), "squat", RULE).close is close


@pytest.mark.parametrize("fps", [12.0, 15.0, 60.0, 120.0])
def test_the_rate_of_the_camera_changes_no_count(fps: float) -> None:
    story = (STAND, *SQUAT, STAND, (0.8, 35), (0.8, 0), STAND, *SQUAT, *SQUAT, STAND)
    assert answers(story, fps=fps) == ["rep", "too shallow", "rep", "rep"]


def test_the_same_set_an_hour_later_is_the_same() -> None:
    frames = told((STAND, *SQUAT, *SQUAT, STAND))
    now = watched(frames, lambda _, deg: bend(deg))
    later = watched([(t + 3600.0, deg) for t, deg in frames], lambda _, deg: bend(deg))
    assert [s.end_s + 3600.0 for s in now] == pytest.approx([s.end_s for s in later])
