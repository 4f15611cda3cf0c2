"""A job queue that a test moves by hand."""

from pathlib import Path

from hipform.api import Options
from hipform.jobs import JobStatus


class HandQueue:
    """Every job is in `state`, until it is cancelled."""

    def __init__(self) -> None:
        self.state = JobStatus("queued", position=1)
        self.submitted: list[tuple[Path, str, Options]] = []
        self.cancelled: list[str] = []

    def submit(self, video: Path, title: str, options: Options) -> str:
        self.submitted.append((video, title, options))
        return str(len(self.submitted))

    def status(self, job_id: str) -> JobStatus:
        return JobStatus("cancelled") if job_id in self.cancelled else self.state

    def cancel(self, job_id: str) -> None:
        self.cancelled.append(job_id)

    def close(self) -> None:
        self.state = JobStatus("cancelled")
