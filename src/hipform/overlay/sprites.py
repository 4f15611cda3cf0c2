"""Text and shapes as small ready-made pictures ("sprites") that are blended into frames.

OpenCV's own letters have no degree sign, so words are set in DejaVu Sans Bold, which comes with the pose
model's dependencies; without it Pillow's built-in face is taken. Everything that can repeat is cached:
a frame then costs a few blends, no typesetting.
"""

import importlib.util
import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from hipform.records import ImageArray

Colour = tuple[int, int, int]
Mask = npt.NDArray[np.float32]

LEFT: Colour = (0, 114, 178)  # Okabe-Ito blue, as everywhere for the left leg
RIGHT: Colour = (213, 94, 0)  # Okabe-Ito vermilion
WHITE: Colour = (255, 255, 255)
QUIET: Colour = (203, 211, 219)
DARK: Colour = (12, 16, 22)
GOOD: Colour = (60, 200, 150)  # Okabe-Ito green, lightened for a dark ground
NOTE: Colour = (86, 180, 233)
WARN: Colour = (240, 228, 66)
FAULT: Colour = (230, 159, 0)

# Shapes and letters are made this much larger and shrunk: smooth edges at any size.
_OVERSAMPLE = 4
# DejaVu is a wide face; set a little narrower more fits beside a joint.
_NARROW = 0.87
_LONGEST_TEXT = 90


@dataclass(frozen=True, slots=True, eq=False)
class Sprite:
    """A picture with its own opacity: `rgb` uint8 (h, w, 3), `alpha` float32 (h, w) in 0..1."""

    rgb: ImageArray
    alpha: Mask

    @property
    def width(self) -> int:
        """Pixels across."""
        return int(self.alpha.shape[1])

    @property
    def height(self) -> int:
        """Pixels down."""
        return int(self.alpha.shape[0])


def stamp(image: ImageArray, sprite: Sprite, x: int, y: int) -> None:
    """Blend `sprite` into `image` in place, its top left corner at (x, y); what lies outside is cut."""
    left, top = max(x, 0), max(y, 0)
    right, bottom = min(x + sprite.width, image.shape[1]), min(y + sprite.height, image.shape[0])
    if right <= left or bottom <= top:
        return
    part = (slice(top - y, bottom - y), slice(left - x, right - x))
    alpha = np.ascontiguousarray(sprite.alpha[part])
    target = image[top:bottom, left:right]
    blended = cv2.blendLinear(
        np.ascontiguousarray(target), np.ascontiguousarray(sprite.rgb[part]), 1.0 - alpha, alpha
    )
    target[...] = blended


class Layer:
    """A small transparent sheet on which masks are painted one over the other."""

    def __init__(self, width: int, height: int) -> None:
        self._rgb = np.zeros((height, width, 3), np.float32)
        self._alpha = np.zeros((height, width), np.float32)

    def paint(self, mask: Mask, x: int, y: int, colour: Colour, opacity: float = 1.0) -> None:
        """Paint `colour` through `mask`, whose top left corner lies at (x, y) within the sheet."""
        height, width = self._alpha.shape
        cut = mask[max(-y, 0) : max(height - y, 0), max(-x, 0) : max(width - x, 0)]
        if not cut.size:
            return
        x, y = max(x, 0), max(y, 0)
        place = (slice(y, y + cut.shape[0]), slice(x, x + cut.shape[1]))
        over = cut * opacity
        under = 1.0 - over
        self._rgb[place] = self._rgb[place] * under[..., None] + over[..., None] * np.array(
            colour, np.float32
        )
        self._alpha[place] = self._alpha[place] * under + over

    def sprite(self) -> Sprite:
        """What was painted, ready to be stamped."""
        rgb = self._rgb / np.maximum(self._alpha, 1e-6)[..., None]
        return Sprite(np.clip(rgb + 0.5, 0, 255).astype(np.uint8), np.minimum(self._alpha, 1.0))


def clean(text: str) -> str:
    """`text` fit to be drawn: one line, nothing unprintable, at most 90 letters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _LONGEST_TEXT else line[: _LONGEST_TEXT - 1].rstrip() + "…"


@lru_cache(maxsize=1024)
def ink(text: str, size: int) -> Mask:
    """Coverage (h, w) of one line of text, `size` pixels from ascender to descender."""
    if not text:
        return np.zeros((size, 0), np.float32)
    font = _font(size * _OVERSAMPLE)
    ascent, descent = font.getmetrics()
    length = max(int(np.ceil(font.getlength(text))), 1)
    sheet = Image.new("L", (length, ascent + descent), 0)
    ImageDraw.Draw(sheet).text((0, 0), text, font=font, fill=255)
    shape = (max(round(length * _NARROW / _OVERSAMPLE), 1), size)
    shrunk = cv2.resize(np.asarray(sheet), shape, interpolation=cv2.INTER_AREA)
    return np.asarray(shrunk, np.float32) / np.float32(255)


@lru_cache(maxsize=64)
def _font(size: int) -> ImageFont.FreeTypeFont:
    """A font whose line is about `size` pixels high."""
    face = _face()
    em = max(round(size / 1.17), 1)
    font = ImageFont.truetype(io.BytesIO(face), em) if face else ImageFont.load_default(em)
    return cast("ImageFont.FreeTypeFont", font)


@lru_cache(maxsize=1)
def _face() -> bytes | None:
    # matplotlib is only looked up, not imported: that would cost a third of a second.
    spec = importlib.util.find_spec("matplotlib")
    folders = (spec.submodule_search_locations or []) if spec else []
    for folder in folders:
        file = Path(folder) / "mpl-data" / "fonts" / "ttf" / "DejaVuSans-Bold.ttf"
        if file.is_file():
            return file.read_bytes()
    return None


@lru_cache(maxsize=256)
def rounded(width: int, height: int, radius: int) -> Mask:
    """Coverage of a filled rectangle with round corners."""
    n = _OVERSAMPLE
    sheet = np.zeros((height * n, width * n), np.uint8)
    r = min(radius, width // 2, height // 2) * n
    cv2.rectangle(sheet, (r, 0), (width * n - 1 - r, height * n - 1), 255, -1)
    cv2.rectangle(sheet, (0, r), (width * n - 1, height * n - 1 - r), 255, -1)
    for x in (r, width * n - 1 - r):
        for y in (r, height * n - 1 - r):
            cv2.circle(sheet, (x, y), r, 255, -1)
    return _shrunk(sheet, width, height)


# Corner points of the signs in a unit square; the meaning never hangs on colour alone.
_SIGNS: dict[str, tuple[tuple[float, float], ...]] = {
    "down": ((0.06, 0.22), (0.94, 0.22), (0.5, 0.9)),
    "up": ((0.06, 0.78), (0.94, 0.78), (0.5, 0.1)),
    "hold": ((0.08, 0.36), (0.92, 0.36), (0.92, 0.64), (0.08, 0.64)),
    "diamond": ((0.5, 0.0), (1.0, 0.5), (0.5, 1.0), (0.0, 0.5)),
    "warn": ((0.5, 0.04), (1.0, 0.94), (0.0, 0.94)),
    "tick": ((0.04, 0.54), (0.2, 0.38), (0.4, 0.58), (0.8, 0.12), (0.97, 0.27), (0.42, 0.9)),
}


@lru_cache(maxsize=128)
def sign(kind: str, size: int) -> Mask:
    """Coverage of a small sign: down, up, hold, diamond, warn, tick, dot or ring."""
    n = size * _OVERSAMPLE
    sheet = np.zeros((n, n), np.uint8)
    if kind in ("dot", "ring"):
        thickness = -1 if kind == "dot" else max(n // 7, 1)
        cv2.circle(sheet, (n // 2, n // 2), int(n * 0.36), 255, thickness)
    else:
        cv2.fillPoly(sheet, [np.round(np.array(_SIGNS[kind]) * (n - 1)).astype(np.int32)], 255)
    return _shrunk(sheet, size, size)


def _shrunk(sheet: npt.NDArray[np.uint8], width: int, height: int) -> Mask:
    small = cv2.resize(sheet, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32) / np.float32(255)
