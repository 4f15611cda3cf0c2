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

from hipform.kinematics.smoothing import fill_short_gaps, zero_lag
from hipform.records import FloatArray, PoseTrack, RepSpan
from hipform.skeleton import SIDES, landmark

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
    lowest = int(np.flatnonzero(inside)[np.argmax(height[inside])])
    down = _share(height, lowest, before=True)
    up = _share(height, lowest, before=False)
    first = _last_below(down[: lowest + 1], MOVING_SHARE)
    reached = _last_below(down[: lowest + 1], BOTTOM_SHARE)
    left = lowest + _first_below(up[lowest:], BOTTOM_SHARE)
    over = lowest + _first_below(up[lowest:], MOVING_SHARE)
    t = part.t_s
    return Moments(
        start_s=float(t[first]) if started else start_s,
        lowered_s=float(t[reached]),
        bottom_s=float((t[reached] + t[left]) / 2.0) if started and returned else float(t[lowest]),
        lifting_s=float(t[left]),
        end_s=float(t[over]) if returned else end_s,
        started=started,
        returned=returned,
    )


def _lowness_px(part: PoseTrack, joint: str) -> FloatArray:
    """How low the joint is in the picture (y, mean of both sides), smoothed."""
    y = np.mean([part.image_px[:, landmark(side, joint), 1] for side in SIDES], axis=0)
    return zero_lag(part.t_s, fill_short_gaps(part.t_s, y))


def _share(height: FloatArray, lowest: int, *, before: bool) -> FloatArray:
    """Share of the way down as bend, 0..1, against the highest point on that side of the bottom."""
    side = height[: lowest + 1] if before else height[lowest:]
    top = np.nanmin(side)
    way = (height - top) / max(height[lowest] - top, 1e-6)
    return np.asarray(np.sqrt(np.clip(way, 0.0, 1.0)))


def _last_below(share: FloatArray, limit: float) -> int:
    below = np.flatnonzero(share < limit)
    return int(below[-1]) if len(below) else 0


def _first_below(share: FloatArray, limit: float) -> int:
    below = np.flatnonzero(share < limit)
    return int(below[0]) if len(below) else len(share) - 1
