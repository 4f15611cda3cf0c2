"""Run by itself over every exercise file: each number in its rules changes some result, and no rule
speaks of what it cannot see.

For every rule, evidence is drawn on which its number is known beforehand: a little inside each limit and
a little outside of it. How that is drawn is known per kind; a new kind has to be added here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from fixtures.evidence import BACK, BOTTOM_S, END_S, LEFT, START_S, UNKNOWN, a_rep, an_evidence, key
from fixtures.stickman import Figure, pose, record, squat, times
from hipform.exercises.definition import (
    AscentChangeRule,
    Exercise,
    FormRule,
    LimitRule,
    MeanWhileRule,
    RatioRule,
    RepFormRule,
    SetDifferenceRule,
    SetLossRule,
    SetRangeRule,
    SetRule,
    SignalRule,
    TempoRule,
)
from hipform.exercises.gauge_table import GaugeTable
from hipform.exercises.loader import load_all
from hipform.form.checker import check_set, judge_rep
from hipform.form.rules import REP_KINDS, SET_KINDS
from hipform.kinematics.signals import SIGNALS
from hipform.kinematics.view import near_side, view_at
from hipform.records import Finding, FloatArray, Rep, RepEvidence, Update, View
from hipform.session.gauge import DepthGauge, Reading
from hipform.skeleton import Side, other

EXERCISES = load_all()
RULES = [
    pytest.param(exercise, rule, id=f"{exercise.id}-{i}-{rule.id}")
    for exercise in EXERCISES.values()
    for i, rule in enumerate(exercise.rules)
]
STANDING = 4.0
Drawing = Mapping[str, float | Callable[[FloatArray], FloatArray]]


@dataclass(frozen=True)
class Scene:
    """What the checker gets: one rep with its evidence, or a set."""

    reps: tuple[Rep, ...]
    evidence: RepEvidence | None = None


def rules_of(*kinds: type) -> list[Any]:
    return [param for param in RULES if isinstance(param.values[1], kinds)]


def findings(exercise: Exercise, rule: FormRule, scene: Scene) -> list[Finding]:
    """What this rule, by itself (with the one it requires), says of the scene."""
    needed = getattr(rule, "requires", None)
    beside = [r for r in exercise.rules if needed and r.id == needed][:1]
    alone = exercise.model_copy(update={"rules": (*beside, rule)})
    if scene.evidence is None:
        found = check_set(scene.reps, alone)
    else:
        found = judge_rep(scene.reps[0], scene.evidence, alone).findings
    return [f for f in found if f.rule == rule.id]


def severity(exercise: Exercise, rule: FormRule, value: float, view: View | None = None) -> str | None:
    found = findings(exercise, rule, scene_of(exercise, rule, value, view or best_view(rule)))
    return found[0].severity if found else None


def best_view(rule: FormRule, off_deg: float = 0.0) -> View:
    return view_at(90.0 - off_deg if rule.view != "front" else off_deg)


def scene_of(exercise: Exercise, rule: FormRule, value: float, view: View) -> Scene:
    """A scene in which the number of this rule is `value`."""
    if isinstance(rule, SetRule):
        return a_set(exercise, rule, value, view)
    assert isinstance(rule, RepFormRule)
    side = leg_of(rule, view)
    drawn, standing, measures, times_s = DRAW[rule.kind](rule, value, side, view)
    if rule.requires:
        needed = next(r for r in exercise.rules if r.id == rule.requires)
        more, still, _, _ = DRAW[needed.kind](needed, far_past(needed), side, view)
        drawn, standing = {**drawn, **more}, {**standing, **still}
    variant = rule.only_variants[0] if rule.only_variants else None
    rep = a_rep(exercise.id, view=view, measures=measures, variant=variant, times_s=times_s)
    lead = side if side is None or getattr(rule, "leg", "lead") != "rear" else other(side)
    evidence = an_evidence(drawn, view, standing=standing, lead_side=lead)
    return Scene((rep,), evidence)


def leg_of(rule: RepFormRule, view: View) -> Side | None:
    if not isinstance(rule, SignalRule):
        return None
    return near_side(view) or "left"


Drawn = tuple[Drawing, Mapping[str, float], Mapping[str, float], tuple[float, float, float]]
USUAL_TIMES = (START_S, BOTTOM_S, END_S)


def draw_limit(rule: LimitRule, value: float, side: Side | None, view: View) -> Drawn:
    name = key(rule.signal, side)
    standing = 0.0 if SIGNALS[rule.signal].relative else STANDING
    if rule.relative_to_standing == "difference":
        value += standing
    elif rule.relative_to_standing == "ratio":
        value *= standing
    behind = abs(view.azimuth_deg or 0.0) > 90
    value /= 1 + rule.forward_share if behind else 1 - rule.forward_share
    return {name: value}, {name: standing}, {}, USUAL_TIMES


def draw_ascent_change(rule: AscentChangeRule, value: float, side: Side | None, view: View) -> Drawn:
    changed_s = BOTTOM_S + rule.share * (END_S - BOTTOM_S)

    def step(t: FloatArray) -> FloatArray:
        return np.where(t < changed_s - 0.08, 20.0, 20.0 + value)

    return {key(rule.signal, side): step}, {}, {}, USUAL_TIMES


def draw_mean_while(rule: MeanWhileRule, value: float, side: Side | None, view: View) -> Drawn:
    drawn = {key(rule.signal, side): value, key(rule.while_signal, side): float(np.mean(rule.while_range))}
    if rule.only_signal and rule.only_above is not None:
        drawn[key(rule.only_signal, side)] = rule.only_above + 1e-3
    return drawn, {}, {}, USUAL_TIMES


def draw_ratio(rule: RatioRule, value: float, side: Side | None, view: View) -> Drawn:
    one, below = key(rule.signal, side), key(rule.to_signal, side)
    standing = {one: STANDING, below: STANDING}
    divisor = 4.0 * rule.floor
    return {one: STANDING + value * divisor, below: STANDING + divisor}, standing, {}, USUAL_TIMES


def draw_tempo(rule: TempoRule, value: float, side: Side | None, view: View) -> Drawn:
    if rule.part == "rep":
        return {}, {}, {}, (START_S, START_S + value / 2, START_S + value)
    return {}, {}, {f"{rule.part}_s": value}, USUAL_TIMES


DRAW: Mapping[str, Callable[[Any, float, Side | None, View], Drawn]] = {
    "limit": draw_limit,
    "ascent_change": draw_ascent_change,
    "mean_while": draw_mean_while,
    "ratio": draw_ratio,
    "tempo": draw_tempo,
}


def range_values(rule: SetRangeRule, value: float) -> list[Mapping[str, Any]]:
    return [{rule.measure: 50.0 + value}, *[{rule.measure: 50.0}] * (rule.min_reps - 1)]


def loss_values(rule: SetLossRule, value: float) -> list[Mapping[str, Any]]:
    def rep(speed: float) -> Mapping[str, float]:
        return {rule.measure: speed, "lifting_s": 1.0}

    return [*[rep(50.0)] * (rule.min_reps - rule.last_reps), *[rep(50.0 * (1 - value))] * rule.last_reps]


def difference_values(rule: SetDifferenceRule, value: float) -> list[Mapping[str, Any]]:
    left = [{rule.measure: (90.0, "left")}] * rule.min_reps
    return [*left, *[{rule.measure: (90.0 + value, "right")}] * rule.min_reps]


SET_VALUES: Mapping[str, Callable[[Any, float], list[Mapping[str, Any]]]] = {
    "set_range": range_values,
    "set_loss": loss_values,
    "set_difference": difference_values,
}


def a_set(exercise: Exercise, rule: SetRule, value: float, view: View) -> Scene:
    return Scene(tuple(a_rep(exercise.id, measures=m, view=view) for m in SET_VALUES[rule.kind](rule, value)))


def past(rule: FormRule, limit: float) -> float:
    """A little further than the limit."""
    step = 1e-3 * max(1.0, abs(limit))
    return limit - step if rule.direction == "below" else limit + step


def before(rule: FormRule, limit: float) -> float:
    """A little less far than the limit."""
    return 2 * limit - past(rule, limit)


def far_past(rule: FormRule) -> float:
    """Past every limit of the rule, however far off the view."""
    widest = 30.0 * rule.widen_per_deg
    limit = rule.warn if rule.fault is None else rule.fault
    return past(rule, limit - widest if rule.direction == "below" else limit + widest)


def test_every_kind_can_be_drawn() -> None:
    assert set(DRAW) == set(REP_KINDS)
    assert set(SET_VALUES) == set(SET_KINDS)


@pytest.mark.parametrize(("exercise", "rule"), RULES)
def test_each_limit_of_each_rule_changes_what_is_said(exercise: Exercise, rule: FormRule) -> None:
    first = "info" if rule.severity_cap == "info" else "warn"
    assert severity(exercise, rule, before(rule, rule.warn)) is None
    assert severity(exercise, rule, past(rule, rule.warn)) == first
    if rule.fault is not None:
        assert severity(exercise, rule, before(rule, rule.fault)) == "warn"
        assert severity(exercise, rule, past(rule, rule.fault)) == "fault"


@pytest.mark.parametrize(("exercise", "rule"), RULES)
def test_a_finding_carries_the_number_the_limit_and_the_source(exercise: Exercise, rule: FormRule) -> None:
    value = past(rule, rule.warn)
    (finding,) = findings(exercise, rule, scene_of(exercise, rule, value, best_view(rule)))
    assert finding.measured == pytest.approx(value)
    assert finding.limit == pytest.approx(rule.warn)
    assert (finding.unit, finding.source) == (rule.unit, rule.source)
    assert finding.cue
    assert "{" not in finding.cue


@pytest.mark.parametrize(("exercise", "rule"), [p for p in RULES if p.values[1].direction == "away"])
def test_a_limit_to_either_side_holds_on_both(exercise: Exercise, rule: FormRule) -> None:
    assert severity(exercise, rule, -before(rule, rule.warn)) is None
    assert severity(exercise, rule, -past(rule, rule.warn)) is not None


@pytest.mark.parametrize(("exercise", "rule"), [p for p in RULES if p.values[1].view != "any"])
def test_each_rule_keeps_quiet_in_a_wrong_view(exercise: Exercise, rule: FormRule) -> None:
    value = far_past(rule)
    assert severity(exercise, rule, value) is not None
    wrong = [view_at(45.0), view_at(-45.0), UNKNOWN, LEFT if rule.view == "front" else BACK]
    for view in wrong:
        scene = scene_of(exercise, rule, value, best_view(rule))
        reps = tuple(replace(rep, view=view) for rep in scene.reps)
        evidence = replace(scene.evidence, view=view) if scene.evidence else None
        assert findings(exercise, rule, Scene(reps, evidence)) == []


@pytest.mark.parametrize(("exercise", "rule"), [p for p in RULES if p.values[1].view != "any"])
def test_each_rule_speaks_to_its_own_distance_off_the_view(exercise: Exercise, rule: FormRule) -> None:
    largest = {"side": 30.0, "front": 15.0}[rule.view] if rule.max_off_deg is None else rule.max_off_deg
    assert severity(exercise, rule, far_past(rule), best_view(rule, largest - 0.1)) is not None
    assert severity(exercise, rule, far_past(rule), best_view(rule, largest + 0.1)) is None


@pytest.mark.parametrize(("exercise", "rule"), [p for p in RULES if p.values[1].widen_per_deg])
def test_each_widening_changes_what_is_said_off_the_view(exercise: Exercise, rule: FormRule) -> None:
    off = rule.off_limit_deg - 0.5
    outward = -1.0 if rule.direction == "below" else 1.0
    widened = rule.warn + outward * rule.widen_per_deg * (off - 5.0)
    view = best_view(rule, off)
    assert severity(exercise, rule, past(rule, rule.warn), best_view(rule, 4.9)) is not None
    assert severity(exercise, rule, past(rule, rule.warn), view) is None
    assert severity(exercise, rule, before(rule, widened), view) is None
    assert severity(exercise, rule, past(rule, widened), view) is not None


@pytest.mark.parametrize(("exercise", "rule"), rules_of(RepFormRule))
def test_each_rule_keeps_quiet_about_what_is_not_known(exercise: Exercise, rule: RepFormRule) -> None:
    scene = scene_of(exercise, rule, float("nan"), best_view(rule))
    assert findings(exercise, rule, scene) == []
    blind = an_evidence({}, best_view(rule), standing=dict.fromkeys(scene.evidence.standing, float("nan")))
    assert judge_rep(a_rep(exercise.id, view=best_view(rule)), blind, exercise).findings == ()


@pytest.mark.parametrize(("exercise", "rule"), rules_of(SetRule))
def test_each_set_rule_keeps_quiet_without_its_measure(exercise: Exercise, rule: SetRule) -> None:
    reps = tuple(a_rep(exercise.id, view=best_view(rule)) for _ in range(2 * rule.min_reps))
    assert findings(exercise, rule, Scene(reps)) == []


@pytest.mark.parametrize(
    ("exercise", "rule"), [p for p in rules_of(LimitRule) if p.values[1].relative_to_standing]
)
def test_a_rule_against_standing_needs_standing(exercise: Exercise, rule: LimitRule) -> None:
    scene = scene_of(exercise, rule, far_past(rule), best_view(rule))
    assert findings(exercise, rule, scene)
    unknown = dict.fromkeys(scene.evidence.standing, float("nan"))
    assert findings(exercise, rule, Scene(scene.reps, replace(scene.evidence, standing=unknown))) == []


@pytest.mark.parametrize(("exercise", "rule"), [p for p in rules_of(RepFormRule) if p.values[1].requires])
def test_a_rule_that_requires_another_keeps_quiet_without_it(exercise: Exercise, rule: RepFormRule) -> None:
    scene = scene_of(exercise, rule, far_past(rule), best_view(rule))
    assert findings(exercise, rule, scene)
    needed = next(r for r in exercise.rules if r.id == rule.requires)
    calm = {
        name: x for name, x in scene.evidence.signals.values.items() if not name.startswith(needed.signal)
    }
    signals = replace(scene.evidence.signals, values=calm)
    assert findings(exercise, rule, Scene(scene.reps, replace(scene.evidence, signals=signals))) == []


@pytest.mark.parametrize(
    ("exercise", "rule"),
    [p for p in rules_of(RepFormRule) if p.values[1].only_variants or p.values[1].not_variants],
)
def test_each_choice_of_variants_changes_what_is_said(exercise: Exercise, rule: RepFormRule) -> None:
    scene = scene_of(exercise, rule, far_past(rule), best_view(rule))
    assert findings(exercise, rule, scene)
    for variant in rule.not_variants or (None, "side lunge"):
        rep = replace(scene.reps[0], variant=variant)
        assert findings(exercise, rule, Scene((rep,), scene.evidence)) == []


@pytest.mark.parametrize(("exercise", "rule"), [p for p in rules_of(LimitRule) if p.values[1].forward_share])
def test_a_forward_share_changes_what_is_said_from_behind(exercise: Exercise, rule: LimitRule) -> None:
    value = past(rule, rule.warn)
    assert severity(exercise, rule, value, BACK) is not None
    seen_from_front = scene_of(exercise, rule, value, best_view(rule)).evidence
    from_behind = replace(seen_from_front, view=BACK)
    assert findings(exercise, rule, Scene((a_rep(exercise.id, view=BACK),), from_behind)) == []


@pytest.mark.parametrize(
    ("exercise", "rule"), [p for p in rules_of(LimitRule) if p.values[1].over_s is not None]
)
def test_a_longer_moment_needs_a_longer_fault(exercise: Exercise, rule: LimitRule) -> None:
    scene = scene_of(exercise, rule, far_past(rule), best_view(rule))
    (name,) = (n for n, x in scene.evidence.signals.values.items() if np.isfinite(x).all())

    def said(width_s: float) -> list[Finding]:
        t = scene.evidence.signals.t_s
        drawn = {name: np.where(np.abs(t - BOTTOM_S) <= width_s / 2, far_past(rule), 0.0)}
        evidence = replace(scene.evidence, signals=replace(scene.evidence.signals, values=drawn))
        return findings(exercise, rule, Scene(scene.reps, evidence))

    assert said(1.3 * rule.over_s)
    assert not said(0.4 * rule.over_s)


@pytest.mark.parametrize(("exercise", "rule"), rules_of(AscentChangeRule))
def test_the_share_of_the_way_up_changes_what_is_said(exercise: Exercise, rule: AscentChangeRule) -> None:
    later = rule.model_copy(update={"share": min(0.95, 1.5 * rule.share)})
    scene = scene_of(exercise, later, far_past(rule), best_view(rule))
    assert findings(exercise, later, scene)
    assert findings(exercise, rule, scene) == []


@pytest.mark.parametrize(("exercise", "rule"), rules_of(MeanWhileRule))
def test_each_end_of_the_range_changes_what_is_said(exercise: Exercise, rule: MeanWhileRule) -> None:
    scene = scene_of(exercise, rule, far_past(rule), best_view(rule))
    name = key(rule.while_signal, leg_of(rule, best_view(rule)))
    low, high = rule.while_range
    for value, speaks in ((low - 1e-3, False), (low + 1e-3, True), (high - 1e-3, True), (high + 1e-3, False)):
        values = {**scene.evidence.signals.values, name: np.full(len(scene.evidence.signals.t_s), value)}
        evidence = replace(scene.evidence, signals=replace(scene.evidence.signals, values=values))
        assert bool(findings(exercise, rule, Scene(scene.reps, evidence))) == speaks


@pytest.mark.parametrize(
    ("exercise", "rule"), [p for p in rules_of(MeanWhileRule) if p.values[1].only_signal]
)
def test_a_rule_for_some_reps_only_keeps_quiet_in_others(exercise: Exercise, rule: MeanWhileRule) -> None:
    scene = scene_of(exercise, rule, far_past(rule), best_view(rule))
    assert findings(exercise, rule, scene)
    name = key(rule.only_signal, leg_of(rule, best_view(rule)))
    for value in (rule.only_above - 1e-3, np.nan):
        values = {**scene.evidence.signals.values, name: np.full(len(scene.evidence.signals.t_s), value)}
        evidence = replace(scene.evidence, signals=replace(scene.evidence.signals, values=values))
        assert findings(exercise, rule, Scene(scene.reps, evidence)) == []


@pytest.mark.parametrize(("exercise", "rule"), rules_of(RatioRule))
def test_the_floor_of_a_ratio_changes_what_is_said(exercise: Exercise, rule: RatioRule) -> None:
    side = leg_of(rule, best_view(rule))
    one, below = key(rule.signal, side), key(rule.to_signal, side)
    # Half the floor below, and a number that only with the floor lies past the limit.
    drawn = {one: past(rule, rule.warn) * rule.floor, below: rule.floor / 2}
    evidence = an_evidence(drawn, best_view(rule))
    scene = Scene((a_rep(exercise.id, view=best_view(rule)),), evidence)
    assert findings(exercise, rule, scene)
    assert not findings(exercise, rule.model_copy(update={"floor": rule.floor / 2}), scene)


@pytest.mark.parametrize(("exercise", "rule"), rules_of(SetRule))
def test_the_least_number_of_reps_changes_what_is_said(exercise: Exercise, rule: SetRule) -> None:
    reps = scene_of(exercise, rule, far_past(rule), best_view(rule)).reps
    assert findings(exercise, rule, Scene(reps))
    fewer = rule.model_copy(update={"min_reps": rule.min_reps + 1})
    assert findings(exercise, fewer, Scene(reps)) == []


@pytest.mark.parametrize(("exercise", "rule"), rules_of(SetLossRule))
def test_the_number_of_last_reps_changes_what_is_said(exercise: Exercise, rule: SetLossRule) -> None:
    reps = scene_of(exercise, rule, far_past(rule), best_view(rule)).reps
    more = rule.model_copy(update={"last_reps": 2 * rule.last_reps + 1})
    assert findings(exercise, rule, Scene(reps))
    assert findings(exercise, more, Scene((*reps[:1] * 2, *reps))) == []


@pytest.mark.parametrize(("exercise", "rule"), rules_of(SetDifferenceRule))
def test_the_spread_within_a_side_changes_what_is_said(exercise: Exercise, rule: SetDifferenceRule) -> None:
    difference = past(rule, rule.warn)

    def said(spread_sd: float) -> bool:
        # Two values on each side, this standard deviation apart, their medians `difference` apart.
        half = spread_sd / np.sqrt(2.0)
        pairs = [
            (middle + sign * half, side)
            for middle, side in ((90.0, "left"), (90.0 + difference, "right"))
            for sign in (-1, 1)
        ]
        reps = [a_rep(exercise.id, measures={rule.measure: pair}, view=best_view(rule)) for pair in pairs]
        return bool(findings(exercise, rule, Scene(tuple(reps))))

    assert said(0.99 * difference / rule.spread_times)
    assert not said(1.01 * difference / rule.spread_times)


# The gauge ------------------------------------------------------------

GAUGED = [
    pytest.param(exercise, exercise.gauge, id=exercise.id)
    for exercise in EXERCISES.values()
    if exercise.gauge
]


def last_reading(exercise: Exercise, **changed: float) -> Reading:
    """Of somebody who is half-way down, with these numbers of the gauge's table changed."""
    assert exercise.gauge is not None
    table = exercise.gauge.model_copy(update=changed)
    changed_exercise = exercise.model_copy(update={"gauge": table})
    gauge = DepthGauge(
        record(lambda _: Figure(), times(1.0)), {exercise.id: changed_exercise}, exercise.id, {}
    )
    readings = [
        gauge.push(pose(squat(0.6), t_s), Update(t_s, "lowering", 0, (), None))
        for t_s in times(1.3, start_s=1.0)
    ]
    return replace(readings[-1], reached=any(reading.reached for reading in readings))


@pytest.mark.parametrize(("exercise", "table"), GAUGED)
def test_each_end_of_a_gauge_moves_the_bar(exercise: Exercise, table: GaugeTable) -> None:
    reading = last_reading(exercise)
    assert reading.value is not None
    assert reading.share == pytest.approx((reading.value - table.start) / (table.end - table.start))
    for end in ("start", "end"):
        moved = last_reading(exercise, **{end: getattr(table, end) + 1.0})
        assert 0.0 < moved.share < 1.0
        assert moved.share != pytest.approx(reading.share, abs=1e-4)
        assert moved.target != pytest.approx(reading.target, abs=1e-4)


@pytest.mark.parametrize(("exercise", "table"), GAUGED)
def test_the_target_of_a_gauge_is_reached_where_it_says(exercise: Exercise, table: GaugeTable) -> None:
    value = last_reading(exercise).value
    assert value is not None
    deeper = 0.1 if table.end > table.start else -0.1
    assert not last_reading(exercise, target=value + deeper).reached
    assert last_reading(exercise, target=value - deeper).reached


@pytest.mark.parametrize(("exercise", "table"), GAUGED)
def test_who_reaches_the_target_hears_nothing_about_depth(exercise: Exercise, table: GaugeTable) -> None:
    for rule in exercise.rules:
        if isinstance(rule, LimitRule) and "depth" in rule.id and rule.signal == table.signal:
            assert severity(exercise, rule, table.target) is None
