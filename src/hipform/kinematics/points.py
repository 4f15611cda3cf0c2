"""The image points that are measured with: believed, free of spikes, smooth, in step with the pictures."""

from typing import NamedTuple

import numpy as np

from hipform.kinematics.smoothing import fill_short_gaps, local_rms, without_lag, without_outliers, zero_lag
from hipform.kinematics.trust import distrusted, typical_leg_px
from hipform.records import FloatArray, PoseTrack

# Sports2D uses 0.3 per point and 0.5 on average; the stricter one is taken (docs/method.md).
VISIBLE = 0.5
# How far off, in leg lengths and along each axis, a landmark of visibility 0 would be. One that two looks put
# 0.14 leg lengths apart has visibility 0 (`pose.mirror`), and the mean of both is off by half of that.
UNSEEN_OFF_LEGS = 0.05


class SmoothPoints(NamedTuple):
    """`px` (N, 33, 2), NaN = not known; `unsure_px` (N, 33): their standard deviation along each axis."""

    px: FloatArray
    unsure_px: FloatArray

    def part(self, frames: slice) -> "SmoothPoints":
        """The points of these frames."""
        return SmoothPoints(self.px[frames], self.unsure_px[frames])


def believed_px(track: PoseTrack) -> FloatArray:
    """Image points (N, 33, 2) with NaN for landmarks that the model calls hidden or that are distrusted."""
    hidden = ~(track.visibility >= VISIBLE) | distrusted(track)
    return np.where(hidden[..., None], np.nan, track.image_px)


def smooth_points(track: PoseTrack) -> SmoothPoints:
    """Believed points: outliers out, short gaps filled, zero-lag, the model's own lag taken out.

    They are the less sure the more they tremble and the less well they are seen.
    """
    points = believed_px(track)
    flat = without_outliers(points.reshape(len(points), -1))
    for j in np.flatnonzero(np.isfinite(flat).any(axis=0)):
        flat[:, j] = fill_short_gaps(track.t_s, flat[:, j])
    smooth = zero_lag(track.t_s, flat)
    off = ((points - smooth.reshape(points.shape)) ** 2).mean(axis=-1)
    trembling_px = local_rms(track.t_s, np.sqrt(off))
    unseen_px = UNSEEN_OFF_LEGS * typical_leg_px(track.image_px) * (1.0 - track.visibility)
    in_step = without_lag(track.t_s, smooth).reshape(points.shape)
    return SmoothPoints(in_step, np.hypot(trembling_px, np.nan_to_num(unseen_px)))
