"""Judging reps and sets by the rules of their exercise.

A rule speaks only in the views in which it is valid, and its limits widen the further the camera is off
that view. Where an exercise has several rules of one id (a fault that is seen in more than one way, or
that has a limit on both sides), they make one finding per leg: the most serious one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import copysign, isfinite
from typing import Final

from hipform.exercises.definition import Exercise, FormRule, RepFormRule, SetRule
from hipform.form.rules import REP_KINDS, SET_KINDS, Case, Reading
from hipform.kinematics.view import off_front_deg, off_side_deg
from hipform.records import Finding, Rep, RepEvidence, Severity, View

# Up to here off its own view a rule's limits stand as written (docs/decisions/0003).
FREE_OFF_DEG: Final = 5.0
# A fault is over for certain when its value is this share of the warn limit away from it
# (docs/method.md).
CLEAR_SHARE: Final = 0.2


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules say of one rep. `cleared` are the ids of rules that were judged and are well inside
    their limits: neither close to them nor unseen.
    """

    findings: tuple[Finding, ...]
    cleared: frozenset[str]


def judge_rep(rep: Rep, evidence: RepEvidence, exercise: Exercise) -> Judgement:
    """Findings of one complete rep, in the order of the exercise's rules, and the rules clear of any.

    A partial rep has its reason instead; it is not judged. What is NaN in the evidence, and whatever
    needs a standing value that was never seen, leads to no finding.
    """
    if not rep.complete:
        return Judgement((), frozenset())
    case = Case(rep, evidence, exercise.rep.signal)
    rules = [r for r in exercise.rules if isinstance(r, RepFormRule) and _is_meant(r, rep, evidence.view)]
    found: dict[int, list[Finding]] = {}
    clear: dict[str, bool] = {}
    fired: set[str] = set()
    for i, rule in sorted(enumerate(rules), key=lambda pair: pair[1].requires is not None):
        if rule.requires is not None and rule.requires not in fired:
            continue
        slack = _slack(rule, _off_deg(rule, evidence.view))
        readings = REP_KINDS[rule.kind](rule, case)
        found[i] = [f for r in readings if (f := _judged(rule, r, slack))]
        fired |= {f.rule for f in found[i] if f.severity != "info"}
        if readings and rule.severity_cap != "info":
            is_clear = all(_is_clear(rule, r, slack) for r in readings)
            clear[rule.id] = is_clear and clear.get(rule.id, True)
    in_order = [finding for i in sorted(found) for finding in found[i]]
    return Judgement(_merged(in_order), frozenset(rule_id for rule_id, yes in clear.items() if yes))


def check_set(reps: Sequence[Rep], exercise: Exercise) -> tuple[Finding, ...]:
    """Findings of a whole set: of its complete reps of this exercise, each in a view that the rule allows."""
    mine = [rep for rep in reps if rep.complete and rep.exercise == exercise.id]
    findings = []
    for rule in exercise.rules:
        if not isinstance(rule, SetRule):
            continue
        seen = [rep for rep in mine if _off_deg(rule, rep.view) <= rule.off_limit_deg]
        slack = _slack(rule, max((_off_deg(rule, rep.view) for rep in seen), default=0.0))
        findings += [f for r in SET_KINDS[rule.kind](rule, seen) if (f := _judged(rule, r, slack))]
    return _merged(findings)


def _is_meant(rule: RepFormRule, rep: Rep, view: View) -> bool:
    if rule.only_variants and rep.variant not in rule.only_variants:
        return False
    return rep.variant not in rule.not_variants and _off_deg(rule, view) <= rule.off_limit_deg


def _off_deg(rule: FormRule, view: View) -> float:
    """How far the camera is off the view that the rule needs; infinite when unknown."""
    if rule.view == "any":
        return 0.0
    return off_side_deg(view) if rule.view == "side" else off_front_deg(view)


def _slack(rule: FormRule, off_deg: float) -> float:
    return rule.widen_per_deg * max(0.0, off_deg - FREE_OFF_DEG)


def _judged(rule: FormRule, reading: Reading, slack: float) -> Finding | None:
    """The finding that this reading is, if any; NaN is none."""
    severity: Severity = "info" if rule.severity_cap == "info" else "warn"
    limit = _widened(rule, rule.warn, slack, reading)
    if not _is_past(rule, reading.value, limit):
        return None
    if rule.fault is not None:
        fault = _widened(rule, rule.fault, slack, reading)
        if _is_past(rule, reading.value, fault):
            severity, limit = "fault", fault
    if rule.direction == "away":
        limit = copysign(limit, reading.value)
    return Finding(
        rule=rule.id,
        severity=severity,
        side=reading.side,
        t_s=reading.t_s if reading.t_s is not None and isfinite(reading.t_s) else None,
        measured=reading.value,
        limit=limit,
        unit=rule.unit,
        cue=rule.cue.format(side=reading.side),
        source=rule.source,
    )


def _widened(rule: FormRule, limit: float, slack: float, reading: Reading) -> float:
    return limit - slack if rule.direction == "below" else max(limit + slack, reading.least)


def _is_past(rule: FormRule, value: float, limit: float) -> bool:
    if rule.direction == "below":
        return value < limit
    return (abs(value) if rule.direction == "away" else value) > limit


def _is_clear(rule: FormRule, reading: Reading, slack: float) -> bool:
    if not isfinite(reading.value):
        return False
    margin = CLEAR_SHARE * abs(rule.warn)
    edge = rule.warn + (margin if rule.direction == "below" else -margin)
    return not _is_past(rule, reading.value, _widened(rule, edge, slack, reading))


def _merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """One finding per rule id and leg, the most serious; one without a leg yields to one with a leg."""
    best: dict[tuple[str, str | None], Finding] = {}
    for finding in findings:
        key = (finding.rule, finding.side)
        if key not in best or finding.seriousness > best[key].seriousness:
            best[key] = finding
    per_leg: dict[str, int] = {}
    for finding in best.values():
        if finding.side is not None:
            per_leg[finding.rule] = max(finding.seriousness, per_leg.get(finding.rule, -1))
    return tuple(f for f in best.values() if f.side is not None or per_leg.get(f.rule, -1) < f.seriousness)
