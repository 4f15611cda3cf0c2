"""The poses of a set on disk as they come, and what is left of them."""

import errno
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import numpy as np
import pytest

from fixtures.stickman import Set, gone, recorded_set, squat
from hipform.errors import OutputError
from hipform.store.journal import Header, Journal, unfinished

HEADER = Header("Live", "2026-01-02T03:04:05+00:00", (640, 480), "squat", None, "ab" * 32)
TRACK = gone(recorded_set(squat, Set(sizes=(1.0,)), fps=10.0), 1.0, 1.3)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HIPFORM_HOME", str(tmp_path))
    return tmp_path / "live"


class Killed(BaseException):
    """The program ends here."""


@contextmanager
def killed() -> Iterator[Journal]:
    """A journal whose program ends with the block."""
    with suppress(Killed), Journal(HEADER) as journal:
        yield journal
        raise Killed


def write(poses=TRACK) -> None:
    with killed() as journal:
        for pose in poses:
            journal.write(pose)


def test_what_was_written_is_there_after_a_crash_to_the_last_digit():
    write()
    (one,) = unfinished()
    assert one.header == HEADER
    track = one.track()
    for name in ("t_s", "image_px", "world_m", "visibility"):
        assert np.array_equal(getattr(track, name), getattr(TRACK, name), equal_nan=True)
    one.remove()
    assert unfinished() == []


def test_a_set_that_ended_well_leaves_nothing(home):
    with Journal(HEADER) as journal:
        journal.write(next(iter(TRACK)))
    assert list(home.iterdir()) == []


def test_each_pose_is_on_disk_before_the_next_one_comes(home):
    with Journal(HEADER) as journal:
        (path,) = home.iterdir()
        empty = path.stat().st_size
        journal.write(next(iter(TRACK)))
        assert path.stat().st_size == empty + 8 * (1 + 6 * 33)


def test_the_journal_of_a_program_that_runs_is_left_alone(home):
    with Journal(HEADER) as journal:
        journal.write(next(iter(TRACK)))
        assert unfinished() == []
        assert len(list(home.iterdir())) == 1


def test_a_pose_that_was_half_written_is_left_out(home):
    write()
    (path,) = home.iterdir()
    path.write_bytes(path.read_bytes()[:-100])
    assert len(unfinished()[0].track()) == len(TRACK) - 1


def test_a_journal_without_a_pose_is_removed(home):
    write(poses=[])
    assert unfinished() == []
    assert list(home.iterdir()) == []


def test_starting_anew_forgets_what_was():
    poses = list(TRACK)
    with killed() as journal:
        for pose in poses[:5]:
            journal.write(pose)
        journal.start_anew()
        for pose in poses[5:8]:
            journal.write(pose)
    assert list(unfinished()[0].track().t_s) == [pose.t_s for pose in poses[5:8]]


@pytest.mark.parametrize("text", [b"", b"no journal\n", b'{"format": "hipform/journal/9"}\n', b"[1]\n"])
def test_what_is_not_ours_is_neither_offered_nor_removed(home, text):
    home.mkdir()
    (home / "other.journal").write_bytes(text)
    assert unfinished() == []
    assert (home / "other.journal").exists()


def test_a_video_beside_the_journal_shares_its_fate(home):
    with killed() as journal:
        journal.write(next(iter(TRACK)))
        journal.video.write_bytes(b"pictures")
    (one,) = unfinished()
    assert one.video.read_bytes() == b"pictures"
    one.remove()
    assert list(home.iterdir()) == []
    with Journal(HEADER) as journal:
        journal.write(next(iter(TRACK)))
        journal.video.write_bytes(b"pictures")
    assert list(home.iterdir()) == []


def test_without_a_video_there_is_none():
    write()
    assert unfinished()[0].video is None


def test_the_journal_of_another_program_that_runs_is_left_alone(home):
    program = (
        "import sys; from hipform.store.journal import Header, Journal; from hipform.records import Pose\n"
        "with Journal(Header('Live', '', (640, 480), 'squat', None, '')) as journal:\n"
        "    journal.write(Pose.missing(0.0)); print('written', flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout.readline() == b"written\n"
        assert unfinished() == []
        other.kill()
    assert len(unfinished()) == 1


def test_a_full_disk_is_told_and_ends_nothing(home):
    class Full:
        def write(self, _data):
            raise OSError(errno.ENOSPC, "No space left on device")

    with Journal(HEADER) as journal:
        real, journal._file = journal._file, Full()
        for pose in list(TRACK)[:3]:
            journal.write(pose)
        assert "disk is full" in str(journal.trouble)
        journal._file = real


def test_a_data_folder_that_cannot_be_written_is_told(home):
    home.write_text("in the way")
    with pytest.raises(OutputError):
        Journal(HEADER)
