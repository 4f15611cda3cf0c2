"""The whole answer for one recorded set: its poses in, the report and every frame's signals out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hipform.exercises.definition import Exercise
from hipform.form.checker import check_set
from hipform.kinematics.points import believed_px, smooth_points
from hipform.kinematics.signals import (
    against_standing,
    raw_signals,
    signal_names,
    standing_values,
    uncertainties,
)
from hipform.kinematics.swaps import with_legs_put_right
from hipform.kinematics.view import estimate_view, majority_view, near_side
from hipform.records import (
    SCHEMA,
    Analysis,
    BoolArray,
    FloatArray,
    IntArray,
    NotMeasured,
    Origin,
    Phase,
    PoseTrack,
    Quality,
    Rep,
    SetReport,
    Signals,
    View,
)
from hipform.session.analyzer import Analyzer
from hipform.session.remarks import remarks
from hipform.skeleton import other


def analyse(
    track: PoseTrack,
    exercises: Mapping[str, Exercise],
    given: str | None,
    origin: Origin,
) -> Analysis:
    """Analyse recorded poses exactly as they would have been live.

    With `given` only that exercise is counted, else each movement is recognised. Remarks about what the
    poses show are added to the notes of `origin`.
    """
    analyzer = Analyzer(exercises, given)
    reps: list[Rep] = []
    phases: list[Phase] = []
    for pose in track:
        update = analyzer.push(pose)
        reps.extend(update.finished)
        phases.append(update.phase if pose.found else "unknown")
    reps.extend(analyzer.finish().finished)
    reps.sort(key=lambda rep: rep.number)
    exercise = given or _commonest(reps)
    track = with_legs_put_right(track)
    standing = np.array([p == "standing" for p in phases])
    signals = _signals_by_view(track, _stretches(track, reps, exercises), standing)
    quality = Quality(
        pose_found_share=round(float(np.isfinite(track.image_px[:, 0, 0]).mean()) if len(track) else 0.0, 3),
        known_share=round(_known_share(signals), 3),
        notes=(*origin.notes, *remarks(track, reps, origin.source)),
    )
    report = SetReport(
        schema=SCHEMA,
        source=origin.source,
        exercise=exercise,
        exercise_source="given" if given else "auto",
        exercise_confidence=round(analyzer.confidence, 3),
        view=majority_view([r.view for r in reps]) if reps else estimate_view(track),
        reps=tuple(reps),
        findings=check_set(reps, exercises[exercise]) if exercise in exercises else (),
        not_measured=_missing_everywhere(reps),
        quality=quality,
        provenance=origin.provenance,
    )
    return Analysis(report, track, signals, tuple(phases), _rep_of_frames(track.t_s, reps))


def _commonest(reps: Sequence[Rep]) -> str:
    counted = [r.exercise for r in reps if r.complete] or [r.exercise for r in reps]
    return Counter(counted).most_common(1)[0][0] if counted else "none"


def _missing_everywhere(reps: Sequence[Rep]) -> tuple[NotMeasured, ...]:
    """What no rep of the set has, with the commonest reason."""
    measured = {name for rep in reps for name in rep.measures}
    reasons: dict[str, list[str]] = {}
    for rep in reps:
        for missing in rep.not_measured:
            if missing.measure not in measured:
                reasons.setdefault(missing.measure, []).append(missing.reason)
    return tuple(NotMeasured(name, Counter(why).most_common(1)[0][0]) for name, why in reasons.items())


def _rep_of_frames(t_s: FloatArray, reps: Sequence[Rep]) -> IntArray:
    numbers = np.zeros(len(t_s), dtype=np.int64)
    for rep in reps:
        numbers[(t_s >= rep.start_s) & (t_s < rep.end_s)] = rep.number
    return numbers


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Frames that are told in one view; `legs` as in `Exercise`."""

    frames: slice
    view: View
    legs: str


def _signals_by_view(track: PoseTrack, stretches: Sequence[_Stretch], standing: BoolArray) -> Signals:
    """Signals of the whole recording; each stretch of time is told in the view of its nearest rep."""
    points, still = smooth_points(track), believed_px(track)
    values = {name: np.full(len(track), np.nan) for name in signal_names()}
    uncertainty = {name: np.full(len(track), np.nan) for name in signal_names()}
    for stretch in stretches:
        part, view, legs_alike = stretch.frames, stretch.view, stretch.legs == "alike"
        base = standing_values(raw_signals(still[part][standing[part]], view, legs_alike))
        seen = points.part(part)
        told = against_standing(raw_signals(seen.px, view, legs_alike), base)
        stated = uncertainties(told, seen, view, legs_alike)
        hidden = "" if stretch.legs == "apart" else _far_suffix(view)
        for name in signal_names():
            if hidden and name.endswith(hidden):
                continue
            values[name][part] = told[name]
            uncertainty[name][part] = stated[name]
    return Signals(track.t_s, values, uncertainty)


def _stretches(track: PoseTrack, reps: Sequence[Rep], exercises: Mapping[str, Exercise]) -> list[_Stretch]:
    """The recording cut midway between reps of different kinds."""
    if not reps:
        return [_Stretch(slice(0, len(track)), estimate_view(track), "near")]
    kinds = [(rep.view.label, exercises[rep.exercise].legs) for rep in reps]
    starts = [0]
    groups = [[reps[0]]]
    for before, rep, old, new in zip(reps, reps[1:], kinds, kinds[1:], strict=False):
        if old == new:
            groups[-1].append(rep)
            continue
        starts.append(int(np.searchsorted(track.t_s, (before.end_s + rep.start_s) / 2.0)))
        groups.append([rep])
    ends = [*starts[1:], len(track)]
    return [
        _Stretch(slice(i, j), majority_view([r.view for r in group]), exercises[group[0].exercise].legs)
        for i, j, group in zip(starts, ends, groups, strict=True)
    ]


def _far_suffix(view: View) -> str:
    near = near_side(view)
    return f"_{other(near)}" if near else ""


def _known_share(signals: Signals) -> float:
    """Share of frames in which at least one leg, or the front view's knees, could be told."""
    names = ("knee_flexion_left", "knee_flexion_right", "knee_separation_ratio", "hip_drop_ratio")
    known = np.any([np.isfinite(signals[name]) for name in names], axis=0)
    return float(known.mean()) if len(known) else 0.0
