"""A zip archive made while it is sent, so that a large video is never held or written twice."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

_CHUNK: Final = 1 << 18


class _Outlet(io.RawIOBase):
    """A write-only stream that keeps what was written until it is taken."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(memoryview(data))  # type: ignore[arg-type]  # zipfile writes bytes-like objects
        self._waiting += piece
        return len(piece)

    def take(self) -> bytes:
        """What was written since the last call."""
        taken = bytes(self._waiting)
        self._waiting.clear()
        return taken


def zip_chunks(files: Sequence[tuple[str, Path]]) -> Iterator[bytes]:
    """The bytes of a zip of these (name in the archive, file), stored without compression.

    Videos and pictures do not shrink further. Raises OSError when a file cannot be read.
    """
    outlet = _Outlet()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_STORED) as archive:
        for name, path in files:
            entry = zipfile.ZipInfo.from_file(path, name)
            with path.open("rb") as source, archive.open(entry, "w", force_zip64=True) as target:
                while piece := source.read(_CHUNK):
                    target.write(piece)
                    yield outlet.take()
    yield outlet.take()
