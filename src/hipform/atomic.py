"""Files that are there whole or not at all.

What is written goes to a hidden name in the same folder and takes its real name when it is complete, so
a reader, a crash or Ctrl-C never leaves half a file. Failures become `OutputError` with what to do.
"""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hipform.errors import OutputError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_ADVICE = {
    errno.ENOENT: "the folder {folder} does not exist: create it, or choose another one",
    errno.ENOTDIR: "{folder} is not a folder: choose another one",
    errno.EISDIR: "there is a folder of that name: rename it, or choose another place",
    errno.EACCES: "writing in {folder} is not allowed: choose another folder, or change its permissions",
    errno.EPERM: "writing in {folder} is not allowed: choose another folder, or change its permissions",
    errno.EROFS: "{folder} can only be read: choose another folder",
    errno.ENAMETOOLONG: "the name is too long for this disk: give the video a shorter name",
}


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path in the same folder to write to; it becomes `path` at the end, or goes away on any failure.

    An older file of that name stays until the new one is whole. Raises `OutputError` when the folder is
    missing or closed, the disk is full, or the name is not possible.
    """
    part = part_of(path)
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        yield part
        part.replace(path)
    except OSError as error:
        raise output_error(path, error) from error
    finally:
        with suppress(OSError):  # no folder, no part
            part.unlink(missing_ok=True)


def part_of(path: Path) -> Path:
    """A fresh hidden name beside `path` for what is not complete yet."""
    return path.parent / f".hipform-{secrets.token_hex(8)}.part"


def output_error(path: Path, error: OSError) -> OutputError:
    """The error for the user when `path` could not be written: what happened and what to do."""
    if disk_is_full(error):
        advice = "the disk is full (or a limit is reached): free some space and try again"
    else:
        reason = error.strerror or str(error)
        advice = _ADVICE.get(error.errno or 0, f"{reason}: choose another folder")
    return OutputError(f"{path.name} was not written: {advice.format(folder=path.parent)}.")


def disk_is_full(error: OSError) -> bool:
    """Whether something could not be written for want of room: the disk, a quota or a size limit."""
    return error.errno in _FULL
