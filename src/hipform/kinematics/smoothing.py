"""Zero-lag smoothing of what is already complete: a finished rep, a recorded set.

Nothing here may be used to decide while a movement is still going on.
"""

import numpy as np
from scipy import ndimage, signal

from hipform.records import BoolArray, FloatArray

# 6 Hz is the default of Sports2D, FreeMoCap and pyCGM2 for body movement (docs/method.md).
CUTOFF_HZ = 6.0
# Two passes of a second-order filter lower its cut-off; Winter's correction restores it.
TWO_PASS_CORRECTION = (2**0.5 - 1) ** 0.25
FILL_GAP_S = 0.2
OUTLIER_WINDOW = 7
OUTLIER_MADS = 3.0
MAD_TO_SD = 1.4826
SHORTEST_S = 0.5
# The pose model smooths over time, too, and so runs late by about half a sampling interval: against the exact
# motion of 30 rendered clips 17 to 20 ms at 24 and 30 frames a second, 25 ms at 20, 35 ms at 15; real clips
# tracked forward and backward differ by twice as much (docs/accuracy.md).
MODEL_LAG_SAMPLES = 0.5
# Long enough to tell trembling from one wrong frame, short enough to stay within a phase of a rep (ours).
AROUND_S = 0.5


def fill_short_gaps(t_s: FloatArray, x: FloatArray) -> FloatArray:
    """`x` (N,) with gaps of at most 0.2 s filled linearly; longer gaps and the ends stay NaN."""
    known = np.isfinite(x)
    if known.all() or known.sum() < 2:
        return x
    filled = np.interp(t_s, t_s[known], x[known], left=np.nan, right=np.nan)
    before = np.maximum.accumulate(np.where(known, t_s, -np.inf))
    after = np.minimum.accumulate(np.where(known, t_s, np.inf)[::-1])[::-1]
    filled[~known & (after - before > FILL_GAP_S + 1e-9)] = np.nan
    return filled


def without_outliers(x: FloatArray) -> FloatArray:
    """`x` (N, ...) with lone spikes set to NaN (Hampel identifier: 7 samples, 3 scaled MADs)."""
    if len(x) < 2:
        return x
    half = OUTLIER_WINDOW // 2
    padded = np.pad(x, [(half, half)] + [(0, 0)] * (x.ndim - 1), constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, OUTLIER_WINDOW, axis=0)
    judged = np.isfinite(windows).sum(axis=-1) >= OUTLIER_WINDOW // 2 + 1
    median = _known_median(windows)
    off = np.abs(x - median)
    mad = _known_median(np.abs(windows - median[..., None]))
    # A spike must also stand out against the movement itself, or clean fast motion is thinned.
    usual_step = _known_median(np.moveaxis(np.abs(np.diff(x, axis=0)), 0, -1))
    spike = judged & (off > OUTLIER_MADS * MAD_TO_SD * np.maximum(mad, 1e-9)) & (off > 3 * usual_step)
    return np.where(spike, np.nan, x)


def _known_median(x: FloatArray) -> FloatArray:
    """Median over the last axis of what is known; NaN where nothing is."""
    ordered = np.sort(x, axis=-1)  # NaN come last
    known = np.isfinite(x).sum(axis=-1, keepdims=True)
    low, high = (
        np.take_along_axis(ordered, np.maximum(i, 0), axis=-1) for i in ((known - 1) // 2, known // 2)
    )
    return np.asarray(((low + high) / 2.0)[..., 0])


def zero_lag(t_s: FloatArray, x: FloatArray, cutoff_hz: float = CUTOFF_HZ) -> FloatArray:
    """Butterworth, second order run forward and backward, on `x` (N, ...) sampled at `t_s` (N,).

    Works on each run of known samples by itself: resampled to a uniform rate, filtered, and read back at
    the original times. A run shorter than 0.5 s is left as it is. NaN stays NaN.
    """
    columns = x.reshape(len(x), -1)
    out = columns.copy()
    # Columns that are known at the same moments, usually all, are filtered together.
    patterns, belongs = np.unique(np.isfinite(columns), axis=1, return_inverse=True)
    for k, known in enumerate(patterns.T):
        same = np.flatnonzero(belongs == k)
        for run in _runs(known):
            t = t_s[run]
            if len(t) >= 8 and t[-1] - t[0] >= SHORTEST_S:
                out[run, same] = _filtered(t, columns[run, same], cutoff_hz)
    return out.reshape(x.shape)


def without_lag(t_s: FloatArray, x: FloatArray) -> FloatArray:
    """`x` (N, ...) sampled at `t_s` (N,) as if the pose model had not run late; the last sample stays."""
    if len(t_s) < 2:
        return x
    later_s = t_s + MODEL_LAG_SAMPLES * float(np.median(np.diff(t_s)))
    columns = x.reshape(len(x), -1)
    moved = np.stack([np.interp(later_s, t_s, column) for column in columns.T], axis=1)
    return moved.reshape(x.shape)


def local_rms(t_s: FloatArray, x: FloatArray) -> FloatArray:
    """Root mean square of `x` (N, ...) over half a second around each sample; NaN are left out."""
    if len(t_s) < 2:
        return np.zeros_like(x)
    step_s = float(np.median(np.diff(t_s)))
    width = 2 * max(1, round(AROUND_S / 2.0 / step_s)) + 1
    known = np.isfinite(x)
    sums = ndimage.uniform_filter1d(np.where(known, x, 0.0) ** 2, width, axis=0, mode="nearest")
    share = ndimage.uniform_filter1d(known.astype(float), width, axis=0, mode="nearest")
    return np.sqrt(np.maximum(sums, 0.0) / np.maximum(share, 1.0 / width))


def _runs(known: BoolArray) -> list[slice]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], known.astype(int), [0]])))
    return [slice(int(i), int(j)) for i, j in zip(edges[::2], edges[1::2], strict=True)]


def _filtered(t: FloatArray, values: FloatArray, cutoff_hz: float) -> FloatArray:
    """`values` (n, m), all known."""
    step_s = float(np.median(np.diff(t)))
    nyquist_hz = 0.5 / step_s
    corrected_hz = cutoff_hz / TWO_PASS_CORRECTION
    if corrected_hz >= 0.95 * nyquist_hz:
        return values
    uniform = np.arange(t[0], t[-1] + step_s, step_s)
    b, a = signal.butter(2, corrected_hz / nyquist_hz)
    padding = min(len(uniform) - 1, int(1.0 / step_s))
    even = np.stack([np.interp(uniform, t, column) for column in values.T], axis=1)
    smooth = signal.filtfilt(b, a, even, axis=0, padlen=padding)
    return np.stack([np.interp(t, uniform, column) for column in smooth.T], axis=1)
