"""A kept set measured again: the numbers are made anew from its poses, what the user said stays."""

from dataclasses import replace

import numpy as np
import pytest

from fixtures.stickman import Set, pose, squat
from hipform import api, remeasure
from hipform.capture.recorded import load_track, save_track
from hipform.errors import InputError, OutputError
from hipform.records import Origin, PoseTrack, Source
from hipform.report.export import write_json
from hipform.session.set_analysis import analyse
from hipform.store import history as history_module
from hipform.store import set_folder
from hipform.store.history import open_history

READ_NOTE = "The video is turned; it was put upright."
REPS = (1.0, 1.0, 1.0, 1.0)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HIPFORM_HOME", str(tmp_path / "data"))
    yield tmp_path / "data"
    for one in history_module._open.values():
        one.close()
    history_module._open.clear()


@pytest.fixture(scope="module")
def analysis(tmp_path_factory):
    """Four squats of a stick figure, as they come back from the disk."""
    cycle = Set(sizes=REPS)
    times = np.arange(0.0, 20.0, 1 / 20)
    track = PoseTrack.of([pose(squat(cycle.share(t)), t) for t in times])
    path = tmp_path_factory.mktemp("track") / "poses.npz"
    save_track(track, path)
    definitions, given = api.chosen_exercises(api.Options())
    source = Source("set.mp4", 20.0, len(times), 4000, 3000, 0, 20.0, None)  # far away, which is remarked
    made = replace(api_provenance(), exercise_digest=remeasure.digest_of(definitions, given))
    return analyse(load_track(path), definitions, given, Origin(source, (READ_NOTE,), made))


def api_provenance():
    from importlib.metadata import version

    from hipform.records import Provenance

    return Provenance(version("hipform"), "0.10", "ab" * 32, "", "balanced")


def kept(analysis):
    """The set in the library, with a picture of each rep that names it."""
    folder = api.add_to_library(analysis, None, "my set", api.Options(overlay=False))
    folder.still(0).parent.mkdir(exist_ok=True)
    for rep in analysis.report.reps:
        folder.still(rep.number).write_text(f"bottom at {rep.bottom_s:.1f}", encoding="utf-8")
    open_history().record(folder)
    return folder


def as_measured_by_an_older_version(folder):
    """Its second rep was not found then, knees were read 7 degrees deeper, and less was said."""
    report = folder.report()
    found = [rep for rep in report.reps if rep.number != 2]
    reps = []
    for number, rep in enumerate(found, start=1):
        knee = rep.measure("knee_flexion_peak_deg")
        measures = rep.measures | {"knee_flexion_peak_deg": replace(knee, value=knee.value + 7.0)}
        picture = folder.still(rep.number).read_text(encoding="utf-8")
        folder.still(number).write_text(picture, encoding="utf-8")
        reps.append(replace(rep, number=number, measures=measures))
    folder.still(4).unlink()
    old = replace(report.provenance, hipform="0.0.9", exercise_digest="00")
    write_json(replace(report, reps=tuple(reps), provenance=old), folder.report_json)
    folder.frames_csv.write_text("old", encoding="utf-8")
    open_history().refresh(folder)
    return folder


def contents(folder):
    return {path.relative_to(folder.path): path.read_bytes() for path in folder.files()}


def test_what_was_just_measured_stays_to_the_last_byte(analysis):
    folder = kept(analysis)
    before = contents(folder)
    assert remeasure.is_current(folder.report())
    assert not remeasure.remeasure(folder.id).changed
    assert contents(folder) == before


def test_an_older_measurement_is_replaced_in_the_folder_and_in_the_history(analysis):
    folder = kept(analysis)
    new = folder.report()
    values = open_history().values(1, "squat", "knee_flexion_peak_deg")
    as_measured_by_an_older_version(folder)
    assert not remeasure.is_current(folder.report())
    assert len(open_history().values(1, "squat", "knee_flexion_peak_deg")) == len(values) - 1
    done = remeasure.remeasure(folder.id)
    assert done.changed
    assert folder.report().reps == done.after.reps == new.reps
    assert folder.report().provenance == new.provenance
    assert folder.frames_csv.read_text(encoding="utf-8").startswith("t_s,")
    assert open_history().values(1, "squat", "knee_flexion_peak_deg") == values


def test_what_the_user_said_stays_with_its_rep(analysis):
    folder = as_measured_by_an_older_version(kept(analysis))
    open_history().edit(folder.id, notes="mine", load_kg=40.0)
    open_history().judge_rep(folder.id, 2, False)
    remeasure.remeasure(folder.id)
    entry = open_history().entry(folder.id)
    assert (entry.notes, entry.load_kg, entry.reps_complete) == ("mine", 40.0, 4)
    assert {n: word.accepted for n, word in open_history().judgements(folder.id).items()} == {3: False}


def test_pictures_follow_their_rep_and_one_that_was_never_taken_is_absent(analysis):
    folder = as_measured_by_an_older_version(kept(analysis))
    remeasure.remeasure(folder.id)
    first, second, third, fourth = folder.report().reps
    assert not folder.still(second.number).exists()
    for rep in (first, third, fourth):
        assert folder.still(rep.number).read_text(encoding="utf-8") == f"bottom at {rep.bottom_s:.1f}"


def test_notes_of_the_recording_stay_and_who_drew_the_video_is_said_once(analysis):
    folder = as_measured_by_an_older_version(kept(analysis))
    remeasure.remeasure(folder.id)
    notes = folder.report().quality.notes
    assert set(notes) > set(analysis.report.quality.notes) > {READ_NOTE}
    assert [note for note in notes if "drawn by hipform 0.0.9" in note]
    remeasure.remeasure(folder.id)
    assert folder.report().quality.notes == notes


def test_without_poses_or_its_exercise_a_set_stays_as_it_is(analysis):
    folder = kept(analysis)
    report = folder.report()
    own = replace(report, exercise="my_lift", exercise_source="given")
    write_json(own, folder.report_json)
    before = contents(folder)
    with pytest.raises(InputError, match="my_lift, which is not among the exercises"):
        remeasure.remeasure(folder.id)
    write_json(report, folder.report_json)
    folder.poses.unlink()
    with pytest.raises(InputError, match="no landmark track"):
        remeasure.remeasure(folder.id)
    del before[folder.poses.relative_to(folder.path)], before[folder.report_json.relative_to(folder.path)]
    assert before.items() <= contents(folder).items()
    with pytest.raises(InputError, match="no such set"):
        remeasure.remeasure("0123456789abcdef")


def test_broken_off_before_the_report_it_is_put_right_by_doing_it_again(analysis, monkeypatch):
    folder = kept(analysis)
    new = contents(folder)
    as_measured_by_an_older_version(folder)
    old_report = folder.report_json.read_bytes()

    def fails(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("hipform.remeasure.api.write_measured", fails)
        before = contents(folder)
        with pytest.raises(OutputError, match="disk is full"):
            remeasure.remeasure(folder.id)
        assert contents(folder) == before, "the earlier result stays"
        assert not list(set_folder.library().glob(".new-*"))
    assert folder.report_json.read_bytes() == old_report
    remeasure.remeasure(folder.id)
    assert folder.frames_csv.read_bytes() == new[folder.frames_csv.relative_to(folder.path)]
