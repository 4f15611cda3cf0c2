"""The queue of the dashboard: progress, results, cancelling, and workers that die or hang."""

import os
import signal
import time
from contextlib import suppress

import psutil
import pytest

from fixtures import clips
from hipform import workers
from hipform.api import Options
from hipform.jobs import JobQueue, JobStatus
from hipform.store import set_folder

QUICK = Options(overlay=False)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HIPFORM_HOME", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def jobs():
    queue = JobQueue()
    yield queue
    queue.close()
    assert _worker_processes() == []


@pytest.fixture(scope="module")
def squat(tmp_path_factory):
    return clips.one_squat(tmp_path_factory.mktemp("clip") / "one squat.mp4")


@pytest.fixture(scope="module")
def moment(tmp_path_factory):
    """A third of a second of standing: enough where only the queue matters."""
    return clips.cut(tmp_path_factory.mktemp("moment") / "moment.mp4", 0.0, 0.34)


def _worker_processes() -> list[psutil.Process]:
    """The living workers of this process; other tests may have children of their own."""
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.Error):
            if child.status() != psutil.STATUS_ZOMBIE and "hipform.workers" in " ".join(child.cmdline()):
                found.append(child)
    return found


def _wait(queue: JobQueue, job_id: str, *states: str) -> list[JobStatus]:
    """Everything that was to be seen of the job until it reached one of the states."""
    seen = []
    for _ in range(1200):
        seen.append(queue.status(job_id))
        if seen[-1].state in states:
            return seen
        time.sleep(0.05)
    raise AssertionError(f"still {seen[-1]}")


def _wait_for_progress(queue: JobQueue, job_id: str) -> None:
    while queue.status(job_id).progress is None:
        assert queue.status(job_id).state in ("queued", "running")
        time.sleep(0.02)


def test_a_job_tells_its_progress_and_ends_as_a_set(jobs, squat):
    job = jobs.submit(squat, "my squat.mov", Options())
    seen = _wait(jobs, job, "done", "failed")
    assert seen[-1].state == "done", seen[-1].error
    kept = set_folder.open_set(seen[-1].set_id)
    assert kept.title == "my squat.mov"
    assert kept.report().source.file == "my squat.mov"
    assert [rep.complete for rep in kept.report().reps] == [True]
    assert kept.overlay.stat().st_size > 10_000
    assert kept.still(1).stat().st_size > 5_000
    shares = [s.progress.share for s in seen if s.progress]
    assert shares == sorted(shares)
    assert {s.progress.stage for s in seen if s.progress} == {"poses", "overlay"}
    assert any(
        s.progress.preview_jpeg[:2] == b"\xff\xd8" for s in seen if s.progress and s.progress.preview_jpeg
    )


def test_jobs_run_one_at_a_time_first_come_first_served(jobs, moment):
    first, second, third = (jobs.submit(moment, name, QUICK) for name in ("1", "2", "3"))
    _wait(jobs, first, "running")
    assert [jobs.status(j).position for j in (first, second, third)] == [0, 1, 2]
    assert len(_worker_processes()) <= 1
    jobs.cancel(second)
    assert jobs.status(second).state == "cancelled"
    assert jobs.status(third).position == 1
    _wait(jobs, third, "done")
    assert [s.title for s in set_folder.list_sets()] == ["3", "1"]


def test_cancelling_ends_the_work_and_leaves_nothing(jobs, home):
    job = jobs.submit(clips.sample(), "x", Options())
    _wait_for_progress(jobs, job)
    jobs.cancel(job)
    assert jobs.status(job).state == "cancelled"
    _until(lambda: _worker_processes() == [])
    _until(lambda: not (home / "sets").exists() or list((home / "sets").iterdir()) == [])


def test_the_queue_goes_on_after_a_worker_was_killed(jobs, moment):
    doomed = jobs.submit(clips.sample(), "x", Options())
    following = jobs.submit(moment, "y", QUICK)
    _wait_for_progress(jobs, doomed)
    os.kill(_worker_processes()[0].pid, signal.SIGKILL)
    failed = _wait(jobs, doomed, "failed")[-1]
    assert "memory" in failed.error
    assert _wait(jobs, following, "done", "failed")[-1].state == "done"
    assert [s.title for s in set_folder.list_sets()] == ["y"]


def test_a_crash_in_native_code_is_told_kindly(jobs):
    job = jobs.submit(clips.sample(), "x", Options())
    _wait_for_progress(jobs, job)
    os.kill(_worker_processes()[0].pid, signal.SIGSEGV)
    failed = _wait(jobs, job, "failed")[-1]
    assert "crashed" in failed.error
    assert "hipform doctor" in failed.error


def test_a_file_that_is_no_video_says_so(jobs, tmp_path):
    nothing = tmp_path / "nothing.mp4"
    nothing.write_bytes(b"")
    failed = _wait(jobs, jobs.submit(nothing, "x", QUICK), "failed", "done")[-1]
    assert failed.state == "failed"
    assert failed.error
    assert set_folder.list_sets() == []


def test_a_worker_that_hangs_is_given_up(jobs, monkeypatch):
    job = jobs.submit(clips.sample(), "endless.mp4", QUICK)
    _wait_for_progress(jobs, job)
    monkeypatch.setattr(workers, "STALL_LIMIT_S", 1.0)
    monkeypatch.setattr(workers, "_TIDY_S", 0.5)  # it will not tidy up
    os.kill(_worker_processes()[0].pid, signal.SIGSTOP)
    failed = _wait(jobs, job, "failed", "done")[-1]
    assert failed.state == "failed"
    assert "endless.mp4 got stuck" in failed.error
    _until(lambda: _worker_processes() == [])


def test_an_unknown_job_says_what_to_do(jobs):
    status = jobs.status("nosuch")
    assert status.state == "failed"
    assert "again" in status.error
    jobs.cancel("nosuch")


def _until(true) -> None:
    for _ in range(200):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("never became true")
