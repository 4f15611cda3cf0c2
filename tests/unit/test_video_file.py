import http.server
import os
import shutil
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import psutil
import pytest

from fixtures import videos
from fixtures.videos import Style
from hipform.capture.video_file import VideoFile
from hipform.errors import VideoError
from hipform.records import Frame

CODECS_AND_ENDINGS = [
    *(("libx264", ending) for ending in ("mp4", "mov", "mkv", "avi")),
    *(("libx265", ending) for ending in ("mp4", "mov", "mkv")),
    *(("libvpx-vp9", ending) for ending in ("webm", "mkv", "mp4")),
    *(("mpeg4", ending) for ending in ("mp4", "mov", "mkv", "avi")),
    ("mjpeg", "avi"),
]


def read(path: Path, **options: object) -> tuple[VideoFile, list[Frame]]:
    with VideoFile(path, **options) as video:
        return video, list(video)


def notes_of(path: Path) -> str:
    return " ".join(read(path)[0].notes)


# What comes out


@pytest.mark.parametrize(("codec", "ending"), CODECS_AND_ENDINGS)
def test_every_usual_codec_and_container_gives_all_pictures_in_order_and_on_time(
    tmp_path: Path, codec: str, ending: str
) -> None:
    pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    path = videos.write(tmp_path / f"v.{ending}", videos.greys(45), Style(codec, pix_fmt), fps=25)

    video, frames = read(path)

    assert [videos.number_of(f.image) for f in frames] == list(range(45))
    assert [f.index for f in frames] == list(range(45))
    assert [f.t_s for f in frames] == pytest.approx(np.arange(45) / 25, abs=0.001)
    assert video.source.frames == 45
    assert video.source.duration_s == pytest.approx(45 / 25, abs=0.01)
    assert video.source.nominal_fps == pytest.approx(25, abs=0.1)
    assert video.frames_expected == pytest.approx(45, abs=2)
    assert video.notes == []


@pytest.mark.parametrize("codec", ["libx264", "mpeg4"])
def test_pictures_that_are_stored_out_of_order_come_in_order(tmp_path: Path, codec: str) -> None:
    style = Style(codec, coding={"bf": "3", "preset": "fast"} if codec == "libx264" else {"bf": "2"})
    path = videos.write(tmp_path / "v.avi", videos.greys(40), style)

    _, frames = read(path)

    assert [videos.number_of(f.image) for f in frames] == list(range(40))
    assert [f.t_s for f in frames] == pytest.approx(np.arange(40) / 30, abs=0.001)


def test_a_stream_without_any_times_runs_at_the_rate_that_it_states(tmp_path: Path) -> None:
    path = videos.write(tmp_path / "v.h264", videos.greys(20))

    _, frames = read(path)

    assert [f.t_s for f in frames] == pytest.approx(np.arange(20) / 30, abs=0.001)


@pytest.mark.parametrize("ending", ["mp4", "mov", "mkv"])
def test_varying_rates_keep_their_true_times(tmp_path: Path, ending: str) -> None:
    steps = np.random.default_rng(3).choice([1 / 60, 1 / 30, 1 / 15, 0.2], 50)
    times = np.concatenate([[0.0], np.cumsum(steps)])
    path = videos.write(tmp_path / f"v.{ending}", videos.greys(51), times_s=times)

    _, frames = read(path)

    assert [f.t_s for f in frames] == pytest.approx(times, abs=0.001)
    assert all(b.t_s > a.t_s for a, b in pairwise(frames))


def test_times_count_from_the_first_picture(tmp_path: Path) -> None:
    path = videos.write(tmp_path / "v.mkv", videos.greys(10), times_s=7.5 + np.arange(10) / 10)

    video, frames = read(path)

    assert frames[0].t_s == 0.0
    assert frames[-1].t_s == pytest.approx(0.9)
    assert video.source.duration_s == pytest.approx(1.0, abs=0.07)


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("turn_deg", [0, 90, 180, 270])
def test_a_turned_recording_comes_out_upright(tmp_path: Path, turn_deg: int, flip: bool) -> None:
    stored = np.rot90(videos.card(96, 64), turn_deg // 90)
    stored = stored[:, ::-1] if flip else stored
    path = videos.write(tmp_path / "v.mp4", [stored] * 3, Style(turn_deg=turn_deg, flip=flip))

    video, frames = read(path)

    assert [videos.corners(f.image) for f in frames] == [videos.UPRIGHT] * 3
    assert frames[0].image.shape == (64, 96, 3)
    assert (video.source.width, video.source.height) == (96, 64)
    assert video.source.rotation_deg == turn_deg


def test_a_mirrored_recording_is_flipped_back_after_it_was_turned(tmp_path: Path) -> None:
    seen = videos.card(96, 64)[:, ::-1]
    path = videos.write(tmp_path / "v.mp4", [np.rot90(seen)] * 2, Style(turn_deg=90))

    assert videos.corners(read(path)[1][0].image) == "GRWB"
    assert videos.corners(read(path, mirrored=True)[1][0].image) == videos.UPRIGHT


@pytest.mark.parametrize("turn_deg", [0, 90])
def test_pixels_that_are_not_square_are_made_square(tmp_path: Path, turn_deg: int) -> None:
    style = Style(pixel_aspect=Fraction(4, 3), turn_deg=turn_deg)
    path = videos.write(tmp_path / "v.mp4", [videos.card(60, 72)] * 2, style)

    video, frames = read(path)

    width, height = (80, 72) if turn_deg == 0 else (72, 80)
    assert frames[0].image.shape == (height, width, 3)
    assert (video.source.width, video.source.height) == (width, height)


@pytest.mark.parametrize(
    ("codec", "pix_fmt", "full_range"),
    [
        ("libx264", "yuv420p", False),
        ("libx264", "yuvj420p", True),
        ("libx264", "yuv444p", True),
        ("libx265", "yuv420p", False),
        ("libx265", "yuv420p10le", False),
        ("libx265", "yuv420p10le", True),
        ("libvpx-vp9", "yuv420p", True),
        ("mpeg4", "yuv420p", False),
    ],
)
def test_colours_are_right_in_every_pixel_format(
    tmp_path: Path, codec: str, pix_fmt: str, full_range: bool
) -> None:
    style = Style(codec, pix_fmt, full_range=full_range)
    path = videos.write(tmp_path / "v.mkv", [videos.card()] * 2, style)

    image = read(path)[1][0].image

    for letter, (y, x) in zip(videos.UPRIGHT, [(12, 16), (12, 48), (36, 16), (36, 48)], strict=True):
        assert image[y, x] == pytest.approx(np.array(videos.COLOURS[letter]), abs=9)


@pytest.mark.parametrize(
    ("codec", "size"), [("libx264", (16, 16)), ("libvpx-vp9", (17, 15)), ("mpeg4", (333, 127))]
)
def test_small_and_odd_sizes_come_as_they_are(tmp_path: Path, codec: str, size: tuple[int, int]) -> None:
    path = videos.write(tmp_path / "v.mkv", [videos.card(*size)] * 3, Style(codec))

    video, frames = read(path)

    assert [f.image.shape for f in frames] == [(size[1], size[0], 3)] * 3
    assert videos.corners(frames[0].image) == videos.UPRIGHT
    assert video.notes == []


def test_4k_is_scaled_down_and_said(tmp_path: Path) -> None:
    path = videos.write(tmp_path / "v.mp4", [videos.card(3840, 2160)] * 3, Style(turn_deg=90))

    video, frames = read(path)

    assert frames[0].image.shape == (1920, 1080, 3)
    assert (video.source.width, video.source.height) == (1080, 1920)
    assert video.notes == ["The pictures (2160 × 3840) were scaled to 1080 × 1920 for the analysis."]


# How many come out


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
@pytest.mark.parametrize(
    ("fps", "kept_hz"),
    [(15, 15), (30, 30), (59.94, 59.94), (60, 60), (90, 45), (100, 50), (120, 60), (144, 48), (240, 60)],
)
def test_more_than_60_pictures_a_second_are_thinned_evenly(
    tmp_path: Path, fps: float, kept_hz: float, ending: str
) -> None:
    path = videos.write(tmp_path / f"v.{ending}", videos.greys(100), fps=fps)

    video, frames = read(path)

    assert np.diff([f.t_s for f in frames]) == pytest.approx(1 / kept_hz, abs=0.0011)
    assert video.source.frames == 100
    assert video.frames_expected == pytest.approx(len(frames), abs=2)
    said = f"The recording has {fps} pictures a second; poses were taken {round(kept_hz)} times a second."
    assert video.notes == ([said] if fps > 60 else [])


def test_slow_motion_within_a_recording_is_thinned_only_there(tmp_path: Path) -> None:
    times = np.concatenate([np.arange(30) / 30, 1 + np.arange(60) / 240, 1.25 + np.arange(20) / 30])
    path = videos.write(tmp_path / "v.mov", videos.greys(110), times_s=times)

    _, frames = read(path)

    steps = np.diff([f.t_s for f in frames])
    assert steps.min() >= 1 / 90
    assert steps.max() <= 1 / 20
    assert sum(1 <= f.t_s < 1.25 for f in frames) == pytest.approx(15, abs=2)


def test_a_long_recording_does_not_fill_the_memory(tmp_path: Path) -> None:
    picture = videos.card(96, 96)
    path = videos.write(tmp_path / "v.avi", (picture for _ in range(3000)), Style("mpeg4"))
    process = psutil.Process()
    before = 0

    with VideoFile(path) as video:
        for frame in video:
            if frame.index == 500:
                before = process.memory_info().rss
        grown_mb = (process.memory_info().rss - before) / 1e6

    assert video.source.frames == 3000
    assert grown_mb < 10  # the 2500 pictures would take 69 MB


def test_reading_may_be_stopped_at_any_picture(tmp_path: Path) -> None:
    path = videos.write(tmp_path / "v.mp4", videos.greys(40))

    with VideoFile(path) as video:
        for frame in video:
            if frame.index == 3:
                break

    assert str(path) not in [f.path for f in psutil.Process().open_files()]


def test_a_recording_that_states_no_length_still_says_how_far_it_is(tmp_path: Path) -> None:
    live = videos.write(tmp_path / "v.mkv", videos.noise(60), Style(muxing={"live": "1"}))

    with VideoFile(live) as video:
        expected = video.frames_expected
        found = len(list(video))

    assert found == 60
    assert 40 <= expected <= 90


# When it was recorded


@pytest.mark.parametrize("ending", ["mp4", "mov", "mkv"])
def test_the_recordings_own_date_counts(tmp_path: Path, ending: str) -> None:
    style = Style(metadata={"creation_time": "2024-05-01T10:11:12.000000Z"})
    path = videos.write(tmp_path / f"v.{ending}", [videos.card()] * 2, style)

    assert read(path)[0].source.recorded_at == "2024-05-01T10:11:12+00:00"


def test_the_phones_own_time_zone_is_kept(tmp_path: Path) -> None:
    style = Style(
        metadata={
            "creation_time": "2024-05-01T10:11:12.000000Z",
            "com.apple.quicktime.creationdate": "2024-05-01T12:11:12+0200",
        },
        muxing={"movflags": "use_metadata_tags"},
    )
    path = videos.write(tmp_path / "v.mov", [videos.card()] * 2, style)

    assert read(path)[0].source.recorded_at == "2024-05-01T12:11:12+02:00"


@pytest.mark.parametrize("stated", [{}, {"creation_time": "1970-01-01T00:00:00Z"}])
def test_without_a_usable_date_the_files_own_is_taken(tmp_path: Path, stated: dict[str, str]) -> None:
    path = videos.write(tmp_path / "v.mkv", [videos.card()] * 2, Style(metadata=stated))
    os.utime(path, (1_700_000_000, 1_700_000_000))

    recorded = datetime.fromisoformat(read(path)[0].source.recorded_at or "")

    assert recorded.timestamp() == 1_700_000_000
    assert isinstance(recorded.utcoffset(), timedelta)


# What is no video


def error_of(path: Path) -> str:
    with pytest.raises(VideoError) as caught:
        read(path)
    text = str(caught.value)
    assert path.name in text
    assert str(path.parent) not in text
    assert "av." not in text
    assert "Errno" not in text
    return text


@pytest.mark.parametrize("name", ["none.mp4", "x" * 300 + ".mp4"])
def test_a_missing_file(tmp_path: Path, name: str) -> None:
    assert "There is no file" in error_of(tmp_path / name)


def test_a_folder(tmp_path: Path) -> None:
    assert "is a folder" in error_of(tmp_path)


def test_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "v.mp4"
    path.touch()

    assert "is empty (0 bytes)" in error_of(path)


@pytest.mark.parametrize("name", ["notes.txt", "notes.mp4", "notes.nfo", "talk.srt", "bytes.mp4", "zip.mp4"])
def test_something_else(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    subtitle = b"1\n00:00:00,000 --> 00:00:02,000\nhello\n"
    content = {"talk": subtitle, "bytes": np.random.default_rng(0).bytes(100_000), "zip": b"PK\x03\x04" * 99}
    path.write_bytes(content.get(path.stem, b"Three sets of five squats\n" * 50))

    assert "is not a video" in error_of(path)


def test_a_device_is_no_video() -> None:
    assert "is not a video" in error_of(Path(os.devnull))


@pytest.mark.parametrize("name", ["v.jpg", "v.png", "v.mp4", "v.gif"])
def test_a_single_picture(tmp_path: Path, name: str) -> None:
    import cv2

    path = tmp_path / name
    if name == "v.mp4":
        videos.write(path, [videos.card()])
    else:
        cv2.imwrite(str(path), videos.card())

    assert "single picture" in error_of(path)


@pytest.mark.parametrize("name", ["v.wav", "v.m4a"])
def test_sound_only(tmp_path: Path, name: str) -> None:
    assert "sound but no pictures" in error_of(videos.write_sound(tmp_path / name))


@pytest.mark.parametrize(("name", "codec"), [("v.mp4", "libx264"), ("v.mov", "libx264"), ("v.avi", "mpeg4")])
def test_no_picture_at_all(tmp_path: Path, name: str, codec: str) -> None:
    assert "the recording is empty" in error_of(videos.write_empty(tmp_path / name, codec))


@pytest.mark.parametrize(("name", "codec"), [("v.mp4", "libx264"), ("v.mov", "libx265")])
def test_a_recording_that_was_never_finished(tmp_path: Path, name: str, codec: str) -> None:
    path = videos.cut_off(videos.write(tmp_path / name, videos.noise(30), Style(codec)), 0.5)

    text = error_of(path)

    assert "damaged or unfinished" in text
    assert "Copy it again" in text


def test_a_video_of_which_nothing_can_be_decoded(tmp_path: Path) -> None:
    path = videos.write(tmp_path / "v.mp4", videos.noise(20), Style(muxing={"movflags": "faststart"}))
    content = path.read_bytes()
    start = content.index(b"mdat") + 4
    path.write_bytes(content[:start] + bytes(len(content) - start))

    assert "no picture in it can be read" in error_of(path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="everybody may read everything here")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = videos.write(tmp_path / "v.mp4", [videos.card()] * 2)
    path.chmod(0)

    assert "permission" in error_of(path)


@contextmanager
def listening() -> Iterator[tuple[int, list[str]]]:
    """A local web server that writes down what it is asked for."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_address[1], asked
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("name", ["list.m3u8", "list.mp4"])
def test_a_playlist_leads_nowhere(tmp_path: Path, name: str) -> None:
    with listening() as (port, asked):
        path = tmp_path / name
        path.write_text(
            f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://127.0.0.1:{port}/part.ts\n#EXT-X-ENDLIST\n"
        )
        assert "is not a video" in error_of(path)

    assert asked == []


def test_a_playlist_of_local_files_is_no_video(tmp_path: Path) -> None:
    videos.write(tmp_path / "part.ts", videos.greys(5))
    path = tmp_path / "list.m3u8"
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\npart.ts\n#EXT-X-ENDLIST\n")

    assert "is not a video" in error_of(path)


# What is partly broken


@pytest.mark.parametrize(
    ("name", "codec", "muxing"),
    [
        ("v.mp4", "libx264", {"movflags": "faststart"}),
        ("v.mp4", "libx264", {"movflags": "frag_keyframe+empty_moov"}),
        ("v.mov", "mpeg4", {"movflags": "faststart"}),
        ("v.mkv", "libx264", {}),
        ("v.webm", "libvpx-vp9", {}),
        ("v.avi", "mpeg4", {}),
    ],
)
def test_what_is_left_of_a_cut_off_file_is_analysed(
    tmp_path: Path, name: str, codec: str, muxing: dict[str, str]
) -> None:
    path = videos.write(tmp_path / name, videos.noise(120), Style(codec, muxing=muxing))
    videos.cut_off(path, 0.5)

    video, frames = read(path)

    end_s = video.source.duration_s
    assert 20 <= len(frames) <= 100
    assert video.source.frames == len(frames)
    assert end_s == pytest.approx(len(frames) / 30, abs=0.01)
    assert video.notes[0].startswith(f"The file is cut off after {end_s:.1f} s;")
    assert len(video.notes) == 1


def test_what_comes_before_a_senseless_part_of_the_file_is_analysed(tmp_path: Path) -> None:
    path = videos.write(tmp_path / "v.mp4", videos.noise(90), Style(muxing={"movflags": "faststart"}))
    content = bytearray(path.read_bytes())
    sizes = content.index(b"stsz") + 16
    content[sizes + 4 * 60 : sizes + 4 * 61] = b"\x24\x00\x02\x04"  # picture 60 takes 600 MB, it says
    path.write_bytes(content)

    video, frames = read(path)

    assert 54 <= len(frames) <= 60
    assert video.notes[0].startswith(f"The file is cut off after {video.source.duration_s:.1f} s;")
    assert len(video.notes) == 1


@pytest.mark.parametrize(("name", "codec"), [("v.mp4", "libx264"), ("v.mov", "mpeg4"), ("v.avi", "mpeg4")])
def test_a_damaged_picture_is_left_out_and_said(tmp_path: Path, name: str, codec: str) -> None:
    muxing = {} if name.endswith("avi") else {"movflags": "faststart"}
    path = videos.write(tmp_path / name, videos.noise(60), Style(codec, muxing=muxing))
    videos.scratch(path, 0.5)

    video, frames = read(path)

    assert 57 <= len(frames) <= 59
    assert "left out" in video.notes[0]
    assert len(video.notes) == 1
    assert all(b.t_s > a.t_s for a, b in pairwise(frames))


def test_a_damaged_end_is_said(tmp_path: Path) -> None:
    style = Style("libx265", muxing={"movflags": "faststart"})
    path = videos.write(tmp_path / "v.mp4", videos.noise(90), style)
    content = path.read_bytes()
    at = int(len(content) * 0.6)
    path.write_bytes(content[:at] + bytes(len(content) - at))

    video, frames = read(path)

    assert 10 < len(frames) < 80
    assert "are damaged and cannot be read" in video.notes[0]


def test_pictures_that_change_their_shape_end_the_recording(tmp_path: Path) -> None:
    wide, high = (
        videos.write(tmp_path / f"{w}.h264", videos.greys(20, w, h)) for w, h in ((64, 48), (48, 64))
    )
    path = tmp_path / "v.h264"
    path.write_bytes(wide.read_bytes() + high.read_bytes())

    video, frames = read(path)

    assert {f.image.shape for f in frames} == {(48, 64, 3)}
    assert "changes from 64 × 48 to 48 × 64 after 0." in video.notes[0]


def test_a_smaller_picture_of_the_same_shape_is_scaled(tmp_path: Path) -> None:
    parts = [videos.write(tmp_path / f"{w}.h264", [videos.card(w, h)] * 9) for w, h in ((64, 48), (32, 24))]
    path = tmp_path / "v.h264"
    path.write_bytes(b"".join(p.read_bytes() for p in parts))

    video, frames = read(path)

    assert len(frames) == 18
    assert frames[-1].image.shape == (48, 64, 3)
    assert videos.corners(frames[-1].image) == videos.UPRIGHT
    assert video.notes == []


def test_a_clock_that_starts_anew_goes_on(tmp_path: Path) -> None:
    part = videos.write(tmp_path / "part.ts", videos.greys(100))
    path = tmp_path / "v.ts"
    path.write_bytes(part.read_bytes() * 2)

    video, frames = read(path)

    assert len(frames) == pytest.approx(200, abs=2)
    assert frames[-1].t_s == pytest.approx(199 / 30, abs=0.1)
    assert "clock of the file leaps" in " ".join(video.notes)


def test_sound_that_outlasts_the_pictures_is_no_cut(tmp_path: Path) -> None:
    path = videos.write(tmp_path / "v.mkv", videos.greys(3), Style("libx264", sound=True), fps=60)

    assert notes_of(path) == ""


def test_ffmpeg_writes_nothing_to_the_terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = videos.write(tmp_path / "v.mp4", videos.noise(60), Style(muxing={"movflags": "faststart"}))
    capfd.readouterr()

    read(videos.scratch(path, 0.5))
    error_of(videos.cut_off(path, 0.01))

    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "name",
    ["my squat.mp4", 'it\'s "deep".mp4', "深蹲 🏋️.mp4", "<script>.mp4", "a:b.mp4", "100%03d.mp4", "-i.mp4"],
)
def test_names_may_hold_anything(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = videos.write(tmp_path / "plain.mp4", videos.greys(5))
    shutil.copy(plain, tmp_path / name)
    monkeypatch.chdir(tmp_path)

    video, frames = read(Path(name))

    assert len(frames) == 5
    assert video.source.file == name
