"""What users really hand in: each gets an answer or a clear error that says what to do, never a traceback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from fixtures import clips
from hipform import api
from hipform.errors import HipformError, OutputError, VideoError
from hipform.output import Output, check_output

# What a strange file comes to does not depend on how often the mirror image is looked at.
QUICK = api.Options(overlay=False, quality="fast")
HIPFORM = [sys.executable, "-P", "-m", "hipform"]


def analysed(path: Path) -> "api.Analysis":
    return api.analyze(path, QUICK)


def notes_of(path: Path) -> str:
    return " ".join(analysed(path).report.quality.notes)


def without_people(path: Path, size: tuple[int, int], seconds: float = 1.0, level: int = 0) -> Path:
    """A video of one even grey, `size` as (width, height)."""
    width, height = size
    picture = np.full((height, width, 3), level, np.uint8)
    return clips.write(path, (picture for _ in range(round(10 * seconds))), rate=10)


def sound_only(path: Path, with_empty_video: bool = False) -> Path:
    with av.open(str(path), "w", format="mp4") as container:
        if with_empty_video:
            stream = container.add_stream("libx264", rate=30)
            stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        sound = container.add_stream("aac", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 8000
        container.mux(sound.encode(frame))
        container.mux(sound.encode())
    return path


def on_canvas(scale: float, size: tuple[int, int] = (640, 480)):
    """A change that makes the whole picture small, in the middle of an even wall."""

    def change(image):
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        wall = np.full((size[1], size[0], 3), 170, np.uint8)
        y, x = (size[1] - small.shape[0]) // 2, (size[0] - small.shape[1]) // 2
        wall[y : y + small.shape[0], x : x + small.shape[1]] = small
        return wall

    return change


@pytest.mark.parametrize(
    "content",
    [b"", b"this is a letter, not a video", b"\x00" * 4096, b"\x89PNG\r\n\x1a\n" + b"\x00" * 64],
    ids=["empty", "text", "zeros", "broken picture"],
)
def test_what_is_no_video_says_so(content, tmp_path):
    path = tmp_path / "thing.mp4"
    path.write_bytes(content)
    with pytest.raises(VideoError, match=r"thing\.mp4"):
        analysed(path)


def test_a_cut_off_file_says_what_to_do(tmp_path):
    whole = clips.cut(tmp_path / "whole.mp4", 0.0, 1.0)
    part = tmp_path / "part.mp4"
    part.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])  # its index was at the end
    with pytest.raises(VideoError, match=r"part\.mp4"):
        analysed(part)


def test_a_file_that_was_cut_while_being_recorded_is_analysed_as_far_as_it_goes(tmp_path):
    whole, part = tmp_path / "whole.mkv", tmp_path / "part.mkv"
    _as_matroska(clips.sample(), whole, 4.4)
    part.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * 0.9)])
    result = analysed(part)
    assert 3.0 < result.report.source.duration_s < 4.4
    assert len(result.report.reps) == 1


def _as_matroska(source: Path, path: Path, seconds: float) -> None:
    with av.open(str(source)) as old, av.open(str(path), "w", format="matroska") as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        for packet in old.demux(video=0):
            if packet.pts is not None and packet.pts * packet.time_base < seconds:
                packet.stream = stream
                new.mux(packet)


def test_sound_alone_says_so(tmp_path):
    with pytest.raises(VideoError, match="sound"):
        analysed(sound_only(tmp_path / "talk.mp4"))


def test_a_video_stream_without_pictures_says_so(tmp_path):
    with pytest.raises(VideoError, match=r"hollow\.mp4"):
        analysed(sound_only(tmp_path / "hollow.mp4", with_empty_video=True))


def test_a_folder_or_a_missing_file_says_so(tmp_path):
    for path in (tmp_path, tmp_path / "nosuch.mp4"):
        with pytest.raises(VideoError):
            analysed(path)


@pytest.mark.parametrize("size", [(16, 16), (320, 240)], ids=str)
def test_black_pictures_are_an_answer_without_reps(size, tmp_path):
    report = analysed(without_people(tmp_path / "black.mp4", size)).report
    assert (report.exercise, report.reps) == ("none", ())
    assert report.quality.pose_found_share == 0
    assert "Nobody was found" in " ".join(report.quality.notes)


def test_nobody_is_an_answer_on_the_command_line_too(tmp_path):
    video = without_people(tmp_path / "wall.mp4", (160, 120), level=170)
    process = subprocess.run(
        [*HIPFORM, "analyze", str(video), "--out", str(tmp_path / "r")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    assert "Nobody was found" in process.stdout
    assert json.loads((tmp_path / "r" / "wall.json").read_text())["reps"] == []
    assert (tmp_path / "r" / "wall.overlay.mp4").exists()


def test_a_person_who_leaves_costs_only_the_time_away(tmp_path):
    seen = 0

    def leave(image):
        nonlocal seen
        seen += 1
        return image if seen <= 66 else np.full_like(image, 170)

    report = analysed(clips.cut(tmp_path / "half.mp4", 0.0, 8.8, leave, rate=15)).report
    assert [rep.complete for rep in report.reps] == [True]
    assert 0.4 < report.quality.pose_found_share < 0.6
    assert "of the recording" in " ".join(report.quality.notes)


def test_feet_out_of_the_picture_are_told(tmp_path):
    assert "feet" in notes_of(clips.cut(tmp_path / "feet.mp4", 0.0, 2.0, lambda image: image[:352]))


def test_a_head_out_of_the_picture_is_no_obstacle(tmp_path):
    result = analysed(clips.cut(tmp_path / "head.mp4", 0.0, 4.4, lambda image: image[120:], rate=15))
    assert len(result.report.reps) == 1


def test_two_people_are_told(tmp_path):
    beside = clips.cut(tmp_path / "two.mp4", 0.0, 1.5, lambda image: np.hstack([image[:, 120:520]] * 2))
    assert "More than one person" in notes_of(beside)


def test_one_person_is_not_taken_for_two(tmp_path):
    assert "More than one person" not in notes_of(clips.cut(tmp_path / "one.mp4", 0.0, 2.5, rate=10))


def test_a_person_far_away_is_told_to_come_closer(tmp_path):
    report = analysed(clips.cut(tmp_path / "far.mp4", 0.0, 1.0, on_canvas(0.06))).report
    assert not report.reps
    assert any("closer" in note or "Nobody" in note for note in report.quality.notes)


def test_4k_is_analysed(tmp_path):
    def enlarge(image):
        return cv2.resize(image, (3840, 2160), interpolation=cv2.INTER_NEAREST)

    report = analysed(clips.cut(tmp_path / "4k.mp4", 0.0, 0.4, enlarge)).report
    assert report.quality.pose_found_share == 1.0


def test_two_seconds_without_a_whole_rep_are_an_answer(tmp_path):
    report = analysed(clips.cut(tmp_path / "short.mp4", 0.0, 2.0)).report
    assert [rep.complete for rep in report.reps] in ([], [False])


def test_any_name_can_be_analysed(tmp_path):
    names = ["two words", 'it\'s "quoted"', "..mp4..", "-rf", "🏋️ squat ünï", "<script>alert(1)<∕script>"]
    names += ["[bold]x", "%s {0}\n$HOME"]
    videos = [without_people(tmp_path / f"{name}.mp4", (64, 64), 0.3) for name in names]
    process = subprocess.run(
        [*HIPFORM, "analyze", "--out", "r", "--no-overlay", "--", *(video.name for video in videos)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    assert all(name in process.stdout for name in names[:-1])
    written = {p.name for p in (tmp_path / "r").iterdir()}
    assert written == {f"{name}.{end}" for name in names for end in ("frames.csv", "json")}


def test_a_path_that_climbs_writes_only_into_the_results_folder(tmp_path, monkeypatch):
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path / "deep")
    without_people(tmp_path / "up.mp4", (64, 64), 0.3)
    climbing = Path("../up.mp4")
    files = api.write_results(analysed(climbing), climbing, Path("r"), QUICK)
    assert files.report.resolve() == tmp_path / "deep" / "r" / "up.json"
    assert [p.name for p in tmp_path.iterdir() if p.suffix == ".json"] == []


def test_a_name_too_long_for_the_disk_says_so(tmp_path):
    video = without_people(tmp_path / f"{'x' * 245}.mp4", (64, 64), 0.3)
    with pytest.raises(OutputError, match="too long"):
        api.write_results(analysed(video), video, tmp_path / "r", QUICK)


def test_an_output_folder_that_cannot_be_written_is_told_before_the_work(tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(OutputError, match="Choose another folder"):
        check_output(clips.sample(), Output(tmp_path / "taken"))


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that nobody may write to")
def test_a_read_only_place_is_told():
    with pytest.raises(OutputError, match="Choose another folder"):
        check_output(clips.sample(), Output(Path("/proc/self/hipform")))


def test_errors_are_one_sentence_of_what_and_one_of_what_to_do(tmp_path):
    path = tmp_path / "thing.mp4"
    path.write_bytes(os.urandom(2000))
    with pytest.raises(HipformError) as caught:
        analysed(path)
    text = str(caught.value)
    assert text.count(".") >= 2
    assert str(tmp_path) not in text
