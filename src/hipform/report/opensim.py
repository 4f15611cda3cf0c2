"""Files for OpenSim and the tools around it (OpenCap, Sports2D, Pose2Sim): markers and joint angles.

Written after what OpenSim's own readers demand (`TRCFileAdapter`, `Storage`): tabs only, eight header
fields, X1 Y1 Z1 labels, a tab after every cell. Nothing is filled in: what is not known stays empty in
the .trc file and is `nan` in the .mot file. Conventions: docs/data.md.
"""

from collections.abc import Iterator, Mapping
from math import isfinite
from pathlib import Path
from typing import Final

import numpy as np

from hipform.atomic import replacing
from hipform.kinematics.points import VISIBLE
from hipform.records import Analysis, FloatArray, PoseTrack
from hipform.skeleton import INDEX

# Marker names of Sports2D and OpenCap, and the landmark (or the middle of two) that each one is.
MARKERS: Final[Mapping[str, tuple[str, ...]]] = {
    "Hip": ("left_hip", "right_hip"),
    "RHip": ("right_hip",),
    "RKnee": ("right_knee",),
    "RAnkle": ("right_ankle",),
    "RBigToe": ("right_foot_index",),
    "RHeel": ("right_heel",),
    "LHip": ("left_hip",),
    "LKnee": ("left_knee",),
    "LAnkle": ("left_ankle",),
    "LBigToe": ("left_foot_index",),
    "LHeel": ("left_heel",),
    "Neck": ("left_shoulder", "right_shoulder"),
    "Nose": ("nose",),
    "RShoulder": ("right_shoulder",),
    "RElbow": ("right_elbow",),
    "RWrist": ("right_wrist",),
    "LShoulder": ("left_shoulder",),
    "LElbow": ("left_elbow",),
    "LWrist": ("left_wrist",),
}
# Coordinate names of OpenSim's gait models, our signal, and the sign between them. Flexion of hip and
# knee and dorsiflexion are positive in both (Rajagopal 2016, LaiUhlrich 2022); a pelvis tilted forward
# is negative there.
COORDINATES: Final[Mapping[str, tuple[str, float]]] = {
    "pelvis_tilt": ("trunk_lean", -1.0),
    "hip_flexion_r": ("hip_flexion_right", 1.0),
    "knee_angle_r": ("knee_flexion_right", 1.0),
    "ankle_angle_r": ("ankle_dorsiflexion_right", 1.0),
    "hip_flexion_l": ("hip_flexion_left", 1.0),
    "knee_angle_l": ("knee_flexion_left", 1.0),
    "ankle_angle_l": ("ankle_dorsiflexion_left", 1.0),
}
_MOT_NOTES = """\
Angles are in degrees. Estimated by hipform from one camera; only what could be measured is here.
hip_flexion is the bend between trunk and thigh, which is more than the clinical angle of pelvis and thigh.
pelvis_tilt is the lean of the trunk (forward negative): trunk and pelvis are taken as one piece.
knee_angle is positive in flexion, ankle_angle in dorsiflexion. A cell with nan is not known.
"""
_TRC_FIELDS = (
    "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames"
)
# Between two frames that lie further apart nothing is drawn through the gap.
_BRIDGE_S = 0.1
# A wanted time this near to a frame (as a share of the step) takes that frame's value alone.
_SAME = 0.05


def write_trc(analysis: Analysis, path: Path) -> None:
    """Write the joints as OpenSim markers: metres, Y up, Z towards the camera, origin between the hips.

    A .trc file needs a uniform rate: frames at other times are interpolated between their neighbours.
    Joints that are hidden are empty. Raises `OutputError` when the file cannot be written.
    """
    track = analysis.track
    rate_hz, times = _uniform_times(track.t_s, analysis.report.source.nominal_fps)
    cells = _at_times(track.t_s, _markers(track).reshape(len(track), 3 * len(MARKERS)), times)
    with replacing(path) as part, part.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(line + "\n" for line in _trc_header(path.name, rate_hz, len(times)))
        for i, (t, row) in enumerate(zip(times.tolist(), cells.tolist(), strict=True), start=1):
            texts = "".join(f"{x:.5f}\t" if isfinite(x) else "\t" for x in row)
            file.write(f"{i}\t{t:.6f}\t{texts}\n")


def write_mot(analysis: Analysis, path: Path) -> None:
    """Write the measured joint angles as an OpenSim motion, at the frames' own times.

    A coordinate that is known at no time has no column. Raises `OutputError` when the file cannot be
    written.
    """
    columns = {
        name: sign * analysis.signals.values[signal]
        for name, (signal, sign) in COORDINATES.items()
        if signal in analysis.signals.values and np.isfinite(analysis.signals.values[signal]).any()
    }
    table = np.column_stack([analysis.track.t_s, *columns.values()])
    with replacing(path) as part, part.open("w", encoding="utf-8", newline="\n") as file:
        file.write(
            f"Coordinates\nversion=1\nnRows={len(table)}\nnColumns={table.shape[1]}\ninDegrees=yes\n\n"
        )
        file.write(f"{_MOT_NOTES}\nendheader\n")
        file.write("\t".join(["time", *columns]) + "\n")
        file.writelines("\t".join(f"{x:.6f}" for x in row) + "\n" for row in (table + 0.0).tolist())


def _markers(track: PoseTrack) -> FloatArray:
    """Marker positions (N, M, 3), metres, Y up and right-handed; NaN where a joint is hidden."""
    hidden = ~(track.visibility >= VISIBLE)
    points = np.where(hidden[..., None], np.nan, track.world_m) * np.array([1.0, -1.0, -1.0])
    return np.stack([points[:, [INDEX[n] for n in names]].mean(axis=1) for names in MARKERS.values()], axis=1)


def _trc_header(file_name: str, rate_hz: float, frames: int) -> Iterator[str]:
    rate = f"{rate_hz:.4f}"
    yield f"PathFileType\t4\t(X/Y/Z)\t{file_name}"
    yield _TRC_FIELDS
    yield "\t".join([rate, rate, str(frames), str(len(MARKERS)), "m", rate, "1", str(frames)])
    yield "Frame#\tTime\t" + "".join(f"{name}\t\t\t" for name in MARKERS)
    yield "\t\t" + "".join(f"X{k}\tY{k}\tZ{k}\t" for k in range(1, len(MARKERS) + 1))
    yield ""


def _uniform_times(t_s: FloatArray, nominal_hz: float) -> tuple[float, FloatArray]:
    """The usual rate of the frames and times at that rate from the first frame to the last."""
    if len(t_s) < 2:
        return (nominal_hz if nominal_hz > 0 else 30.0), t_s
    gaps = np.diff(t_s)
    middle = np.median(gaps)
    usual = gaps[np.abs(gaps - middle) <= 0.25 * middle]
    # The mean of the usual gaps: times in whole milliseconds have a median that is a little off.
    usual_s = float(usual.mean() if len(usual) else middle)
    steps = max(round(float(t_s[-1] - t_s[0]) / usual_s), 1)
    step_s = float(t_s[-1] - t_s[0]) / steps
    return 1.0 / step_s, t_s[0] + step_s * np.arange(steps + 1)


def _at_times(t_s: FloatArray, x: FloatArray, times: FloatArray) -> FloatArray:
    """`x` (N, K) at other times: linear between two known neighbours less than 0.1 s apart, else NaN."""
    if len(t_s) < 2:
        return x
    before = np.clip(np.searchsorted(t_s, times, side="right") - 1, 0, len(t_s) - 2)
    gap = t_s[before + 1] - t_s[before]
    share = ((times - t_s[before]) / gap)[:, None]
    first, second = x[before], x[before + 1]
    between = np.where((gap <= _BRIDGE_S)[:, None], (1 - share) * first + share * second, np.nan)
    return np.where(share <= _SAME, first, np.where(share >= 1 - _SAME, second, between))
