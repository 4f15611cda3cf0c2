"""One frame with everything drawn on it, and the still of a rep."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from hipform.atomic import replacing
from hipform.overlay.body import figure, paint_angles, paint_body
from hipform.overlay.hud import paint_cards
from hipform.records import Analysis, Frame, ImageArray

_LEAST_UNIT = 11
_ROOM_FOR_WORDS = 8
_JPEG_QUALITY = 88


def text_size(width: int, height: int) -> int:
    """Height of a line of text for a picture of this size, pixels: 20 at 480p, never below 11."""
    return max(round(min(height, 1.2 * width) / 24), _LEAST_UNIT)


def draw(image: ImageArray, i: int, analysis: Analysis) -> ImageArray:
    """A copy of `image`, the frame at index `i` of the track, with skeleton, angles, count and findings.

    `image` is uint8 RGB (height, width, 3) at the size of the recording. Where nobody was found only the
    cards are drawn.
    """
    canvas = np.array(image, np.uint8, order="C")
    paint(canvas, i, analysis, 1.0)
    return canvas


def paint(canvas: ImageArray, i: int, analysis: Analysis, scale: float) -> None:
    """Draw in place on a frame that was resized by `scale` from the recording's size."""
    unit = _paint_person(canvas, i, analysis, scale)
    if _has_room(canvas, unit):
        paint_cards(canvas, analysis, i, unit, scale)


def write_still(frame: Frame, analysis: Analysis, i: int, path: Path) -> None:
    """Save `frame` with the skeleton and angles of index `i` of the track as a JPEG.

    Raises:
        OutputError: the file cannot be written.

    """
    canvas = np.array(frame.image, np.uint8, order="C")
    _paint_person(canvas, i, analysis, 1.0)
    packed = io.BytesIO()
    Image.fromarray(canvas).save(packed, "JPEG", quality=_JPEG_QUALITY)
    with replacing(path) as part:
        part.write_bytes(packed.getvalue())


def _paint_person(canvas: ImageArray, i: int, analysis: Analysis, scale: float) -> int:
    """Skeleton and angles; the size of the text that was used."""
    unit = text_size(canvas.shape[1], canvas.shape[0])
    body = figure(analysis, i, scale, unit)
    paint_body(canvas, body)
    if _has_room(canvas, unit):
        paint_angles(canvas, body, analysis, i, unit)
    return unit


def _has_room(canvas: ImageArray, unit: int) -> bool:
    """Whether words would not hide the picture."""
    return bool(min(canvas.shape[:2]) >= _ROOM_FOR_WORDS * unit)
