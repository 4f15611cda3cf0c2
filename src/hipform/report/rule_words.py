"""The rules of form in words: what is judged, and from where on."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from hipform.exercises.definition import (
    AscentChangeRule,
    FormRule,
    LimitRule,
    MeanWhileRule,
    RatioRule,
    RepFormRule,
    SetDifferenceRule,
    SetLossRule,
    SetRangeRule,
    SignalRule,
    TempoRule,
)
from hipform.kinematics.signals import SIGNALS
from hipform.records import Severity
from hipform.report.summary import SEVERITY_WORDS, format_value, measure_label

LEVELS: Final[Mapping[str, str]] = {
    "A": "several trials or a meta-analysis",
    "B": "one good study, or consistent observations",
    "C": "expert consensus or a screening tool",
    "D": "our own engineering",
}
_MOMENTS: Final[Mapping[str, str]] = {
    "start": "At the start",
    "bottom": "At the bottom",
    "end": "At the end",
    "top": "At the top",
    "descent": "On the way down",
    "ascent": "On the way up",
    "whole": "At any time",
}
_LEGS: Final[Mapping[str, str]] = {
    "near": ", leg nearer to the camera",
    "lead": ", front leg",
    "rear": ", rear leg",
    "each": ", each leg",
    "none": "",
}
_PARTS: Final[Mapping[str, str]] = {
    "lowering": "Seconds on the way down",
    "pause": "Seconds of the pause at the bottom",
    "lifting": "Seconds on the way up",
    "rep": "Seconds of the whole rep",
}
_SENSES: Final[Mapping[str, str]] = {
    "above": "more than",
    "below": "less than",
    "away": "off by more than",
}


def what_is_judged(rule: FormRule) -> str:
    """The quantity, the moment and the leg that a rule looks at."""
    words = _KINDS[type(rule)](rule)
    if isinstance(rule, RepFormRule):
        if rule.requires:
            words += f" (only together with “{rule.requires.replace('_', ' ')}”)"
        if rule.only_variants:
            words += f", only in: {', '.join(rule.only_variants)}"
        if rule.not_variants:
            words += f", not in: {', '.join(rule.not_variants)}"
    return words


def limits(rule: FormRule) -> list[tuple[Severity, str]]:
    """From which value on a rule speaks, and from which more seriously, mildest first."""
    sense = _SENSES[rule.direction]
    first: Severity = "info" if rule.severity_cap == "info" else "warn"
    found = [(first, f"{SEVERITY_WORDS[first]}: {sense} {format_value(rule.warn, rule.unit)}")]
    if rule.fault is not None:
        found.append(("fault", f"{SEVERITY_WORDS['fault']}: {sense} {format_value(rule.fault, rule.unit)}"))
    return found


def widening(rule: FormRule) -> str:
    """How limits give way when the camera is off the rule's view; empty when they do not."""
    if not rule.widen_per_deg:
        return ""
    unit = "°" if rule.unit == "deg" else ""
    return f"Limits give way by {rule.widen_per_deg:g}{unit} for each degree the camera is off this view."


def _limit(rule: LimitRule) -> str:
    against = {
        "difference": ", against your own standing",
        "ratio": ", as a share of your own standing",
        None: "",
    }
    return f"{_MOMENTS[rule.at]}{_of(rule)}{against[rule.relative_to_standing]}"


def _of(rule: SignalRule) -> str:
    return f"{_LEGS[rule.leg]}: {SIGNALS[rule.signal].meaning}"


def _ascent_change(rule: AscentChangeRule) -> str:
    return f"Change over the first {rule.share:.0%} of the way up{_of(rule)}"


def _mean_while(rule: MeanWhileRule) -> str:
    low, high = rule.while_range
    other = SIGNALS[rule.while_signal]
    low_text, high_text = format_value(low, other.unit), format_value(high, other.unit)
    text = f"Mean{_of(rule)}, while “{other.meaning}” is {low_text} to {high_text}"
    if rule.only_signal is None or rule.only_above is None:
        return text
    only = SIGNALS[rule.only_signal]
    return f"{text}; only when “{only.meaning}” is then above {format_value(rule.only_above, only.unit)}"


def _ratio(rule: RatioRule) -> str:
    return f"Change down to the bottom{_of(rule)}, over that of “{SIGNALS[rule.to_signal].meaning}”"


def _tempo(rule: TempoRule) -> str:
    return _PARTS[rule.part]


def _set_range(rule: SetRangeRule) -> str:
    return f"{measure_label(rule.measure)}: largest minus smallest of at least {rule.min_reps} reps"


def _set_loss(rule: SetLossRule) -> str:
    return (
        f"Speed over the set ({measure_label(rule.measure).lower()} over time): the loss of the last "
        f"{rule.last_reps} of at least {rule.min_reps} reps against the best one"
    )


def _set_difference(rule: SetDifferenceRule) -> str:
    return f"{measure_label(rule.measure)}: left against right, at least {rule.min_reps} reps each"


_KINDS: Final[Mapping[type[FormRule], Callable[[Any], str]]] = {
    LimitRule: _limit,
    AscentChangeRule: _ascent_change,
    MeanWhileRule: _mean_while,
    RatioRule: _ratio,
    TempoRule: _tempo,
    SetRangeRule: _set_range,
    SetLossRule: _set_loss,
    SetDifferenceRule: _set_difference,
}
