"""The overlay video: every frame with its drawing, at its true time, as H.264 that browsers play."""

from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import cv2
import numpy as np
from av.container import OutputContainer

from hipform.atomic import output_error, part_of
from hipform.overlay.h264 import TICKS_PER_S, add_stream, packed
from hipform.overlay.picture import paint
from hipform.records import Analysis, Frame, ImageArray

# Drawing and encoding a 4K picture costs nine times as much and shows no more of an angle.
LONGEST_SIDE = 1280
# Text cannot be read in anything smaller.
LEAST_LONG_SIDE = 320
_ENCODER = {"preset": "veryfast", "crf": "23"}


def overlay_size(width: int, height: int) -> tuple[int, int]:
    """Size of the overlay for a recording of this size: even, its longer side 320 to 1280 pixels."""
    longest = max(width, height)
    scale = min(max(longest, LEAST_LONG_SIDE), LONGEST_SIDE) / longest
    return max(round(width * scale) // 2 * 2, 2), max(round(height * scale) // 2 * 2, 2)


class OverlayWriter:
    """Writes the overlay video of an analysis, frame by frame, as a context manager.

    `width` and `height` are the upright size of the frames that will be written. The file appears under
    its name when the last frame is in it; after an error, or without a frame, there is none. Frames keep
    their own times, so a variable frame rate stays one.

    Raises:
        OutputError: the file cannot be written (from `write` or at the end).

    """

    def __init__(self, path: Path, width: int, height: int, analysis: Analysis) -> None:
        self._path, self._part = path, part_of(path)
        self._analysis = analysis
        self._size = overlay_size(width, height)
        self._scale = self._size[0] / width
        self._last_tick = -1

    def __enter__(self) -> Self:
        self._container: OutputContainer = av.open(
            self._part, "w", format="mp4", container_options={"movflags": "+faststart"}
        )
        self._stream = add_stream(self._container, self._size, self._rate_hz(), _ENCODER)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        try:
            if kind is None and self._last_tick >= 0:
                self._container.mux(self._stream.encode(None))
                self._container.close()
                self._part.replace(self._path)
        except OSError as failure:
            raise output_error(self._path, failure) from failure
        finally:
            with suppress(OSError):
                self._container.close()
            with suppress(OSError):
                self._part.unlink(missing_ok=True)

    def write(self, frame: Frame) -> None:
        """Draw on this frame and add it at its own time; frames come in the order of their times."""
        image = self._resized(frame.image)
        paint(image, self._index(frame.t_s), self._analysis, self._scale)
        self._last_tick = max(round(frame.t_s * TICKS_PER_S), self._last_tick + 1)
        try:
            self._container.mux(self._stream.encode(packed(image, self._last_tick)))
        except OSError as failure:
            raise output_error(self._path, failure) from failure

    def _rate_hz(self) -> int:
        times = self._analysis.track.t_s
        step_s = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
        return min(max(round(1.0 / step_s), 1), 240) if step_s > 0 else 30

    def _resized(self, image: ImageArray) -> ImageArray:
        height, width = image.shape[:2]
        if (width, height) == self._size:
            return np.array(image, np.uint8, order="C")
        smaller = self._size[0] < width
        method = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(image, self._size, interpolation=method), np.uint8)

    def _index(self, t_s: float) -> int:
        """The pose nearest in time: above 60 fps not every frame has one of its own."""
        times = self._analysis.track.t_s
        after = min(int(np.searchsorted(times, t_s)), len(times) - 1)
        before = max(after - 1, 0)
        return before if t_s - times[before] < times[after] - t_s else after
