from pathlib import Path

import numpy as np
import pytest

from hipform.capture.recorded import load_track, replay, save_track
from hipform.errors import InputError
from hipform.records import PoseTrack


def a_track(n: int = 300, seed: int = 0) -> PoseTrack:
    """Invented poses: a swing with some tremor; nobody in frames 10 to 19, one joint unknown in frame 30."""
    rng = np.random.default_rng(seed)
    t = np.arange(n) / 29.97
    swing = np.sin(2 * t)[:, None, None]
    image = rng.uniform(-50, 1900, (33, 2)) + 90 * swing + rng.normal(0, 0.5, (n, 33, 2))
    world = rng.uniform(-1, 1, (33, 3)) + 0.2 * swing + rng.normal(0, 0.003, (n, 33, 3))
    visibility = np.clip(rng.normal(0.9, 0.05, (n, 33)), 0, 1)
    for values in (image, world, visibility):
        values[10:20] = np.nan
    image[30, 5] = np.nan
    return PoseTrack(t, image, world, visibility)


def test_what_was_saved_is_what_comes_back(tmp_path: Path) -> None:
    track = a_track()
    save_track(track, tmp_path / "poses.npz")

    back = load_track(tmp_path / "poses.npz")

    np.testing.assert_allclose(back.t_s, track.t_s, atol=0.5e-6 + 1e-12)
    np.testing.assert_allclose(back.image_px, track.image_px, atol=0.025 + 1e-9)
    np.testing.assert_allclose(back.world_m, track.world_m, atol=0.0005 + 1e-9)
    np.testing.assert_allclose(back.visibility, track.visibility, atol=0.005 + 1e-9)
    np.testing.assert_array_equal(np.isnan(back.image_px), np.isnan(track.image_px))
    assert back.image_px.dtype == back.t_s.dtype == np.float64


def test_saving_what_was_loaded_changes_nothing_more(tmp_path: Path) -> None:
    first, second = tmp_path / "1.npz", tmp_path / "2.npz"
    save_track(a_track(), first)
    save_track(load_track(first), second)

    assert first.read_bytes() == second.read_bytes()


def test_the_file_is_small(tmp_path: Path) -> None:
    track = a_track(900)
    save_track(track, tmp_path / "poses.npz")

    assert (tmp_path / "poses.npz").stat().st_size < 200 * len(track)


@pytest.mark.parametrize("n", [0, 1])
def test_short_tracks(tmp_path: Path, n: int) -> None:
    save_track(a_track(40).between(0, n / 30), tmp_path / "poses.npz")

    assert len(load_track(tmp_path / "poses.npz")) == n


def test_two_hours_are_not_too_long(tmp_path: Path) -> None:
    track = a_track(40)
    late = PoseTrack(track.t_s + 7200, track.image_px, track.world_m, track.visibility)
    save_track(late, tmp_path / "poses.npz")

    np.testing.assert_allclose(load_track(tmp_path / "poses.npz").t_s, late.t_s, atol=1e-6)


def test_replay_gives_one_pose_after_the_other(tmp_path: Path) -> None:
    track = a_track(40)
    save_track(track, tmp_path / "poses.npz")

    poses = list(replay(tmp_path / "poses.npz"))

    assert [p.t_s for p in poses] == pytest.approx(list(track.t_s), abs=1e-6)
    assert [p.found for p in poses] == [not 10 <= i < 20 for i in range(40)]


def test_a_file_that_is_no_track_says_so(tmp_path: Path) -> None:
    save_track(a_track(), tmp_path / "whole.npz")
    whole = (tmp_path / "whole.npz").read_bytes()
    np.savez(tmp_path / "other.npz", a=np.arange(3))
    for name, content in {"text": b"hello", "empty": b"", "cut": whole[: len(whole) // 2]}.items():
        (tmp_path / f"{name}.npz").write_bytes(content)

    for name in ("other", "text", "empty", "cut"):
        with pytest.raises(InputError, match=f"{name}.npz is not a landmark track"):
            load_track(tmp_path / f"{name}.npz")
    with pytest.raises(InputError, match="There is no landmark track"):
        load_track(tmp_path / "missing.npz")


def test_a_track_of_another_version_says_so(tmp_path: Path) -> None:
    np.savez(tmp_path / "old.npz", format=np.array("hipform/track/0"))

    with pytest.raises(InputError, match="another version of hipform"):
        load_track(tmp_path / "old.npz")
