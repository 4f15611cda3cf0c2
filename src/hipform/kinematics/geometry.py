"""Angles between points, without knowledge of bodies.

Image axes: x right, y down. All functions take arrays with any leading axes and the coordinates last;
NaN in gives NaN out. Degrees throughout.
"""

import numpy as np
import numpy.typing as npt

from hipform.records import FloatArray


def wrap_deg(angle_deg: npt.ArrayLike) -> FloatArray:
    """The same direction in [-180, 180)."""
    return np.asarray((np.asarray(angle_deg, dtype=float) + 180.0) % 360.0 - 180.0)


def inclination_deg(start: FloatArray, end: FloatArray, forward: float = 1.0) -> FloatArray:
    """Direction of start -> end from the vertical, (..., 2) in image axes: 0 = up, + = forward.

    `forward` is +1 where forward is the image's right and -1 where it is its left.
    """
    d = end - start
    return np.asarray(np.degrees(np.arctan2(forward * d[..., 0], -d[..., 1])))


def flexion_deg(a: FloatArray, b: FloatArray, c: FloatArray) -> FloatArray:
    """180 minus the included angle a-b-c, for points in the plane or in space: 0 = straight.

    Unsigned: noise around straight reads a little above 0 (signed inclinations do not).
    """
    u, v = a - b, c - b
    with np.errstate(invalid="ignore", divide="ignore"):
        cosine = (u * v).sum(-1) / (np.linalg.norm(u, axis=-1) * np.linalg.norm(v, axis=-1))
    return np.asarray(180.0 - np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def elevation_deg(start: FloatArray, end: FloatArray) -> FloatArray:
    """Angle of start -> end above the horizontal in image axes: +90 = up, 0 = level, -90 = down."""
    d = end - start
    return np.asarray(np.degrees(np.arctan2(-d[..., 1], np.abs(d[..., 0]))))


def length(a: FloatArray, b: FloatArray) -> FloatArray:
    """Distance between two points."""
    return np.asarray(np.linalg.norm(a - b, axis=-1))
