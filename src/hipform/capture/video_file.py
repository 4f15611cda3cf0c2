"""A recorded video as a stream of upright pictures with their true times.

Pictures are read, turned and handed on one by one; nothing is kept. Whatever the file gives can be
analysed: a cut-off end, damaged pictures and a rate too high to be useful become notes for the user.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np

from hipform.capture.timing import Clock, Thinner, stride
from hipform.capture.video_facts import VideoFacts, damaged, decoded, open_video, packet_time_s, probe
from hipform.records import Frame, ImageArray, Source

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

MISSING_END_S = 0.5  # a shorter difference between the stated and the found length is only rounding
SAME_SHAPE = 0.01


@dataclass(slots=True)
class _Tally:
    """What was seen while reading: the ground of the notes."""

    frames: int = 0
    kept: int = 0
    kept_s: float = 0.0  # the time of the last one that was kept
    damaged: int = 0
    broken_off: bool = False
    packets_end_s: float = 0.0
    other_shape: tuple[int, int] | None = None


class VideoFile:
    """A video file as a stream of `Frame`; a context manager.

    `source` is known from the start except for the true `frames` and `duration_s`, which it holds once
    every picture was read; `frames` counts all pictures of the recording, also those left out because it
    has more than `max_rate_hz` a second. `width` and `height` are those of the pictures that come out:
    upright, with square pixels, and no side longer than 1920. `frames_expected` estimates how many
    pictures will come, at least 1. `notes` are remarks for the user, complete after the last picture.
    `mirrored` says that the recording shows a mirror image; it is flipped back.

    Raises `VideoError` at once when the file cannot be analysed as a video.
    """

    def __init__(self, path: Path, *, mirrored: bool = False, max_rate_hz: float = 60.0) -> None:
        self._path = path
        self._mirrored = mirrored
        self._max_rate_hz = max_rate_hz
        self._facts = probe(path)
        self._frames: Generator[Frame] | None = None
        self.notes: list[str] = []
        self.source = _source(self._facts)
        n, _ = stride(self._facts.intervals_s, max_rate_hz)
        self.frames_expected = max(1, round(self._facts.frames / n))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file, also when not every picture was read."""
        if self._frames is not None:
            self._frames.close()

    def __iter__(self) -> Iterator[Frame]:
        if self._frames is None:
            self._frames = self._read()
        return self._frames

    def _read(self) -> Generator[Frame]:
        facts, tally = self._facts, _Tally()
        clock = Clock(facts.step_s)
        thinner = Thinner(self._max_rate_hz, facts.intervals_s)
        painter = _Painter(facts, self._mirrored)
        with open_video(self._path) as (container, stream):
            stream.thread_type = "AUTO"
            for picture in _pictures(container, stream, facts, tally):
                t_s = clock.push(*_stated_times_s(picture, facts))
                if t_s is None:
                    continue
                tally.frames += 1
                if thinner.keep(t_s):
                    yield Frame(tally.kept, t_s, painter.paint(picture))
                    tally.kept, tally.kept_s = tally.kept + 1, t_s
        if not tally.frames:
            raise damaged(facts.name)
        self.source = replace(self.source, frames=tally.frames, duration_s=clock.end_s)
        self.notes += _notes(facts, tally, clock)


class _Painter:
    """Turns a decoded picture into an upright RGB one with square pixels, at most 1920 long."""

    def __init__(self, facts: VideoFacts, mirrored: bool) -> None:
        from av.video.reformatter import VideoReformatter

        self._reformatter = VideoReformatter()
        self._facts = facts
        self._mirrored = mirrored

    def paint(self, picture: "VideoFrame") -> ImageArray:
        """The picture as uint8 (height, width, 3)."""
        width, height = self._facts.scaled
        rgb = self._reformatter.reformat(picture, width=width, height=height, format="rgb24")
        image = rgb.to_ndarray()
        a, b, c, d = self._facts.matrix
        if a == 0:
            image, across, down = image.transpose(1, 0, 2), c, b
        else:
            across, down = a, d
        if self._mirrored:
            across = -across
        return np.ascontiguousarray(image[::down, ::across], dtype=np.uint8)


def _packets(
    container: "InputContainer", stream: "VideoStream", tally: _Tally
) -> Iterator["Packet[VideoStream]"]:
    """The packets of the stream up to its end, or to where the file no longer makes sense."""
    import av

    try:
        yield from container.demux(stream)
    except av.FFmpegError:
        tally.damaged += 1
        tally.broken_off = True


def _pictures(
    container: "InputContainer", stream: "VideoStream", facts: VideoFacts, tally: _Tally
) -> Iterator["VideoFrame"]:
    """The pictures that can be shown, in the order of showing, until the shape changes."""
    for packet in _packets(container, stream, tally):
        if packet.size:
            time_s = packet_time_s(packet, facts.times_are_counts)
            tally.packets_end_s = max(tally.packets_end_s, time_s or 0.0)
            tally.broken_off = packet.is_corrupt
        pictures = None if packet.is_corrupt else decoded(packet)
        if pictures is None:
            tally.damaged += 1
            continue
        for picture in pictures:
            if picture.is_corrupt:
                tally.damaged += 1
            elif _same_shape(picture, facts):
                yield picture
            else:
                tally.other_shape = (picture.width, picture.height)
                return


def _same_shape(picture: "VideoFrame", facts: VideoFacts) -> bool:
    """Whether the picture has the first one's proportions (a change of size alone is scaled away)."""
    width, height = facts.stored
    return abs(picture.width * height / (picture.height * width) - 1) < SAME_SHAPE


def _stated_times_s(picture: "VideoFrame", facts: VideoFacts) -> tuple[float | None, float]:
    """When the file says that this picture is shown (None: nothing), and for how long (0: nothing)."""
    ticks = picture.dts if facts.times_are_counts else picture.pts
    base = picture.time_base
    if base is None:
        return None, 0.0
    return None if ticks is None else float(ticks * base), float(picture.duration * base)


def _notes(facts: VideoFacts, tally: _Tally, clock: Clock) -> list[str]:
    """Remarks for the user about what was left out or changed."""
    notes = [_end_note(facts, tally, clock)]
    damaged_pictures = tally.damaged - tally.broken_off  # the one that is cut in two is no damage
    if damaged_pictures > 0:
        many = (
            "1 damaged picture was" if damaged_pictures == 1 else f"{damaged_pictures} damaged pictures were"
        )
        notes.append(f"{many} left out; just after that, what was measured may be off.")
    if clock.jumps:
        notes.append(
            "The clock of the file leaps: pictures on both sides of a leap are treated as neighbours."
        )
    if tally.kept < tally.frames:
        found = round((tally.frames - 1) / clock.last_s)
        taken = round((tally.kept - 1) / tally.kept_s) if tally.kept_s else 0
        notes.append(f"The recording has {found} pictures a second; poses were taken {taken} times a second.")
    stored, scaled = max(facts.stored), max(facts.scaled)
    if stored > scaled:
        notes.append(
            "The pictures ({} × {}) were scaled to {} × {} for the analysis.".format(
                *(facts.stored if facts.size == facts.scaled else facts.stored[::-1]), *facts.size
            )
        )
    return [note for note in notes if note]


def _end_note(facts: VideoFacts, tally: _Tally, clock: Clock) -> str:
    """Why the recording ends before its end, or nothing."""
    read = f"{clock.end_s:.1f} s"
    if tally.other_shape is not None:
        return (
            "The picture changes from {} × {} to {} × {} after ".format(*facts.stored, *tally.other_shape)
            + f"{read}; what follows was left out. Cut the recording there and analyse the rest on its own."
        )
    missing_s = (facts.declared_s or 0.0) - clock.end_s
    if not tally.broken_off and missing_s <= MISSING_END_S:
        return ""
    unread_s = tally.packets_end_s - clock.stated_s
    if unread_s > MISSING_END_S and not tally.broken_off:
        return (
            f"The pictures after {read} are damaged and cannot be read; only what comes before was analysed."
        )
    return (
        f"The file is cut off after {read}; only this part was analysed. "
        "Copy it again from the camera to get the rest."
    )


def _source(facts: VideoFacts) -> Source:
    width, height = facts.size
    return Source(
        file=facts.name,
        duration_s=facts.declared_s or facts.frames * facts.step_s,
        frames=facts.frames,
        width=width,
        height=height,
        rotation_deg=facts.rotation_deg,
        nominal_fps=facts.nominal_fps,
        recorded_at=facts.recorded_at,
    )
