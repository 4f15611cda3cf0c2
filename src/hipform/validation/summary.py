"""Makes numbers of comparisons: what is pooled how is said where the numbers are defined (`numbers`)."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal, TypeVar

import numpy as np

from hipform.records import FloatArray
from hipform.validation.labelled import LabelledComparison, MarkError
from hipform.validation.numbers import (
    BANDS,
    GROSS_DEG,
    MULTIPLES,
    Band,
    Calibration,
    Camera,
    Counting,
    Errors,
    Frames,
    Marks,
    MeasureErrors,
    Numbers,
    Peaks,
    Share,
    Times,
)
from hipform.validation.rendered import (
    CURVES,
    MEASURES,
    RULES_OF,
    Curve,
    FaultCount,
    MeasureError,
    RenderedComparison,
)

# A curve that was told for fewer frames is coverage, but no accuracy, and a constant taken from fewer reps
# would take most of their scatter with it. Ours.
FEWEST_FRAMES, FEWEST_REPS = 10, 3
PEAKS: Mapping[str, str] = {"knee": "knee_flexion_peak_deg", "hip": "hip_flexion_peak_deg"}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Uncompared:
    """A clip without a result, and why. It counts as wrong in everything that is counted.

    `marks` are the angles marked in it, none of them reported.
    """

    name: str
    kind: Literal["rendered", "labelled"]
    exercise: str
    is_exercise: bool
    reason: str
    marks: tuple[MarkError, ...] = ()


Comparison = RenderedComparison | LabelledComparison | Uncompared


def summarise(comparisons: Sequence[Comparison]) -> Numbers:
    """The numbers of all these clips together."""
    rendered = [c for c in comparisons if isinstance(c, RenderedComparison)]
    labelled = [c for c in comparisons if isinstance(c, LabelledComparison)]
    lost = [c for c in comparisons if isinstance(c, Uncompared)]
    real: list[LabelledComparison | Uncompared] = [*labelled, *lost]
    marked = [clip for clip in real if clip.marks]
    marks = [mark for clip in marked for mark in clip.marks]
    banded = {band: _within(rendered, band) for band in BANDS}
    return Numbers(
        rendered=_rendered_counting(rendered, [c for c in lost if c.kind == "rendered"]),
        labelled=_labelled_counting(labelled, [c for c in lost if c.kind == "labelled"]),
        times=_times(rendered),
        camera=_camera(rendered),
        frames={
            band: _told({key: frame_numbers(clips, key) for key in CURVES}) for band, clips in banded.items()
        },
        peaks={
            band: _told({key: peak_numbers(clips, name) for key, name in PEAKS.items()})
            for band, clips in banded.items()
        },
        measures=tuple(_measures(banded)),
        squat_knee_peak_gap=_squat_gap(banded),
        marked_clips=len(marked),
        marked_frames=len({(clip.name, mark.t_s) for clip in marked for mark in clip.marks}),
        marks=_marks(marks),
        calibration=_calibration(banded, marks),
        faults=_faults(rendered),
    )


def errors_of(values: Iterable[float]) -> Errors | None:
    """The sample described; None when there is none."""
    x = np.array(list(values), dtype=float)
    if not len(x):
        return None
    size = np.abs(x)
    return Errors(
        count=len(x),
        mean_abs=float(size.mean()),
        bias=float(x.mean()),
        sd=float(x.std()),
        median_abs=float(np.median(size)),
        within_90=float(np.percentile(size, 90)),
        worst=float(size.max()),
    )


def steady_removed(errors: Sequence[MeasureError], fewest: int = 1) -> list[tuple[float, MeasureError]]:
    """What is left of each error of a clip when the mean of its leg role is taken out.

    The front and the rear leg of a lunge differ, and each has its own mean; a role with fewer than `fewest`
    reps is left out.
    """
    out: list[tuple[float, MeasureError]] = []
    for leads in (True, False):
        group = [error for error in errors if error.leads == leads]
        if len(group) >= fewest:
            mean = float(np.mean([e.error for e in group]))
            out += [(e.error - mean, e) for e in group]
    return out


def first_legs(clip: RenderedComparison, measure: str) -> list[MeasureError]:
    """A clip's errors of one measure, one for each rep: of the leg that is told first."""
    return [error for error in clip.measures if error.measure == measure and error.first]


def _within(clips: Sequence[RenderedComparison], band: Band) -> list[RenderedComparison]:
    low, high = BANDS[band]
    return [clip for clip in clips if low < clip.off_side_deg <= high]


def _told(parts: Mapping[str, T | None]) -> dict[str, T]:
    return {key: part for key, part in parts.items() if part is not None}


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _share(answers: Iterable[bool | None]) -> Share:
    known = [answer for answer in answers if answer is not None]
    return Share(sum(known), len(known))


def _rendered_counting(clips: Sequence[RenderedComparison], lost: Sequence[Uncompared]) -> Counting | None:
    if not clips and not lost:
        return None
    wrong = [False] * len(lost)
    return Counting(
        clips=len(clips) + len(lost),
        failed=len(lost),
        exercises=dict(Counter([*(c.exercise for c in clips), *(c.exercise for c in lost)])),
        reps_right=_share([*(c.counted.right for c in clips), *wrong]),
        partials_right=_share([*(c.counted.partials_right for c in clips), *wrong]),
        exercise_right=_share([*(c.exercise_right for c in clips), *wrong]),
        view_right=_share([*(c.view_right for c in clips), *wrong]),
        none_right=Share(0, 0),
        phantom_reps=0,
        met_share=_mean(c.counted.matched_share for c in clips),
    )


def _labelled_counting(clips: Sequence[LabelledComparison], lost: Sequence[Uncompared]) -> Counting | None:
    if not clips and not lost:
        return None
    held = [(c.exercise, c.is_exercise) for c in clips] + [(c.exercise, c.is_exercise) for c in lost]
    moved, still = [c for c in clips if c.is_exercise], [c for c in clips if not c.is_exercise]
    wrong = [False for c in lost if c.is_exercise]
    return Counting(
        clips=len(clips) + len(lost),
        failed=len(lost),
        exercises=dict(Counter(exercise if real else "none" for exercise, real in held)),
        reps_right=_share([*(c.counted.right for c in moved), *wrong]),
        partials_right=_share(c.counted.partials_right for c in clips),
        exercise_right=_share([*(c.exercise_right for c in moved), *wrong]),
        view_right=Share(0, 0),
        none_right=_share([*(c.exercise_right for c in still), *(False for c in lost if not c.is_exercise)]),
        phantom_reps=sum(c.reps_listed for c in still),
        met_share=_mean(c.counted.matched_share for c in moved),
    )


def _times(clips: Sequence[RenderedComparison]) -> Times | None:
    reps = [rep for clip in clips for rep in clip.times]
    if not reps:
        return None
    errors: dict[str, list[float]] = {}
    stated: dict[str, list[float]] = {}
    for rep in reps:
        for name, error in rep.errors_s.items():
            errors.setdefault(name, []).append(error)
        for name, half_width in rep.stated_s.items():
            stated.setdefault(name, []).append(half_width)
    beside = _mean(float(np.mean([rep.beside_s for rep in clip.times])) for clip in clips if clip.times)
    return Times(
        errors=_told({name: errors_of(values) for name, values in errors.items()}),
        stated={name: float(np.median(values)) for name, values in stated.items()},
        bottom_inside=_share(rep.beside_s <= 0.0 for rep in reps),
        beside_s=beside or 0.0,
        beside_worst_s=max(rep.beside_s for rep in reps),
    )


def _camera(clips: Sequence[RenderedComparison]) -> Camera | None:
    if not clips:
        return None
    whole = [c.azimuth_error_deg for c in clips if c.azimuth_error_deg is not None]
    return Camera(errors_of(e for c in clips for e in c.rep_azimuth_errors_deg), errors_of(whole))


def frame_numbers(clips: Sequence[RenderedComparison], key: str) -> Frames | None:
    """One angle of these clips, frame by frame; None when none of them tells it."""
    curves = [clip.curves[key] for clip in clips if key in clip.curves and len(clip.curves[key].t_s)]
    if not curves:
        return None
    enough = [curve for curve in curves if np.isfinite(curve.reported).sum() >= FEWEST_FRAMES]

    def over(number: Callable[[Curve], float | None]) -> float | None:
        return _mean(number(curve) for curve in enough)

    return Frames(
        clips=len(curves),
        reported=_mean(float(np.isfinite(curve.reported).mean()) for curve in curves) or 0.0,
        mean_abs=over(lambda c: float(np.nanmean(np.abs(c.error)))),
        bias=over(lambda c: float(np.nanmean(c.error))),
        correlation=over(_correlation),
        beyond_gross=over(lambda c: float((np.abs(_known(c.error)) > GROSS_DEG).mean())),
        inside=over(lambda c: _inside(c.error, c.stated)),
        inside_steady=over(lambda c: _inside(c.error - np.nanmean(c.error), c.stated)),
        stated=over(_typical_stated),
    )


def _typical_stated(curve: Curve) -> float | None:
    stated = _known(curve.stated[np.isfinite(curve.reported)])
    return float(np.median(stated)) if len(stated) else None


def _known(values: FloatArray) -> FloatArray:
    return values[np.isfinite(values)]


def _correlation(curve: Curve) -> float | None:
    told = np.isfinite(curve.reported)
    reported, true = curve.reported[told], curve.true[told]
    return float(np.corrcoef(reported, true)[0, 1]) if reported.std() and true.std() else None


def _inside(error: FloatArray, stated: FloatArray, times: float = 1.0) -> float | None:
    """Share of the errors inside `times` the stated uncertainty, of those that state one."""
    both = np.isfinite(error) & np.isfinite(stated)
    return float((np.abs(error[both]) <= times * stated[both]).mean()) if both.any() else None


def peak_numbers(clips: Sequence[RenderedComparison], measure: str) -> Peaks | None:
    """One measure of these clips, rep by rep; None when there is no clip."""
    if not clips:
        return None
    groups = [first_legs(clip, measure) for clip in clips]
    told = [group for group in groups if group]

    def inside(group: Sequence[tuple[float, MeasureError]]) -> float:
        return float(np.mean([abs(error) <= about.stated for error, about in group]))

    return Peaks(
        clips=len(clips),
        reps=sum(len(group) for group in groups),
        reported=_mean(len(g) / max(1, c.counted.reps_true) for g, c in zip(groups, clips, strict=True))
        or 0.0,
        mean_abs=_mean(float(np.mean([abs(e.error) for e in group])) for group in told),
        bias=_mean(float(np.mean([e.error for e in group])) for group in told),
        spread=_mean(_scatter(steady_removed(group, FEWEST_REPS)) for group in told),
        inside=_mean(inside([(e.error, e) for e in group]) for group in told),
        inside_steady=_mean(inside(steady_removed(group)) for group in told),
        stated=_mean(float(np.median([e.stated for e in group])) for group in told),
    )


def _scatter(left: Sequence[tuple[float, MeasureError]]) -> float | None:
    return float(np.sqrt(np.mean([error**2 for error, _ in left]))) if left else None


def _measures(banded: Mapping[Band, Sequence[RenderedComparison]]) -> Iterable[MeasureErrors]:
    exercises = dict.fromkeys(clip.exercise for clips in banded.values() for clip in clips)
    for exercise, measure, far, (band, clips) in product(exercises, MEASURES, (False, True), banded.items()):
        groups = [
            [e.error for e in clip.measures if e.measure == measure and e.far == far]
            for clip in clips
            if clip.exercise == exercise
        ]
        told = [np.array(group) for group in groups if group]
        if told:
            yield MeasureErrors(
                exercise=exercise,
                measure=measure,
                band=band,
                far=far,
                reps=sum(len(group) for group in told),
                mean_abs=float(np.mean([np.abs(group).mean() for group in told])),
                bias=float(np.mean([group.mean() for group in told])),
            )


def _squat_gap(banded: Mapping[Band, Sequence[RenderedComparison]]) -> float | None:
    """How much more (less: negative) a squat's knee peak reads at an angle than from the side."""
    bias = {
        band: _mean(
            float(np.mean([e.error for e in group]))
            for clip in clips
            if clip.exercise == "squat" and (group := first_legs(clip, PEAKS["knee"]))
        )
        for band, clips in banded.items()
    }
    side, angle = bias["side"], bias["angle"]
    return None if side is None or angle is None else angle - side


def _marks(marks: Sequence[MarkError]) -> dict[str, Marks]:
    angles = dict.fromkeys(mark.angle for mark in marks)
    groups = {angle: [mark for mark in marks if mark.angle == angle] for angle in angles}
    if len(groups) > 1:
        groups["all"] = list(marks)
    return {angle: _mark_numbers(group) for angle, group in groups.items()}


def _mark_numbers(marks: Sequence[MarkError]) -> Marks:
    errors = [mark.error for mark in marks if mark.error is not None]
    error, stated = _mark_arrays(marks)
    told = stated[np.isfinite(stated)]
    return Marks(
        asked=len(marks),
        reported=len(errors),
        errors=errors_of(errors),
        beyond_gross=sum(abs(e) > GROSS_DEG for e in errors),
        inside=_inside(error, stated),
        stated=float(np.median(told)) if len(told) else None,
    )


def _mark_arrays(marks: Sequence[MarkError]) -> tuple[FloatArray, FloatArray]:
    pairs = [(mark.error, mark.stated) for mark in marks if mark.error is not None]
    table = np.array(pairs, dtype=float).reshape(len(pairs), 2)
    return table[:, 0], table[:, 1]


def _calibration(
    banded: Mapping[Band, Sequence[RenderedComparison]], marks: Sequence[MarkError]
) -> dict[str, Calibration]:
    """By what the errors are of: joints marked by hand, frames of rendered clips, and those made steady."""
    out = {"marks": _held([_mark_arrays(marks)])}
    for band, clips in banded.items():
        curves = [curve for clip in clips for curve in clip.curves.values()]
        curves = [curve for curve in curves if np.isfinite(curve.reported).sum() >= FEWEST_FRAMES]
        out[f"{band}_frames"] = _held([(c.error, c.stated) for c in curves])
        out[f"{band}_frames_steady"] = _held([(c.error - np.nanmean(c.error), c.stated) for c in curves])
        peaks = [steady_removed(first_legs(clip, name)) for clip in clips for name in PEAKS.values()]
        out[f"{band}_peaks_steady"] = _held(
            [(np.array([e for e, _ in g]), np.array([about.stated for _, about in g])) for g in peaks if g]
        )
    return _told(out)


def _held(samples: Sequence[tuple[FloatArray, FloatArray]]) -> Calibration | None:
    """Each sample weighs alike."""
    told = [(error, stated) for error, stated in samples if _inside(error, stated) is not None]
    if not told:
        return None
    shares = tuple(_mean(_inside(error, stated, k) for error, stated in told) or 0.0 for k in MULTIPLES)
    return Calibration(sum(int((np.isfinite(e) & np.isfinite(s)).sum()) for e, s in told), shares)


def _faults(clips: Sequence[RenderedComparison]) -> dict[str, FaultCount]:
    if not clips:
        return {}
    return {
        fault: FaultCount(
            sum(clip.faults[fault].found for clip in clips),
            sum(clip.faults[fault].missed for clip in clips),
            sum(clip.faults[fault].false for clip in clips),
        )
        for fault in RULES_OF
    }
