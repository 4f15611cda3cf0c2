"""Compares one result with what a viewer counted in a real clip, and with joints marked by hand."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from hipform.kinematics.geometry import flexion_deg
from hipform.records import FloatArray
from hipform.validation.counting import Counted, count, matched
from hipform.validation.files import JOINTS, Mark
from hipform.validation.results import Result
from hipform.validation.truth import Labelled

# A joint that its marker was less sure of than this is not compared, and a mark belongs to the frame that is
# at most this far off (one frame at 20 a second). Ours.
SURE_ENOUGH: Final = 0.35
SAME_FRAME_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class MarkError:
    """One angle on one marked frame, degrees; `reported` and `stated` are None where nothing was reported."""

    angle: str
    t_s: float
    marked: float
    reported: float | None
    stated: float | None

    @property
    def error(self) -> float | None:
        """Reported minus marked."""
        return None if self.reported is None else self.reported - self.marked


@dataclass(frozen=True, slots=True)
class LabelledComparison:
    """Everything about one real clip. `is_exercise` is False for clips that hold no exercise."""

    name: str
    exercise: str
    is_exercise: bool
    counted: Counted
    exercise_right: bool
    reps_listed: int
    marks: tuple[MarkError, ...]


def compare_labelled(clip: Labelled, result: Result, exercises: frozenset[str]) -> LabelledComparison:
    """The result of one clip beside its label; `exercises` are those that can be recognised.

    In a clip of anything else "none" is the right exercise, and whatever was counted is counted wrongly.
    """
    label, report = clip.label, result.report
    is_exercise = label.exercise in exercises
    bottoms = label.rep_bottom_times_s if is_exercise else None
    found = [rep.bottom_s for rep in report.reps if rep.complete]
    share = len(matched(found, bottoms)) / len(bottoms) if bottoms else None
    return LabelledComparison(
        name=clip.name,
        exercise=label.exercise,
        is_exercise=is_exercise,
        counted=count(report, label.reps_full, label.reps_partial, label.reps_accept_range, share),
        exercise_right=report.exercise == (label.exercise if is_exercise else "none"),
        reps_listed=len(report.reps),
        marks=mark_errors(clip, result),
    )


def mark_errors(clip: Labelled, result: Result | None) -> tuple[MarkError, ...]:
    """Every marked angle beside the frame nearest to it.

    Nothing is reported where there is no result, or no frame near enough.
    """
    out = []
    for mark in clip.marks:
        nearest = None if result is None else _nearest_frame(result.t_s, mark.t_s)
        for angle, (signal, marked) in marked_angles(mark).items():
            reported = stated = None
            if result is not None and nearest is not None:
                reported = _known(result.column(f"{signal}_deg")[nearest])
                stated = _known(result.column(f"{signal}_uncertainty_deg")[nearest])
            out.append(MarkError(angle, mark.t_s, marked, reported, stated))
    return tuple(out)


def _nearest_frame(frames_s: FloatArray, t_s: float) -> int | None:
    if not len(frames_s):
        return None
    nearest = int(np.argmin(np.abs(frames_s - t_s)))
    return nearest if abs(frames_s[nearest] - t_s) <= SAME_FRAME_S else None


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def marked_angles(mark: Mark) -> dict[str, tuple[str, float]]:
    """By angle: hipform's signal for it, and its degrees in the picture, for joints marked surely enough."""
    at = _sure_points(mark)
    side = mark.side
    out: dict[str, tuple[str, float]] = {}
    if {"hip", "knee", "ankle"} <= at.keys():
        out["knee"] = (f"knee_flexion_{side}", float(flexion_deg(at["hip"], at["knee"], at["ankle"])))
        across, down = at["knee"] - at["hip"]
        out["thigh"] = (f"thigh_to_horizontal_{side}", math.degrees(math.atan2(down, abs(across))))
    if {"shoulder", "hip", "knee"} <= at.keys():
        out["hip"] = (f"hip_flexion_{side}", float(flexion_deg(at["shoulder"], at["hip"], at["knee"])))
    if {"shoulder", "hip"} <= at.keys() and (forward := _forward(mark)):
        across, down = at["shoulder"] - at["hip"]
        out["trunk"] = ("trunk_lean", math.degrees(math.atan2(forward * across, -down)))
    return out


def _sure_points(mark: Mark) -> dict[str, FloatArray]:
    points = {joint: getattr(mark, joint) for joint in JOINTS}
    return {
        joint: np.array(point, dtype=float)
        for joint, point in points.items()
        if point is not None and mark.conf.get(joint, 0.0) >= SURE_ENOUGH
    }


def _forward(mark: Mark) -> float | None:
    """+1 where the person looks to the right of the picture, -1 to the left; None when nothing tells.

    The foot tells; without it the knee, which is bent forward of the hip.
    """
    toe, heel = mark.toe or mark.knee, mark.heel or mark.hip
    return None if toe is None or heel is None else math.copysign(1.0, toe[0] - heel[0])
