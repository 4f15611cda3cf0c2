"""The poses of a set that is being done, on disk as they come: what is left when the program is killed.

One file for each set in `<user data>/live`: a line of JSON that says what is being recorded, then one record
of fixed size for each pose. Nothing is buffered, so all but the pose being written is there at any moment.
A video of the set, when one is wanted, lies beside it and shares its fate. A journal is locked while its
program lives, and removed when its set is kept or given up.
"""

import json
import secrets
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

import numpy as np
from numpy.typing import NDArray

from hipform.atomic import output_error
from hipform.records import Pose, PoseTrack
from hipform.skeleton import LANDMARKS
from hipform.store.set_folder import data_folder

FORMAT: Final = "hipform/journal/1"
_K = len(LANDMARKS)
_PARTS = np.cumsum([1, 2 * _K, 3 * _K, _K])
_WIDTH = int(_PARTS[-1])
_LOCKED_AT = 1 << 40  # far beyond the end: on Windows a locked byte cannot be read


@dataclass(frozen=True, slots=True)
class Header:
    """What a journal's set needs beside its poses. `size` is width and height of the picture, pixels."""

    title: str
    recorded_at: str
    size: tuple[int, int]
    exercise: str
    exercise_file: str | None
    model_sha256: str
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A set whose program ended before it could be kept."""

    path: Path
    header: Header

    def track(self) -> PoseTrack:
        """Its poses; a last one that was not written to its end is left out."""
        with self.path.open("rb") as file:
            file.readline()
            content = file.read()
        whole = len(content) // (8 * _WIDTH)
        rows = np.frombuffer(content, "<f8", whole * _WIDTH).reshape(whole, _WIDTH)
        t_s, image_px, world_m, visibility = np.split(rows, _PARTS[:-1], axis=1)
        return PoseTrack(
            t_s[:, 0], image_px.reshape(-1, _K, 2), world_m.reshape(-1, _K, 3), np.array(visibility)
        )

    @property
    def video(self) -> Path | None:
        """Its pictures, None when they were not kept; the end of the file may be missing."""
        path = _video_beside(self.path)
        return path if path.exists() else None

    def remove(self) -> None:
        """Forget it."""
        _remove(self.path)


class Journal:
    """Writes the journal of one set; a context manager that removes it unless it is left by an error.

    A disk that takes no more does not end the set: `trouble` then says so, and nothing more is written.
    Raises `OutputError` when the journal cannot be begun.
    """

    def __init__(self, header: Header) -> None:
        self.trouble: str | None = None
        self._path = _folder() / f"{secrets.token_hex(8)}.journal"
        text = json.dumps({"format": FORMAT} | asdict(header), ensure_ascii=False)
        self._first_line = f"{text}\n".encode()
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("xb", buffering=0)
            _lock(self._file, wait=True)  # somebody who looks for unfinished sets may hold it for a moment
            self._file.write(self._first_line)
        except OSError as error:
            raise output_error(self._path, error) from error

    @property
    def video(self) -> Path:
        """Where a video of the set may be written; it is removed with the journal."""
        return _video_beside(self._path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        if kind is None:
            _remove(self._path)

    def write(self, pose: Pose) -> None:
        """Add the next pose."""
        if self.trouble is not None:
            return
        row = np.concatenate([[pose.t_s], pose.image_px.ravel(), pose.world_m.ravel(), pose.visibility])
        try:
            self._file.write(_bytes(row))
        except OSError as error:
            self.trouble = str(output_error(self._path, error))

    def start_anew(self) -> None:
        """Forget the poses so far."""
        with suppress(OSError):  # a disk that takes no more takes this later, or `trouble` tells
            self._file.truncate(len(self._first_line))
            self._file.seek(0, 2)


def unfinished() -> list[Unfinished]:
    """The sets whose program ended before it could keep them, the oldest first.

    Journals of programs that still run and those of another version are passed over; one without a pose is
    removed.
    """
    found = []
    for path in _folder().glob("*.journal"):
        with suppress(FileNotFoundError), path.open("r+b") as file:  # another program may be removing it
            header = _header(file) if _lock(file) else None
            if header is not None:
                found.append(Unfinished(path, header))
    for one in found:
        if not len(one.track()):
            one.remove()
    return sorted((one for one in found if one.path.exists()), key=lambda one: one.header.recorded_at)


def _folder() -> Path:
    return data_folder() / "live"


def _video_beside(path: Path) -> Path:
    return path.with_suffix(".mkv")


def _remove(path: Path) -> None:
    _video_beside(path).unlink(missing_ok=True)  # first: without its journal nobody would find it
    path.unlink(missing_ok=True)


def _header(file: IO[bytes]) -> Header | None:
    try:
        content = json.loads(file.readline())
        if content.pop("format") != FORMAT:
            return None
        return Header(**content | {"size": tuple(content["size"])})
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _bytes(row: NDArray[np.float64]) -> bytes:
    return row.astype("<f8").tobytes()


def _lock(file: IO[bytes], *, wait: bool = False) -> bool:
    """Lock the file until it is closed or the program ends, whichever way; False when another one has."""
    try:
        if sys.platform == "win32":
            import msvcrt

            here = file.tell()
            file.seek(_LOCKED_AT)
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
            file.seek(here)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
