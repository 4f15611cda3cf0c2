"""A set in front of a camera, from the first picture to the kept set; and the sets that were cut short.

    with Camera(0) as camera:
        done = run(camera, Settings(), show)

Each pose is in the journal before anything is shown of it. When the set is over, its poses are measured as
those of a file are, and kept in the library. Pictures are kept only when that is wanted: then they lie as a
video beside the journal until the overlay and the stills are drawn.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from hipform.api import (
    Options,
    Progress,
    SavedFiles,
    add_to_library,
    chosen_exercises,
    provenance,
    write_results,
)
from hipform.capture.camera import LiveSource
from hipform.errors import VideoError
from hipform.overlay.kept_video import KeptVideo
from hipform.pose.models import Model, find_model
from hipform.records import Analysis, Frame, Origin, Pose, PoseEstimator, PoseTrack, Source
from hipform.session.analyzer import SETTLE_S, Analyzer
from hipform.session.gauge import DepthGauge
from hipform.session.live_set import LiveRules, LiveSet, Moment
from hipform.session.runner import Runner
from hipform.session.set_analysis import analyse
from hipform.store.journal import Header, Journal, Unfinished

if TYPE_CHECKING:
    from hipform.output import Output

# Below this the moments of a rep are off by more than a tenth of a second (ours).
SLOW_HZ: Final = 10.0
# Somebody may be lost for moments while standing still; the pictures of the standing wait that much longer.
STANDING_MARGIN_S: Final = 2.0

Show = Callable[[Frame, Pose, Moment], None]
# What is being done after the set, in words, and the share of it (0..1) that is done, None where not known.
Working = Callable[[str, float | None], None]


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user chose for a live set. `keep_video` draws an overlay video and stills, as of a file.

    `output` is a folder for the results, None for the library only. `targets` are the user's own depths by
    exercise, in the unit of its gauge. `person_id` as for `Options`.
    """

    exercise: str = "auto"
    exercise_file: Path | None = None
    model: Path | None = None
    rules: LiveRules = field(default_factory=LiveRules)
    output: "Output | None" = None
    targets: Mapping[str, float] = field(default_factory=dict)
    keep_video: bool = False
    person_id: int | None = None

    @property
    def options(self) -> Options:
        """The same for an analysis: one look at each picture."""
        return Options(
            self.exercise,
            self.exercise_file,
            model=self.model,
            overlay=False,
            quality="fast",
            person_id=self.person_id,
        )


@dataclass(frozen=True, slots=True)
class Done:
    """A set that was kept: the analysis, where its files are, and its id in the library."""

    analysis: Analysis
    files: SavedFiles
    set_id: str


def run(
    source: LiveSource, settings: Settings, show: Show, working: Working = lambda _what, _share: None
) -> Done | None:
    """Do one set with pictures of `source`; None when no rep was done, and nothing is kept.

    `show` is told each frame, its pose (in pixels of `source.size`) and what it came to; `working` what is
    done afterwards. The set ends by its rules or with the source.

    Raises:
        ModelError: the pose model cannot be loaded.
        ExerciseError: the exercise file breaks a rule, or there is no such exercise.
        OutputError: the set cannot be kept; its journal stays, for `recover`.
        HipformError: what the source raises; the same holds.

    """
    from hipform.pose.mediapipe_landmarker import MediaPipeLandmarker

    definitions, given = chosen_exercises(settings.options)
    model = find_model(settings.model)
    live_set = LiveSet(
        lambda: Analyzer(definitions, given),
        settings.rules,
        source.size[1],
        lambda standing: DepthGauge(standing, definitions, given, settings.targets),
    )
    header = _header(source, settings, model)
    with MediaPipeLandmarker(model) as landmarker, Journal(header) as journal:
        recorder = _Recorder(journal, _video(journal, source, settings))
        _follow(source, _InSize(landmarker, source.size), live_set, recorder, show)
        source.close()
        working("Measuring your set", None)
        video = recorder.close()
        notes = tuple(filter(None, [*source.notes, *recorder.troubles]))
        return _keep(live_set.track, _Set(header, notes, video), settings, working)


def recover(
    unfinished: Unfinished,
    output: "Output | None" = None,
    working: Working = lambda _what, _share: None,
) -> Done | None:
    """Keep a set whose program was ended, up to its last finished rep; None when there is none.

    With its video, when its pictures were kept. Its journal is removed, unless an error is raised (as by
    `run`).
    """
    header = unfinished.header
    file = Path(header.exercise_file) if header.exercise_file else None
    settings = Settings(header.exercise, file, output=output, person_id=header.person_id)
    track = _up_to_the_last_rep(unfinished.track(), settings)
    note = "The program was ended in the middle of this set: it is kept up to the last finished rep."
    done = _keep(track, _Set(header, (note,), unfinished.video), settings, working)
    unfinished.remove()
    return done


class _InSize:
    """Tells poses in pixels of one size, whatever size the single pictures have."""

    def __init__(self, estimator: PoseEstimator, size: tuple[int, int]) -> None:
        self._estimator = estimator
        self._size = size

    def estimate(self, frame: Frame) -> Pose:
        """The pose in this frame."""
        pose = self._estimator.estimate(frame)
        height, width = frame.image.shape[:2]
        if (width, height) == self._size:
            return pose
        return replace(pose, image_px=pose.image_px * np.divide(self._size, (width, height)))


@dataclass(frozen=True, slots=True)
class _Recorder:
    """Where the poses of a set go while it is done, and its pictures when they are wanted."""

    journal: Journal
    video: KeptVideo | None

    @property
    def troubles(self) -> list[str | None]:
        """What the disk did not take."""
        return [self.journal.trouble, self.video.trouble if self.video else None]

    def poses(self, moment: Moment) -> None:
        """Keep the poses that joined the set; forget all when it begins again."""
        if moment.dropped:
            self.journal.start_anew()
            if self.video is not None:
                self.video.start_anew()
        for kept in moment.kept:
            self.journal.write(kept)

    def picture(self, frame: Frame, moment: Moment) -> None:
        """Keep the picture of each of these poses."""
        if self.video is not None:
            self.video.push(frame, moment.kept, waiting=moment.stage == "getting ready")

    def close(self) -> Path | None:
        """Finish the video; its path, None when there is none."""
        return self.video.close() if self.video is not None else None


def _video(journal: Journal, source: LiveSource, settings: Settings) -> KeptVideo | None:
    if not settings.keep_video:
        return None
    rules = settings.rules
    return KeptVideo(journal.video, source.size, rules.still_s + rules.countdown_s + STANDING_MARGIN_S)


def _follow(
    source: LiveSource, estimator: PoseEstimator, live_set: LiveSet, recorder: _Recorder, show: Show
) -> None:
    """Take pose after pose until the set or the source ends."""
    runner = Runner(estimator, live_set)
    for frame in source:
        pose, moment = runner.step(frame)
        recorder.poses(moment)
        show(frame, pose, moment)
        recorder.picture(frame, moment)  # after the show, which is waited for
        if moment.ending is not None:
            return


def _up_to_the_last_rep(track: PoseTrack, settings: Settings) -> PoseTrack:
    """The poses up to the end of the last rep that was finished and measured; none without one."""
    definitions, given = chosen_exercises(settings.options)
    analyzer = Analyzer(definitions, given)
    ends_s = [rep.end_s for pose in track for rep in analyzer.push(pose).finished]
    return track.between(0.0, ends_s[-1] + 2 * SETTLE_S if ends_s else 0.0)


@dataclass(frozen=True, slots=True)
class _Set:
    """What is known of a set that is over, beside its poses."""

    header: Header
    notes: tuple[str, ...]
    video: Path | None


def _keep(track: PoseTrack, done: _Set, settings: Settings, working: Working) -> Done | None:
    """Measure the poses as a file's, and keep them when there is a rep in them."""
    if not len(track):
        return None
    definitions, given = chosen_exercises(settings.options)
    header, notes = done.header, list(done.notes)
    source = _source(track, header)
    if 0 < source.nominal_fps < SLOW_HZ:
        notes.append(f"Poses were taken only {source.nominal_fps:.0f} times a second: close other programs.")
    video = done.video
    if video is not None and not _can_be_read(video):
        notes.append("The video of this set cannot be read, so there are no pictures of it.")
        video = None
    made_by = provenance(Model(Path(), header.model_sha256), definitions, given, "fast")
    analysis = analyse(track, definitions, given, Origin(source, tuple(notes), made_by))
    if not analysis.report.reps:
        return None
    return _write(analysis, header.title, video, settings, working)


def _write(analysis: Analysis, title: str, video: Path | None, settings: Settings, working: Working) -> Done:
    """Keep the set in the library, and in a folder of the user's when there is one."""
    options = replace(settings.options, overlay=video is not None)

    def drawn(progress: Progress) -> None:
        working("Drawing your video", progress.frames_done / max(1, progress.frames_expected))

    kept = add_to_library(analysis, video, title, options, drawn)
    files = SavedFiles(kept.report_json, kept.frames_csv, kept.overlay)
    if settings.output is not None:
        output = replace(settings.output, stem=title.replace(":", "."))
        files = write_results(analysis, video or Path(title), output, options, drawn)
    return Done(analysis, files, kept.id)


def _can_be_read(video: Path) -> bool:
    from hipform.capture.video_file import VideoFile

    try:
        VideoFile(video).close()
    except VideoError:
        return False
    return True


def _header(source: LiveSource, settings: Settings, model: Model) -> Header:
    file = str(settings.exercise_file.resolve()) if settings.exercise_file else None
    return Header(
        source.title,
        source.recorded_at,
        source.size,
        settings.exercise,
        file,
        model.sha256,
        settings.person_id,
    )


def _source(track: PoseTrack, header: Header) -> Source:
    duration_s = float(track.t_s[-1]) if len(track) else 0.0
    rate_hz = (len(track) - 1) / duration_s if duration_s else 0.0
    width, height = header.size
    return Source(
        file=header.title,
        duration_s=duration_s,
        frames=len(track),
        width=width,
        height=height,
        rotation_deg=0,
        nominal_fps=rate_hz,
        recorded_at=header.recorded_at,
    )
