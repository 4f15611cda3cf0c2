"""Zero-lag smoothing of what is already complete: a finished rep, a recorded set.

Nothing here may be used to decide while a movement is still going on.
"""

import numpy as np
from scipy import signal

from hipform.records import FloatArray

# 6 Hz is the default of Sports2D, FreeMoCap and pyCGM2 for body movement (biomechanics note 3.1).
CUTOFF_HZ = 6.0
# Two passes of a second-order filter lower its cut-off; Winter's correction restores it.
TWO_PASS_CORRECTION = (2**0.5 - 1) ** 0.25
FILL_GAP_S = 0.2
OUTLIER_WINDOW = 7
OUTLIER_MADS = 3.0
MAD_TO_SD = 1.4826
SHORTEST_S = 0.5


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
    """`x` (N,) with lone spikes set to NaN (Hampel identifier: 7 samples, 3 scaled MADs)."""
    half = OUTLIER_WINDOW // 2
    padded = np.pad(x, half, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, OUTLIER_WINDOW)
    known = np.isfinite(windows).sum(axis=1) >= OUTLIER_WINDOW // 2 + 1
    cleaned = x.copy()
    if known.any():
        median = np.nanmedian(windows[known], axis=1)
        mad = np.nanmedian(np.abs(windows[known] - median[:, None]), axis=1)
        spike = np.abs(x[known] - median) > OUTLIER_MADS * MAD_TO_SD * np.maximum(mad, 1e-9)
        # A spike must also stand out against the movement itself, or clean fast motion is thinned.
        spike &= np.abs(x[known] - median) > 3 * np.nanmedian(np.abs(np.diff(x))) if len(x) > 1 else False
        cleaned[np.flatnonzero(known)[spike]] = np.nan
    return cleaned


def zero_lag(t_s: FloatArray, x: FloatArray, cutoff_hz: float = CUTOFF_HZ) -> FloatArray:
    """Butterworth, second order run forward and backward, on `x` (N, ...) sampled at `t_s` (N,).

    Works on each run of known samples by itself: resampled to a uniform rate, filtered, and read back at
    the original times. A run shorter than 0.5 s is left as it is. NaN stays NaN.
    """
    columns = x.reshape(len(x), -1)
    out = np.empty_like(columns)
    for j in range(columns.shape[1]):
        out[:, j] = _zero_lag_column(t_s, columns[:, j], cutoff_hz)
    return out.reshape(x.shape)


def _zero_lag_column(t_s: FloatArray, x: FloatArray, cutoff_hz: float) -> FloatArray:
    out = x.copy()
    for run in _known_runs(x):
        t, values = t_s[run], x[run]
        if len(t) < 8 or t[-1] - t[0] < SHORTEST_S:
            continue
        out[run] = _filtered(t, values, cutoff_hz)
    return out


def _known_runs(x: FloatArray) -> list[slice]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], np.isfinite(x).astype(int), [0]])))
    return [slice(int(i), int(j)) for i, j in zip(edges[::2], edges[1::2], strict=True)]


def _filtered(t: FloatArray, values: FloatArray, cutoff_hz: float) -> FloatArray:
    step_s = float(np.median(np.diff(t)))
    nyquist_hz = 0.5 / step_s
    corrected_hz = cutoff_hz / TWO_PASS_CORRECTION
    if corrected_hz >= 0.95 * nyquist_hz:
        return values
    uniform = np.arange(t[0], t[-1] + step_s, step_s)
    b, a = signal.butter(2, corrected_hz / nyquist_hz)
    padding = min(len(uniform) - 1, int(1.0 / step_s))
    smooth = signal.filtfilt(b, a, np.interp(uniform, t, values), padlen=padding)
    return np.asarray(np.interp(t, uniform, smooth))
