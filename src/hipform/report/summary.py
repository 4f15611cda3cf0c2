"""A set in one sentence, and its measures in words and numbers for people."""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import hypot, sqrt
from statistics import median
from typing import Final

from hipform.records import Measure, Rep, SetReport, Severity, ViewLabel

MEASURE_LABELS: Final[Mapping[str, str]] = {
    "knee_flexion_peak_deg": "Deepest knee bend",
    "knee_rom_deg": "Knee range",
    "hip_flexion_peak_deg": "Deepest hip bend (trunk to thigh)",
    "hip_rom_deg": "Hip range (trunk to thigh)",
    "trunk_lean_peak_deg": "Most trunk lean",
    "thigh_to_horizontal_min_deg": "Thigh above level (0 = parallel)",
    "shank_lean_peak_deg": "Most shin lean",
    "heel_rise_deg": "Heel rise",
    "knee_separation_ratio_min": "Knee distance (1 = as standing)",
    "knee_drift_left": "Left knee inward (of shin length)",
    "knee_drift_right": "Right knee inward (of shin length)",
    "hip_shift_ratio": "Hips to the side (of ankle distance)",
    "hip_drop_ratio": "Hip drop (of leg length)",
    "lowering_s": "Way down",
    "pause_s": "Pause at the bottom",
    "lifting_s": "Way up",
}
_DECIMALS = {"deg": 0, "s": 1}
_SIGNS = {"deg": "°", "s": " s"}
_NOUNS = {"hinge": "hip hinge"}
_DEPTH_ORDER = ("clearly below", "about parallel", "clearly above")
# What "deeper" is read from, the first one that was measured: (name, sense, words for the typical value).
_MAIN: Mapping[str, tuple[tuple[str, int, str], ...]] = {
    "squat": (
        ("thigh_to_horizontal_min_deg", -1, "thigh {} above level"),
        ("knee_flexion_peak_deg", 1, "knee bend {}"),
        ("hip_drop_ratio", 1, "hips down by {} leg lengths"),
    ),
    "lunge": (
        ("knee_flexion_peak_deg", 1, "front knee bend {}"),
        ("hip_drop_ratio", 1, "hips down by {} leg lengths"),
    ),
    "hinge": (
        ("hip_flexion_peak_deg", 1, "hip bend {}"),
        ("trunk_lean_peak_deg", 1, "trunk lean {}"),
    ),
}
_OTHER_MAIN = (("knee_flexion_peak_deg", 1, "knee bend {}"), ("hip_flexion_peak_deg", 1, "hip bend {}"))
# From where the camera saw the person.
VIEW_WORDS: Final[Mapping[ViewLabel, str]] = {
    "side-left": "left side to the camera",
    "side-right": "right side to the camera",
    "front": "seen from the front",
    "back": "seen from the back",
    "oblique-left": "seen at an angle, left side nearer",
    "oblique-right": "seen at an angle, right side nearer",
    "mixed": "seen from several directions",
    "unknown": "direction not known",
}
# How serious a finding is, mildest first, in a word for the user: never an alarm.
SEVERITY_WORDS: Final[Mapping[Severity, str]] = {"info": "Note", "warn": "Watch", "fault": "Work on"}
# How much of a stated uncertainty differs from rep to rep, the rest being the same for a whole set. On
# rendered side views 90 % of what is left of errors once each clip's constant is taken out is within 1.7
# (knee peak), 1.8 (hip peak) and 1.9 degrees (thigh lowest): 0.23, 0.22 and 0.37 of the stated half-widths.
_REP_TO_REP = 0.4
_LEAST_TO_COMPARE = 3
# A smaller difference is not worth a word, however sure it is.
_WORTH_TELLING = {"deg": 5.0, "ratio": 0.05}


def measure_label(name: str) -> str:
    """What a measure is called for people: "Deepest knee bend"; an unknown name is made readable."""
    if name in MEASURE_LABELS:
        return MEASURE_LABELS[name]
    if name.startswith("asymmetry_"):
        label = measure_label(name.removeprefix("asymmetry_"))
        return f"Left to right difference: {label[:1].lower()}{label[1:]}"
    words = name.removesuffix("_deg").removesuffix("_s").removesuffix("_ratio").replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def number_of(number: int, noun: str) -> str:
    """How many there are: "1 rep", "3 reps"."""
    return f"{number} {noun}{'s' * (number != 1)}"


def format_value(value: float, unit: str) -> str:
    """A number with its unit: "104°", "1.8 s", "0.52"."""
    return _number(value, unit) + _SIGNS.get(unit, "")


def format_measure(measure: Measure) -> str:
    """A measure with its uncertainty: "104° ± 6", "1.8 ± 0.1 s", "0.52 ± 0.04".

    An uncertainty never reads 0: it shows at least one step of the last digit.
    """
    return _with_error(measure.value, measure.uncertainty, measure.unit)


def not_measured(report: SetReport) -> list[tuple[str, str, str]]:
    """(measures, where, reason) of all that was not measured; measures that share a reason stand together."""
    whole = {entry.measure for entry in report.not_measured}
    reps: dict[tuple[str, str], list[int]] = {}
    for rep in report.reps:
        for entry in rep.not_measured:
            if entry.measure not in whole:
                reps.setdefault((entry.measure, entry.reason), []).append(rep.number)
    found: dict[tuple[str, str], list[str]] = {}
    for entry in report.not_measured:
        found.setdefault(("whole set", entry.reason), []).append(measure_label(entry.measure))
    for (measure, reason), numbers in reps.items():
        found.setdefault((_where(numbers), reason), []).append(measure_label(measure))
    return [(", ".join(labels), where, reason) for (where, reason), labels in found.items()]


def sentence(report: SetReport) -> str:
    """The set in one sentence: "5 squats, depth about parallel, steady; rep 4 shallower by 9° ± 4"."""
    complete = [rep for rep in report.reps if rep.complete]
    if not complete:
        return _without_reps(report)
    head = " and ".join(filter(None, [_count(complete), _partials(report.reps)]))
    if len({rep.exercise for rep in complete}) > 1:
        return head
    parts = [head, *_level(complete, report)]
    steady, exceptions = _steadiness(complete)
    return "; ".join(filter(None, [", ".join([*parts, *steady]), ", ".join(exceptions)]))


def _where(numbers: Sequence[int]) -> str:
    return ("rep " if len(numbers) == 1 else "reps ") + ", ".join(str(n) for n in numbers)


def _number(value: float, unit: str) -> str:
    decimals = _DECIMALS.get(unit, 2)
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", "−")


def _with_error(value: float, error: float, unit: str) -> str:
    least = float(10.0 ** -_DECIMALS.get(unit, 2))
    around = _number(max(error, least), unit)
    if unit == "deg":
        return f"{_number(value, unit)}° ± {around}"
    return f"{_number(value, unit)} ± {around}{_SIGNS.get(unit, '')}"


def _without_reps(report: SetReport) -> str:
    seen = report.quality.pose_found_share
    if seen == 0:
        return "No person was found in this recording"
    if report.reps:
        return f"No complete {_noun(report.reps[0].exercise, 1)}, {_partials(report.reps)}"
    if seen < 0.5:
        return f"No rep was found: a person was seen in only {100 * seen:.0f} % of the recording"
    if report.exercise != "none":
        return f"No {_noun(report.exercise, 1)} was found"
    return "No exercise that hipform knows was found"


def _noun(exercise: str, count: int) -> str:
    word = _NOUNS.get(exercise, exercise.replace("_", " "))
    return word if count == 1 else f"{word}s"


def _count(complete: Sequence[Rep]) -> str:
    counts = Counter(rep.exercise for rep in complete)
    parts = [f"{count} {_noun(exercise, count)}" for exercise, count in counts.items()]
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))


def _partials(reps: Sequence[Rep]) -> str:
    partial = [rep for rep in reps if not rep.complete]
    if not partial:
        return ""
    reasons = ", ".join(dict.fromkeys(rep.reason for rep in partial if rep.reason))
    why = f" ({reasons})" if reasons else ""
    return f"{number_of(len(partial), 'partial rep')}{why}"


def _level(complete: Sequence[Rep], report: SetReport) -> list[str]:
    """How deep the set was, or that it was not measured."""
    classes = [rep.depth.depth_class for rep in complete if rep.depth]
    if classes:
        return [_depth_words(classes)]
    found = _main_measures(complete)
    if found is None:
        missing = "depth" if complete[0].exercise == "squat" else "bend"
        return [f"{missing} not measured{_seen_from(report)}"]
    measures, words = found[0], found[2]
    value = _with_error(
        median(m.value for m in measures.values()),
        median(m.uncertainty for m in measures.values()),
        next(iter(measures.values())).unit,
    )
    without_angle = any(m.unit == "ratio" for m in measures.values())
    return [words.format(value) + (f" (no angle{_seen_from(report)})" if without_angle else "")]


def _seen_from(report: SetReport) -> str:
    words = {"front": " from the front", "back": " from behind"}
    return words.get(report.view.label, " from this view")


def _depth_words(classes: Sequence[str]) -> str:
    common, count = Counter(classes).most_common(1)[0]
    if count == len(classes):
        return f"depth {_parallel(common)}"
    if 3 * count >= 2 * len(classes):
        return f"depth mostly {_parallel(common)}"
    present = [word for word in _DEPTH_ORDER if word in classes]
    return f"depth from {present[0]} to {_parallel(present[-1])}"


def _parallel(depth_class: str) -> str:
    return depth_class if depth_class == "about parallel" else f"{depth_class} parallel"


def _main_measures(complete: Sequence[Rep]) -> tuple[dict[int, Measure], int, str] | None:
    """By rep number the measure that tells how deep the reps were, its sense, its words; None without any.

    The first measure that at least half of the reps have.
    """
    for name, sense, words in _MAIN.get(complete[0].exercise, _OTHER_MAIN):
        found = {rep.number: m for rep in complete if (m := rep.measure(name))}
        if 2 * len(found) >= len(complete):
            return found, sense, words
    return None


def _steadiness(complete: Sequence[Rep]) -> tuple[list[str], list[str]]:
    """Whether the reps were alike, and the single ones that differ by more than is uncertain."""
    found = _main_measures(complete)
    if found is None:
        return [], []
    measures, sense, _ = found
    told = {number: d for number in measures if (d := _difference(number, measures))}
    if len(told) < _LEAST_TO_COMPARE:
        return [], []
    apart = {number: d for number, d in told.items() if _tells(d, measures[number].unit)}
    if 3 * len(apart) > len(told):
        return [f"uneven ({_span(list(measures.values()), sense)})"], []
    return ["steady"], [
        f"rep {number} {'deeper' if value * sense > 0 else 'shallower'} by "
        + _with_error(abs(value), error, measures[number].unit)
        for number, (value, error) in apart.items()
    ]


def _tells(difference: tuple[float, float], unit: str) -> bool:
    value, error = difference
    return abs(value) > max(error, _WORTH_TELLING[unit])


def _span(measures: Sequence[Measure], sense: int) -> str:
    """From the least to the most: "87° to 99°"; the thigh's height above level in words."""
    low, high = (pick(m.value for m in measures) for pick in (min, max))
    unit = measures[0].unit
    if sense > 0:
        return f"{format_value(low, unit)} to {format_value(high, unit)}"
    if low < 0 < high:
        return f"thigh from {format_value(-low, unit)} below to {format_value(high, unit)} above level"
    ends = sorted(abs(value) for value in (low, high))
    where = "above" if low >= 0 else "below"
    return f"thigh {format_value(ends[0], unit)} to {format_value(ends[1], unit)} {where} level"


def _difference(number: int, measures: Mapping[int, Measure]) -> tuple[float, float] | None:
    """A rep against the middle of the others of the same leg and role: (difference, its uncertainty).

    None when there are fewer than two others: nothing can be said.
    """
    own = measures[number]
    others = [m for n, m in measures.items() if n != number and (m.side, m.role) == (own.side, own.role)]
    if len(others) < _LEAST_TO_COMPARE - 1:
        return None
    error = hypot(own.uncertainty, median(m.uncertainty for m in others) / sqrt(len(others)))
    return own.value - median(m.value for m in others), _REP_TO_REP * error
