"""Analyses in the background: submit a video, watch its progress, cancel it.

One worker process at a time, first come first served. A thread of the queue looks after it, so it goes on
while the pages of the dashboard are drawn again and again; it ends with the process.
"""

import queue
import secrets
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from hipform.api import Options, Progress
from hipform.workers import Failed, Inbox, LibraryDone, LibraryTask, Worker, stalled_reason

State = Literal["queued", "running", "done", "failed", "cancelled"]

_LOOK_EVERY_S = 0.2
_REMEMBERED = 200
_GONE = "This analysis is not known any more: hipform was started anew since. Give it the video again."


@dataclass(frozen=True, slots=True)
class JobStatus:
    """How a job stands. `position` is 0 for the running one, 1 for the next; None when it is over.

    `set_id` is there when it is done, `error` (words for the user) when it failed.
    """

    state: State
    progress: Progress | None = None
    position: int | None = None
    set_id: str | None = None
    error: str | None = None


@dataclass(slots=True)
class _Job:
    task: LibraryTask
    status: JobStatus = JobStatus("queued")
    cancelled: threading.Event = field(default_factory=threading.Event)


class JobQueue:
    """Analyses videos one after the other in a worker process and keeps the results in the library."""

    def __init__(self) -> None:
        self._jobs: dict[str, _Job] = {}
        self._waiting: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._work, name="hipform-jobs", daemon=True)
        self._thread.start()

    def submit(self, video: Path, title: str, options: Options) -> str:
        """Queue a video and return the job's id, which becomes the id of its set.

        `title` is the name that the user knows it by.
        """
        token = secrets.token_hex(8)
        job = _Job(LibraryTask(video, title, options, token))
        with self._lock:
            self._jobs[token] = job
            self._forget()
        self._waiting.put(job)
        return token

    def status(self, job_id: str) -> JobStatus:
        """How the job stands; one that is not known (the program was restarted) has failed."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None:
                return JobStatus("failed", error=_GONE)
            if job.status.state not in ("queued", "running"):
                return job.status
            ahead = [j for j in self._jobs.values() if j.status.state in ("queued", "running")]
            running = any(j.status.state == "running" for j in ahead)
            return replace(job.status, position=ahead.index(job) + (0 if running else 1))

    def cancel(self, job_id: str) -> None:
        """End a job, waiting or running. Nothing of it is kept. One that is over stays as it is."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.status.state not in ("queued", "running"):
                return
            job.cancelled.set()
            job.status = JobStatus("cancelled")

    def close(self) -> None:
        """End the running job and drop the waiting ones. Needed only where a queue is not kept to the end."""
        self._closed.set()
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (job := self._waiting.get()) is not None and not self._closed.is_set():
            if not job.cancelled.is_set():
                self._run(job)

    def _run(self, job: _Job) -> None:
        self._set(job, JobStatus("running"))
        inbox: Inbox = queue.Queue()
        worker = Worker(inbox)
        try:
            worker.start(job.task)
            while job.status.state == "running" and not self._closed.is_set():
                self._follow(job, worker, inbox)
        except OSError as error:
            self._set(
                job, JobStatus("failed", error=f"No worker process could be started ({error.strerror}).")
            )
        finally:
            worker.stop()

    def _follow(self, job: _Job, worker: Worker, inbox: Inbox) -> None:
        """Wait a moment for news of the running job and note them."""
        try:
            _, message = inbox.get(timeout=_LOOK_EVERY_S)
        except queue.Empty:
            if worker.stalled:
                self._set(job, JobStatus("failed", error=stalled_reason(job.task.title)))
            return
        if isinstance(message, Progress):
            self._set(job, JobStatus("running", _with_last_picture(message, job.status.progress)))
        elif isinstance(message, LibraryDone):
            self._set(job, JobStatus("done", set_id=message.set_id))
        elif isinstance(message, Failed):
            self._set(job, JobStatus("failed", error=message.reason))

    def _set(self, job: _Job, status: JobStatus) -> None:
        with self._lock:
            if not job.cancelled.is_set():
                job.status = status

    def _forget(self) -> None:
        """Let go of the oldest finished jobs when there are many."""
        over = [i for i, job in self._jobs.items() if job.status.state not in ("queued", "running")]
        for job_id in over[: max(0, len(self._jobs) - _REMEMBERED)]:
            del self._jobs[job_id]


def _with_last_picture(news: Progress, before: Progress | None) -> Progress:
    """The news, with the picture before when they bring none: there is always one to show."""
    if news.preview_jpeg is None and before is not None:
        return replace(news, preview_jpeg=before.preview_jpeg)
    return news
