"""Folders of truth: what is understood, and what is answered to a wrong one."""

import json

import numpy as np
import pytest

from fixtures import known_clips
from hipform.errors import InputError
from hipform.validation.truth import read_truth


def test_clips_come_in_the_order_of_their_names_with_their_videos(tmp_path):
    for name in ("b", "a"):
        known_clips.write_truth(tmp_path, name)
    np.savez(tmp_path / "a.mp.npz", t=np.zeros(1))  # landmarks that another tool left beside the truth
    truth = read_truth(tmp_path)
    assert [clip.name for clip in truth.clips] == ["a", "b"]
    assert list(truth.videos) == [tmp_path / "a.mp4", tmp_path / "b.mp4"]
    assert truth.result_names() == ["a", "b"]


def test_labels_are_called_by_their_id_and_results_by_the_video(tmp_path):
    known_clips.write_labels(tmp_path, known_clips.label("one.mov", id="first"), known_clips.label("two.mp4"))
    truth = read_truth(tmp_path)
    assert [clip.name for clip in truth.clips] == ["first", "two"]
    assert truth.result_names() == ["one", "two"]


def test_videos_of_one_name_have_results_of_their_own(tmp_path):
    known_clips.write_labels(tmp_path, known_clips.label("a/x.mp4"), known_clips.label("b/x.mp4", id="y"))
    assert read_truth(tmp_path).result_names() == ["a-x", "b-x"]


def test_extension_beyond_straight_keeps_its_sign(tmp_path):
    known_clips.write_truth(tmp_path, "clip", reads_more={"hip": 5.0})
    (clip,) = read_truth(tmp_path).clips
    assert clip.angles["hip_flexion_left"].min() == pytest.approx(-5)


def test_angles_that_the_truth_lacks_are_left_out(tmp_path):
    known_clips.write_truth(tmp_path, "clip")
    with np.load(tmp_path / "clip.npz") as opened:
        arrays = dict(opened)
    keep = [i for i, name in enumerate(arrays["angle_names"]) if not name.startswith("shank")]
    arrays |= {"angle_names": arrays["angle_names"][keep], "angles": arrays["angles"][:, keep]}
    arrays |= {"joints": arrays["joints"][:1], "world": arrays["world"][:, :1]}
    np.savez(tmp_path / "clip.npz", **arrays)
    (clip,) = read_truth(tmp_path).clips
    assert set(clip.angles) == {
        "trunk_lean",
        *(
            f"{angle}_{side}"
            for angle in ("knee_flexion", "thigh_to_horizontal")
            for side in ("left", "right")
        ),
    }


def test_a_folder_that_is_not_there_or_holds_nothing_says_what_to_give(tmp_path):
    for folder, words in ((tmp_path / "nosuch", "There is no folder"), (tmp_path, "holds no truth")):
        with pytest.raises(InputError, match=rf"{words}.*NAME\.npz.*labels\.json"):
            read_truth(folder)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", r"labels\.json is no JSON.*Mend it"),
        ("[]", "labels no clip"),
        ('[{"file": "x.mp4", "exercise": "squat"}]', r"labels\.json, at 0\.reps_full"),
        ('[{"file": "x.mp4", "exercise": "squat", "reps_full": "many"}]', r"at 0\.reps_full"),
    ],
)
def test_labels_that_cannot_be_understood_are_told_with_their_place(tmp_path, content, words):
    (tmp_path / "labels.json").write_text(content)
    with pytest.raises(InputError, match=words):
        read_truth(tmp_path)


def test_marks_of_an_unknown_clip_are_told(tmp_path):
    known_clips.write_labels(tmp_path, known_clips.label())
    known_clips.write_marks(tmp_path, known_clips.mark(1.0, 0.0, 0.0, clip="other"))
    with pytest.raises(InputError, match=r"joints\.json marks other"):
        read_truth(tmp_path)


def test_truth_without_its_facts_is_told(tmp_path):
    known_clips.write_truth(tmp_path, "clip")
    (tmp_path / "clip.json").unlink()
    with pytest.raises(InputError, match=r"clip\.json cannot be read"):
        read_truth(tmp_path)


def test_facts_that_lack_something_are_told_with_its_name(tmp_path):
    known_clips.write_truth(tmp_path, "clip")
    facts = json.loads((tmp_path / "clip.json").read_text())
    del facts["camera"]
    (tmp_path / "clip.json").write_text(json.dumps(facts))
    with pytest.raises(InputError, match=r"clip\.json, at camera"):
        read_truth(tmp_path)


@pytest.mark.parametrize("content", [b"", b"no arrays", b"PK\x03\x04 cut off"])
def test_damaged_arrays_are_told(tmp_path, content):
    known_clips.write_truth(tmp_path, "clip")
    (tmp_path / "clip.npz").write_bytes(content)
    with pytest.raises(InputError, match=r"clip\.npz is damaged"):
        read_truth(tmp_path)


def test_arrays_that_lack_one_are_told(tmp_path):
    known_clips.write_truth(tmp_path, "clip")
    np.savez(tmp_path / "clip.npz", t=np.zeros(3))
    with pytest.raises(InputError, match=r"clip\.npz is damaged.*angle_names"):
        read_truth(tmp_path)
