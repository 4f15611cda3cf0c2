"""Which files are meant, and how their results are named."""

from pathlib import Path

import pytest

from hipform.batch import Missing, find_videos, name_results


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("b.mp4", "a.MOV", "notes.txt", "a.overlay.mp4", ".hidden.mp4", "deep/c.webm"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
    return tmp_path


def test_a_folder_stands_for_its_videos_without_our_own_overlays(here):
    videos, missing = find_videos([str(here)])
    assert [v.name for v in videos] == ["a.MOV", "b.mp4"]
    assert missing == []


def test_patterns_are_expanded_here_when_the_shell_did_not(here):
    assert [v.name for v in find_videos(["*.mp4"])[0]] == ["b.mp4"]
    assert [v.name for v in find_videos(["**/*.webm"])[0]] == ["c.webm"]
    assert [v.name for v in find_videos([str(here / "[ab].*")])[0]] == ["a.MOV", "b.mp4"]


def test_a_file_is_taken_by_name_whatever_its_ending_or_signs(here):
    odd = here / "set [1] * what?.mp4"
    odd.write_bytes(b"")
    assert find_videos([str(odd), "notes.txt"])[0] == [odd, Path("notes.txt")]


def test_each_video_is_taken_once_in_the_order_given(here):
    videos, _ = find_videos(["b.mp4", ".", "./b.mp4", "*.MOV"])
    assert [v.name for v in videos] == ["b.mp4", "a.MOV"]


@pytest.mark.parametrize(
    ("argument", "reason"),
    [("nosuch.mp4", "no such file"), ("empty", "holds no video"), ("*.avi", "No video matches")],
)
def test_what_names_no_video_says_why(here, argument, reason):
    (here / "empty").mkdir()
    videos, missing = find_videos([argument, "b.mp4"])
    assert [v.name for v in videos] == ["b.mp4"]
    assert missing == [Missing(argument, missing[0].reason)]
    assert reason in missing[0].reason


def test_results_carry_the_name_of_their_video():
    assert name_results([Path("a/x.mp4"), Path("b/y.mp4")]) == ["x", "y"]


@pytest.mark.parametrize(
    ("videos", "names"),
    [
        (["a/x.mp4", "b/x.mov"], ["a-x", "b-x"]),
        (["a/x.mp4", "a/x.mov", "a/y.mp4"], ["x-mp4", "x-mov", "y"]),
        (["a/x.mp4", "b/X.mp4"], ["a-x", "b-X"]),
        (["a/x.mp4", "a/x.mov", "b/x.mp4"], ["a-x-mp4", "a-x-mov", "b-x-mp4"]),
        (["c/a/x.mp4", "d/a/x.mp4"], ["x-1", "x-2"]),
        (["a/x.mp4", "b/x.mp4", "c/a-x.mp4"], ["a-x-mp4", "b-x-mp4", "a-x"]),
    ],
)
def test_videos_of_one_name_do_not_share_results(videos, names):
    found = name_results([Path(v) for v in videos])
    assert len({n.casefold() for n in found}) == len(videos)
    assert found == names
