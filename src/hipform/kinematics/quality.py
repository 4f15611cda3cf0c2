"""Which landmarks may be believed, and how uncertain the angles made from them are.

A landmark that the model itself calls hidden is "not known". That the far leg of a side view is hidden even
when the model draws it is for those to mind who know which leg is the near one (`reps.measure`,
`session.set_analysis`).
"""

import numpy as np

from hipform.kinematics.view import TRUSTED_OFF_SIDE_DEG, off_side_deg
from hipform.records import FloatArray, PoseTrack, View

# Sports2D uses 0.3 per point and 0.5 on average; the stricter one is taken (docs/method.md).
VISIBLE = 0.5

# Half-widths that hold 90 % of the errors in a side view: of 28 frames of real people with joint centres
# marked by hand (knee 11.3, hip 15.0, trunk 7.1, thigh 9.6) and of rendered side clips with exact truth
# (11.5, 16.4, 8.4, 9.5; shank 3.5, ankle 7.7), rounded up where they differ little. A flat foot reads up to
# 12.5 of heel rise in one rep in ten (docs/accuracy.md).
SIDE_UNCERTAINTY_DEG = {
    "knee_flexion": 12.0,
    "hip_flexion": 16.0,
    "trunk_lean": 8.0,
    "shank_lean": 5.0,
    "thigh_to_horizontal": 10.0,
    "ankle_dorsiflexion": 8.0,
    "trunk_shin_gap": 10.0,
    "heel_rise": 12.0,
}
# Worst-case error of a joint angle seen off the side is 2*asin(tan^2(az/2)), of one segment half that
# (docs/method.md). Beyond 15 degrees it is corrected, but toe-out turns the near thigh further out of
# the picture, which no correction by the camera's azimuth takes back: rendered squats at 30 degrees off the
# side still read 14 degrees too little knee bend, 1.5 times the worst case.
LEFT_AFTER_CORRECTION = 1.5
# Provisional, ours: not compared with anything yet (docs/accuracy.md).
OTHER_UNCERTAINTY = {"deg": 5.0, "ratio": 0.04}


def believed_px(track: PoseTrack) -> FloatArray:
    """Image points (N, 33, 2) with NaN for landmarks that the model calls hidden."""
    hidden = ~(track.visibility >= VISIBLE)
    return np.where(hidden[..., None], np.nan, track.image_px)


def side_uncertainty_deg(signal: str, view: View) -> float:
    """Half-width for a sagittal angle in this view, degrees; NaN for an unknown view."""
    off = off_side_deg(view)
    if not np.isfinite(off):
        return float("nan")
    joint = 2.0 if signal in ("knee_flexion", "hip_flexion", "trunk_shin_gap") else 1.0
    projection = joint * float(np.degrees(np.arcsin(min(1.0, np.tan(np.radians(off) / 2.0) ** 2))))
    share = 1.0 if off <= TRUSTED_OFF_SIDE_DEG else LEFT_AFTER_CORRECTION
    return round(SIDE_UNCERTAINTY_DEG[signal] + share * projection, 1)
