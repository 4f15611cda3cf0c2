"""Worker processes: a fresh Python that analyses videos, talks over a pipe, and can be ended at any time.

The parent starts the process itself and not through `multiprocessing`: that would run the parent's main
script again in the child, and inside Streamlit the main script is the page being shown.

A crash of the worker (memory, a fault in native code) reaches the parent as `Failed`; the end of the
parent, however it comes, reaches the worker as the end of its input, and it stops and tidies up.
"""

import _thread
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO, NoReturn

from hipform.api import OnProgress, Options, Progress, SavedFiles, add_to_library, analyze, write_results
from hipform.errors import HipformError
from hipform.output import Output, check_output, discard
from hipform.records import SetReport

STALL_LIMIT_S = 120.0
_TIDY_S = 5.0
_IDLE_ENDS_S = 0.1  # an idle worker is gone by then; a busy one must be interrupted
_DEBUG = "HIPFORM_DEBUG"
_CODE = "from hipform.workers import serve; serve()"
_OUT_OF_MEMORY = (
    "The analysis was stopped by the system, most likely because memory ran out. Close other "
    "programs, analyse fewer videos at a time (--workers 1), or make the picture smaller first."
)


@dataclass(frozen=True, slots=True)
class FilesTask:
    """Analyse a video and write its results into a folder."""

    video: Path
    options: Options
    output: Output

    def run(self, on_progress: OnProgress) -> "FilesDone":
        """Do it, in the worker."""
        check_output(self.video, self.output)
        analysis = analyze(self.video, self.options, on_progress)
        files = write_results(analysis, self.video, self.output, self.options, on_progress)
        return FilesDone(analysis.report, files)

    def discard(self) -> None:
        """Remove what an ended worker left unfinished."""
        discard(self.output)


@dataclass(frozen=True, slots=True)
class LibraryTask:
    """Analyse a video and keep the result as the set `token` of the library."""

    video: Path
    title: str
    options: Options
    token: str

    def run(self, on_progress: OnProgress) -> "LibraryDone":
        """Do it, in the worker."""
        analysis = analyze(self.video, self.options, on_progress, previews=True)
        kept = add_to_library(analysis, self.video, self.title, self.options, on_progress, token=self.token)
        return LibraryDone(kept.id)

    def discard(self) -> None:
        """Remove what an ended worker left unfinished."""
        from hipform.store import set_folder

        set_folder.discard(self.token)


Task = FilesTask | LibraryTask


@dataclass(frozen=True, slots=True)
class FilesDone:
    """A `FilesTask` is done."""

    report: SetReport
    files: SavedFiles


@dataclass(frozen=True, slots=True)
class LibraryDone:
    """A `LibraryTask` is done."""

    set_id: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A task came to nothing; `reason` is fit to be shown to the user."""

    reason: str


Message = Progress | FilesDone | LibraryDone | Failed
Inbox = queue.Queue["tuple[Worker, Message]"]


class Worker:
    """One worker process, seen from the parent. It takes one task after the other.

    Its messages arrive in `inbox` beside those of other workers: any number of `Progress`, then exactly one
    of the others for each task. The process starts with the first task, and again after a crash.
    """

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._process: subprocess.Popen[bytes] | None = None
        self._task: Task | None = None
        self._heard_s = 0.0
        self._lock = threading.Lock()

    def start(self, task: Task) -> None:
        """Begin a task; the one before must be finished."""
        process = self._process
        if process is None or process.poll() is not None:
            self.stop()
            process = self._process = spawn(_CODE)
            threading.Thread(target=self._listen, args=(process,), daemon=True).start()
        with self._lock:
            self._task = task
            self._heard_s = time.monotonic()
        try:
            pickle.dump(task, pipe(process.stdin))
            pipe(process.stdin).flush()
        except OSError:
            self._hear(process, Failed(_why_it_ended(process.wait(), "")))

    @property
    def stalled(self) -> bool:
        """Whether a task is under way and nothing was heard of it for two minutes."""
        with self._lock:
            return self._task is not None and time.monotonic() - self._heard_s > STALL_LIMIT_S

    def stop(self) -> None:
        """End the process, whatever it is doing, and remove what it left unfinished. May be called twice."""
        with self._lock:
            process, task = self._process, self._task
            self._process = self._task = None
        if process is not None:
            close(process.stdin)
            try:
                process.wait(timeout=_TIDY_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if task is not None:
            task.discard()

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        """Pass messages on until the process ends (runs in a thread of its own)."""
        last_words: deque[str] = deque(maxlen=1)
        errors = threading.Thread(target=collect, args=(process.stderr, last_words), daemon=True)
        errors.start()
        with pipe(process.stdout) as channel:
            while True:
                try:
                    message: Message = pickle.load(channel)  # noqa: S301 (from our own process)
                except (EOFError, OSError, pickle.UnpicklingError):
                    break
                self._hear(process, message)
        code = process.wait()
        errors.join(timeout=1.0)
        self._hear(process, Failed(_why_it_ended(code, "".join(last_words))))

    def _hear(self, process: subprocess.Popen[bytes], message: Message) -> None:
        with self._lock:
            task = self._task
            if task is None or self._process is not process:
                return  # stopped on purpose, or between two tasks: nobody waits for this
            self._heard_s = time.monotonic()
            if not isinstance(message, Progress):
                self._task = None
        if isinstance(message, Failed):
            task.discard()
        self._inbox.put((self, message))


def stalled_reason(name: str) -> str:
    """What to tell the user about a worker that says nothing any more."""
    return (
        f"Reading {name} got stuck: nothing moved for {STALL_LIMIT_S:.0f} seconds. Copy the video to this "
        "machine's own disk, or convert it to MP4, and try again."
    )


def serve() -> None:
    """Be a worker: take tasks from standard input until it ends, answer on standard output.

    Native code that prints does so on standard error, so that it cannot garble the answers. When the input
    ends the work under way is dropped, its unfinished files are removed, and the process ends.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
    with os.fdopen(os.dup(1), "wb") as channel:
        os.dup2(2, 1)

        def send(message: Message) -> None:
            pickle.dump(message, channel)
            channel.flush()

        threading.Thread(target=_take_tasks, args=(tasks,), daemon=True).start()
        while (task := tasks.get()) is not None:
            send(_attempt(task, send))
    os._exit(0)  # nothing is open any more, and taking the pose library down in order would take a second


def _take_tasks(tasks: "queue.SimpleQueue[Task | None]") -> None:
    """Read tasks; at the end of the input stop the main thread, by force if it does not listen."""
    while True:
        try:
            tasks.put(pickle.load(sys.stdin.buffer))  # noqa: S301 (from the process that started this one)
        except (EOFError, OSError):
            break
    tasks.put(None)
    time.sleep(_IDLE_ENDS_S)
    _thread.interrupt_main(signal.SIGTERM)
    time.sleep(_TIDY_S - 1.0)
    os._exit(1)


def _attempt(task: Task, on_progress: OnProgress) -> Message:
    try:
        return task.run(on_progress)
    except HipformError as error:
        return Failed(str(error))
    except MemoryError:
        return Failed(_OUT_OF_MEMORY)
    except Exception as error:  # noqa: BLE001 (a fault of ours must reach the user as words)
        traceback.print_exc()
        return Failed(
            f"Something went wrong inside hipform ({type(error).__name__}: {error}). This is a fault of "
            f"hipform, not of your video. With {_DEBUG}=1 in the environment the details are printed."
        )


def _leave(signum: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + signum)


def spawn(code: str) -> subprocess.Popen[bytes]:
    """A process that runs this code of ours. It gets no Ctrl-C: the parent decides, by closing its input."""
    return subprocess.Popen(  # noqa: S603 (our own code, nothing of a user's)
        [sys.executable, "-P", "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=None if os.environ.get(_DEBUG) else subprocess.PIPE,
        start_new_session=True,
    )


def _why_it_ended(code: int, last_words: str) -> str:
    """What to tell the user about a worker that ended without an answer."""
    if code == -getattr(signal, "SIGKILL", 9):
        return _OUT_OF_MEMORY
    if code < 0:
        return (
            f"The analysis crashed ({signal.Signals(-code).name}). Try once more; if it crashes again with "
            "this video, convert the video to MP4 first, and run `hipform doctor`."
        )
    reason = last_words or f"code {code}"
    return f"The analysis ended early ({reason}). Run `hipform doctor` to see what is missing."


def collect(stream: IO[bytes] | None, lines: deque[str]) -> None:
    """Keep the last lines of what a process prints, so that its pipe never fills up."""
    if stream is not None:
        with stream:
            lines.extend(line.decode(errors="replace").strip() for line in stream if line.strip())


def pipe(stream: IO[bytes] | None) -> IO[bytes]:
    """The stream of a process that was started by `spawn`."""
    if stream is None:
        raise RuntimeError("a worker is started with pipes")
    return stream


def close(stream: IO[bytes] | None) -> None:
    """Close a process's input; one that is gone already is fine."""
    with suppress(OSError):  # the other end is gone already
        pipe(stream).close()
