"""A camera of this machine as a stream of pictures, and a recording played as if it were one.

A thread reads all the time and keeps only the newest picture: whoever takes long over one misses the next
ones and never falls behind. So the times of what comes out are true, and their distances vary.
"""

import math
import os
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Generic, Protocol, Self, TypeVar

import cv2
import numpy as np

from hipform.capture.video_file import VideoFile
from hipform.errors import CameraError, HipformError
from hipform.records import Frame, ImageArray

# A camera that gives no picture for so long is gone; a single picture may fail without that (ours).
LOST_AFTER_S: Final = 2.0
# Some systems do not say that a camera is gone: asking for a picture just never comes back (ours).
SILENT_S: Final = 6.0
_RETRY_S = 0.05
_LOOK_S = 0.1
_DEVICES = Path("/dev")
_OTHER_WAY = "Or play a recording instead: hipform live --file VIDEO."

Item = TypeVar("Item")


class Newest(Generic[Item]):
    """The newest picture of a stream that is filled in one thread and read in another; iterate once.

    A new picture takes the place of one that nobody came for. When none comes for `patience_s` the
    iteration ends and `silent` is true.
    """

    def __init__(self, patience_s: float = math.inf) -> None:
        self._patience_s = patience_s
        self._changed = threading.Condition()
        self._item: Item | None = None
        self._finished = False
        self._error: HipformError | None = None
        self.silent = False

    def put(self, item: Item) -> None:
        """Offer the next picture."""
        with self._changed:
            self._item = item
            self._changed.notify()

    def finish(self, error: HipformError | None = None) -> None:
        """There are no more pictures after the one that waits; `error` is then raised at the reader."""
        with self._changed:
            self._finished, self._error = True, error
            self._changed.notify()

    def close(self) -> None:
        """Give no more pictures, from any thread or signal handler."""
        with self._changed:
            self._item, self._finished = None, True
            self._changed.notify()

    def __iter__(self) -> Iterator[Item]:
        while (item := self._take()) is not None:
            yield item
        if self._error is not None:
            raise self._error

    def _take(self) -> Item | None:
        until_s = time.perf_counter() + self._patience_s
        with self._changed:
            while self._item is None and not self._finished:
                if time.perf_counter() >= until_s:
                    self.silent = True
                    return None
                self._changed.wait(_LOOK_S)  # in slices: not every system wakes a waiting thread for Ctrl-C
            item, self._item = self._item, None
            return item


class LiveSource(Protocol):
    """Frames as they are taken. `size` is width and height in pixels, `recorded_at` ISO 8601.

    Single frames may be smaller or larger than `size`, never of other proportions.
    `title` is what a set done with it may be called. `notes` are remarks for the user, complete after the
    last frame.
    """

    title: str
    size: tuple[int, int]
    recorded_at: str
    notes: list[str]

    def __iter__(self) -> Iterator[Frame]: ...

    def close(self) -> None:
        """Give no more frames, from any thread or signal handler."""
        ...


class Capture(Protocol):
    """What is used of OpenCV's `VideoCapture`."""

    def isOpened(self) -> bool: ...  # noqa: D102, N802 (OpenCV's names)
    def grab(self) -> bool: ...  # noqa: D102
    def retrieve(self) -> tuple[bool, Any]: ...  # noqa: D102
    def release(self) -> None: ...  # noqa: D102


class _Source(ABC):
    """What is filled in a thread of its own until it is closed; a context manager."""

    def __init__(self, name: str, patience_s: float = math.inf) -> None:
        self._closed = threading.Event()
        self._newest = Newest[Frame](patience_s)
        self._thread = threading.Thread(target=self._fill, name=name, daemon=True)

    @abstractmethod
    def _fill(self) -> None:
        """Offer pictures to `_newest` until `_closed` is set or there are no more."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if self._thread.ident is not None:
            self._thread.join(LOST_AFTER_S)

    def close(self) -> None:
        """Give no more frames, and let go of what gives them."""
        self._closed.set()
        self._newest.close()


class Camera(_Source):
    """Camera number `index` of this machine as a `LiveSource`; a context manager.

    Times are the clock's at the moment a picture came, in seconds since the first one. A camera that is
    unplugged ends the stream with a note.

    Raises `CameraError` when there is no such camera, it may not be used, or it gives no picture.
    """

    def __init__(self, index: int, open_capture: Callable[[int], Capture] = cv2.VideoCapture) -> None:
        super().__init__("hipform-camera", SILENT_S)
        _refuse_missing(index)
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # it tells of each way it tried
        self._capture = open_capture(index)
        first = _first_picture(self._capture)
        if first is None:
            self._capture.release()
            raise CameraError(_no_picture(index))
        self.size = (first.shape[1], first.shape[0])
        self.title, self.recorded_at = named_now()
        self.notes: list[str] = []
        self._lost = False

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        if self._thread.ident is None:
            self._capture.release()

    def __iter__(self) -> Iterator[Frame]:
        self._thread.start()
        yield from self._newest
        if self._lost or self._newest.silent:
            self.notes.append(
                "The camera gave no more pictures, so the set ends there. Plug it in again for the next one."
            )

    def _fill(self) -> None:
        index, last_s = 0, -1.0
        began_s = good_s = time.perf_counter()
        while not self._closed.is_set():
            image = _picture(self._capture)
            now_s = time.perf_counter()
            if image is None:
                self._lost = now_s - good_s > LOST_AFTER_S
                if self._lost:
                    break
                self._closed.wait(_RETRY_S)
                continue
            began_s, good_s = (began_s if index else now_s), now_s
            if now_s - began_s > last_s:
                last_s = now_s - began_s
                self._newest.put(Frame(index, last_s, image))
                index += 1
        self._capture.release()
        self._newest.finish()


class PlayedFile(_Source):
    """A recording played in its own time as a `LiveSource`; a context manager.

    Frames keep their indices, so a gap tells how many were missed. Raises `VideoError` at once when the file
    cannot be read as a video.
    """

    def __init__(self, path: Path) -> None:
        super().__init__("hipform-player")
        self._video = VideoFile(path)
        self.title = f"{path.stem} live"
        self.size = (self._video.source.width, self._video.source.height)
        self.recorded_at = self._video.source.recorded_at or ""
        self.notes = self._video.notes

    def __iter__(self) -> Iterator[Frame]:
        self._thread.start()
        return iter(self._newest)

    def _fill(self) -> None:
        failed: HipformError | None = None
        try:
            with self._video:
                began_s = time.perf_counter()
                for frame in self._video:
                    if self._closed.wait(max(0.0, began_s + frame.t_s - time.perf_counter())):
                        break
                    self._newest.put(frame)
        except HipformError as error:
            failed = error
        finally:
            self._newest.finish(failed)


def named_now() -> tuple[str, str]:
    """What a set that begins now is called, and when that is (ISO 8601)."""
    now = datetime.now().astimezone()
    return f"Live {now:%Y-%m-%d %H:%M:%S}", now.isoformat(timespec="seconds")


def _first_picture(capture: Capture) -> ImageArray | None:
    """The first picture of a camera that may still be warming up."""
    until_s = time.perf_counter() + LOST_AFTER_S
    while capture.isOpened():
        if (image := _picture(capture)) is not None:
            return image
        if time.perf_counter() > until_s:
            break
        time.sleep(_RETRY_S)
    return None


def _picture(capture: Capture) -> ImageArray | None:
    """The next picture as RGB, None when the camera gives none."""
    try:
        if not capture.grab():
            return None
        taken, image = capture.retrieve()
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8) if taken else None
    except cv2.error:  # what some drivers answer when the camera is pulled out
        return None


def _refuse_missing(index: int) -> None:
    """Raise `CameraError` for what can be known before a camera is opened (on Linux only)."""
    if sys.platform != "linux":
        return
    numbers = sorted(int(p.name[5:]) for p in _DEVICES.glob("video*") if p.name[5:].isdigit())
    if not numbers:
        raise CameraError(f"There is no camera on this machine. Plug one in. {_OTHER_WAY}")
    if index not in numbers:
        known = ", ".join(map(str, numbers))
        raise CameraError(f"There is no camera {index}. Choose another with --camera; there are: {known}.")
    if not os.access(_DEVICES / f"video{index}", os.R_OK | os.W_OK):
        raise CameraError(
            f"Camera {index} is there, but you may not use it. Add yourself to the group that owns it "
            "(often: usermod -aG video NAME) and log in again."
        )


def _no_picture(index: int) -> str:
    if sys.platform == "linux":
        return (
            f"Camera {index} gives no picture. Another program may be using it: close that one and try "
            f"again, or choose another camera with --camera. {_OTHER_WAY}"
        )
    return (
        f"Camera {index} gives no picture. Check that it is plugged in, that no other program uses it, and "
        "that programs in the terminal may use the camera (in the system's settings, under privacy), or "
        f"choose another with --camera. {_OTHER_WAY}"
    )
