"""Clips that Chromium plays as its camera, made of a sample video whose reps are known exactly.

    clip = make_clip(tmp_path / "camera.mjpeg", reps=2, empty_s=5.0)
    chromium(*camera_flags(clip.path))

Somebody stands first, does the reps, stands again, and may leave the picture. Chromium begins a clip anew
whenever a page opens the camera, and plays it in a loop. Each picture carries its number as a small board of
black and white blocks, so a test can tell which one was sent, analysed and shown (`read_number`, and the same
in `probe.js`).
"""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain, cycle, islice
from pathlib import Path
from typing import IO, Final

import cv2
import numpy as np

from fixtures.clips import pictures, sample
from hipform.records import ImageArray

SAMPLE_FPS: Final = 30
JPEG_QUALITY: Final = 90

# The board: two rows of eight blocks in the upper left corner, 20 px each in a picture of 640 x 480, which
# survive JPEG and a picture half as large. The first block of a row is white and the last one black, so a
# mirrored board is known as such; the other twelve are eleven bits and their parity.
BOARD: Final = (2, 8)
BLOCK_SHARE: Final = (1 / 24, 1 / 32)  # of the picture's height and width
BITS: Final = 11
NUMBERS: Final = 1 << BITS
_DARK, _BRIGHT = 90, 165


@dataclass(frozen=True)
class Clip:
    """A clip and what is in it: when each rep is truly over, seconds since the clip's first picture."""

    path: Path
    fps: int
    frames: int
    ends_s: tuple[float, ...]

    @property
    def duration_s(self) -> float:
        return self.frames / self.fps

    def time_of(self, number: int) -> float:
        """When the picture with this number is shown, seconds since the clip's first one."""
        return number / self.fps


def make_clip(
    path: Path,
    *,
    name: str = "sample_squat_side",
    reps: int | None = None,
    standing_s: float = 3.5,
    after_s: float = 1.0,
    empty_s: float = 0.0,
    fps: int = SAMPLE_FPS,
) -> Clip:
    """Standing, the first `reps` reps of a sample (all for None), standing, and nobody for `empty_s`.

    `path` ends in .mjpeg (Chromium plays it at 30 fps) or .y4m (any rate, 0.46 MB for each picture).
    """
    truth = tomllib.loads(sample(name).with_suffix(".toml").read_text(encoding="utf-8"))
    done = truth["rep"][:reps]
    rest = truth["rep"][len(done) :]
    last_s = rest[0]["start_s"] if rest else truth["duration_s"]
    images = list(pictures(sample(name), 0.0, last_s))
    before = _to_and_fro(images[: _frames(0.8)], _frames(standing_s))
    after = _to_and_fro(images[_frames(done[-1]["end_s"]) :], _frames(after_s))
    nobody = [_without_person(images[0])] * _frames(empty_s)
    scene = [*reversed(before), *images, *after, *nobody]
    repeat = fps // SAMPLE_FPS
    with path.open("wb") as file:
        write = _mjpeg(file) if path.suffix == ".mjpeg" else _y4m(file, scene[0], fps)
        for i, image in enumerate(image for image in scene for _ in range(repeat)):
            write(with_number(image, i))
    ends_s = tuple(len(before) / SAMPLE_FPS + rep["end_s"] for rep in done if rep["complete"])
    return Clip(path, fps, len(scene) * repeat, ends_s)


def camera_flags(clip: Path) -> list[str]:
    """What makes Chromium take this clip for its camera; pages must still be allowed to use it."""
    return ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={clip}"]


def with_number(image: ImageArray, number: int) -> ImageArray:
    """The picture with the board of this number in its corner."""
    rows, columns = BOARD
    code = number % NUMBERS
    bits = [code >> i & 1 for i in range(BITS)]
    bits.append(sum(bits) % 2)
    image = image.copy()
    for row in range(rows):
        half = bits[row * (columns - 2) : (row + 1) * (columns - 2)]
        for column, bit in enumerate([1, *half, 0]):
            image[_block(image, row, column)] = 255 if bit else 0
    return image


def read_number(image: ImageArray) -> int | None:
    """The number on the board of a picture of any size (RGB or grey), None when it cannot be read."""
    rows, columns = BOARD
    bits = []
    for row in range(rows):
        levels = [float(_middle(image[_block(image, row, column)]).mean()) for column in range(columns)]
        if any(_DARK < level < _BRIGHT for level in levels):
            return None
        line = [int(level >= _BRIGHT) for level in levels]
        if line[0] != 1 or line[-1] != 0:
            return None
        bits += line[1:-1]
    *number, parity = bits
    return sum(bit << i for i, bit in enumerate(number)) if sum(number) % 2 == parity else None


def _block(image: ImageArray, row: int, column: int) -> tuple[slice, slice]:
    high, wide = (share * size for share, size in zip(BLOCK_SHARE, image.shape[:2], strict=True))
    return (
        slice(round(row * high), round((row + 1) * high)),
        slice(round(column * wide), round((column + 1) * wide)),
    )


def _middle(block: ImageArray) -> ImageArray:
    """The inner half of a block: its edges are blurred by scaling and JPEG."""
    high, wide = (size // 4 for size in block.shape[:2])
    return block[high : block.shape[0] - high, wide : block.shape[1] - wide]


def _frames(seconds: float) -> int:
    return round(seconds * SAMPLE_FPS)


def _to_and_fro(images: list[ImageArray], count: int) -> list[ImageArray]:
    """Somebody who stands for `count` pictures: these forwards and backwards, beginning with the first."""
    there_and_back = cycle(chain(images, reversed(images)))
    return list(islice(there_and_back, count))


def _without_person(image: ImageArray) -> ImageArray:
    """A picture of the same room with nobody in it: the person stands right of its left third."""
    height, width = image.shape[:2]
    return np.asarray(cv2.resize(image[:, : width * 2 // 5], (width, height)), np.uint8)


def _mjpeg(file: IO[bytes]) -> Callable[[ImageArray], None]:
    def write(image: ImageArray) -> None:
        coded = cv2.imencode(".jpg", image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1]
        file.write(coded.tobytes())

    return write


def _y4m(file: IO[bytes], first: ImageArray, fps: int) -> Callable[[ImageArray], None]:
    height, width = first.shape[:2]
    file.write(f"YUV4MPEG2 W{width} H{height} F{fps}:1 Ip A1:1 C420\n".encode())

    def write(image: ImageArray) -> None:
        file.write(b"FRAME\n" + cv2.cvtColor(image, cv2.COLOR_RGB2YUV_I420).tobytes())

    return write
