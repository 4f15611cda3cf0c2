"""Saved landmark tracks: poses as numbers, without pictures, that can be replayed.

The file is a compressed `.npz` of small whole numbers: each value as a count of its step, and of these
the difference from frame to frame, sorted by byte (about 170 bytes a frame, an eighth of the plain
numbers). The same track gives the same bytes each time.
"""

import zipfile
from collections.abc import Iterator
from math import prod
from pathlib import Path

import numpy as np
import numpy.typing as npt

from hipform.errors import InputError
from hipform.records import FloatArray, Pose, PoseTrack
from hipform.skeleton import LANDMARKS

K = len(LANDMARKS)
FORMAT = "hipform/track/1"
# Far below what the pose model can tell apart: a microsecond, 1/20 pixel, a millimetre, 1 % visibility.
STEPS = {"t_s": 1e-6, "image_px": 0.05, "world_m": 0.001, "visibility": 0.01}
SHAPES = {"t_s": (), "image_px": (K, 2), "world_m": (K, 3), "visibility": (K,)}
UNKNOWN = -(1 << 40)  # the count that stands for NaN

ByteArray = npt.NDArray[np.uint8]


def save_track(track: PoseTrack, path: Path) -> None:
    """Write the track to `path`, rounded to `STEPS`; NaN stays NaN. Raises OSError when it cannot."""
    packed = {name: _packed(getattr(track, name), step) for name, step in STEPS.items()}
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, format=np.array(FORMAT), **packed)


def load_track(path: Path) -> PoseTrack:
    """The track that `save_track` wrote to `path`, an empty one too; raises `InputError` if it is none."""
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            if str(file["format"]) != FORMAT:
                raise InputError(
                    f"{path.name} was saved by another version of hipform. Analyse the video again."
                )
            return PoseTrack(**{k: _unpacked(file[k], step, SHAPES[k]) for k, step in STEPS.items()})
    except FileNotFoundError as error:
        raise InputError(f"There is no landmark track {path.name}. Check its name and folder.") from error
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"{path.name} is not a landmark track of hipform, or it is damaged. Analyse the video again."
        ) from error


def replay(path: Path) -> Iterator[Pose]:
    """The poses of a saved track one after the other, as a camera would give them."""
    yield from load_track(path)


def _packed(values: FloatArray, step: float) -> ByteArray:
    """uint8 (8, n, N): byte by byte the changes over time of each of the n values of a frame."""
    counts = np.where(np.isfinite(values), np.rint(values / step), UNKNOWN).astype(np.int64)
    by_value = counts.reshape(len(counts), prod(counts.shape[1:])).T
    changes = np.diff(by_value, axis=1, prepend=0)
    unsigned = (changes << 1) ^ (changes >> 63)  # small ones of either sign leave their high bytes zero
    bytes_ = np.ascontiguousarray(unsigned, dtype="<i8").view(np.uint8)
    return np.ascontiguousarray(bytes_.reshape(*by_value.shape, 8).transpose(2, 0, 1))


def _unpacked(packed: ByteArray, step: float, shape: tuple[int, ...]) -> FloatArray:
    """The values that `_packed` took, (N, *shape)."""
    unsigned = np.ascontiguousarray(packed.transpose(1, 2, 0)).view("<u8")[..., 0]
    changes = (unsigned >> np.uint64(1)).astype(np.int64) ^ -(unsigned & np.uint64(1)).astype(np.int64)
    counts = np.cumsum(changes, axis=1).T.reshape(-1, *shape)
    return np.where(counts == UNKNOWN, np.nan, counts * step)
