"""Pictures of a page: what is let in, and what comes out of them."""

import threading

import cv2
import numpy as np
import pytest

from hipform.capture.browser_camera import BrowserCamera
from hipform.capture.jpeg import jpeg_size
from hipform.errors import CameraError


def jpeg(width: int = 64, height: int = 48, colour: tuple[int, int, int] = (255, 0, 0), *more: int) -> bytes:
    """A picture of one colour (RGB)."""
    image = np.full((height, width, 3), colour[::-1], np.uint8)
    return cv2.imencode(".jpg", image, list(more))[1].tobytes()


def claims(width: int, height: int) -> bytes:
    """A small picture whose head states another size."""
    data = bytearray(jpeg())
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    return bytes(data)


def test_the_newest_picture_comes_out_as_rgb_with_the_pages_number_and_time():
    camera = BrowserCamera(64, 48)
    camera.put(1000.0, 7, jpeg())
    camera.put(1000.5, 9, jpeg(colour=(0, 0, 255)))
    frame = next(iter(camera))
    assert (frame.index, frame.t_s) == (9, 0.5)
    assert camera.page_s(frame.t_s) == 1000.5
    assert frame.image.shape == (48, 64, 3)
    assert np.abs(frame.image[20, 20].astype(int) - (0, 0, 255)).max() < 10


@pytest.mark.parametrize("t_s", [5.0, 4.0])
def test_a_picture_whose_time_does_not_grow_is_passed_over(t_s):
    camera = BrowserCamera(64, 48)
    camera.put(5.0, 1, jpeg())
    camera.put(t_s, 2, jpeg())
    assert next(iter(camera)).index == 1


def test_pictures_may_be_smaller_than_the_camera_and_change_their_size():
    camera = BrowserCamera(640, 480)
    for number, size in enumerate([(320, 240), (107, 80), (640, 480)]):
        camera.put(float(number), number, jpeg(*size))
        assert next(iter(camera)).image.shape == (size[1], size[0], 3)
    assert camera.size == (640, 480)


def test_a_large_camera_is_told_of_in_pixels_of_the_overlay():
    assert BrowserCamera(3840, 2160).size == (960, 540)
    assert BrowserCamera(1080, 1920).size == (540, 960)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no JPEG"),
        (b"GIF89a", "no JPEG"),
        (b"\xff\xd8\xff", "no JPEG"),
        (jpeg()[:15], "no JPEG"),
        (cv2.imencode(".png", np.zeros((48, 64, 3), np.uint8))[1].tobytes(), "no JPEG"),
        (claims(5120, 3840), "4096"),
        (claims(0, 48), "no JPEG"),
        (jpeg(48, 64), "proportions"),
        (jpeg(64, 36), "proportions"),
    ],
)
def test_what_no_page_of_ours_sends_is_refused_before_it_is_decoded(monkeypatch, data, words):
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("decoded"))
    with pytest.raises(CameraError, match=words):
        BrowserCamera(64, 48).put(1.0, 1, data)


def test_a_picture_that_cannot_be_decoded_is_passed_over():
    camera = BrowserCamera(64, 48)
    camera.put(1.0, 1, jpeg()[:200])
    later = threading.Timer(0.05, camera.put, (2.0, 2, jpeg()))
    later.start()
    assert next(iter(camera)).index == 2
    later.join()


def test_closing_ends_the_stream():
    camera = BrowserCamera(64, 48)
    camera.put(1.0, 1, jpeg())
    camera.close()
    assert list(camera) == []


@pytest.mark.parametrize("more", [(), (cv2.IMWRITE_JPEG_PROGRESSIVE, 1), (cv2.IMWRITE_JPEG_RST_INTERVAL, 2)])
def test_the_size_is_read_from_any_kind_of_jpeg(more):
    assert jpeg_size(jpeg(200, 113, (1, 2, 3), *more)) == (200, 113)


def test_fill_bytes_and_long_segments_do_not_hide_the_size():
    plain = jpeg(200, 113)
    exif = b"\xff\xe1" + (30_000).to_bytes(2, "big") + b"\xff\xc0\x00\x11\x08" + bytes(30_000 - 7)
    table = b"\xff\xc4" + (20).to_bytes(2, "big") + bytes(18)  # its marker lies among those that state sizes
    assert jpeg_size(plain[:2] + b"\xff\xff" + exif + table + plain[2:]) == (200, 113)
