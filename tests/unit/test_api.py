"""The whole job as a Python user calls it: streaming, progress, cancelling, results whole or not at all."""

import json
import tracemalloc
from dataclasses import replace
from itertools import pairwise

import numpy as np
import psutil
import pytest

from fixtures import clips
from fixtures.disk import small_disk
from fixtures.stickman import Set, pose, squat
from hipform import api
from hipform.errors import Cancelled, ExerciseError, OutputError, VideoError
from hipform.output import Output, check_output
from hipform.records import Frame
from hipform.store import set_folder

QUICK = api.Options(overlay=False)


@pytest.fixture(scope="module")
def one_squat(tmp_path_factory):
    return clips.one_squat(tmp_path_factory.mktemp("clip") / "one squat.mp4")


@pytest.fixture(scope="module")
def analysis(one_squat):
    return api.analyze(one_squat)


class StickLandmarker:
    """In place of the network: a stick figure that squats every 20 seconds, whatever the picture shows."""

    def __init__(self, *_model) -> None:
        cycle = Set(sizes=(1.0,))
        self._poses = [pose(squat(cycle.share(i / 30)), 0.0) for i in range(600)]

    def __enter__(self):
        return self

    def __exit__(self, *_error) -> None:
        pass

    def estimate(self, frame):
        return replace(self._poses[round(frame.t_s * 30) % 600], t_s=frame.t_s)

    def count(self, _frame) -> int:
        return 1


@pytest.fixture
def stick_landmarker(monkeypatch):
    for name in ("MediaPipeLandmarker", "PeopleCounter"):
        monkeypatch.setattr(f"hipform.pose.mediapipe_landmarker.{name}", StickLandmarker)


def test_pictures_are_not_held():
    def pictures():
        for i in range(200):
            yield Frame(i, i / 15, np.zeros((480, 640, 3), np.uint8))

    tracemalloc.start()
    track, _ = api.take_poses(pictures(), StickLandmarker(), StickLandmarker())
    peak_mb = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    assert len(track) == 200
    assert peak_mb < 10  # 184 MB if they were


@pytest.mark.slow
def test_half_an_hour_is_analysed_in_little_memory(tmp_path, stick_landmarker):
    minutes, rate = 30, 6
    grey = np.full((32, 32, 3), 90, np.uint8)
    video = clips.write(tmp_path / "long.mp4", (grey for _ in range(minutes * 60 * rate)), rate)
    process = psutil.Process()
    before = process.memory_info().rss
    used = [0]
    result = api.analyze(video, QUICK, lambda _: used.append(process.memory_info().rss - before))
    used.append(process.memory_info().rss - before)
    assert result.report.source.duration_s == pytest.approx(minutes * 60, abs=1)
    assert sum(rep.complete for rep in result.report.reps) == pytest.approx(minutes * 3, abs=1)
    assert max(used) < 250e6


def test_others_are_looked_for_once_a_second():
    class Crowd(StickLandmarker):
        looks = 0

        def count(self, _frame) -> int:
            self.looks += 1
            return 2 if self.looks > 6 else 1

    crowd = Crowd()
    blank = np.zeros((4, 4, 3), np.uint8)
    _, crowded = api.take_poses((Frame(i, i / 30, blank) for i in range(300)), StickLandmarker(), crowd)
    assert crowd.looks == 10
    assert crowded == pytest.approx(0.4)


def test_progress_grows_to_the_end_and_tells_the_time_left(one_squat, tmp_path):
    seen: list[api.Progress] = []
    result = api.analyze(one_squat, on_progress=seen.append, previews=True)
    api.write_results(result, one_squat, tmp_path, api.Options(), seen.append)
    assert all(a.share <= b.share for a, b in pairwise(seen))
    assert seen[-1].share == 1.0
    assert [p.stage for p in seen] == sorted((p.stage for p in seen), reverse=True)
    assert seen[-1].frames_done == seen[-1].frames_expected == len(result.track)
    assert seen[-1].left_s in (None, 0.0)
    assert next(p.preview_jpeg[:2] for p in seen if p.preview_jpeg) == b"\xff\xd8"


def test_a_listener_can_cancel_and_nothing_stays(one_squat, analysis, tmp_path):
    def stop(_progress):
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        api.analyze(one_squat, on_progress=stop)
    with pytest.raises(Cancelled):
        api.write_results(analysis, one_squat, tmp_path, api.Options(), stop)
    assert list(tmp_path.iterdir()) == []


def test_an_exercise_that_is_not_known_names_those_that_are(one_squat):
    with pytest.raises(ExerciseError, match="squat"):
        api.analyze(one_squat, api.Options(exercise="burpee"))


def test_a_given_exercise_is_said_to_be_given(one_squat):
    report = api.analyze(one_squat, api.Options("squat", overlay=False)).report
    assert (report.exercise, report.exercise_source) == ("squat", "given")


@pytest.mark.parametrize(("quality", "looks"), [("fast", [44]), ("balanced", [44, 22]), ("best", [44, 44])])
def test_the_quality_says_how_often_the_mirror_is_looked_at(tmp_path, monkeypatch, quality, looks):
    made = []

    class Counting(StickLandmarker):
        def __init__(self, *_model) -> None:
            super().__init__()
            self.looks = 0
            made.append(self)

        def estimate(self, frame):
            self.looks += 1
            return super().estimate(frame)

    grey = np.full((480, 640, 3), 90, np.uint8)
    video = clips.write(tmp_path / "grey.mp4", (grey for _ in range(44)), 30)
    monkeypatch.setattr("hipform.pose.mediapipe_landmarker.MediaPipeLandmarker", Counting)
    report = api.analyze(video, replace(QUICK, quality=quality)).report
    assert [one.looks for one in made] == looks
    assert report.provenance.quality == quality


def test_a_mirrored_video_changes_sides(one_squat, analysis):
    flipped = api.analyze(one_squat, api.Options(mirrored=True, overlay=False)).report
    assert analysis.report.view.label == "side-left"
    assert flipped.view.label == "side-right"
    assert len(flipped.reps) == len(analysis.report.reps)


def test_a_full_disk_leaves_the_old_results_as_they_were(one_squat, analysis, tmp_path):
    api.write_results(analysis, one_squat, tmp_path, QUICK)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    with small_disk(4000), pytest.raises(OutputError, match="full"):
        api.write_results(analysis, one_squat, tmp_path, QUICK)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_a_full_disk_leaves_no_half_overlay(one_squat, analysis, tmp_path):
    with small_disk(4000), pytest.raises(OutputError, match="full"):
        api.write_results(analysis, one_squat, tmp_path, api.Options())
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_no_half_set(one_squat, analysis, tmp_path, monkeypatch):
    monkeypatch.setenv("HIPFORM_HOME", str(tmp_path))
    with small_disk(4000), pytest.raises(OutputError, match="full"):
        api.add_to_library(analysis, one_squat, "x", api.Options())
    assert set_folder.list_sets() == []
    assert list((tmp_path / "sets").iterdir()) == []


def test_a_video_that_went_away_before_the_overlay_says_so(one_squat, analysis, tmp_path):
    gone = tmp_path / "gone.mp4"
    with pytest.raises(VideoError, match=r"gone\.mp4"):
        api.write_results(analysis, gone, tmp_path / "r", api.Options())
    assert list((tmp_path / "r").iterdir()) == []


@pytest.mark.parametrize("place", ["a file", "a file/below"])
def test_results_need_a_folder(one_squat, analysis, tmp_path, place):
    (tmp_path / "a file").write_text("in the way")
    with pytest.raises(OutputError, match="Choose another folder"):
        api.write_results(analysis, one_squat, tmp_path / place, QUICK)


def test_results_of_another_recording_of_the_same_name_are_kept(one_squat, analysis, tmp_path):
    api.write_results(analysis, one_squat, tmp_path / "r", QUICK)
    (tmp_path / "other").mkdir()
    other = clips.cut(tmp_path / "other" / one_squat.name, 0.0, 1.0)
    with pytest.raises(OutputError, match="--overwrite"):
        check_output(other, Output(tmp_path / "r"))
    check_output(other, Output(tmp_path / "r", overwrite=True))
    check_output(one_squat, Output(tmp_path / "r"))


def test_the_report_names_the_video_and_what_made_it(analysis, one_squat, tmp_path):
    files = api.write_results(analysis, one_squat, tmp_path, QUICK)
    report = json.loads(files.report.read_text())
    assert report["source"]["file"] == "one squat.mp4"
    assert report["provenance"]["mediapipe"] == "0.10.33"
    assert len(report["provenance"]["model_sha256"]) == 64
    assert files.overlay is None
