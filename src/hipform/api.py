"""The whole job in three calls: analyse a video, write its results, keep it in the library.

    analysis = analyze(Path("set.mp4"))
    files = write_results(analysis, Path("set.mp4"), Path("results"), Options())
    kept = add_to_library(analysis, Path("set.mp4"), "set.mp4", Options())

Pictures are streamed, poses are held (about 45 MB for half an hour). The overlay is a second pass over
the file, drawn with the finished analysis. What is heavy (the pose model, the video library) is imported
when it is first needed.
"""

import math
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from hipform.errors import ExerciseError, VideoError
from hipform.output import Output, result_paths, unfinished, writing_to
from hipform.records import (
    Analysis,
    Frame,
    FrameSource,
    Origin,
    Pose,
    PoseEstimator,
    PoseQuality,
    PoseTrack,
    Provenance,
)

if TYPE_CHECKING:
    from hipform.exercises.definition import Exercise
    from hipform.pose.models import Model
    from hipform.store.set_folder import SetFolder

Stage = Literal["poses", "overlay"]

# Of the time of a whole job with overlay, measured on 640x480 H.264: poses take 1.3 and 2 times as long.
_POSES_SHARE: Mapping[PoseQuality, float] = {"fast": 0.65, "balanced": 0.7, "best": 0.8}
_REPORT_EVERY_S = 0.2
_PREVIEW_EVERY_S = 1.0
_PREVIEW_HEIGHT_PX = 480
_COUNT_EVERY_S = 1.0
_CROWD_SHARE = 0.1  # of the looks for other people; fewer is a passer-by or a mirror's glint


@dataclass(frozen=True, slots=True)
class Options:
    """What the user chose. `exercise_file` (a TOML of their own) goes before `exercise`.

    `quality`: each picture is looked at once ("fast"), some also in the mirror, at half as much work again
    ("balanced"), or all, at twice the work ("best"). `person_id` says in the history whose set it is, None
    for its first person.
    """

    exercise: str = "auto"
    exercise_file: Path | None = None
    mirrored: bool = False
    model: Path | None = None
    overlay: bool = True
    quality: PoseQuality = "balanced"
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is. `share` (0..1) and `left_s` are of the whole job, overlay included.

    `left_s` is None until there is something to go by. `preview_jpeg` is the picture being worked on, about
    once a second and at most 480 px high, when it was asked for.
    """

    stage: Stage
    share: float
    frames_done: int
    frames_expected: int
    left_s: float | None
    preview_jpeg: bytes | None = None


OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class SavedFiles:
    """The files that were written; `more` are the further formats that were asked for."""

    report: Path
    frames: Path
    overlay: Path | None
    more: tuple[Path, ...] = ()


class PeopleLook(Protocol):
    """Tells how many people a picture shows."""

    def count(self, frame: Frame) -> int:
        """0, 1 or 2 (two or more)."""
        ...


@dataclass(slots=True)
class _Pace:
    """Reports progress a few times a second, with the time left at the rate so far."""

    stage: Stage
    expected: int
    span: tuple[float, float]
    on_progress: OnProgress | None
    preview: Callable[[Frame], bytes] | None = None
    started: float = field(default_factory=time.monotonic)
    reported: float = 0.0
    previewed: float = 0.0

    def step(self, done: int, frame: Frame) -> None:
        """One more frame is done; whatever the listener raises (`Cancelled`) ends the job."""
        now = time.monotonic()
        if self.on_progress is None or (now - self.reported < _REPORT_EVERY_S and done != self.expected):
            return
        self.reported = now
        picture = None
        if self.preview is not None and now - self.previewed >= _PREVIEW_EVERY_S:
            self.previewed = now
            picture = self.preview(frame)
        low, high = self.span
        part = min(1.0, done / self.expected)
        spent = now - self.started
        left = spent / (part * (high - low)) * (1.0 - low - part * (high - low)) if spent > 1.0 else None
        share = low + part * (high - low)
        self.on_progress(Progress(self.stage, share, done, self.expected, left, picture))


def analyze(
    video: Path,
    options: Options = Options(),
    on_progress: OnProgress | None = None,
    previews: bool = False,
) -> Analysis:
    """Count and measure every rep in a video file.

    A video in which nobody is found is a result without reps and with a note, not an error. What
    `on_progress` raises ends the work and is passed on.

    Raises:
        VideoError: the file cannot be analysed.
        ModelError: the pose model cannot be loaded.
        ExerciseError: the exercise file breaks a rule, or there is no such exercise.

    """
    from hipform.capture.video_file import VideoFile
    from hipform.pose.mediapipe_landmarker import PeopleCounter
    from hipform.pose.models import find_model
    from hipform.session.set_analysis import analyse

    definitions, given = chosen_exercises(options)
    model = find_model(options.model)
    with ExitStack() as stack:
        source = stack.enter_context(VideoFile(video, mirrored=options.mirrored))
        landmarker = _landmarker(model, options.quality, stack)
        others = stack.enter_context(PeopleCounter(model))
        pace = _Pace(
            "poses",
            source.frames_expected,
            (0.0, _POSES_SHARE[options.quality] if options.overlay else 1.0),
            on_progress,
            _preview if previews else None,
        )
        track, crowded = take_poses(source, landmarker, others, pace.step)
        if not len(track):
            raise VideoError(f"{video.name} holds no picture. Export it again from the camera or the phone.")
        notes = (*source.notes, *crowd_notes(crowded, with_video=options.overlay))
        origin = Origin(source.source, notes, provenance(model, definitions, given, options.quality))
        return analyse(track, definitions, given, origin)


def take_poses(
    frames: FrameSource,
    estimator: PoseEstimator,
    others: PeopleLook,
    step: Callable[[int, Frame], None] = lambda _done, _frame: None,
) -> tuple[PoseTrack, float]:
    """The pose in every frame, and the share (0..1) of looks that found more than one person.

    Frames are streamed: none is held after its pose is taken. Others are looked for once a second, since a
    second detector costs as much as the first. `step` is told the number of frames done and the last one.
    """
    poses: list[Pose] = []
    looks = crowded = 0
    next_look_s = 0.0
    for frame in frames:
        poses.append(estimator.estimate(frame))
        if frame.t_s >= next_look_s:
            next_look_s = frame.t_s + _COUNT_EVERY_S
            looks += 1
            crowded += others.count(frame) > 1
        step(len(poses), frame)
    return PoseTrack.of(poses), crowded / max(1, looks)


def write_results(
    analysis: Analysis,
    video: Path,
    out: Path | Output,
    options: Options,
    on_progress: OnProgress | None = None,
) -> SavedFiles:
    """Write the report, the frame table and, if wanted, the overlay video and further formats.

    All are made under temporary names and renamed at the end, the report last: a report that is there is
    complete. Existing files of these names are replaced (ask `check_output` first).

    Raises:
        OutputError: the folder or the disk does not take them.
        VideoError: the video can no longer be read.

    """
    from hipform.report import export

    output = out if isinstance(out, Output) else Output(out)
    final = result_paths(video, output)
    with unfinished(output) as draft:
        made = {kind: draft / path.name for kind, path in final.items()}
        if options.overlay:
            _draw(analysis, video, options, _Drawing(made["overlay"], {}), on_progress)
        export.write_frames_csv(analysis, made["frames"])
        if "parquet" in output.formats:
            export.write_parquet(analysis, made["parquet"])
        if "opensim" in output.formats:
            export.write_trc(analysis, made["trc"])
            export.write_mot(analysis, made["mot"])
        export.write_json(analysis.report, made["report"])
        written = [kind for kind in final if made[kind].exists()]
        for kind in written:
            made[kind].replace(final[kind])
    more = tuple(final[kind] for kind in written if kind in ("parquet", "trc", "mot"))
    return SavedFiles(final["report"], final["frames"], final["overlay"] if options.overlay else None, more)


def add_to_library(  # noqa: PLR0913 (one more than five, and all are the caller's to say)
    analysis: Analysis,
    video: Path | None,
    title: str,
    options: Options,
    on_progress: OnProgress | None = None,
    *,
    token: str | None = None,
) -> "SetFolder":
    """Keep the result as a set of the user's library, with a still of the bottom of each rep.

    `title` is the name that the user knows the video by; the report names it so.
    `video` is None for a set that was done live: then there are neither stills nor an overlay.
    `token` becomes the set's id. The history knows the set from then on; one that it knows already is given
    back instead.

    Raises:
        OutputError: the data folder or the disk does not take it.
        VideoError: the video can no longer be read.

    """
    from hipform.capture.recorded import save_track
    from hipform.store import history, set_folder

    source = replace(analysis.report.source, file=title)
    analysis = replace(analysis, report=replace(analysis.report, source=source))

    def fill(folder: set_folder.SetFolder) -> None:
        with writing_to(folder.path):
            stills = {
                _frame_at(analysis, rep.bottom_s): folder.still(rep.number)
                for rep in analysis.report.reps
                if math.isfinite(rep.bottom_s)
            }
            overlay = folder.path / "overlay.mp4" if options.overlay else None
            if video and (overlay or stills):
                _draw(analysis, video, options, _Drawing(overlay, stills), on_progress)
            save_track(analysis.track, folder.poses)
            write_measured(analysis, folder)

    return history.keep(title, fill, token, options.person_id)


def write_measured(analysis: Analysis, folder: "SetFolder") -> None:
    """Write what is computed from the poses of a set, the report last. Raises `OSError`."""
    from hipform.report import export

    export.write_frames_csv(analysis, folder.frames_csv)
    export.write_parquet(analysis, folder.path / "frames.parquet")
    export.write_trc(analysis, folder.path / "markers.trc")
    export.write_mot(analysis, folder.path / "angles.mot")
    export.write_json(analysis.report, folder.report_json)


@dataclass(frozen=True, slots=True)
class _Drawing:
    """What the second pass over the video makes: the overlay video, and stills by frame index."""

    overlay: Path | None
    stills: Mapping[int, Path]


def _draw(
    analysis: Analysis, video: Path, options: Options, drawing: _Drawing, on_progress: OnProgress | None
) -> None:
    from hipform import overlay
    from hipform.capture.video_file import VideoFile

    total = len(analysis.track)
    pace = _Pace("overlay", total, (_POSES_SHARE[options.quality], 1.0), on_progress)
    with ExitStack() as stack:
        writer: overlay.OverlayWriter | None = None
        source = stack.enter_context(VideoFile(video, mirrored=options.mirrored))
        for i, frame in enumerate(source):
            if i == total:
                break
            if drawing.overlay and writer is None:
                height, width = frame.image.shape[:2]
                writer = stack.enter_context(overlay.OverlayWriter(drawing.overlay, width, height, analysis))
            if writer is not None:
                writer.write(frame)
            if i in drawing.stills:
                overlay.write_still(frame, analysis, i, drawing.stills[i])
            pace.step(i + 1, frame)


def chosen_exercises(options: Options) -> "tuple[dict[str, Exercise], str | None]":
    """The exercises to look for, and the one that was given (None: recognise it from the motion)."""
    from hipform.exercises.loader import load_all, load_file

    if options.exercise_file is not None:
        own = load_file(options.exercise_file)
        return {own.id: own}, own.id
    known = load_all()
    if options.exercise == "auto":
        return known, None
    if options.exercise not in known:
        raise ExerciseError(
            f"There is no exercise called {options.exercise!r}. There are: auto, {', '.join(sorted(known))}, "
            "or the path of a TOML file of your own."
        )
    return known, options.exercise


def _landmarker(model: "Model", quality: PoseQuality, stack: ExitStack) -> PoseEstimator:
    """What follows the person, closed with `stack`."""
    from hipform.pose.mediapipe_landmarker import MediaPipeLandmarker
    from hipform.pose.mirror import LOOK_EVERY_S, MirrorAveraged

    straight = stack.enter_context(MediaPipeLandmarker(model))
    if quality == "fast":
        return straight
    mirrored = stack.enter_context(MediaPipeLandmarker(model))
    return stack.enter_context(MirrorAveraged(straight, mirrored, LOOK_EVERY_S[quality]))


def provenance(
    model: "Model", definitions: "Mapping[str, Exercise]", given: str | None, quality: PoseQuality
) -> Provenance:
    """What makes the numbers of an analysis with these exercises and this model."""
    from importlib.metadata import version

    from hipform.exercises.loader import digest_of

    digest = digest_of(definitions, given)
    return Provenance(version("hipform"), version("mediapipe"), model.sha256, digest, quality)


def crowd_notes(crowded: float, *, with_video: bool) -> list[str]:
    """What to say of a set in which others were seen in this share (0..1) of the looks for them."""
    if crowded < _CROWD_SHARE:
        return []
    check = "check in the overlay that it is the right one, or " if with_video else ""
    return [
        f"More than one person is in the picture ({crowded:.0%} of the time). One of them was followed: "
        f"{check}film again with nobody else in view."
    ]


def _preview(frame: Frame) -> bytes:
    """The frame as JPEG, at most 480 px high."""
    import cv2

    height, width = frame.image.shape[:2]
    scale = min(1.0, _PREVIEW_HEIGHT_PX / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(frame.image, size, interpolation=cv2.INTER_AREA)
    return bytes(cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR))[1])


def _frame_at(analysis: Analysis, t_s: float) -> int:
    """Index of the frame nearest to this time."""
    import numpy as np

    return int(np.argmin(np.abs(analysis.track.t_s - t_s)))
