"""A camera of the machine, with a false one in its place, and a recording played as if it were one."""

import threading
import time
from itertools import pairwise

import cv2
import numpy as np
import pytest

from fixtures import clips
from hipform.capture import camera
from hipform.capture.camera import Camera, Newest, PlayedFile
from hipform.errors import CameraError, VideoError
from hipform.records import Frame


class FalseCapture:
    """Gives `pictures` blue pictures, one each `every_s`, then none any more."""

    def __init__(self, pictures: int = 10_000, every_s: float = 0.005, opened: bool = True) -> None:
        self.left = pictures
        self.every_s = every_s
        self.opened = opened
        self.released = False

    def __call__(self, _index: int) -> "FalseCapture":
        return self

    def isOpened(self) -> bool:  # noqa: N802
        return self.opened

    def grab(self) -> bool:
        time.sleep(self.every_s)
        self.left -= 1
        return self.left >= 0

    def retrieve(self):
        return True, np.full((48, 64, 3), (255, 0, 0), np.uint8)

    def release(self) -> None:
        self.released = True


class PulledOut(FalseCapture):
    def grab(self) -> bool:
        if self.left <= 0:
            raise cv2.error("the device is gone")
        return super().grab()


class Hangs(FalseCapture):
    """After its pictures it says nothing at all, as some systems do when a camera is pulled out."""

    def __init__(self, pictures: int) -> None:
        super().__init__(pictures)
        self.let_go = threading.Event()

    def grab(self) -> bool:
        if self.left <= 0:
            self.let_go.wait(20)
        return super().grab()


@pytest.fixture(autouse=True)
def devices(tmp_path, monkeypatch):
    (tmp_path / "video0").touch()
    monkeypatch.setattr(camera, "_DEVICES", tmp_path)
    monkeypatch.setattr(camera, "LOST_AFTER_S", 0.3)
    monkeypatch.setattr(camera, "SILENT_S", 0.6)
    return tmp_path


def test_pictures_come_as_rgb_with_growing_times_from_zero():
    with Camera(0, FalseCapture()) as source:
        assert source.size == (64, 48)
        frames = [frame for frame, _ in zip(source, range(10), strict=False)]
    times = [frame.t_s for frame in frames]
    assert times[0] < 0.05
    assert all(a < b for a, b in pairwise(times))
    assert tuple(frames[0].image[0, 0]) == (0, 0, 255)


def test_a_slow_reader_gets_the_newest_picture_and_its_true_time():
    capture = FalseCapture(every_s=0.005)
    with Camera(0, capture) as source:
        began = time.perf_counter()
        for n, frame in enumerate(source):
            late_s = time.perf_counter() - began - frame.t_s
            if n:
                assert late_s < 0.1
            time.sleep(0.06)
            if n == 8:
                break
    assert frame.index > 30
    assert capture.released


def test_closing_ends_the_stream_and_lets_go_of_the_camera():
    capture = FalseCapture()
    with Camera(0, capture) as source:
        for frame in source:
            if frame.index > 3:
                source.close()
    assert capture.released
    assert source.notes == []


def test_a_camera_that_was_never_read_is_let_go_of():
    capture = FalseCapture()
    with Camera(0, capture):
        pass
    assert capture.released


@pytest.mark.parametrize("kind", [FalseCapture, PulledOut, Hangs])
def test_unplugged_in_the_middle_the_stream_ends_with_a_note(kind):
    capture = kind(20)
    with Camera(0, capture) as source:
        frames = list(source)
    assert 5 < len(frames) < 20
    assert "no more pictures" in source.notes[0]
    if kind is Hangs:
        capture.let_go.set()
        source._thread.join()
    assert capture.released


def test_a_picture_that_fails_once_is_nothing():
    class Hiccup(FalseCapture):
        def retrieve(self):
            return (self.left % 7 != 0), super().retrieve()[1]

    with Camera(0, Hiccup()) as source:
        frames = [frame for frame, _ in zip(source, range(20), strict=False)]
    assert len(frames) == 20


def test_a_machine_without_cameras_offers_a_recording(devices):
    (devices / "video0").unlink()
    with pytest.raises(CameraError, match=r"no camera on this machine.*--file"):
        Camera(0, FalseCapture())


def test_a_number_that_is_none_names_those_that_are(devices):
    (devices / "video2").touch()
    with pytest.raises(CameraError, match=r"no camera 1.*0, 2"):
        Camera(1, FalseCapture())


def test_a_forbidden_camera_says_how_to_get_at_it(monkeypatch):
    monkeypatch.setattr(camera.os, "access", lambda *_: False)
    with pytest.raises(CameraError, match="may not use it"):
        Camera(0, FalseCapture())


@pytest.mark.parametrize("capture", [FalseCapture(opened=False), FalseCapture(pictures=0)])
def test_a_busy_camera_says_so_and_is_let_go_of(capture):
    with pytest.raises(CameraError, match="Another program may be using it"):
        Camera(0, capture)
    assert capture.released


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_elsewhere_the_system_settings_are_named(system, monkeypatch):
    monkeypatch.setattr(camera.sys, "platform", system)
    with pytest.raises(CameraError, match="privacy"):
        Camera(3, FalseCapture(opened=False))


def test_a_file_is_played_in_its_own_time_and_to_its_end(tmp_path):
    video = clips.cut(tmp_path / "second.mp4", 0.0, 1.0)
    with PlayedFile(video) as source:
        began = time.perf_counter()
        late, frames = [], []
        for frame in source:
            late.append(time.perf_counter() - began - frame.t_s)
            frames.append(frame)
    assert time.perf_counter() - began == pytest.approx(1.0, abs=0.3)
    assert frames[-1].index == 29
    assert len(frames) > 20
    assert max(late) < 0.3


def test_a_slow_reader_of_a_file_misses_pictures_and_stays_in_time(tmp_path):
    video = clips.cut(tmp_path / "second.mp4", 0.0, 1.0)
    with PlayedFile(video) as source:
        began = time.perf_counter()
        frames = []
        for frame in source:
            frames.append(frame)
            time.sleep(0.15)
    assert time.perf_counter() - began < 1.6
    assert 5 <= len(frames) <= 9
    assert frames[-1].index >= 27


def test_a_file_that_is_no_video_is_refused_at_once(tmp_path):
    (tmp_path / "no.mp4").write_bytes(b"this is no video")
    with pytest.raises(VideoError):
        PlayedFile(tmp_path / "no.mp4")


def test_a_picture_nobody_came_for_makes_room_for_the_next():
    newest = Newest()
    for i in range(3):
        newest.put(Frame(i, i / 30, np.zeros((2, 2, 3), np.uint8)))
    newest.finish()
    assert [frame.index for frame in newest] == [2]


def test_an_error_while_reading_reaches_the_one_who_reads():
    newest = Newest()
    newest.put(Frame(0, 0.0, np.zeros((2, 2, 3), np.uint8)))
    newest.finish(VideoError("broken"))
    frames = iter(newest)
    assert next(frames).index == 0
    with pytest.raises(VideoError, match="broken"):
        next(frames)
