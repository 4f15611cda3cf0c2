"""The pictures of a live set as a video while it is being done: exactly one for each pose that is kept.

A Matroska file in which each picture is on disk when the next one comes, so that a killed program leaves one
that can be read. It is not for keeps: the overlay is drawn from it, as from an uploaded video.
"""

from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import av
import cv2
import numpy as np
from av.container import OutputContainer

from hipform.atomic import output_error
from hipform.overlay.h264 import TICKS_PER_S, add_stream, packed
from hipform.records import Frame, ImageArray, Pose

# Ours: 2 to 4 ms for a picture, 1 MB for ten seconds, and nothing lost to the eye when it is coded again.
_ENCODER: Final = {"preset": "ultrafast", "crf": "20", "tune": "zerolatency"}
_RATE_HZ: Final = 30
# A cluster for each picture, written at once: otherwise up to five seconds are held back.
_AT_ONCE: Final = {"flush_packets": "1", "cluster_time_limit": "1"}
_JPEG_QUALITY: Final = 90


class KeptVideo:
    """Writes the pictures of a set to `path`; `size` is the width and height in which poses are told, pixels.

    Which pictures of the standing before a set belong to it is known only when it begins: those of the last
    `before_s` seconds wait as JPEG. A disk that takes no more does not end the set: `trouble` then says so,
    and there is no video.
    """

    def __init__(self, path: Path, size: tuple[int, int], before_s: float) -> None:
        self.trouble: str | None = None
        self._path = path
        self._size = (size[0] // 2 * 2, size[1] // 2 * 2)
        self._before_s = before_s
        self._before: deque[tuple[float, bytes]] = deque()
        self._container: OutputContainer | None = None
        self._last_tick = -1

    def push(self, frame: Frame, kept: Sequence[Pose], *, waiting: bool) -> None:
        """Take the next picture. `kept` are the poses that joined the set, in its own time.

        The last of them is this picture's; the others are those of pictures that waited. `waiting` says that
        the set has not begun.
        """
        if self.trouble is not None:
            return
        try:
            if waiting:
                self._remember(frame)
            elif kept:
                self._write_all(frame, kept)
        except OSError as error:
            self.trouble = f"The video is not kept: {output_error(self._path, error)}"
            self.start_anew()

    def start_anew(self) -> None:
        """Forget the pictures so far."""
        self.close()
        self._before.clear()
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def close(self) -> Path | None:
        """Finish the file; its path, None when there is none."""
        container, self._container, self._last_tick = self._container, None, -1
        if container is None:
            return None
        with suppress(OSError):  # what was written so far can be read all the same
            container.close()
        return self._path

    def _remember(self, frame: Frame) -> None:
        packed_jpeg = cv2.imencode(
            ".jpg", cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
        )[1].tobytes()
        self._before.append((frame.t_s, packed_jpeg))
        while self._before[0][0] < frame.t_s - self._before_s:
            self._before.popleft()

    def _write_all(self, frame: Frame, kept: Sequence[Pose]) -> None:
        ahead_s = frame.t_s - kept[-1].t_s
        for pose in kept[:-1]:
            self._write(_unpacked(self._nearest(pose.t_s + ahead_s)), pose.t_s)
        self._before.clear()
        self._write(frame.image, kept[-1].t_s)

    def _nearest(self, t_s: float) -> bytes:
        return min(self._before, key=lambda one: abs(one[0] - t_s))[1]

    def _write(self, image: ImageArray, t_s: float) -> None:
        if self._container is None:
            self._container = av.open(self._path, "w", format="matroska", container_options=_AT_ONCE)
            self._stream = add_stream(self._container, self._size, _RATE_HZ, _ENCODER)
            self._stream.codec_context.thread_count = 1  # the pose model needs the processor
        if (image.shape[1], image.shape[0]) != self._size:
            image = np.asarray(cv2.resize(image, self._size, interpolation=cv2.INTER_LINEAR), np.uint8)
        self._last_tick = max(round(t_s * TICKS_PER_S), self._last_tick + 1)
        self._container.mux(self._stream.encode(packed(image, self._last_tick)))


def _unpacked(jpeg: bytes) -> ImageArray:
    image = np.asarray(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR))
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)
