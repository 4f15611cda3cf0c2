"""Which cue is said when: importance, patience, quiet, and praise only for what was really seen better."""

import pytest

from hipform.exercises.loader import load_all
from hipform.form.cues import ORDER, PRAISE, CuePolicy
from hipform.records import Finding, Severity


def found(rule: str, severity: Severity = "warn", measured: float = 12.0, cue: str | None = None) -> Finding:
    return Finding(rule, severity, None, None, measured, 10.0, "deg", cue or f"cue for {rule}", "Ours")


def said(reps: list[list[Finding]], cleared: list[set[str]] | None = None) -> list[str | None]:
    policy = CuePolicy()
    clear = cleared or [set() for _ in reps]
    return [policy.push(rep, frozenset(c)) for rep, c in zip(reps, clear, strict=True)]


DEPTH, HEELS, FAST = found("depth"), found("heel_rise"), found("too_fast")


def test_a_single_bad_rep_is_forgiven() -> None:
    assert said([[DEPTH], [], [], [DEPTH], []]) == [None] * 5


def test_a_cue_is_said_when_a_fault_came_in_two_of_the_last_three_reps() -> None:
    assert said([[DEPTH], [DEPTH]]) == [None, "cue for depth"]
    assert said([[DEPTH], [], [DEPTH]]) == [None, None, "cue for depth"]
    assert said([[DEPTH], [DEPTH], []])[2] is None


def test_only_the_most_important_cue_is_said() -> None:
    assert said([[DEPTH, FAST, HEELS]] * 2)[1] == "cue for heel_rise"


def test_after_a_cue_there_is_quiet_then_the_next_most_important_one() -> None:
    assert said([[DEPTH, HEELS]] * 5) == [None, "cue for heel_rise", None, "cue for depth", None]


def test_the_same_cue_waits_before_it_is_said_again() -> None:
    assert said([[DEPTH]] * 10) == [
        None,
        "cue for depth",
        *[None] * 3,
        "cue for depth",
        *[None] * 3,
        "cue for depth",
    ]


def test_a_note_is_never_said() -> None:
    assert said([[found("knees_past_toes", "info")]] * 5) == [None] * 5


def test_of_one_rule_the_more_serious_leg_is_named() -> None:
    left, right = found("knees_in", "warn", cue="left"), found("knees_in", "fault", cue="right")
    assert said([[left, right]] * 2)[1] == "right"
    further = found("knees_in", "warn", 30.0, "further")
    assert said([[left, further]] * 2)[1] == "further"


def test_what_got_better_is_praised_once() -> None:
    reps = [[DEPTH], [DEPTH], [], [], []]
    clear = {"depth"}
    assert said(reps, [set(), set(), clear, clear, clear])[2:] == [PRAISE, None, None]


def test_just_inside_the_limit_or_unseen_is_not_better() -> None:
    assert said([[DEPTH], [DEPTH], []], [set(), set(), set()])[2] is None
    assert said([[DEPTH], [DEPTH], []], [set(), set(), {"heel_rise"}])[2] is None


def test_no_praise_beside_another_fault() -> None:
    assert said([[DEPTH], [DEPTH], [HEELS]], [set(), set(), {"depth"}])[2] is None


def test_a_clean_set_is_not_interrupted() -> None:
    assert said([[]] * 8, [{"depth", "heel_rise"}] * 8) == [None] * 8


def test_a_fault_that_was_better_and_comes_back_has_to_persist_anew() -> None:
    reps = [[DEPTH], [DEPTH], [], [DEPTH], [DEPTH]]
    cleared = [set(), set(), {"depth"}, set(), set()]
    assert said(reps, cleared) == [None, "cue for depth", PRAISE, None, "cue for depth"]


def test_a_rule_of_an_own_exercise_comes_after_the_known_ones() -> None:
    own = found("elbow_flare")
    assert said([[own, FAST]] * 2)[1] == "cue for too_fast"
    assert said([[own]] * 2)[1] == "cue for elbow_flare"


@pytest.mark.parametrize("name", ["squat", "lunge", "hinge"])
def test_every_shipped_rule_that_can_be_said_has_its_place(name: str) -> None:
    rules = load_all()[name].rules
    spoken = {r.id for r in rules if r.severity_cap != "info" and not r.kind.startswith("set_")}
    assert spoken <= set(ORDER)
