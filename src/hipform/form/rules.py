"""How each kind of rule reads its number off a rep or a set: one function per kind.

A function returns readings and judges nothing; limits, views and words are the checker's business. A
value that cannot be told is NaN and leads to no finding: what is not seen is not judged.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

import numpy as np

from hipform.exercises.definition import (
    AscentChangeRule,
    LimitRule,
    MeanWhileRule,
    RatioRule,
    SetDifferenceRule,
    SetLossRule,
    SetRangeRule,
    SignalRule,
    TempoRule,
)
from hipform.kinematics.signals import SIGNALS
from hipform.records import BoolArray, FloatArray, Measure, Rep, RepEvidence, View
from hipform.reps.quantities import LEAST_KNOWN_SHARE
from hipform.skeleton import SIDES, Side, other

NAN: Final = float("nan")
# Over a stretch a condition must hold this long, 5 frames at 30 fps (docs/method.md).
HELD_S: Final = 0.15
# The median of 5 frames at 30 fps stands for a moment (docs/method.md).
MOMENT_S: Final = 0.14
# Standing tall is looked for from shortly before the rep's end, which lies within 12 degrees of standing,
# until a little after it; seen for less than TOP_SEEN_S, it is not known.
TOP_BEFORE_S: Final = 0.2
TOP_AFTER_S: Final = 0.6
TOP_SEEN_S: Final = 0.25
# The way up begins where 5 % of the excursion is gone, as in the timing of phases (docs/method.md).
STILL_DOWN_SHARE: Final = 0.95


@dataclass(frozen=True, slots=True)
class Reading:
    """The number a rule judges, when it was so, and of which leg; `value` is NaN when not known.

    `least` is a distance from 0 that the value must pass whatever the limits say.
    """

    value: float
    t_s: float | None
    side: Side | None = None
    least: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One rep to be judged: its numbers, its signals, and the signal its exercise counts."""

    rep: Rep
    evidence: RepEvidence
    counted: str


def legs(rule: SignalRule, evidence: RepEvidence) -> tuple[Side | None, ...]:
    """The legs to judge; none when they are unknown.

    From the side only the leg that faces the camera is seen, so a lead or rear leg is judged when it is
    that one (perspective and occlusion, docs/method.md).
    """
    near, lead = evidence.near_side, evidence.lead_side
    rear = other(lead) if lead else None
    chosen: tuple[Side | None, ...] = {
        "none": (None,),
        "each": SIDES,
        "near": (near,) if near else (),
        "lead": (lead,) if lead else (),
        "rear": (rear,) if rear else (),
    }[rule.leg]
    if rule.view == "side" and rule.leg in ("lead", "rear"):
        return tuple(side for side in chosen if side == near)
    return chosen


def limit(rule: LimitRule, case: Case) -> list[Reading]:
    """The signal at a moment, or as it was held within a stretch; in the asked relation to standing."""
    readings = []
    for side in legs(rule, case.evidence):
        key = _key(rule.signal, side)
        x = _from_front(_values(case.evidence, key), rule.forward_share, case.evidence.view)
        x = _against(x, case.evidence.standing.get(key, NAN), rule.relative_to_standing)
        value, t_s = _at(rule, case.evidence, x)
        readings.append(Reading(value, t_s, side))
    return readings


def ascent_change(rule: AscentChangeRule, case: Case) -> list[Reading]:
    """Change of the signal from the moment the body starts up until `share` of the way up, in time."""
    evidence = case.evidence
    begin_s = _way_up_begins_s(evidence, case.counted)
    later_s = begin_s + rule.share * (evidence.end_s - begin_s)
    readings = []
    for side in legs(rule, evidence):
        x = _values(evidence, _key(rule.signal, side))
        change = moment(evidence.signals.t_s, x, later_s) - moment(evidence.signals.t_s, x, begin_s)
        readings.append(Reading(change, later_s, side))
    return readings


def mean_while(rule: MeanWhileRule, case: Case) -> list[Reading]:
    """Mean of the signal over the rep's frames in which the other signal lies in its range.

    NaN where too little of them is known, and where `only_signal` does not let the rule speak.
    """
    evidence = case.evidence
    t = evidence.signals.t_s
    low, high = rule.while_range
    readings = []
    for side in legs(rule, evidence):
        x = _values(evidence, _key(rule.signal, side))
        other_x = _values(evidence, _key(rule.while_signal, side))
        during = (t >= evidence.start_s) & (t <= evidence.end_s) & (other_x >= low) & (other_x <= high)
        mean = _mean(t, x, during)
        if not np.isfinite(mean) or not _may_speak(rule, evidence, side, during):
            readings.append(Reading(NAN, None, side))
            continue
        readings.append(Reading(mean, float(t[during][np.nanargmax(x[during])]), side))
    return readings


def ratio(rule: RatioRule, case: Case) -> list[Reading]:
    """Change from standing to the bottom of one signal over that of the other."""
    evidence = case.evidence
    readings = []
    for side in legs(rule, evidence):
        changes = []
        for name in (rule.signal, rule.to_signal):
            key = _key(name, side)
            bottom = moment(evidence.signals.t_s, _values(evidence, key), evidence.bottom_s)
            changes.append(bottom - evidence.standing.get(key, NAN))
        # np.fmax would let a NaN denominator through as the floor.
        value = changes[0] / float(np.maximum(rule.floor, changes[1]))
        readings.append(Reading(value, evidence.bottom_s, side))
    return readings


def tempo(rule: TempoRule, case: Case) -> list[Reading]:
    """Seconds of a part of the rep, as measured; the whole rep from its start to its end."""
    rep = case.rep
    since = rep.bottom_s if rule.part == "lifting" else rep.start_s
    if rule.part == "rep":
        value = rep.end_s - rep.start_s
    else:
        measure = rep.measure(f"{rule.part}_s")
        value = measure.value if measure else NAN
    return [Reading(value, since)]


def set_range(rule: SetRangeRule, reps: Sequence[Rep]) -> list[Reading]:
    """Largest minus smallest value; the moment is the bottom of the rep that differs most."""
    known = _known(reps, rule.measure)
    if len(known) < rule.min_reps:
        return []
    values = [m.value for _, m in known]
    middle = median(values)
    furthest = max(known, key=lambda pair: abs(pair[1].value - middle))[0]
    return [Reading(max(values) - min(values), furthest.bottom_s)]


def set_loss(rule: SetLossRule, reps: Sequence[Rep]) -> list[Reading]:
    """Share of the best rep's mean speed on the way up that the last reps (their median) have lost."""
    speeds = []
    for rep, distance in _known(reps, rule.measure):
        duration = rep.measure("lifting_s")
        if duration and duration.value > 0 and distance.value > 0:
            speeds.append(distance.value / duration.value)
    if len(speeds) < rule.min_reps:
        return []
    return [Reading(1.0 - median(speeds[-rule.last_reps :]) / max(speeds), reps[-1].bottom_s)]


def set_difference(rule: SetDifferenceRule, reps: Sequence[Rep]) -> list[Reading]:
    """Difference of the medians of left and right; it must also exceed the spread within one side."""
    sides = [[m.value for _, m in _known(reps, rule.measure) if m.side == side] for side in SIDES]
    if min(len(values) for values in sides) < rule.min_reps:
        return []
    spread = max(float(np.std(values, ddof=1)) for values in sides)
    difference = abs(median(sides[0]) - median(sides[1]))
    return [Reading(difference, None, None, rule.spread_times * spread)]


# The checker looks a rule's function up by its kind; each takes the rule class of that kind.
REP_KINDS: Final[Mapping[str, Callable[[Any, Case], list[Reading]]]] = {
    "limit": limit,
    "ascent_change": ascent_change,
    "mean_while": mean_while,
    "ratio": ratio,
    "tempo": tempo,
}
SET_KINDS: Final[Mapping[str, Callable[[Any, Sequence[Rep]], list[Reading]]]] = {
    "set_range": set_range,
    "set_loss": set_loss,
    "set_difference": set_difference,
}


def moment(t_s: FloatArray, x: FloatArray, at_s: float, over_s: float = MOMENT_S) -> float:
    """Median of x around a moment; NaN when less than half of it, or the moment, is known."""
    near = x[np.abs(t_s - at_s) <= over_s / 2.0 + 1e-9]
    known = near[np.isfinite(near)]
    return float(np.median(known)) if len(known) and 2 * len(known) >= len(near) else NAN


def held(t_s: FloatArray, x: FloatArray) -> tuple[float, float | None]:
    """The largest value that x stays at or above for HELD_S, and the middle of that time.

    A stretch with an unknown value in it does not count; (NaN, None) when none is left.
    """
    best: tuple[float, float | None] = (NAN, None)
    slack = _frame_s(t_s)
    for i, begin_s in enumerate(t_s):
        if t_s[-1] < begin_s + HELD_S - slack - 1e-9:
            break
        low = float(x[i : int(np.searchsorted(t_s, begin_s + HELD_S + 1e-9, side="right"))].min())
        if low > best[0] or (np.isfinite(low) and best[1] is None):
            best = (low, float(begin_s) + HELD_S / 2.0)
    return best


def _at(rule: LimitRule, evidence: RepEvidence, x: FloatArray) -> tuple[float, float | None]:
    t = evidence.signals.t_s
    moments = {"start": evidence.start_s, "bottom": evidence.bottom_s, "end": evidence.end_s}
    if rule.at in moments:
        at_s = moments[rule.at]
        return moment(t, x, at_s, rule.over_s or MOMENT_S), at_s
    if rule.at == "top":
        return _standing_tall(t, x, evidence.end_s)
    first_s = evidence.bottom_s if rule.at == "ascent" else evidence.start_s
    last_s = evidence.bottom_s if rule.at == "descent" else evidence.end_s
    inside = (t >= first_s) & (t <= last_s)
    # Low values are searched as high ones of the mirrored signal, so that one search serves all.
    found = []
    for sign in {"above": (1.0,), "below": (-1.0,), "away": (1.0, -1.0)}[rule.direction]:
        value, t_s = held(t[inside], sign * x[inside])
        found.append((value, sign * value, t_s))
    _, value, t_s = max(found, key=lambda f: f[0])
    return value, t_s


def _standing_tall(t_s: FloatArray, x: FloatArray, end_s: float) -> tuple[float, float | None]:
    """The straightest value around the end of the rep; NaN when what follows was hardly seen."""
    inside = (t_s >= end_s - TOP_BEFORE_S) & (t_s <= end_s + TOP_AFTER_S) & np.isfinite(x)
    if not inside.any() or t_s[inside][-1] < end_s + TOP_SEEN_S:
        return NAN, None
    i = int(np.flatnonzero(inside)[np.abs(x[inside]).argmin()])
    return float(x[i]), float(t_s[i])


def _way_up_begins_s(evidence: RepEvidence, counted: str) -> float:
    """The last moment at which the near leg is still bent as at the bottom; the bottom if not known."""
    t = evidence.signals.t_s
    x = _values(evidence, _key(counted, evidence.near_side)) if evidence.near_side else np.full(len(t), NAN)
    rising = (t >= evidence.bottom_s) & (t <= evidence.end_s) & np.isfinite(x)
    if not rising.any():
        return evidence.bottom_s
    last = float(x[rising][-1])
    level = last + STILL_DOWN_SHARE * (float(x[rising].max()) - last)
    return float(t[rising][x[rising] >= level][-1])


def _mean(t_s: FloatArray, x: FloatArray, during: BoolArray) -> float:
    known = during & np.isfinite(x)
    enough = known.sum() >= LEAST_KNOWN_SHARE * during.sum() and known.sum() * _frame_s(t_s) >= HELD_S
    return float(x[known].mean()) if enough else NAN


def _may_speak(rule: MeanWhileRule, evidence: RepEvidence, side: Side | None, during: BoolArray) -> bool:
    if rule.only_signal is None or rule.only_above is None:
        return True
    only = _mean(evidence.signals.t_s, _values(evidence, _key(rule.only_signal, side)), during)
    return only > rule.only_above


def _key(signal: str, side: Side | None) -> str:
    return f"{signal}_{side}" if side and SIGNALS[signal].sided else signal


def _values(evidence: RepEvidence, key: str) -> FloatArray:
    found = evidence.signals.values.get(key)
    return np.full(len(evidence.signals.t_s), NAN) if found is None else found


def _frame_s(t_s: FloatArray) -> float:
    return float(np.median(np.diff(t_s))) if len(t_s) > 1 else 0.0


def _from_front(x: FloatArray, forward_share: float, view: View) -> FloatArray:
    """Undo that what is in front of the feet looks larger from the front, and smaller from behind."""
    behind = abs(view.azimuth_deg or 0.0) > 90.0
    return x * (1.0 + forward_share if behind else 1.0 - forward_share)


def _against(x: FloatArray, standing: float, relation: str | None) -> FloatArray:
    if relation is None:
        return x
    if relation == "difference":
        return x - standing
    return x / standing if standing > 0 else np.full(len(x), NAN)


def _known(reps: Sequence[Rep], name: str) -> list[tuple[Rep, Measure]]:
    """The reps with this measure, and the measure (the near or lead leg's)."""
    pairs = ((rep, rep.measure(name)) for rep in reps)
    return [(rep, m) for rep, m in pairs if m is not None and np.isfinite(m.value)]
