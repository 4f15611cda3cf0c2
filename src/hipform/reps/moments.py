"""The exact moments of a finished rep: when it started, was lowest, and was over.

Found on a zero-lag signal that every view shows: how low the hips are in a squat or lunge, how low the
shoulders are in a hinge. Height falls with about the square of the bend, so shares of the way are taken of
its square root. Lowering runs from 2 to 99.5 % of the way, the pause is the time spent beyond 99.5 %,
lifting runs back to 2 %: of the limits tried, those whose times are nearest to the known tempo of 125
rendered reps (lowering 0.20 s too short with a spread of 0.17, pause 0.20 too long, lifting 0.18 too short;
docs/accuracy.md).
"""

from dataclasses import dataclass

import numpy as np

from hipform.kinematics.sides import middle
from hipform.kinematics.smoothing import fill_short_gaps, zero_lag
from hipform.records import BoolArray, FloatArray, PoseTrack, RepSpan

MOVING_SHARE = 0.02
BOTTOM_SHARE = 0.995
# How far before the counted start, and after the counted end, the true ones are looked for.
BEFORE_S = 0.6
AFTER_S = 0.4


@dataclass(frozen=True, slots=True)
class Moments:
    """Times of one rep, s. `started` and `returned` say whether that end was seen at all."""

    start_s: float
    lowered_s: float
    bottom_s: float
    lifting_s: float
    end_s: float
    started: bool
    returned: bool


def find_moments(track: PoseTrack, span: RepSpan, start_s: float, end_s: float, counted: str) -> Moments:
    """The moments of the rep between the counted `start_s` and `end_s`.

    `counted` is the signal that the exercise counts. Falls back on the counted times when nobody was
    found for most of the rep.
    """
    started, returned = bool(np.isfinite(span.start_s)), bool(np.isfinite(span.end_s))
    part = track.between(start_s - BEFORE_S, end_s + AFTER_S)
    height = _lowness_px(part, "shoulder" if counted == "hip_flexion" else "hip")
    inside = (part.t_s >= start_s) & (part.t_s <= end_s) & np.isfinite(height)
    if inside.sum() < 3:
        return Moments(start_s, span.turn_s, span.turn_s, span.turn_s, end_s, started, returned)
    lowest, reached, left = _bottom(height, inside)
    first = _last_below(_way_down(height, lowest), MOVING_SHARE)
    over = lowest + _first_below(_way_up(height, lowest), MOVING_SHARE)
    t = part.t_s
    return Moments(
        start_s=float(t[first]) if started else start_s,
        lowered_s=float(t[reached]),
        bottom_s=_bottom_s(part, inside, counted, both_ends=started and returned),
        lifting_s=float(t[left]),
        end_s=float(t[over]) if returned else end_s,
        started=started,
        returned=returned,
    )


def _bottom_s(part: PoseTrack, inside: BoolArray, counted: str, *, both_ends: bool) -> float:
    """The middle of the bottom; its lowest moment when one end of the rep was not seen.

    Of a hinge hips and shoulders together: whoever sets up at a bar has low shoulders for seconds, and the
    hips come down just before the lift.
    """
    height = _lowness_px(part, "hip")
    if counted == "hip_flexion":
        height = (height + _lowness_px(part, "shoulder")) / 2.0
    lowest, reached, left = _bottom(height, inside & np.isfinite(height))
    return float((part.t_s[reached] + part.t_s[left]) / 2.0 if both_ends else part.t_s[lowest])


def _bottom(height: FloatArray, inside: BoolArray) -> tuple[int, int, int]:
    """Where it is lowest, and between which samples it is at the bottom."""
    lowest = int(np.flatnonzero(inside)[np.argmax(height[inside])])
    reached = _last_below(_way_down(height, lowest), BOTTOM_SHARE)
    return lowest, reached, lowest + _first_below(_way_up(height, lowest), BOTTOM_SHARE)


def _lowness_px(part: PoseTrack, joint: str) -> FloatArray:
    """How low the joint is in the picture (y, mean of both sides), smoothed."""
    y = middle(part.image_px, joint)[:, 1]
    return zero_lag(part.t_s, fill_short_gaps(part.t_s, y))


def _way_down(height: FloatArray, lowest: int) -> FloatArray:
    """Share of the way as bend, 0..1, of each sample up to the lowest one."""
    return _share(height[: lowest + 1], height[lowest])


def _way_up(height: FloatArray, lowest: int) -> FloatArray:
    """The same, of each sample from the lowest one on."""
    return _share(height[lowest:], height[lowest])


def _share(height: FloatArray, bottom: float) -> FloatArray:
    top = np.nanmin(height)
    return np.asarray(np.sqrt(np.clip((height - top) / max(bottom - top, 1e-6), 0.0, 1.0)))


def _last_below(share: FloatArray, limit: float) -> int:
    below = np.flatnonzero(share < limit)
    return int(below[-1]) if len(below) else 0


def _first_below(share: FloatArray, limit: float) -> int:
    below = np.flatnonzero(share < limit)
    return int(below[0]) if len(below) else len(share) - 1
