"""What all H.264 files of ours have in common: times in true ticks, colours that players agree about."""

import os
from fractions import Fraction
from typing import Final

import av
import cv2
import numpy as np
from av.container import OutputContainer
from av.video.reformatter import ColorRange
from av.video.stream import VideoStream

from hipform.records import ImageArray

TICKS_PER_S: Final = 90_000
_MOST_THREADS = 4
# H.264's numbers for the conversion (BT.601) and for primaries and transfer (BT.709).
_MATRIX_BT601 = 6
_BT709 = 1


def add_stream(
    container: OutputContainer, size: tuple[int, int], rate_hz: int, options: dict[str, str]
) -> VideoStream:
    """A stream for pictures of this size (even width and height), with a key frame each second.

    `options` are the encoder's. Pictures keep their own times: `rate_hz` is what players are told.
    """
    stream = container.add_stream("libx264", rate=Fraction(rate_hz), options=options)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    codec = stream.codec_context
    codec.time_base = Fraction(1, TICKS_PER_S)
    codec.gop_size = rate_hz  # a click on a rep finds its picture at once
    codec.thread_count = min(os.cpu_count() or 1, _MOST_THREADS)
    codec.colorspace = _MATRIX_BT601
    codec.color_primaries = codec.color_trc = _BT709
    codec.color_range = ColorRange.MPEG
    return stream


def packed(image: ImageArray, tick: int) -> av.VideoFrame:
    """An RGB picture for the encoder, shown from `tick` on."""
    # OpenCV converts 20 times faster than PyAV's reformat; it follows BT.601, which the file says.
    planes = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2YUV_I420), np.uint8)
    picture = av.VideoFrame.from_ndarray(planes, format="yuv420p")
    picture.pts, picture.time_base = tick, Fraction(1, TICKS_PER_S)
    return picture
