"""Compares one result with the exact truth of a rendered clip."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from hipform.kinematics.geometry import wrap_deg
from hipform.kinematics.view import view_at
from hipform.records import BoolArray, FloatArray, Measure, Rep
from hipform.skeleton import Side
from hipform.validation.counting import Counted, count, matched
from hipform.validation.files import RepTruth
from hipform.validation.results import Result
from hipform.validation.truth import Rendered

# Beyond this off the side view side angles are neither reported nor missed (docs/decisions/0003).
SIDE_LIMIT_DEG: Final = 40.0
# Frames from this long before the first rep to this long after the last are compared: the person moves, and
# stands quietly for a moment. Ours.
AROUND_S: Final = 0.5
# A step down or up of more than this belongs to the rep; when such a rep "goes down" is a matter of words.
STEP_S: Final = 0.05
# Faults that were put into the clips, and the rules that name them. A rounded back cannot be seen.
RULES_OF: Final[Mapping[str, frozenset[str]]] = {
    "knee_valgus": frozenset({"knees_in"}),
    "hip_shift": frozenset({"hip_shift"}),
    "excess_trunk_lean": frozenset({"trunk_lean", "hips_rise_first"}),
    "heel_lift": frozenset({"heel_rise"}),
    "too_much_knee_bend": frozenset({"squatty_hinge"}),
}
FRONT_FAULTS: Final = frozenset({"knee_valgus", "hip_shift"})
FRONT_SHOWS_DEG, SIDE_SHOWS_DEG = 15.0, 30.0  # off its view, how far a camera can show a fault
# A trunk that leans more than this may be called a fault also where none was put in. Ours.
LEANS_DEG: Final = 45.0
Taken = Literal["max", "min", "range"]
# measure -> (signal; {} is the leg, how the number is taken from it)
MEASURES: Final[Mapping[str, tuple[str, Taken]]] = {
    "knee_flexion_peak_deg": ("knee_flexion_{}", "max"),
    "knee_rom_deg": ("knee_flexion_{}", "range"),
    "hip_flexion_peak_deg": ("hip_flexion_{}", "max"),
    "hip_rom_deg": ("hip_flexion_{}", "range"),
    "thigh_to_horizontal_min_deg": ("thigh_to_horizontal_{}", "min"),
    "shank_lean_peak_deg": ("shank_lean_{}", "max"),
    "trunk_lean_peak_deg": ("trunk_lean", "max"),
}
# what is compared frame by frame -> the signal of the near leg
CURVES: Final[Mapping[str, str]] = {
    "knee": "knee_flexion_{}",
    "hip": "hip_flexion_{}",
    "trunk": "trunk_lean",
    "thigh": "thigh_to_horizontal_{}",
    "shin": "shank_lean_{}",
}


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One angle, frame by frame while the person moves; all (N,), degrees, NaN where nothing was reported."""

    t_s: FloatArray
    true: FloatArray
    reported: FloatArray
    stated: FloatArray

    @property
    def error(self) -> FloatArray:
        """Reported minus true."""
        return self.reported - self.true


@dataclass(frozen=True, slots=True)
class MeasureError:
    """One number of one rep beside the truth, degrees. `stated` is its uncertainty.

    `first`: the leg that is told first, the near one. `far`: the other leg. `leads`: the front leg, or
    any leg where there is none.
    """

    measure: str
    rep: int
    first: bool
    far: bool
    leads: bool
    true: float
    reported: float
    stated: float

    @property
    def error(self) -> float:
        """Reported minus true."""
        return self.reported - self.true


@dataclass(frozen=True, slots=True)
class RepTimes:
    """How far the moments of a rep are from the truth, seconds; None for what was not told.

    `beside_s` is how far the bottom lies outside the interval in which it was held; `stated_s` are the
    uncertainties of the three durations.
    """

    rep: int
    beside_s: float
    errors_s: Mapping[str, float]
    stated_s: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class FaultCount:
    """Findings about one kind of fault: rightly found, missed, found where there was none."""

    found: int = 0
    missed: int = 0
    false: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class RenderedComparison:
    """Everything about one rendered clip. Angles are empty where the camera stood too far off the side.

    `spans_s` are start and end of each true rep, partial ones too.
    """

    name: str
    exercise: str
    off_side_deg: float
    counted: Counted
    exercise_right: bool
    view_right: bool
    azimuth_error_deg: float | None
    rep_azimuth_errors_deg: tuple[float, ...]
    times: tuple[RepTimes, ...]
    curves: Mapping[str, Curve]
    measures: tuple[MeasureError, ...]
    faults: Mapping[str, FaultCount]
    spans_s: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class _Pair:
    """A true rep and the reported one that belongs to it."""

    number: int
    true: RepTruth
    found: Rep


def compare_rendered(clip: Rendered, result: Result) -> RenderedComparison:
    """The result of one clip beside its truth."""
    report = result.report
    full = [rep for rep in clip.reps if not rep.partial]
    found = [rep for rep in report.reps if rep.complete]
    indices = matched([rep.bottom_s for rep in found], [rep.bottom for rep in full])
    pairs = [_Pair(i + 1, full[i], found[j]) for i, j in indices]
    off = abs(90.0 - abs(clip.azimuth_deg))
    near: Side = "left" if 0.0 < clip.azimuth_deg < 180.0 else "right"
    seen = off <= SIDE_LIMIT_DEG
    return RenderedComparison(
        name=clip.name,
        exercise=clip.exercise,
        off_side_deg=round(off, 2),
        counted=count(
            report, len(full), len(clip.reps) - len(full), matched_share=len(pairs) / max(1, len(full))
        ),
        exercise_right=report.exercise == clip.exercise,
        view_right=report.view.label == view_at(clip.azimuth_deg).label,
        azimuth_error_deg=_azimuth_error(report.view.azimuth_deg, clip),
        rep_azimuth_errors_deg=_rep_azimuths(clip, pairs),
        times=tuple(_times(pair) for pair in pairs),
        curves=_curves(clip, result, near, full) if seen else {},
        measures=_measure_errors(clip, near, pairs) if seen else (),
        faults=_faults(clip, pairs, off),
        spans_s=tuple((rep.start, rep.end) for rep in clip.reps),
    )


def _azimuth_error(found_deg: float | None, clip: Rendered) -> float | None:
    return None if found_deg is None else float(wrap_deg(found_deg - clip.azimuth_deg))


def _rep_azimuths(clip: Rendered, pairs: Sequence[_Pair]) -> tuple[float, ...]:
    errors = [_azimuth_error(pair.found.view.azimuth_deg, clip) for pair in pairs]
    return tuple(error for error in errors if error is not None)


def _times(pair: _Pair) -> RepTimes:
    true, found = pair.true, pair.found
    beside = max(0.0, min(true.hold) - found.bottom_s, found.bottom_s - max(true.hold))
    errors: dict[str, float] = {}
    stated: dict[str, float] = {}
    if true.tempo is not None and not _steps(true):
        known = {
            "lowering_s": true.tempo.down,
            "pause_s": true.tempo.hold,
            "lifting_s": true.tempo.up,
        }
        for name, seconds in known.items():
            measure = found.measure(name)
            if measure is not None:
                errors[name] = measure.value - seconds
                stated[name] = measure.uncertainty
        errors |= {"start_s": found.start_s - true.start, "end_s": found.end_s - true.end}
    return RepTimes(pair.number, beside, errors, stated)


def _steps(rep: RepTruth) -> bool:
    first = 0.0 if rep.down_start is None else rep.down_start - rep.start
    last = 0.0 if rep.up_end is None else rep.end - rep.up_end
    return max(first, last) > STEP_S


def _curves(clip: Rendered, result: Result, near: Side, full: Sequence[RepTruth]) -> dict[str, Curve]:
    if not full:
        return {}
    moving = (clip.t_s >= full[0].start - AROUND_S) & (clip.t_s <= full[-1].end + AROUND_S)
    t_s = clip.t_s[moving]
    out = {}
    for key, pattern in CURVES.items():
        signal = pattern.format(near)
        if signal in clip.angles:
            reported = result.at(f"{signal}_deg", t_s)
            stated = result.at(f"{signal}_uncertainty_deg", t_s)
            out[key] = Curve(t_s, clip.angles[signal][moving], reported, stated)
    return out


def _measure_errors(clip: Rendered, near: Side, pairs: Sequence[_Pair]) -> tuple[MeasureError, ...]:
    out = []
    for pair in pairs:
        for name, measures in pair.found.measures.items():
            if name in MEASURES:
                several = measures if isinstance(measures, list) else [measures]
                out += [_measure_error(clip, near, pair, name, m, i == 0) for i, m in enumerate(several)]
    return tuple(error for error in out if error is not None)


def _measure_error(  # noqa: PLR0913, PLR0917 (what was measured, of which leg of which rep, and its truth)
    clip: Rendered, near: Side, pair: _Pair, name: str, measure: Measure, first: bool
) -> MeasureError | None:
    pattern, taken = MEASURES[name]
    side = measure.side or near
    true = clip.angles.get(pattern.format(side))
    if true is None:
        return None
    during: BoolArray = (clip.t_s >= pair.true.start) & (clip.t_s <= pair.true.end)
    lead = {"L": "left", "R": "right", None: None}[pair.true.lead]
    return MeasureError(
        measure=name,
        rep=pair.number,
        first=first,
        far=side != near,
        leads=lead in (None, side),
        true=_taken(true[during], taken),
        reported=measure.value,
        stated=measure.uncertainty,
    )


def _taken(angle_deg: FloatArray, taken: Taken) -> float:
    """The number that a measure stands for; a range is counted from the first frame, still standing."""
    if taken == "min":
        return float(angle_deg.min())
    return float(angle_deg.max()) - (float(angle_deg[0]) if taken == "range" else 0.0)


def _faults(clip: Rendered, pairs: Sequence[_Pair], off_side_deg: float) -> dict[str, FaultCount]:
    """Warnings and faults against what was put in, for faults that this view can show.

    Infos are no judgement. Naming a fault that is not there counts as false in any view.
    """
    off_front = abs(clip.azimuth_deg)
    shows = {
        fault: off_front <= FRONT_SHOWS_DEG if fault in FRONT_FAULTS else off_side_deg <= SIDE_SHOWS_DEG
        for fault in RULES_OF
    }
    out = dict.fromkeys(RULES_OF, FaultCount())
    for pair in pairs:
        named = {finding.rule for finding in pair.found.findings if finding.severity != "info"}
        there = set().union(*(RULES_OF.get(fault, frozenset()) for fault in pair.true.faults))
        if pair.true.trunk_lean_max > LEANS_DEG:
            there.add("trunk_lean")
        for fault, rules in RULES_OF.items():
            told, real = bool(named & rules), fault in pair.true.faults and shows[fault]
            so_far = out[fault]
            out[fault] = FaultCount(
                so_far.found + (real and told),
                so_far.missed + (real and not told),
                so_far.false + len((named & rules) - there),
            )
    return out
