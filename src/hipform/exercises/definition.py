"""What an exercise file may say. Every key is explained in docs/exercises.md.

An exercise is facts only: what counts as a rep, how it is told from other movements, what each camera
view can measure, and the rules of good form with their limits, words and sources. How a kind of rule is
worked out is code in `form.rules`, one function per kind.
"""

from collections.abc import Iterator
from string import Formatter
from typing import Annotated, Literal

from pydantic import Field

from hipform.exercises.facts import Facts
from hipform.exercises.gauge_table import GaugeTable
from hipform.exercises.vocabulary import (
    LARGEST_OFF_DEG,
    MEASURES,
    Cue,
    FeatureName,
    Level,
    MeasureName,
    Positive,
    RuleId,
    RuleView,
    Share,
    SignalName,
    Text,
    Unit,
    VariantName,
    measure_unit,
)
from hipform.kinematics.signals import SIGNALS
from hipform.records import Severity


class RepRule(Facts):
    """What counts as one rep, in degrees above the person's own standing, and seconds."""

    signal: Literal["knee_flexion", "hip_flexion"]
    start_above_deg: Positive
    end_within_deg: Positive
    min_excursion_deg: Positive
    min_share_of_median: Annotated[float, Field(ge=0, lt=1)]
    duration_s: Annotated[tuple[Positive, Positive], Field(strict=False)]
    source: Text

    def problems(self) -> Iterator[tuple[str, str]]:
        """Hysteresis needs two different numbers, and a range its ends in order."""
        if self.end_within_deg >= self.start_above_deg:
            yield "end_within_deg", f"must be less than start_above_deg ({self.start_above_deg:g})"
        if self.min_excursion_deg < self.start_above_deg:
            yield "min_excursion_deg", f"must be at least start_above_deg ({self.start_above_deg:g})"
        if self.duration_s[0] >= self.duration_s[1]:
            yield "duration_s", "the shortest comes first, then the longest"


class Condition(Facts):
    """One thing that speaks for this exercise: 1 inside min..max, falling to 0 over `soft` outside."""

    feature: FeatureName
    min: float | None = None
    max: float | None = None
    soft: Positive
    source: Text

    def problems(self) -> Iterator[tuple[str, str]]:
        """At least one end, in order."""
        if self.min is None and self.max is None:
            yield "min", "give min, max or both"
        elif self.min is not None and self.max is not None and self.min >= self.max:
            yield "min", f"must be less than max ({self.max:g})"


class Views(Facts):
    """The measures that each camera view gives for this exercise."""

    side: Annotated[tuple[MeasureName, ...], Field(strict=False)]
    front: Annotated[tuple[MeasureName, ...], Field(strict=False)]

    def problems(self) -> Iterator[tuple[str, str]]:
        """A measure belongs to the view that can show it."""
        for view, names in (("side", self.side), ("front", self.front)):
            for name in names:
                if MEASURES[name] not in (view, "any"):
                    yield view, f"'{name}' can be measured only from the {MEASURES[name]}"


class FormRule(Facts):
    """What every rule says. A value past `warn` is a finding, past `fault` a more serious one."""

    id: RuleId
    title: Text
    view: RuleView
    direction: Literal["above", "below", "away"]
    warn: float
    fault: float | None = None
    unit: Unit
    sem: Positive
    widen_per_deg: Annotated[float, Field(ge=0)] = 0.0
    max_off_deg: Positive | None = None
    severity_cap: Severity = "fault"
    cue: Cue
    level: Level
    source: Text

    @property
    def off_limit_deg(self) -> float:
        """How far off its view this rule still speaks; endless for a rule of any view."""
        return self.max_off_deg or LARGEST_OFF_DEG.get(self.view, float("inf"))

    def expected_unit(self) -> Unit:
        """The unit in which the judged value comes."""
        raise NotImplementedError

    def speaks_of_side(self) -> bool:
        """Whether the cue may name the leg."""
        return False

    def problems(self) -> Iterator[tuple[str, str]]:
        """Limits in order, unit and view those of what is judged, words that can be filled in."""
        yield from self._limit_problems()
        if self.unit != self.expected_unit():
            yield "unit", f"is '{self.expected_unit()}' for what this rule judges, not '{self.unit}'"
        if self.view == "any" and (self.max_off_deg or self.widen_per_deg):
            yield "max_off_deg or widen_per_deg", "has no meaning in a rule of any view"
        largest = LARGEST_OFF_DEG.get(self.view)
        if largest and self.max_off_deg and self.max_off_deg > largest:
            yield "max_off_deg", f"is at most {largest:g} for a rule seen from the {self.view}"
        yield from self._cue_problems()

    def _limit_problems(self) -> Iterator[tuple[str, str]]:
        if self.direction == "away" and self.warn <= 0:
            yield "warn", "must be above 0 when the direction is 'away'"
        if self.severity_cap != "fault":
            if self.fault is not None:
                yield "fault", f"is never reached when severity_cap is '{self.severity_cap}'; leave it out"
            return
        if self.fault is None:
            yield "fault", "is missing (or set severity_cap to 'warn' or 'info')"
            return
        beyond = self.warn - self.fault if self.direction == "below" else self.fault - self.warn
        word = "below" if self.direction == "below" else "above"
        if beyond <= 0:
            yield "warn", f"the fault limit ({self.fault:g}) must lie {word} the warn limit ({self.warn:g})"
        elif beyond < self.sem:
            yield "fault", f"must lie at least one standard error (sem, {self.sem:g}) {word} warn"

    def _cue_problems(self) -> Iterator[tuple[str, str]]:
        try:
            names = {name for _, name, _, _ in Formatter().parse(self.cue) if name is not None}
        except ValueError:
            yield "cue", "has a single { or }"
            return
        if names - {"side"}:
            yield "cue", "the only thing that can be filled in is {side}"
        elif names and not self.speaks_of_side():
            yield "cue", "{side} needs a rule that judges one leg"


class RepFormRule(FormRule):
    """A rule that judges one rep. `requires` names a rule that must have fired as well."""

    requires: RuleId | None = None
    only_variants: Annotated[tuple[VariantName, ...], Field(strict=False)] = ()
    not_variants: Annotated[tuple[VariantName, ...], Field(strict=False)] = ()

    def problems(self) -> Iterator[tuple[str, str]]:
        """Variants are chosen one way or the other."""
        yield from super().problems()
        if self.only_variants and self.not_variants:
            yield "not_variants", "has no meaning beside only_variants"


class SignalRule(RepFormRule):
    """A rule on a signal, of one leg or of the whole body (`leg = "none"`)."""

    signal: SignalName
    leg: Literal["near", "lead", "rear", "each", "none"]

    def expected_unit(self) -> Unit:
        """The signal's."""
        return SIGNALS[self.signal].unit

    def speaks_of_side(self) -> bool:
        """A rule on one leg can name it."""
        return self.leg != "none"

    def problems(self) -> Iterator[tuple[str, str]]:
        """Leg and view fit the signal; from the side only the leg that faces the camera is judged."""
        yield from super().problems()
        spec = SIGNALS[self.signal]
        if spec.sided == (self.leg == "none"):
            yield "leg", f"'{self.signal}' " + ("exists per leg" if spec.sided else "has no leg: use 'none'")
        if spec.plane not in (self.view, "any"):
            yield "view", f"'{self.signal}' can be seen only from the {spec.plane}"
        if (self.view, self.leg) in (("side", "each"), ("front", "near")):
            yield "leg", f"'{self.leg}' cannot be told from the {self.view}"


class LimitRule(SignalRule):
    """A signal at a moment (the median over `over_s`), or held for 0.15 s within a stretch of the rep."""

    kind: Literal["limit"]
    at: Literal["start", "bottom", "end", "top", "descent", "ascent", "whole"]
    over_s: Positive | None = None
    relative_to_standing: Literal["difference", "ratio"] | None = None
    forward_share: Annotated[float, Field(ge=0, lt=0.5)] = 0.0

    def expected_unit(self) -> Unit:
        """The signal's, or none for a share of the standing value."""
        return "ratio" if self.relative_to_standing == "ratio" else super().expected_unit()

    def problems(self) -> Iterator[tuple[str, str]]:
        """No number without an effect."""
        yield from super().problems()
        if self.over_s is not None and self.at not in ("start", "bottom", "end"):
            yield "over_s", f"has no meaning at '{self.at}'"
        if self.relative_to_standing and SIGNALS[self.signal].relative:
            yield "relative_to_standing", f"'{self.signal}' is counted from standing already"
        if self.forward_share and self.view != "front":
            yield "forward_share", "is for rules seen from the front"


class AscentChangeRule(SignalRule):
    """How much a signal has changed after the first `share` of the way up, in time."""

    kind: Literal["ascent_change"]
    share: Share


class MeanWhileRule(SignalRule):
    """The mean of a signal over the frames in which another one lies in a range.

    With `only_signal` it is judged only when that signal's mean over the same frames is above `only_above`.
    """

    kind: Literal["mean_while"]
    while_signal: SignalName
    while_range: Annotated[tuple[float, float], Field(strict=False)]
    only_signal: SignalName | None = None
    only_above: float | None = None

    def problems(self) -> Iterator[tuple[str, str]]:
        """The other signals must be visible in the same view."""
        yield from super().problems()
        for key, name in (("while_signal", self.while_signal), ("only_signal", self.only_signal)):
            if name is None:
                continue
            other = SIGNALS[name]
            if other.plane not in (self.view, "any"):
                yield key, f"'{name}' can be seen only from the {other.plane}"
            if other.sided and not SIGNALS[self.signal].sided:
                yield key, f"'{name}' exists per leg, '{self.signal}' does not"
        if self.while_range[0] >= self.while_range[1]:
            yield "while_range", "the lower end comes first"
        if (self.only_signal is None) != (self.only_above is None):
            yield "only_above", "goes with only_signal: give both or neither"


class RatioRule(SignalRule):
    """Change of a signal from standing to the bottom, over that of another one (at least `floor`)."""

    kind: Literal["ratio"]
    to_signal: SignalName
    floor: Positive

    def expected_unit(self) -> Unit:
        """A ratio has none."""
        return "ratio"

    def problems(self) -> Iterator[tuple[str, str]]:
        """Like is divided by like."""
        yield from super().problems()
        one, other = SIGNALS[self.signal], SIGNALS[self.to_signal]
        if (one.unit, one.sided, one.plane) != (other.unit, other.sided, other.plane):
            yield "to_signal", f"'{self.to_signal}' and '{self.signal}' cannot be divided"


class TempoRule(RepFormRule):
    """How long a part of the rep took."""

    kind: Literal["tempo"]
    part: Literal["lowering", "pause", "lifting", "rep"]

    def expected_unit(self) -> Unit:
        """Time."""
        return "s"


class SetRule(FormRule):
    """A rule that judges a measure over the complete reps of a set."""

    measure: MeasureName
    min_reps: Annotated[int, Field(ge=2)]

    def expected_unit(self) -> Unit:
        """The measure's."""
        return measure_unit(self.measure)

    def problems(self) -> Iterator[tuple[str, str]]:
        """The rule's view is one that gives the measure."""
        yield from super().problems()
        if MEASURES[self.measure] not in (self.view, "any"):
            yield "view", f"'{self.measure}' can be measured only from the {MEASURES[self.measure]}"


class SetRangeRule(SetRule):
    """Largest minus smallest value over the set."""

    kind: Literal["set_range"]


class SetLossRule(SetRule):
    """What share of the best rep's speed (measure over lifting time) the last reps have lost."""

    kind: Literal["set_loss"]
    last_reps: Annotated[int, Field(ge=1)]

    def expected_unit(self) -> Unit:
        """A share has none."""
        return "ratio"

    def problems(self) -> Iterator[tuple[str, str]]:
        """There must be reps before the last ones."""
        yield from super().problems()
        if self.last_reps >= self.min_reps:
            yield "last_reps", f"must be less than min_reps ({self.min_reps})"


class SetDifferenceRule(SetRule):
    """Left against right: the difference of medians, `min_reps` needed on each side.

    A limit counts only where it is larger than `spread_times` the larger spread within one side.
    """

    kind: Literal["set_difference"]
    spread_times: Positive


Rule = Annotated[
    LimitRule
    | AscentChangeRule
    | MeanWhileRule
    | RatioRule
    | TempoRule
    | SetRangeRule
    | SetLossRule
    | SetDifferenceRule,
    Field(discriminator="kind"),
]


class Exercise(Facts):
    """One exercise, as its file says it. `id` is the file's name, `digest` the SHA-256 of its facts.

    `legs` says what a view from the side or off it can tell of them: "near" only the one that faces the
    camera; "apart" both, as in a lunge; "alike" that both do the same, so that off the side the middle of
    both is read (`kinematics.foreshortening`).
    """

    id: RuleId
    name: Text
    plural: Text
    description: Text
    set_up: Text
    legs: Literal["near", "apart", "alike"] = "near"
    rep: RepRule
    gauge: GaugeTable | None = None
    recognise: Annotated[tuple[Condition, ...], Field(strict=False, min_length=1)]
    views: Views
    rules: Annotated[tuple[Rule, ...], Field(alias="rule", strict=False)] = ()
    digest: str

    def problems(self) -> Iterator[tuple[str, str]]:
        """The gauge shows a measure of the file. A required rule judges reps, and requires nothing itself."""
        if self.gauge and self.gauge.measure not in self.views.side:
            yield "gauge", f"signal: '{self.gauge.measure}' is missing in [views] side"
        free = {r.id for r in self.rules if isinstance(r, RepFormRule) and r.requires is None}
        for rule in self.rules:
            needed = rule.requires if isinstance(rule, RepFormRule) else None
            if needed is not None and (needed not in free or needed == rule.id):
                yield f"rule '{rule.id}'", f"requires: there is no other rule '{needed}' to wait for"
