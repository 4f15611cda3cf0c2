"""Spoiled clips: the picture is spoiled as it says, and the truth stays true to it."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

from hard_clips import KINDS, in_turn, main, spoiled
from truth_clips import Array, Clip, Image, read_clip, write_clip

SIZE = (160, 120)
PX_PER_M = 45.0
STEP_S = 0.05
MARKED = "kneeL"  # a bright dot is painted on it
BODY_M = {  # x forward, y up from the soles, of somebody standing
    "pelvis": (0.0, 0.95),
    "neck": (0.0, 1.45),
    "head": (0.02, 1.6),
    "head_top": (0.0, 1.75),
    "nose": (0.1, 1.6),
    "hip": (0.0, 0.92),
    "knee": (0.05, 0.5),
    "ankle": (0.0, 0.09),
    "heel": (-0.06, 0.0),
    "toe": (0.18, 0.0),
    "shoulder": (0.0, 1.4),
    "elbow": (0.0, 1.1),
    "wrist": (0.1, 0.85),
    "ear": (0.0, 1.62),
}
SUNK_M = {"ankle": 0.0, "heel": 0.0, "toe": 0.0, "knee": 0.1}  # all else sinks by 0.35 m in a squat


def joints() -> list[str]:
    both = ("hip", "knee", "ankle", "heel", "toe", "shoulder", "elbow", "wrist", "ear")
    return ["pelvis", "neck", "head", "head_top", "nose", *(f"{j}{s}" for j in both for s in "LR")]


def place_px(joint: str, depth: float) -> Array:
    name = joint.rstrip("LR")
    x, y = BODY_M[name]
    apart = 0.04 if joint.endswith("R") else 0.0
    return np.array([70 + PX_PER_M * (x + apart), 110 - PX_PER_M * (y - depth * SUNK_M.get(name, 0.35))])


def picture(pixels: Array) -> Image:
    image = np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)
    x, y = pixels[joints().index(MARKED)].round().astype(int)
    image[y - 2 : y + 2, x - 2 : x + 2] = 255  # four pixels around the point: their middle is the point
    return image


def rep(index: int, start_s: float) -> dict[str, Any]:
    return {
        "index": index,
        "start": start_s,
        "down_start": start_s,
        "bottom": start_s + 1.5,
        "up_end": start_s + 3.0,
        "hold": [start_s + 1.45, start_s + 1.55],
        "end": start_s + 3.0,
        "partial": False,
    }


def invented(name: str = "squat") -> Clip:
    """Two squats of three seconds, seen from the left side."""
    t = np.arange(0.0, 7.0, STEP_S)
    depth = np.clip(np.sin(np.pi * np.clip((t - 0.5) % 3.25, 0, 3) / 3), 0, 1) * (t > 0.5)
    pixels = np.array([[place_px(j, d).round() for j in joints()] for d in depth])
    world = np.concatenate([pixels / PX_PER_M, np.zeros((*pixels.shape[:2], 1))], axis=-1)
    truth = {
        "t": t,
        "joints": np.array(joints()),
        "world": world,
        "camera": np.full(world.shape, 3.0),
        "pixels": pixels,
        "angle_names": np.array(["knee_flexion_L"]),
        "angles": depth[:, None] * 90,
        "phase": depth > 0,
        "rep": (t > 3.6).astype(int),
        "u": depth,
    }
    camera = {"azimuth": 90.0, "focal_px": PX_PER_M * 3.0, "roll": 0.0}
    meta = {
        "name": name,
        "exercise": "squat",
        "camera": camera,
        "mirrored": False,
        "reps": [rep(0, 0.5), rep(1, 3.75)],
        "rep_count": 2,
        "rep_count_with_partial": 2,
        "idle": [{"kind": "stand", "start": 0.0, "end": 0.5}],
    }
    return Clip(name, [picture(p) for p in pixels], truth, meta)


def spoil(kind: str, seed: int = 1) -> Clip:
    return spoiled(invented(), kind, invented("other"), seed)


def dot(image: Image) -> Array:
    """Where the brightest spot of the picture is, in truth pixels."""
    weight = np.clip(image.astype(float).mean(axis=-1) - 130, 0, None)
    rows, columns = np.indices(weight.shape)
    return np.array([((columns + 0.5) * weight).sum(), ((rows + 0.5) * weight).sum()]) / weight.sum()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_keeps_pictures_and_truth_together(kind: str) -> None:
    clip = spoil(kind)
    per_frame = {
        clip.truth[k].shape[0] for k in ("t", "world", "camera", "pixels", "angles", "phase", "rep", "u")
    }
    assert per_frame == {len(clip.images)}
    assert {image.shape for image in clip.images} == {clip.images[0].shape}
    assert all(length % 2 == 0 for length in clip.size)
    assert (np.diff(clip.t_s) > 0).all()
    assert clip.meta["spoiled"]["kind"] == kind
    assert clip.name == f"squat__{kind}"


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_pictures(kind: str) -> None:
    once, again = spoil(kind), spoil(kind)
    assert all(np.array_equal(a, b) for a, b in zip(once.images, again.images, strict=True))


@pytest.mark.parametrize("kind", ["roll_5", "roll_10", "shake", "crop_feet", "crop_head", "crop_edge"])
def test_the_true_pixels_follow_the_picture(kind: str) -> None:
    clip = spoil(kind)
    wide, high = clip.size
    seen = 0
    for image, point in zip(clip.images, clip.px(MARKED), strict=True):
        if 4 < point[0] < wide - 4 and 4 < point[1] < high - 4:
            assert dot(image) == pytest.approx(point, abs=0.6)
            seen += 1
    assert seen > 40


def test_a_smaller_picture_has_smaller_pixels() -> None:
    clip = spoil("small")
    assert clip.size == (40, 30)
    assert dot(clip.images[0]) == pytest.approx(clip.px(MARKED)[0], abs=0.6)


@pytest.mark.parametrize(("kind", "degrees"), [("roll_5", 5.0), ("roll_10", 10.0)])
def test_a_rolled_picture_is_turned_by_that_much(kind: str, degrees: float) -> None:
    up, before = (c.px("head_top")[0] - c.px("ankleL")[0] for c in (spoil(kind), invented()))
    turned = np.degrees(np.arctan2(*up)) - np.degrees(np.arctan2(*before))
    assert abs(turned) == pytest.approx(degrees, abs=0.1)


def test_a_plate_hides_the_near_knee_and_the_wrist_carries_one() -> None:
    still, carried = spoil("plate_still"), spoil("plate_wrist")
    for i in (0, 40):
        x, y = still.px(MARKED)[i].astype(int)
        assert still.images[i][y, x].max() < 60
        x, y = (carried.px("wristL")[i] + [4, 0]).astype(int)
        assert carried.images[i][y, x].max() < 60


def test_a_plate_is_45_cm_tall() -> None:
    image = spoil("plate_wrist").images[0]
    dark = np.flatnonzero((image.max(axis=-1) < 60).any(axis=1))
    assert len(dark) == pytest.approx(0.45 * PX_PER_M, abs=2)


@pytest.mark.parametrize(("kind", "top_m"), [("box_feet", 0.13), ("box_shins", 0.32)])
def test_a_box_hides_the_feet_up_to_its_top(kind: str, top_m: float) -> None:
    image, plain = spoil(kind).images[0], invented().images[0]
    x = int(place_px("ankleL", 0.0)[0])
    hidden = np.flatnonzero((image[:, x] != plain[:, x]).any(axis=-1))
    assert 110 - hidden[0] == pytest.approx(top_m * PX_PER_M, abs=1)
    assert hidden[-1] >= 110


def test_a_crop_takes_the_feet_or_the_shoulders_out_of_the_picture() -> None:
    feet, head = spoil("crop_feet"), spoil("crop_head")
    assert (feet.px("ankleL")[:, 1] > feet.size[1]).all()
    assert (feet.px("kneeL")[:, 1] < feet.size[1]).all()
    assert head.px("shoulderL")[0, 1] < 0 < head.px("hipL")[0, 1]


def test_the_edge_cuts_the_body_in_half_some_of_the_time() -> None:
    clip = spoil("crop_edge")
    middle = clip.px("pelvis")[:, 0] / clip.size[0]
    cut = (middle < 0.15) | (middle > 0.85)
    assert 0.1 < cut.mean() < 0.6


def test_a_cut_drops_a_second_and_moves_what_follows() -> None:
    clip, whole = spoil("jump_cut"), invented()
    assert len(clip.images) == len(whole.images) - 20
    assert np.diff(clip.t_s) == pytest.approx(np.full(len(clip.images) - 1, STEP_S))
    assert clip.bottoms_s() == pytest.approx([2.0, 4.25])
    assert clip.meta["reps"][1]["hold"] == pytest.approx([4.2, 4.3])
    i = clip.meta["reps"][1]["bottom_frame"]
    assert clip.truth["u"][i] == clip.truth["u"].max()


def test_a_frozen_picture_stands_while_the_truth_goes_on() -> None:
    clip, whole = spoil("frozen"), invented()
    still = [np.array_equal(a, b) for a, b in zip(clip.images[:-1], clip.images[1:], strict=True)]
    moving = np.abs(np.diff(clip.truth["u"])) > 0.03
    assert (np.array(still) & moving).sum() >= 14
    assert np.array_equal(clip.truth["pixels"], whole.truth["pixels"])


def test_dropped_frames_leave_the_times_of_the_others() -> None:
    clip, whole = spoil("dropped"), invented()
    assert len(clip.images) < 0.75 * len(whole.images)
    assert set(clip.t_s) <= set(whole.t_s)
    assert np.diff(clip.t_s).max() >= 0.4
    assert clip.bottoms_s() == whole.bottoms_s()


def test_a_bystander_covers_the_person_in_passing_only() -> None:
    clip, whole = spoil("bystander_across"), invented()
    changed = [bool((a != b).any()) for a, b in zip(clip.images, whole.images, strict=True)]
    assert changed[40]  # the first bottom
    standing = invented().meta["idle"][0]["end"]
    assert not changed[int(standing / STEP_S) - 8]


def test_what_is_written_is_read_again_with_its_times(tmp_path: Path) -> None:
    clip = spoil("dropped")
    write_clip(tmp_path, clip)
    again = read_clip(tmp_path / "squat__dropped.mp4")
    assert again.t_s == pytest.approx(clip.t_s)
    assert len(again.images) == len(clip.images)
    assert np.abs(again.images[3].astype(float) - clip.images[3]).mean() < 8
    facts = json.loads((tmp_path / "squat__dropped.json").read_text())
    assert (facts["frames"], facts["size"]) == (len(clip.images), [160, 120])


def test_the_first_reps_only(tmp_path: Path) -> None:
    write_clip(tmp_path, invented())
    clip = read_clip(tmp_path / "squat.mp4", 1)
    assert clip.meta["rep_count"] == len(clip.meta["reps"]) == 1
    assert 3.5 < clip.t_s[-1] < 4.2


def test_the_command_takes_turns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b"):
        write_clip(tmp_path / "in", replace(invented(), name=name))
    main([str(tmp_path / "in"), str(tmp_path / "out"), "--kinds", "dark,small", "--per-clip", "1"])
    made = sorted(p.stem for p in (tmp_path / "out").glob("*.mp4"))
    assert made == ["a__dark", "b__small"]
    assert "a__dark" in capsys.readouterr().out


def test_kinds_are_shared_out_evenly_among_the_exercises_they_suit() -> None:
    kinds = ["plate_wrist", "plate_shoulder", "dark"]
    assert in_turn(["squat", "hinge", "squat"], kinds, 1) == [["plate_shoulder"], ["plate_wrist"], ["dark"]]
    assert in_turn(["hinge"], kinds, None) == [["plate_wrist", "dark"]]
