"""The pictures of a live set as a video: which ones, at which times, and what a full disk does."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from hipform.overlay import KeptVideo
from hipform.records import Frame, Pose

SIZE = (64, 48)


def grey(number: int) -> int:
    """How bright the picture of this number is: far from its neighbours'."""
    return 30 + 37 * number % 200


def frame(number: int, size: tuple[int, int] = SIZE) -> Frame:
    """Ten pictures a second."""
    return Frame(number, number / 10, np.full((size[1], size[0], 3), grey(number), np.uint8))


def kept(*t_s: float) -> tuple[Pose, ...]:
    return tuple(Pose.missing(t) for t in t_s)


def shown(path) -> list[tuple[float, float]]:
    """Time and brightness of each picture."""
    with av.open(str(path)) as file:
        return [(one.time, float(one.to_ndarray(format="rgb24").mean())) for one in file.decode(video=0)]


def assert_shows(path, times_s, numbers) -> None:
    found = shown(path)
    assert [t_s for t_s, _ in found] == pytest.approx(times_s, abs=0.001)
    assert [brightness for _, brightness in found] == pytest.approx([grey(n) for n in numbers], abs=4)


@pytest.fixture
def video(tmp_path):
    made = KeptVideo(tmp_path / "set.mkv", SIZE, before_s=2.0)
    yield made
    made.close()


def test_of_the_standing_just_the_pictures_that_count_are_kept(video):
    for number in range(40):
        video.push(frame(number), (), waiting=True)
    # Pictures 30 and 33 showed nobody; the standing began with picture 25.
    standing = [n for n in range(25, 40) if n not in (30, 33)]
    video.push(frame(40), kept(*(round((n - 25) / 10, 6) for n in [*standing, 40])), waiting=False)
    video.push(frame(41), kept(1.6), waiting=False)
    assert_shows(video.close(), [(n - 25) / 10 for n in [*standing, 40, 41]], [*standing, 40, 41])


def test_pictures_are_told_in_one_even_size(tmp_path):
    video = KeptVideo(tmp_path / "set.mkv", (97, 73), before_s=1.0)
    for number, size in enumerate([(97, 73), (48, 36), (194, 146)]):
        video.push(frame(number, size), kept(number / 10), waiting=False)
    path = video.close()
    assert_shows(path, [0.0, 0.1, 0.2], [0, 1, 2])
    with av.open(str(path)) as file:
        assert (file.streams.video[0].width, file.streams.video[0].height) == (96, 72)


def test_starting_anew_forgets_the_pictures_so_far(video, tmp_path):
    video.push(frame(0), kept(0.0), waiting=False)
    video.start_anew()
    assert list(tmp_path.iterdir()) == []
    video.push(frame(5), (), waiting=True)
    video.push(frame(6), kept(0.0, 0.1), waiting=False)
    assert_shows(video.close(), [0.0, 0.1], [5, 6])


def test_without_a_kept_picture_there_is_no_file(video, tmp_path):
    video.push(frame(0), (), waiting=True)
    assert video.close() is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="ends by signal")
def test_a_killed_program_leaves_all_pictures_but_the_last(tmp_path):
    program = (
        "import os, signal; from pathlib import Path; from test_kept_video import *\n"
        "video = KeptVideo(Path('set.mkv'), SIZE, before_s=1.0)\n"
        "for n in range(40): video.push(frame(n), kept(n / 10), waiting=False)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    here = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=here, check=False)
    assert_shows(tmp_path / "set.mkv", [n / 10 for n in range(39)], range(39))


def test_a_full_disk_is_told_and_ends_nothing(video, tmp_path, monkeypatch):
    video.push(frame(0), kept(0.0), waiting=False)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(video, "_write", full)
    video.push(frame(1), kept(0.1), waiting=False)
    assert "disk is full" in video.trouble
    video.push(frame(2), kept(0.2), waiting=False)
    assert video.close() is None
    assert list(tmp_path.iterdir()) == []
