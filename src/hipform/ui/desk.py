"""The upload desk: which videos were handed in, where they lie, and which job works on each.

One desk serves the whole server, so a page that is reloaded finds its jobs again. A video is kept until its
card is removed, so that it can be analysed again with other settings; all are deleted when the server stops.
"""

import os
import secrets
import tempfile
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final, Protocol

from hipform.api import Options
from hipform.atomic import disk_is_full
from hipform.errors import HipformError, OutputError
from hipform.jobs import JobQueue, JobStatus
from hipform.ui.text import clean_title

FINAL_STATES: Final = frozenset({"done", "failed", "cancelled"})
_FINISHED_KEPT: Final = 10
_WAIT_LIMIT_S: Final = 6 * 3600.0
_GONE: Final = "This video is no longer here. Upload it again."
_OPENING: Final = threading.Lock()


class Queue(Protocol):
    """What the desk needs of the job queue."""

    def submit(self, video: Path, title: str, options: Options) -> str:
        """Start or queue one analysis; returns the job's id."""
        ...

    def status(self, job_id: str) -> JobStatus:
        """How far the job is."""
        ...

    def cancel(self, job_id: str) -> None:
        """Stop the job, or take it out of the queue."""
        ...

    def close(self) -> None:
        """Stop working."""
        ...


@dataclass(frozen=True, slots=True)
class Video:
    """A video on the desk. `owned` files are deleted with it, samples are not."""

    title: str
    path: Path
    owned: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One video with the job that works or worked on it."""

    id: str
    video: Video
    options: Options
    job_id: str


class Upload:
    """A video that is arriving, piece by piece, under a name of our own."""

    def __init__(self, title: str, path: Path) -> None:
        self._title = title
        self._path = path
        self._file = path.open("wb")

    def write(self, piece: bytes) -> None:
        """Add a piece.

        Raises OutputError when there is no room for it.
        """
        try:
            self._file.write(piece)
        except OSError as error:
            raise _no_room(self._title, error) from error

    def finish(self, modified_s: float | None) -> Video:
        """The whole video. `modified_s` is the time (Unix) of the user's file, None if not known.

        The copy takes that time on, because a recording without a date of its own is dated by its file.
        """
        try:
            self._file.close()
            if modified_s is not None:
                os.utime(self._path, (modified_s, modified_s))
        except OSError as error:
            raise _no_room(self._title, error) from error
        return Video(self._title, self._path, owned=True)

    def abort(self) -> None:
        """Forget what has arrived."""
        with suppress(OSError):  # what is thrown away need not fit on the disk
            self._file.close()
        self._path.unlink(missing_ok=True)


class Desk:
    """Videos and their jobs. Safe to use from several threads (Streamlit runs one for each visit)."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._folder = tempfile.TemporaryDirectory(prefix="hipform-uploads-", ignore_cleanup_errors=True)
        self._waiting: dict[str, tuple[float, Video]] = {}
        self._entries: dict[str, Entry] = {}
        self._lock = threading.Lock()

    def receive(self, name: str) -> Upload:
        """Begin to take in a video of this name. Raises OutputError when it cannot be written."""
        title = clean_title(name)
        path = Path(self._folder.name) / f"{secrets.token_hex(8)}{_suffix(title)}"
        try:
            return Upload(title, path)
        except OSError as error:
            raise _no_room(title, error) from error

    def lay_down(self, video: Video) -> str:
        """Put a video on the desk until it is submitted; returns its id. It is forgotten after six hours."""
        now_s = time.monotonic()
        with self._lock:
            old = [key for key, (since_s, _) in self._waiting.items() if now_s - since_s > _WAIT_LIMIT_S]
            forgotten = [self._waiting.pop(key)[1] for key in old]
            video_id = secrets.token_hex(8)
            self._waiting[video_id] = (now_s, video)
        for one in forgotten:
            _delete(one)
        return video_id

    def waiting(self, video_id: str) -> Video | None:
        """A video that was laid down and not yet submitted or discarded."""
        with self._lock:
            found = self._waiting.get(video_id)
        return found[1] if found else None

    def discard(self, video_id: str) -> None:
        """Delete a video that was laid down; does nothing when it is not there."""
        with self._lock:
            found = self._waiting.pop(video_id, None)
        if found:
            _delete(found[1])

    def submit_waiting(self, video_id: str, options: Options) -> Entry:
        """Queue the analysis of a video that was laid down. Raises HipformError when it is gone."""
        with self._lock:
            found = self._waiting.pop(video_id, None)
        if found is None:
            raise HipformError(_GONE)
        return self.submit(found[1], options)

    def submit(self, video: Video, options: Options) -> Entry:
        """Queue the analysis of a video."""
        job_id = self._queue.submit(video.path, video.title, options)
        entry = Entry(secrets.token_hex(8), video, options, job_id)
        with self._lock:
            self._entries[entry.id] = entry
        self._drop_oldest_finished()
        return entry

    def entries(self) -> list[tuple[Entry, JobStatus]]:
        """Every submitted video with its state now, newest first."""
        with self._lock:
            entries = list(self._entries.values())
        return [(entry, self._queue.status(entry.job_id)) for entry in reversed(entries)]

    def again(self, entry_id: str, options: Options) -> None:
        """Analyse a video once more, with other settings, in place of its last job."""
        with self._lock:
            entry = self._entries.get(entry_id)
        if entry is None:
            raise HipformError(_GONE)
        job_id = self._queue.submit(entry.video.path, entry.video.title, options)
        with self._lock:
            self._entries[entry_id] = replace(entry, options=options, job_id=job_id)

    def cancel(self, entry_id: str) -> None:
        """Stop the job of a video; the video stays. Does nothing when it is already over."""
        with self._lock:
            entry = self._entries.get(entry_id)
        if entry is not None:
            self._queue.cancel(entry.job_id)

    def remove(self, entry_id: str) -> None:
        """Take a finished video off the desk and delete its upload; results stay in the library."""
        with self._lock:
            entry = self._entries.pop(entry_id, None)
        if entry is not None:
            _delete(entry.video)

    def close(self) -> None:
        """Stop all jobs and delete all that was uploaded."""
        self._queue.close()
        self._folder.cleanup()

    def _drop_oldest_finished(self) -> None:
        finished = [entry.id for entry, status in self.entries() if status.state in FINAL_STATES]
        for entry_id in finished[_FINISHED_KEPT:]:
            self.remove(entry_id)


def desk() -> Desk:
    """The desk of this server."""
    with _OPENING:
        return _desk()


@asynccontextmanager
async def desk_while_serving(_app: object) -> AsyncIterator[None]:
    """For `st.App`: when the server stops, its desk is closed.

    Not left to the end of the process: a server that is told to stop ends without running exit handlers.
    """
    yield
    with _OPENING:
        if _desk.cache_info().currsize:
            _desk().close()
            _desk.cache_clear()


@cache
def _desk() -> Desk:
    return Desk(JobQueue())


def _delete(video: Video) -> None:
    if video.owned:
        video.path.unlink(missing_ok=True)


def _suffix(title: str) -> str:
    # Some readers look at the ending of a name first; only a plain, known-shaped one is kept.
    suffix = Path(title).suffix.lower()
    return suffix if suffix[1:].isalnum() and len(suffix) <= 5 else ""


def _no_room(title: str, error: OSError) -> OutputError:
    if disk_is_full(error):
        return OutputError(
            f"“{title}” could not be stored: the disk is full. Make some room and upload it again."
        )
    reason = error.strerror or "the disk does not take it"
    return OutputError(f"“{title}” could not be stored: {reason}. `hipform doctor` may tell more.")
