"""A set in front of a camera, from the first picture to the kept set; and the sets that were cut short.

    with Camera(0) as camera:
        done = run(camera, Settings(), show)

Each pose is in the journal before anything is shown of it. When the set is over, its poses are measured as
those of a file are, and kept in the library. Pictures are not kept.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hipform.api import (
    Options,
    SavedFiles,
    add_to_library,
    chosen_exercises,
    provenance,
    write_results,
)
from hipform.capture.camera import LiveSource
from hipform.pose.models import Model, find_model
from hipform.records import Analysis, Frame, Origin, Pose, PoseEstimator, PoseTrack, Source
from hipform.session.analyzer import SETTLE_S, Analyzer
from hipform.session.live_set import LiveRules, LiveSet, Moment
from hipform.session.runner import Runner
from hipform.session.set_analysis import analyse
from hipform.store.journal import Header, Journal, Unfinished

if TYPE_CHECKING:
    from hipform.output import Output

# Below this the moments of a rep are off by more than a tenth of a second (ours).
SLOW_HZ: Final = 10.0

Show = Callable[[Frame, Pose, Moment], None]


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user chose for a live set. `output` is a folder for the results, None for the library only."""

    exercise: str = "auto"
    exercise_file: Path | None = None
    model: Path | None = None
    rules: LiveRules = field(default_factory=LiveRules)
    output: "Output | None" = None

    @property
    def options(self) -> Options:
        """The same for an analysis: one look at each picture, no picture kept."""
        return Options(self.exercise, self.exercise_file, model=self.model, overlay=False, quality="fast")


@dataclass(frozen=True, slots=True)
class Done:
    """A set that was kept: the analysis and where its files are."""

    analysis: Analysis
    files: SavedFiles


def run(source: LiveSource, settings: Settings, show: Show) -> Done | None:
    """Do one set with pictures of `source`; None when no rep was done, and nothing is kept.

    `show` is told each frame, its pose and what it came to. The set ends by its rules or with the source.

    Raises:
        ModelError: the pose model cannot be loaded.
        ExerciseError: the exercise file breaks a rule, or there is no such exercise.
        OutputError: the set cannot be kept; its journal stays, for `recover`.
        HipformError: what the source raises; the same holds.

    """
    from hipform.pose.mediapipe_landmarker import MediaPipeLandmarker

    definitions, given = chosen_exercises(settings.options)
    model = find_model(settings.model)
    live_set = LiveSet(lambda: Analyzer(definitions, given), settings.rules, source.size[1])
    header = _header(source, settings, model)
    with MediaPipeLandmarker(model) as landmarker, Journal(header) as journal:
        _follow(source, landmarker, live_set, journal, show)
        source.close()
        notes = tuple(filter(None, [*source.notes, journal.trouble]))
        return _keep(live_set.track, header, notes, settings)


def recover(unfinished: Unfinished, output: "Output | None" = None) -> Done | None:
    """Keep a set whose program was ended, up to its last finished rep; None when there is none.

    Its journal is removed, unless an error is raised (as by `run`).
    """
    header = unfinished.header
    file = Path(header.exercise_file) if header.exercise_file else None
    settings = Settings(header.exercise, file, output=output)
    track = _up_to_the_last_rep(unfinished.track(), settings)
    note = "The program was ended in the middle of this set: it is kept up to the last finished rep."
    done = _keep(track, header, (note,), settings)
    unfinished.remove()
    return done


def _follow(
    source: LiveSource, estimator: PoseEstimator, live_set: LiveSet, journal: Journal, show: Show
) -> None:
    """Take pose after pose until the set or the source ends."""
    runner = Runner(estimator, live_set)
    for frame in source:
        pose, moment = runner.step(frame)
        if moment.dropped:
            journal.start_anew()
        for kept in moment.kept:
            journal.write(kept)
        show(frame, pose, moment)
        if moment.ending is not None:
            return


def _up_to_the_last_rep(track: PoseTrack, settings: Settings) -> PoseTrack:
    """The poses up to the end of the last rep that was finished and measured; none without one."""
    definitions, given = chosen_exercises(settings.options)
    analyzer = Analyzer(definitions, given)
    ends_s = [rep.end_s for pose in track for rep in analyzer.push(pose).finished]
    return track.between(0.0, ends_s[-1] + 2 * SETTLE_S if ends_s else 0.0)


def _keep(track: PoseTrack, header: Header, notes: tuple[str, ...], settings: Settings) -> Done | None:
    """Measure the poses as a file's, and keep them when there is a rep in them."""
    if not len(track):
        return None
    definitions, given = chosen_exercises(settings.options)
    made_by = provenance(Model(Path(), header.model_sha256), definitions, given, "fast")
    source = _source(track, header)
    if 0 < source.nominal_fps < SLOW_HZ:
        slow = f"Poses were taken only {source.nominal_fps:.0f} times a second: close other programs."
        notes = (*notes, slow)
    analysis = analyse(track, definitions, given, Origin(source, notes, made_by))
    if not analysis.report.reps:
        return None
    kept = add_to_library(analysis, None, header.title, settings.options)
    files = SavedFiles(kept.report_json, kept.frames_csv, None)
    if settings.output is not None:
        output = replace(settings.output, stem=header.title.replace(":", "."))
        files = write_results(analysis, Path(header.title), output, settings.options)
    return Done(analysis, files)


def _header(source: LiveSource, settings: Settings, model: Model) -> Header:
    file = str(settings.exercise_file.resolve()) if settings.exercise_file else None
    return Header(source.title, source.recorded_at, source.size, settings.exercise, file, model.sha256)


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
