"""Measure a kept set again, with this version and the exercises of now, from the poses that were kept.

What was read from the pictures stays as it was: poses, stills, the video with what was drawn into it. What
is computed from the poses is replaced: the report and the tables. What the user said about the set stays.
"""

import math
import shutil
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Final

from hipform import api
from hipform.capture.recorded import load_track
from hipform.errors import InputError
from hipform.exercises.loader import digest_of, load_all
from hipform.output import writing_to
from hipform.records import Origin, PoseTrack, Provenance, Rep, SetReport
from hipform.session.remarks import remarks
from hipform.session.set_analysis import analyse
from hipform.store import set_folder
from hipform.store.history import open_history
from hipform.store.keeping import SAME_REP_S
from hipform.store.set_folder import SetFolder

_DRAWN: Final = "The video and the pictures were drawn by"


@dataclass(frozen=True, slots=True)
class Remeasured:
    """A set that was measured again: its report as it was, and as it is."""

    before: SetReport
    after: SetReport

    @property
    def changed(self) -> bool:
        """Whether any rep, number or finding is another one."""
        return (self.before.reps, self.before.findings) != (self.after.reps, self.after.findings)


def is_current(report: SetReport) -> bool:
    """Whether it was measured by this version with the exercises of now, so that nothing would change.

    Raises:
        InputError: its exercise is not here any more.
        ExerciseError: an exercise file breaks a rule.

    """
    return _provenance(report) == report.provenance


def remeasure(set_id: str) -> Remeasured:
    """Measure a set again and put the result in the place of the earlier one, the report last.

    All is made before anything is replaced. What is broken off in between is put right by doing it again.

    Raises:
        InputError: no such set, its poses are gone or damaged, or its exercise is not here any more.
        ExerciseError: an exercise file breaks a rule.
        OutputError: the disk does not take it; the earlier result stays.

    """
    folder = set_folder.open_set(set_id)
    before = folder.report()
    definitions, given = api.chosen_exercises(_options(before))
    track = load_track(folder.poses)
    origin = Origin(before.source, _notes(track, before, folder), _provenance(before))
    analysis = analyse(track, definitions, given, origin)
    with set_folder.unpacking() as path, writing_to(folder.path):
        draft = SetFolder(path)
        api.write_measured(analysis, draft)
        _bring_stills(folder, before.reps, draft, analysis.report.reps)
        after = draft.report()
        _replace(folder, draft)
    _tell_history(folder)
    return Remeasured(before, after)


def _options(report: SetReport) -> api.Options:
    """The exercise as it was chosen then."""
    if report.exercise_source == "auto":
        return api.Options()
    if report.exercise not in load_all():
        raise InputError(
            f"This set was measured as {report.exercise}, which is not among the exercises here. Put its "
            "file back into your exercises to measure it again."
        )
    return api.Options(exercise=report.exercise)


def _provenance(report: SetReport) -> Provenance:
    """What makes the numbers when they are measured now: the poses are those of then."""
    definitions, given = api.chosen_exercises(_options(report))
    digest = digest_of(definitions, given)
    return replace(report.provenance, hipform=version("hipform"), exercise_digest=digest)


def _notes(track: PoseTrack, before: SetReport, folder: SetFolder) -> tuple[str, ...]:
    """What was noted while the recording was read; remarks about the poses are made anew.

    Those of an earlier version are known by what this one would have said.
    """
    made = set(remarks(track, before.reps, before.source))
    kept = [note for note in before.quality.notes if note not in made]
    drawn = any(file.suffix in (".mp4", ".jpg") for file in folder.files())
    if drawn and not is_current(before) and not any(note.startswith(_DRAWN) for note in kept):
        kept.append(f"{_DRAWN} hipform {before.provenance.hipform}; the numbers were measured again since.")
    return tuple(kept)


def _bring_stills(
    folder: SetFolder, before: tuple[Rep, ...], draft: SetFolder, after: tuple[Rep, ...]
) -> None:
    """Copy the picture of each rep that is still there to the number that it has now."""
    draft.still(0).parent.mkdir()
    pictures = {rep.bottom_s: folder.still(rep.number) for rep in before if math.isfinite(rep.bottom_s)}
    for rep in after:
        near = min(pictures, key=lambda bottom_s: abs(bottom_s - rep.bottom_s), default=math.nan)
        if abs(near - rep.bottom_s) <= SAME_REP_S and pictures[near].is_file():
            shutil.copyfile(pictures[near], draft.still(rep.number))


def _replace(folder: SetFolder, draft: SetFolder) -> None:
    made = [path.relative_to(draft.path) for path in draft.files() if path != draft.report_json]
    stills = folder.still(0).parent
    stills.mkdir(exist_ok=True)
    for part in made:
        (draft.path / part).replace(folder.path / part)
    for picture in stills.iterdir():
        if picture.relative_to(folder.path) not in made:
            picture.unlink()
    draft.report_json.replace(folder.report_json)


def _tell_history(folder: SetFolder) -> None:
    history = open_history()
    history.record(folder)
    history.refresh(folder)
