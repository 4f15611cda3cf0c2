"""What a video file says about itself, found before its pictures are read one by one.

Every way in which a file can be no usable video ends here in one `VideoError`. The texts name the file,
never its folder. FFmpeg stays silent by itself: PyAV drops its log unless a program asks for it.
"""

import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, cast

from hipform.capture.timing import stride
from hipform.errors import VideoError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.sidedata.sidedata import SideData
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

MAX_SIDE_PX = 1920  # finer pictures are scaled down: the pose network looks at 256 x 256
PROBE_PACKETS = 40
LEAST_PICTURE_BYTES = 8
DECODER_THREADS = 4  # each holds a picture of its own

# What FFmpeg opens, but what is no recording of movement: playlists could also lead to other files.
PLAYLISTS = {"hls", "concat", "dash", "sdp", "rtsp"}
TEXTS = {"tty", "txd"}
# How recordings start, to tell a damaged video from something that never was one.
VIDEO_STARTS = {4: (b"ftyp", b"moov", b"mdat", b"wide"), 0: (b"\x1aE\xdf\xa3", b"RIFF")}
OLDEST_YEAR = 1990  # cameras without a clock say 1904 or 1970
CREATION_KEYS = ("com.apple.quicktime.creationdate", "creation_time")  # the first one knows its time zone
UPRIGHT = (1, 0, 0, 1)


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """A video as it is stored, and how it must be turned and scaled to be shown.

    `stored` and `scaled` are (width, height) in pixels before the turn, `scaled` has square pixels.
    `matrix` (a, b, c, d) takes a stored pixel (x, y) to (a x + c y, b x + d y), each -1, 0 or 1.
    `declared_s` is the length that the file claims, None if it does not; `step_s` is the usual time from
    one picture to the next; `intervals_s` are the first such times. `frames` is an estimate.
    `times_are_counts`: the file numbers its pictures in the order of decoding (AVI), so these numbers,
    not the times of showing, are to be trusted.
    """

    name: str
    stored: tuple[int, int]
    scaled: tuple[int, int]
    matrix: tuple[int, int, int, int]
    declared_s: float | None
    step_s: float
    intervals_s: tuple[float, ...]
    nominal_fps: float
    frames: int
    recorded_at: str
    times_are_counts: bool

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the upright picture in pixels."""
        width, height = self.scaled
        return (height, width) if self.matrix[0] == 0 else (width, height)

    @property
    def rotation_deg(self) -> int:
        """How far the stored picture (unmirrored) is turned clockwise to stand upright: 0, 90, 180, 270."""
        a, b, c, d = self.matrix
        unmirrored = a * d - b * c
        return {(1, 0): 0, (0, 1): 90, (-1, 0): 180, (0, -1): 270}[a * unmirrored, b * unmirrored]


@contextmanager
def open_video(path: Path) -> "Iterator[tuple[InputContainer, VideoStream]]":
    """The opened file and its video stream; raises `VideoError` when there is none that can be read."""
    import av

    container = _opened(path)
    try:
        stream = _video_stream(container, path.name)
        stream.codec_context.thread_count = DECODER_THREADS
        yield container, stream
    except av.FFmpegError as error:
        raise damaged(path.name) from error
    finally:
        container.close()


def probe(path: Path) -> VideoFacts:
    """The facts of the video at `path`; raises `VideoError` when it cannot be analysed."""
    with open_video(path) as (container, stream):
        counts = container.format.name == "avi"
        first, times, sizes = _start(container, stream, path.name, counts)
        intervals = tuple(b - a for a, b in pairwise(sorted(times)) if b > a)
        rate = _rate_hz(stream, intervals)
        declared_s = _declared_s(container, stream, rate)
        stored = (first.width, first.height)
        return VideoFacts(
            name=path.name,
            stored=stored,
            scaled=_scaled(stored, stream.sample_aspect_ratio),
            matrix=_matrix(first),
            declared_s=declared_s,
            step_s=1.0 / rate,
            intervals_s=intervals,
            nominal_fps=rate,
            frames=_frames(path, stream, sizes, declared_s, rate),
            recorded_at=_recorded_at(container, stream, path),
            times_are_counts=counts,
        )


def decoded(packet: "Packet[VideoStream]") -> "list[VideoFrame] | None":
    """The pictures that this packet completes; None when it is damaged."""
    import av

    try:
        return packet.decode()
    except av.FFmpegError:
        return None


def packet_time_s(packet: "Packet[VideoStream]", counts: bool) -> float | None:
    """When this packet's picture is shown, in the file's own seconds; None when the file does not say."""
    ticks = packet.dts if counts else packet.pts
    return None if ticks is None else float(ticks * packet.time_base)


def _opened(path: Path) -> "InputContainer":
    import av

    try:
        _check_file(path)
        # An absolute path is never taken for an address, and nothing but files may be opened.
        return av.open(
            str(path.absolute()), metadata_errors="replace", options={"protocol_whitelist": "file"}
        )
    except PermissionError as error:
        raise VideoError(
            f"{path.name} may not be read: the permission is missing. "
            "Copy it to a folder of your own and try again."
        ) from error
    except av.FFmpegError as error:
        raise (damaged(path.name) if _starts_like_video(path) else _no_video(path.name)) from error
    except OSError as error:  # a name that is too long, a drive that went away
        raise _missing(path.name) from error


def _check_file(path: Path) -> None:
    name = path.name
    if path.is_dir():
        raise VideoError(f"{name} is a folder, not a video. Choose a video file inside it.")
    if not path.exists():
        raise _missing(name)
    if not path.is_file():
        raise _no_video(name)
    if path.stat().st_size == 0:
        raise VideoError(f"{name} is empty (0 bytes). Copy it again from the camera, or record again.")


def _starts_like_video(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(12)
    return any(head[at:].startswith(starts) for at, starts in VIDEO_STARTS.items())


def _missing(name: str) -> VideoError:
    return VideoError(f"There is no file {name}. Check its name and folder.")


def _no_video(name: str) -> VideoError:
    return VideoError(
        f"{name} is not a video that can be read. "
        "Choose a recording, for example an .mp4, .mov, .mkv, .webm or .avi file."
    )


def damaged(name: str) -> VideoError:
    """The error for a video of which no picture can be read."""
    return VideoError(
        f"{name} is a damaged or unfinished video: no picture in it can be read. "
        "Copy it again from the camera, or record again."
    )


def _empty(name: str) -> VideoError:
    return VideoError(f"{name} holds no pictures: the recording is empty. Record the set again.")


def _video_stream(container: "InputContainer", name: str) -> "VideoStream":
    from av.stream import Disposition

    kind = container.format.name.split(",")[0]
    if kind in PLAYLISTS | TEXTS:
        raise _no_video(name)
    if kind == "image2" or kind.endswith("_pipe"):
        raise _single_picture(name)
    covers = Disposition.attached_pic | Disposition.timed_thumbnails
    streams = [s for s in container.streams.video if not s.disposition & covers]
    if not streams:
        if container.streams.audio:
            raise VideoError(f"{name} holds sound but no pictures. Choose the video recording of the set.")
        raise _no_video(name) if len(container.streams) else _empty(name)
    best = container.streams.best("video")
    stream = next((s for s in streams if s is best), streams[0])
    if stream.codec_context is None:
        raise VideoError(
            f"{name} is encoded in a way that cannot be read here. "
            "Save it as H.264 (.mp4) with another program and try again."
        )
    return stream


def _single_picture(name: str) -> VideoError:
    return VideoError(f"{name} is a single picture, not a video. Record the whole set as a video.")


def _start(
    container: "InputContainer", stream: "VideoStream", name: str, counts: bool
) -> "tuple[VideoFrame, list[float], list[int]]":
    """The first picture, and the times and sizes of the first packets: enough to know the rate."""
    pictures: list[VideoFrame] = []
    times: list[float] = []
    sizes: list[int] = []
    for packet in container.demux(stream):
        if packet.size and len(sizes) < PROBE_PACKETS:
            sizes.append(packet.size)
            time_s = packet_time_s(packet, counts)
            times += [] if time_s is None else [time_s]
        # Two pictures show that it is no photo; a damaged start may take many packets to get there.
        if len(pictures) < 2:
            pictures += decoded(packet) or []
        elif len(sizes) == PROBE_PACKETS:
            break
    if not sizes:
        raise _empty(name)
    if not pictures:
        raise damaged(name)
    if len(pictures) == len(sizes) == 1:
        raise _single_picture(name)
    return pictures[0], times, sizes


def _rate_hz(stream: "VideoStream", intervals_s: tuple[float, ...]) -> float:
    """Pictures a second as the file says, else as its first pictures show."""
    # A stream without times states its rate inside the pictures, which only the guess looks at.
    stated = float((stream.average_rate if intervals_s else stream.guessed_rate) or 0)
    interval_s = stride(intervals_s, 60.0)[1]
    shown = 1.0 / interval_s if interval_s > 0 else 0.0
    return next((rate for rate in (stated, shown) if 1 <= rate <= 1000), 30.0)


def _declared_s(container: "InputContainer", stream: "VideoStream", rate_hz: float) -> float | None:
    if container.format.name == "avi":
        # FFmpeg shortens the length of a cut-off AVI; the count in its header is what was recorded.
        return stream.frames / rate_hz if stream.frames else None
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    stated = next((v for k, v in stream.metadata.items() if k.startswith("DURATION")), "")
    try:
        hours, minutes, seconds = stated.split(":")
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    except ValueError:
        # The whole file's length may be that of its sound.
        alone = len(container.streams) == 1
        return container.duration / 1e6 if alone and container.duration else None


def _frames(
    path: Path, stream: "VideoStream", sizes: list[int], declared_s: float | None, rate_hz: float
) -> int:
    """How many pictures the file may hold."""
    n_bytes = path.stat().st_size
    if declared_s is not None:
        # A damaged header may claim any length; a picture takes some bytes at least.
        return max(1, min(round(declared_s * rate_hz), n_bytes // LEAST_PICTURE_BYTES))
    # A recording that a browser streamed to disk claims nothing: judge by the size of its first pictures.
    return max(1, stream.frames or n_bytes * len(sizes) // sum(sizes))


def _scaled(stored: tuple[int, int], pixel_aspect: Fraction | None) -> tuple[int, int]:
    """The size with square pixels, no side longer than `MAX_SIDE_PX`."""
    width, height = float(stored[0]), float(stored[1])
    if pixel_aspect and 0.2 <= pixel_aspect <= 5:
        width *= float(pixel_aspect)
    scale = min(1.0, MAX_SIDE_PX / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _matrix(picture: "VideoFrame") -> tuple[int, int, int, int]:
    """How this picture must be turned and flipped, from FFmpeg's display matrix (nine int32)."""
    for data in cast("Iterable[SideData]", picture.side_data):
        if data.type.name == "DISPLAYMATRIX":
            a, b, _, c, d = struct.unpack("=5i", bytes(data)[:20])
            if abs(a) + abs(d) >= abs(b) + abs(c):
                return (-1 if a < 0 else 1, 0, 0, -1 if d < 0 else 1)
            return (0, -1 if b < 0 else 1, -1 if c < 0 else 1, 0)
    return UPRIGHT


def _recorded_at(container: "InputContainer", stream: "VideoStream", path: Path) -> str:
    """When it was recorded, ISO 8601 with time zone: by its own word, else by the file's date."""
    for stated in (m[k] for k in CREATION_KEYS for m in (container.metadata, stream.metadata) if k in m):
        try:
            moment = datetime.fromisoformat(stated)
        except ValueError:  # another way of writing dates, or no date
            continue
        if moment.year >= OLDEST_YEAR:
            return moment.astimezone(moment.tzinfo).isoformat(timespec="seconds")
    return datetime.fromtimestamp(path.stat().st_mtime).astimezone().isoformat(timespec="seconds")
