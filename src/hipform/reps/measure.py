"""Measuring one finished rep: zero-lag signals, exact moments, one number per measure.

The same function serves live and recorded: it gets the raw poses around the rep, and knows nothing of
where they came from. What the view or the picture cannot give is listed with its reason, never guessed.
"""

from dataclasses import dataclass

import numpy as np

from hipform.exercises.definition import Exercise
from hipform.kinematics.points import believed_px, smooth_points
from hipform.kinematics.signals import (
    against_standing,
    raw_signals,
    standing_of_signals,
    standing_values,
    uncertainties,
)
from hipform.kinematics.view import estimate_view, near_side
from hipform.records import PoseTrack, Rep, RepEvidence, RepSpan, Signals, View
from hipform.reps.moments import Moments, find_moments
from hipform.reps.quantities import LEAST_KNOWN_SHARE, RepNumbers, depth_of, measure_all, reasons_for_missing
from hipform.skeleton import SIDES, Side

# Taken along before a rep, so that the filter has settled where it starts (docs/method.md).
MARGIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Counted:
    """What was decided about a movement when it was counted."""

    number: int
    reason: str | None
    exercise: str
    lead_side: Side | None
    variant: str | None


def signals_in_view(
    track: PoseTrack, standing: PoseTrack, view: View, legs_alike: bool
) -> tuple[Signals, dict[str, float]]:
    """Zero-lag signals of `track` against the poses of quiet standing, and their standing values."""
    points = smooth_points(track)
    base = standing_values(raw_signals(believed_px(standing), view, legs_alike))
    told = against_standing(raw_signals(points.px, view, legs_alike), base)
    stated = uncertainties(told, points, view, legs_alike)
    return Signals(track.t_s, told, stated), standing_of_signals(base)


def measure_rep(
    track: PoseTrack, standing: PoseTrack, span: RepSpan, counted: Counted, exercise: Exercise
) -> tuple[Rep, RepEvidence]:
    """The rep with its measures (findings still empty), and the evidence for judging it.

    `track` reaches from a margin before the rep to what is known after it; `standing` holds poses of
    the person's own quiet standing near the rep and may be empty: then what needs it is not measured.
    """
    first, last = float(track.t_s[0]), float(track.t_s[-1])
    start_s = span.start_s if np.isfinite(span.start_s) else first
    end_s = span.end_s if np.isfinite(span.end_s) else last
    # The margins belong to it: the shoulders turn within a rep, and are straightest around it.
    view = estimate_view(track)
    signals, base = signals_in_view(track, standing, view, exercise.legs == "alike")
    moments = find_moments(track, span, start_s, end_s, exercise.rep.signal)
    near = near_side(view)
    evidence = RepEvidence(
        signals, moments.start_s, moments.bottom_s, moments.end_s, base, view, near, counted.lead_side
    )
    numbers = RepNumbers(evidence, moments, _both_legs_seen(exercise, signals), exercise.id)
    measures = measure_all(numbers)
    rep = Rep(
        number=counted.number,
        complete=counted.reason is None,
        reason=counted.reason,
        exercise=counted.exercise,
        start_s=round(moments.start_s, 3),
        bottom_s=round(moments.bottom_s, 3),
        end_s=round(moments.end_s, 3),
        lead_side=counted.lead_side,
        variant=counted.variant,
        view=view,
        measures=measures,
        depth=depth_of(measures) if exercise.id == "squat" else None,
        review=_review(signals, moments, near),
        not_measured=reasons_for_missing(measures, exercise, view, moments, base),
        findings=(),
    )
    return rep, evidence


def _both_legs_seen(exercise: Exercise, signals: Signals) -> bool:
    """Only legs that are apart can both be told from the side."""
    if exercise.legs != "apart":
        return False
    known = [np.isfinite(signals[f"knee_flexion_{side}"]).mean() for side in SIDES]
    return bool(min(known) >= LEAST_KNOWN_SHARE)


def _review(signals: Signals, moments: Moments, near: Side | None) -> str | None:
    """Why the user should look at this rep: its near leg was hidden, so that some measures are missing."""
    if near is None:
        return None
    during = (signals.t_s >= moments.start_s) & (signals.t_s < moments.end_s)
    known = np.isfinite(signals[f"knee_flexion_{near}"][during])
    share = float(known.mean()) if len(known) else 0.0
    if share >= LEAST_KNOWN_SHARE or not np.isfinite(signals[f"knee_flexion_{near}"]).any():
        return None
    return f"the near leg was hidden for {round(100 * (1 - share))} % of this rep"
