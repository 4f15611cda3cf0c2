"""A live set from the first picture to the kept set: with a stick figure, and as the real command."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import av
import numpy as np
import pytest
from PIL import Image

from fixtures import clips
from fixtures.stickman import Set, pose, squat
from hipform import live, live_show
from hipform.capture.recorded import load_track
from hipform.errors import CameraError, OutputError
from hipform.exercises.loader import load_all
from hipform.live import Settings, recover, run
from hipform.output import Output
from hipform.records import Frame, Origin, Pose
from hipform.session.live_set import LiveRules
from hipform.session.set_analysis import analyse
from hipform.store.journal import unfinished
from hipform.store.set_folder import list_sets

FPS = 15.0
THREE = Set(sizes=(1.0, 1.0, 1.0), before_s=3.0)
HIPFORM = [sys.executable, "-P", "-m", "hipform"]


def grey(number: int) -> int:
    """How bright the picture of this number is: far from its neighbours'."""
    return 30 + 37 * number % 200


class StickCamera:
    """Grey pictures at 15 a second, each of its own brightness; `ends` is raised after the last one."""

    title = "Live: test"
    size = (640, 480)
    recorded_at = "2026-01-02T03:04:05+00:00"

    def __init__(self, end_s: float, ends: BaseException | None = None) -> None:
        self.notes: list[str] = []
        self._end_s = end_s
        self._ends = ends
        self._closed = False

    def __iter__(self):
        for i in range(round(self._end_s * FPS)):
            if self._closed:
                return
            yield Frame(i, i / FPS, np.full((480, 640, 3), grey(i), np.uint8))
        if self._ends:
            raise self._ends

    def close(self) -> None:
        self._closed = True


class StickLandmarker:
    """In place of the network: a stick figure that does three squats."""

    def __init__(self, *_model) -> None:
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_error) -> None:
        pass

    def estimate(self, frame: Frame) -> Pose:
        return pose(squat(THREE.share(frame.t_s)), frame.t_s, 85.0)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HIPFORM_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("hipform.pose.mediapipe_landmarker.MediaPipeLandmarker", StickLandmarker)
    return tmp_path / "home"


def nothing(*_moment) -> None:
    pass


def test_a_set_is_counted_measured_as_a_file_and_kept(home):
    done = run(StickCamera(14.0), Settings(), nothing)
    assert done is not None
    assert [rep.complete for rep in done.analysis.report.reps] == [True] * 3
    (kept,) = list_sets()
    assert [rep.number for rep in kept.report().reps] == [1, 2, 3]
    assert kept.title == done.analysis.report.source.file == "Live: test"
    assert done.files.report == kept.report_json
    origin = Origin(done.analysis.report.source, (), done.analysis.report.provenance)
    again = analyse(load_track(kept.poses), load_all(), None, origin).report.reps
    assert [rep.bottom_s for rep in again] == [rep.bottom_s for rep in done.analysis.report.reps]
    assert list((home / "live").iterdir()) == []


def test_the_report_says_how_it_came_about():
    report = run(StickCamera(14.0), Settings(exercise="squat"), nothing).analysis.report
    assert (report.source.width, report.source.height) == (640, 480)
    assert report.source.nominal_fps == pytest.approx(FPS, rel=0.01)
    assert report.source.recorded_at == StickCamera.recorded_at
    assert report.exercise_source == "given"
    assert report.provenance.quality == "fast"
    assert not any("times a second" in note for note in report.quality.notes)


def test_poses_are_told_in_one_size_whatever_size_the_pictures_have(monkeypatch):
    class Changes(StickCamera):
        def __iter__(self):
            for frame in super().__iter__():
                yield frame if frame.index % 2 else replace(frame, image=frame.image[::2, ::2])

    class InPicture(StickLandmarker):
        def estimate(self, frame: Frame) -> Pose:
            found = super().estimate(frame)
            return replace(found, image_px=found.image_px * frame.image.shape[1] / 640)

    monkeypatch.setattr("hipform.pose.mediapipe_landmarker.MediaPipeLandmarker", InPicture)
    run(Changes(8.0), Settings(), nothing)
    for found in load_track(list_sets()[0].poses):
        right = StickLandmarker().estimate(Frame(0, found.t_s, np.zeros((480, 640, 3), np.uint8)))
        assert np.allclose(found.image_px, right.image_px, atol=0.1)


def test_a_kept_video_gives_overlay_and_stills_of_the_very_pictures(home, tmp_path):
    done = []
    kept = run(
        StickCamera(8.0),
        Settings(keep_video=True, output=Output(tmp_path / "r")),
        nothing,
        lambda what, share: done.append((what, share)),
    )
    assert done[0] == ("Measuring your set", None)
    assert done[-1] == ("Drawing your video", 1.0)
    assert kept.files.overlay == tmp_path / "r/Live. test.overlay.mp4"
    (folder,) = list_sets()
    track = load_track(folder.poses)
    with av.open(str(folder.overlay)) as overlay:
        pictures = [(picture.time, picture.to_ndarray(format="rgb24")) for picture in overlay.decode(video=0)]
    assert [t_s for t_s, _ in pictures] == pytest.approx(list(track.t_s), abs=0.002)
    beside_the_figure = [picture[200:240, 10:40].mean() for _, picture in pictures]
    assert beside_the_figure == pytest.approx([grey(round(t_s * FPS)) for t_s in track.t_s], abs=5)
    with Image.open(folder.still(1)) as still:
        at_s = kept.analysis.report.reps[0].bottom_s
        assert np.asarray(still)[220, 20, 0] == pytest.approx(grey(round(at_s * FPS)), abs=5)
    assert list((home / "live").iterdir()) == []


def test_few_poses_a_second_are_told(monkeypatch):
    monkeypatch.setattr(live, "SLOW_HZ", 2 * FPS)
    notes = run(StickCamera(14.0), Settings(), nothing).analysis.report.quality.notes
    assert any("only 15 times a second" in note for note in notes)


def test_results_can_be_written_beside(tmp_path):
    done = run(StickCamera(14.0), Settings(output=Output(tmp_path / "r")), nothing)
    assert sorted(p.name for p in (tmp_path / "r").iterdir()) == ["Live. test.frames.csv", "Live. test.json"]
    assert done.files.report == tmp_path / "r/Live. test.json"
    assert len(list_sets()) == 1


@pytest.mark.parametrize("end_s", [0.0, 1.0, 3.0])
def test_without_a_rep_nothing_is_kept(home, end_s):
    assert run(StickCamera(end_s), Settings(), nothing) is None
    assert list_sets() == []
    assert list((home / "live").iterdir()) == []


def test_the_set_ends_by_its_rules_before_the_camera_does():
    shown = []
    done = run(
        StickCamera(60.0),
        Settings(rules=LiveRules(reps=2)),
        lambda frame, _pose, moment: shown.append((frame.t_s, moment.ending)),
    )
    assert shown[-1][0] < 12.0
    assert shown[-1][1] == "reps"
    assert len(done.analysis.report.reps) == 2


def test_a_camera_that_is_unplugged_costs_only_what_was_not_done():
    camera = StickCamera(7.0)
    camera.notes.append("The camera gave no more pictures.")
    report = run(camera, Settings(), nothing).analysis.report
    assert sum(rep.complete for rep in report.reps) == 1
    assert "The camera gave no more pictures." in report.quality.notes


def test_after_an_error_the_finished_reps_can_be_kept(tmp_path):
    with pytest.raises(CameraError):
        run(StickCamera(9.0, CameraError("gone")), Settings(exercise="squat"), nothing)
    assert list_sets() == []
    (one,) = unfinished()
    done = recover(one)
    report = done.analysis.report
    assert [rep.reason for rep in report.reps] == [None]  # the second was under way
    assert report.exercise_source == "given"
    assert any("up to the last finished rep" in note for note in report.quality.notes)
    assert len(list_sets()) == 1
    assert unfinished() == []


def test_a_set_that_was_killed_before_its_first_rep_is_nothing():
    with pytest.raises(CameraError):
        run(StickCamera(4.0, CameraError("gone")), Settings(), nothing)
    assert recover(unfinished()[0]) is None
    assert unfinished() == []


def test_a_set_that_cannot_be_kept_stays_in_the_journal(home, tmp_path):
    home.mkdir()
    (home / "sets").write_text("in the way")
    with pytest.raises(OutputError):
        run(StickCamera(14.0), Settings(), nothing)
    (home / "sets").unlink()
    assert len(recover(unfinished()[0]).analysis.report.reps) == 3


def test_a_set_given_up_before_its_first_rep_leaves_no_poses_in_the_journal(monkeypatch):
    class Leaves(StickLandmarker):
        def estimate(self, frame: Frame) -> Pose:
            if 2.5 < frame.t_s < 6.0:
                return Pose.missing(frame.t_s)
            return replace(super().estimate(replace(frame, t_s=frame.t_s - 6.0)), t_s=frame.t_s)

    monkeypatch.setattr("hipform.pose.mediapipe_landmarker.MediaPipeLandmarker", Leaves)
    with pytest.raises(CameraError):
        run(StickCamera(13.0, CameraError("gone")), Settings(), nothing)
    track = unfinished()[0].track()
    assert track.t_s[0] == 0.0
    assert track.t_s[-1] < 8.0
    assert np.isfinite(track.image_px).all()


@pytest.mark.parametrize(
    ("answer", "kept", "left"), [("yes", 1, 0), ("no", 0, 0), ("later", 0, 1), ("", 0, 1), (None, 0, 1)]
)
def test_a_set_that_was_cut_short_is_offered_on_a_terminal(monkeypatch, capsys, answer, kept, left):
    with pytest.raises(CameraError):
        run(StickCamera(9.0, CameraError("gone")), Settings(), nothing)

    class Keyboard:
        def isatty(self) -> bool:
            return answer is not None

    asked = []
    monkeypatch.setattr(live_show.sys, "stdin", Keyboard())
    monkeypatch.setattr("builtins.input", lambda text: (asked.append(text), answer)[1])
    live_show.offer_unfinished(None)
    told = "".join(asked) or capsys.readouterr().err
    assert "A set was cut short: Live: test, after 0:09 min" in told
    assert (len(list_sets()), len(unfinished())) == (kept, left)


def command(*arguments: object, home) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*HIPFORM, *map(str, arguments)],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env=os.environ | {"HIPFORM_HOME": str(home)},
        timeout=120,
        check=False,
    )


def begun(video, home) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*HIPFORM, "live", "--file", str(video), "--no-window", "--mute"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"HIPFORM_HOME": str(home)},
    )


def read_until(process: "subprocess.Popen[str]", words: str) -> None:
    for line in process.stdout:
        if words in line:
            return
    raise AssertionError(process.stderr.read())


@pytest.mark.model
@pytest.mark.slow
def test_a_recording_played_live_counts_as_the_analysis_of_the_file(tmp_path, home):
    video = clips.cut(tmp_path / "two.mp4", 0.0, 8.0)
    shown = command("live", "--file", video, "--no-window", "--mute", "--out", tmp_path, home=home)
    assert shown.returncode == 0, shown.stderr
    assert "2 squats" in shown.stdout
    analysed = command(
        "analyze", video, "--no-overlay", "--quality", "fast", "--out", tmp_path / "r", home=home
    )
    assert analysed.returncode == 0, analysed.stderr
    one, other = (json.loads(p.read_text()) for p in (tmp_path / "two live.json", tmp_path / "r/two.json"))
    assert len(one["reps"]) == len(other["reps"]) == 2
    for a, b in zip(one["reps"], other["reps"], strict=True):
        peak, same = (r["measures"]["knee_flexion_peak_deg"]["value"] for r in (a, b))
        assert peak == pytest.approx(same, abs=4)


@pytest.mark.model
@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="kills by signal")
def test_killed_in_the_middle_of_a_set_its_finished_reps_are_kept(home):
    process = begun(clips.sample(), home)
    read_until(process, "Rep 1:")
    time.sleep(2.0)  # into the second one
    process.send_signal(signal.SIGKILL)
    process.communicate()
    told = command("live", "--file", clips.sample().with_name("nosuch.mp4"), home=home)
    assert "was cut short" in told.stderr
    assert "--recover" in told.stderr
    kept = command("live", "--recover", home=home)
    assert kept.returncode == 0, kept.stderr
    assert "1 squat," in kept.stdout
    report = json.loads(next((home / "sets").glob("*/report.json")).read_text())
    assert [rep["reason"] for rep in report["reps"]] == [None]
    assert list((home / "live").iterdir()) == []
    assert "no set that was cut short" in command("live", "--recover", home=home).stdout


@pytest.mark.model
@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="ends by signal")
@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_the_set_and_keeps_it(home, ended_by):
    process = begun(clips.sample(), home)
    read_until(process, "Rep 1:")
    process.send_signal(ended_by)
    printed, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    assert "1 squat" in printed
    assert "Traceback" not in errors
    assert len(list((home / "sets").glob("*/report.json"))) == 1
    assert list((home / "live").iterdir()) == []


@pytest.mark.parametrize("wrong", [["--reps", "0"], ["--exercise", "burpee"], ["--quiet-end", "0"]])
def test_a_wrong_call_has_status_2_and_says_why(home, wrong):
    process = command("live", *wrong, home=home)
    assert process.returncode == 2
    assert wrong[0] in process.stderr


def test_without_a_camera_the_command_says_what_to_do(home):
    process = command("live", "--camera", 97, home=home)
    assert process.returncode == 1
    assert "--file" in process.stderr or "--camera" in process.stderr
    assert "Traceback" not in process.stderr
