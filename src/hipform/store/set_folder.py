"""One analysed set is one folder: report, frame table, poses, overlay video, a still of each rep.

    <user data>/sets/<id>/
        set.json        title, when it was added and for whom (the only part that is not a result)
        report.json     the whole answer (`SetReport`)
        frames.csv      the signals, frame by frame
        frames.parquet, markers.trc, angles.mot   the same for other programs (docs/data.md)
        poses.npz       the poses that all of it was computed from
        overlay.mp4     the video with the findings drawn in; absent when it was not wanted
        stills/rep_<n>.jpg

A set appears under its id only when all of it is written: it is filled in a hidden folder beside the
others, and that folder is then renamed. A reader never meets half a set. A deleted set leaves the same way,
into a hidden folder (`.trash-<id>`), from which it can be brought back.
"""

import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from platformdirs import user_data_path
from pydantic import TypeAdapter, ValidationError

from hipform.errors import InputError, OutputError
from hipform.records import SetReport

_ID = re.compile(r"[0-9a-f]{12,}")
_CARD = "set.json"
REPORT = "report.json"
_UNFINISHED = ".new-"
_DELETED = ".deleted-"
_TRASH = ".trash-"
_STALE_S = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class SetFolder:
    """One set on disk; every path lies inside `path`."""

    path: Path

    @property
    def id(self) -> str:
        """The set's name in links: 12 or more hexadecimal digits."""
        return self.path.name

    @property
    def title(self) -> str:
        """The name of the file that the user gave; any text, so escape it where it is shown."""
        return str(self._card()["title"])

    @property
    def added_at(self) -> str:
        """When the set was added, ISO 8601 in UTC."""
        return str(self._card()["added_at"])

    @property
    def person_id(self) -> int | None:
        """For whom it was added, as the history numbers people; None when that was not said."""
        person_id = self._card()["person_id"]
        return person_id if isinstance(person_id, int) else None

    @property
    def report_json(self) -> Path:
        """The report as a file."""
        return self.path / REPORT

    @property
    def frames_csv(self) -> Path:
        """The frame table."""
        return self.path / "frames.csv"

    @property
    def poses(self) -> Path:
        """The poses, as `capture.recorded` writes and reads them."""
        return self.path / "poses.npz"

    @property
    def overlay(self) -> Path | None:
        """The video with the findings drawn in, or None when it was not wanted."""
        path = self.path / "overlay.mp4"
        return path if path.exists() else None

    def still(self, rep_number: int) -> Path:
        """The picture at the bottom of a rep, JPEG; the file may be absent (a rep that was cut off)."""
        return self.path / "stills" / f"rep_{rep_number:d}.jpg"

    def report(self) -> SetReport:
        """The whole answer.

        Raises:
            InputError: the report is damaged or from a version that this one cannot read.

        """
        try:
            return _reports().validate_json(self.report_json.read_bytes())
        except (OSError, ValidationError) as error:
            raise InputError(
                f"The report of this set cannot be read ({self.id}). Analyse the video again, "
                "or delete the set."
            ) from error

    def files(self) -> list[Path]:
        """All files of the set that a user may want to keep, in a fixed order."""
        return sorted(p for p in self.path.rglob("*") if p.is_file() and p.name != _CARD)

    def _card(self) -> dict[str, Any]:
        try:
            card: dict[str, Any] = json.loads((self.path / _CARD).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(
                f"The set {self.id} is damaged. Delete it and analyse the video again."
            ) from error
        return {"title": self.id, "added_at": "", "person_id": None} | card


def data_folder() -> Path:
    """Where hipform keeps the user's data: `HIPFORM_HOME`, or the system's folder for such data."""
    own = os.environ.get("HIPFORM_HOME")
    if own:
        return Path(own).expanduser()
    return user_data_path("hipform", appauthor=False)


def library() -> Path:
    """The folder of all sets; it may not exist yet."""
    return data_folder() / "sets"


def list_sets() -> list[SetFolder]:
    """All sets, the newest first; folders that are not sets are passed over."""
    if not library().is_dir():
        return []
    found = [SetFolder(p) for p in library().iterdir() if _ID.fullmatch(p.name) and _whole(p)]
    return sorted(found, key=lambda s: (s.added_at, s.id), reverse=True)


def open_set(set_id: str) -> SetFolder:
    """The set with this id.

    Raises:
        InputError: no id of a set, or no such set.

    """
    if not _ID.fullmatch(set_id) or not _whole(library() / set_id):
        raise InputError("There is no such set here. It may have been deleted: choose one from the list.")
    return SetFolder(library() / set_id)


def delete_set(set_id: str) -> None:
    """Remove a set with all its files. It leaves the list at once, whatever happens after.

    Raises:
        InputError: no such set.
        OutputError: it cannot be removed.

    """
    to_trash(open_set(set_id).id)
    empty_trash(set_id)


def ids() -> set[str]:
    """The ids of all sets, found without looking into their folders."""
    try:
        return {path.name for path in library().iterdir() if _ID.fullmatch(path.name)}
    except FileNotFoundError:
        return set()


def to_trash(set_id: str) -> None:
    """Take a set out of the library so that it can be brought back; one that is not there is passed over."""
    _move(library() / set_id, library() / f"{_TRASH}{set_id}")


def from_trash(set_id: str) -> bool:
    """Bring back a set; False when it is neither in the trash nor in the library."""
    _move(library() / f"{_TRASH}{set_id}", library() / set_id)
    return _whole(library() / set_id)


def empty_trash(set_id: str) -> None:
    """Remove a set that is in the trash with all its files, beyond bringing back."""
    grave = library() / f"{_DELETED}{set_id}"
    _move(library() / f"{_TRASH}{set_id}", grave)
    shutil.rmtree(grave, ignore_errors=True)


@contextmanager
def unpacking() -> Iterator[Path]:
    """A hidden folder in which sets are put together that then go to `place`; it goes away at the end.

    Raises:
        OutputError: the data folder cannot be written.

    """
    folder = library() / f"{_UNFINISHED}{secrets.token_hex(8)}"
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise _cannot_keep(error) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def place(folder: Path) -> None:
    """Let a whole set, in a folder named by its id, appear in the library, unless it is there already."""
    if not (library() / folder.name).exists():
        _move(folder, library() / folder.name)


def create(
    title: str, fill: Callable[[SetFolder], None], token: str | None = None, person_id: int | None = None
) -> SetFolder:
    """A new set. `fill` writes its files into the folder that it is given; then the set appears.

    Args:
        title: the name of the user's file, any text.
        fill: writes report, frames, poses, overlay and stills; what it raises is passed on, and nothing
            is left behind.
        token: hexadecimal, 12 digits or more; becomes the id, so that whoever ends a worker by force can
            call `discard(token)`. A fresh one by default.
        person_id: for whom, as the history numbers people.

    Raises:
        OutputError: the data folder cannot be written.

    """
    set_id = token or secrets.token_hex(8)
    draft = library() / f"{_UNFINISHED}{set_id}"
    try:
        draft.mkdir(parents=True)
        (draft / "stills").mkdir()
        added_at = datetime.now(UTC).isoformat(timespec="milliseconds")
        card = {"title": _plain(title), "added_at": added_at, "person_id": person_id}
        (draft / _CARD).write_text(json.dumps(card, ensure_ascii=False), encoding="utf-8")
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise _cannot_keep(error) from error
    try:
        fill(SetFolder(draft))
        draft.rename(library() / set_id)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    _sweep()
    return SetFolder(library() / set_id)


def discard(token: str) -> None:
    """Remove what an ended worker left of an unfinished set; a finished one is not touched."""
    if _ID.fullmatch(token):
        shutil.rmtree(library() / f"{_UNFINISHED}{token}", ignore_errors=True)


def _cannot_keep(error: OSError) -> OutputError:
    return OutputError(
        f"hipform cannot keep sets in {library()} ({error.strerror}). Make that folder writable, or set "
        "HIPFORM_HOME to another one."
    )


def _move(here: Path, there: Path) -> None:
    try:
        here.rename(there)
    except FileNotFoundError:
        return
    except OSError as error:
        raise OutputError(
            f"The set could not be moved ({error.strerror}). Check that {library()} may be changed."
        ) from error


@cache
def _reports() -> TypeAdapter[SetReport]:
    return TypeAdapter(SetReport)


def _whole(folder: Path) -> bool:
    return (folder / _CARD).is_file() and (folder / REPORT).is_file()


def _plain(title: str) -> str:
    """The title in one line of at most 200 characters, without control characters."""
    return "".join(c for c in title if c.isprintable())[:200] or "untitled"


def _sweep() -> None:
    """Remove what a power cut left behind: unfinished and deleted folders older than a day."""
    for prefix in (_UNFINISHED, _DELETED):
        for leftover in library().glob(f"{prefix}*"):
            with suppress(FileNotFoundError):  # another program has just finished it
                if time.time() - leftover.stat().st_mtime > _STALE_S:
                    shutil.rmtree(leftover, ignore_errors=True)
