"""The camera of a page as a stream of pictures: JPEGs go in as they come, the newest one comes out decoded.

What comes from a page is not trusted: the size is read from the picture's head before anything is decoded.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import cv2
import numpy as np

from hipform.capture.camera import Newest, named_now
from hipform.capture.jpeg import jpeg_size
from hipform.errors import CameraError
from hipform.records import Frame, ImageArray

# Ours: no page needs to send more, and a head that states more is meant to fill the memory.
LONGEST_SIDE_PX: Final = 4096
# Poses are told, and a video is kept, in at most this size; pages send up to 640 (ours).
NOMINAL_SIDE_PX: Final = 960
# How far proportions may be off: a picture of 160 x 90 made of 1280 x 720 is rounded by less (ours).
SAME_SHAPE: Final = 0.02


class _Picture(NamedTuple):
    t_s: float
    number: int
    jpeg: bytes


class BrowserCamera:
    """A page's camera as a `LiveSource`; `width` and `height` are its own size, pixels.

    `size` is that size, its longer side at most 960. The pictures that arrive may have any other of the
    same proportions. Frames take the page's numbers as index, and their times count from the first picture:
    `page_s` gives back the page's.
    """

    def __init__(self, width: int, height: int) -> None:
        scale = min(1.0, NOMINAL_SIDE_PX / max(width, height))
        self.size = (round(width * scale), round(height * scale))
        self.title, self.recorded_at = named_now()
        self.notes: list[str] = []
        self._newest = Newest[_Picture]()
        self._began_s: float | None = None
        self._last_s = 0.0

    def put(self, t_s: float, number: int, jpeg: bytes) -> None:
        """Offer the next picture, from any one thread; one whose time does not grow is passed over.

        Raises `CameraError` for what is no JPEG, too large, or of other proportions than the camera.
        """
        self._check(jpeg)
        if self._began_s is None:
            self._began_s = t_s
        elif t_s <= self._last_s:
            return
        self._last_s = t_s
        self._newest.put(_Picture(t_s, number, jpeg))

    def __iter__(self) -> Iterator[Frame]:
        for picture in self._newest:
            image = _decoded(picture.jpeg)
            if image is not None:
                yield Frame(picture.number, picture.t_s - (self._began_s or 0.0), image)

    def page_s(self, t_s: float) -> float:
        """The page's time at a frame's `t_s`."""
        return (self._began_s or 0.0) + t_s

    def close(self) -> None:
        """Give no more frames, from any thread or signal handler."""
        self._newest.close()

    def _check(self, jpeg: bytes) -> None:
        size = jpeg_size(jpeg)
        if size is None:
            raise CameraError("The page sent something that is no JPEG picture.")
        if max(size) > LONGEST_SIDE_PX:
            raise CameraError(f"The page sent a picture with a side of more than {LONGEST_SIDE_PX} pixels.")
        width, height = self.size
        if abs(size[0] * height / (size[1] * width) - 1.0) > SAME_SHAPE:
            raise CameraError("The page sent a picture of other proportions than its camera has.")


def _decoded(jpeg: bytes) -> ImageArray | None:
    """The picture as RGB, None when it cannot be decoded; as it is stored, whatever its Exif data say."""
    flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), flags)
    return None if image is None else np.asarray(image, np.uint8)
