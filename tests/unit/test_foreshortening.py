"""A body filmed off the side: what the camera sees there reads as it does from the side."""

from dataclasses import replace

import numpy as np
import pytest

from fixtures.stickman import Figure, lunge, pose, squat
from hipform.kinematics.foreshortening import as_from_the_side
from hipform.kinematics.signals import raw_signals
from hipform.kinematics.view import view_at
from hipform.skeleton import SIDES, landmark

OFF_THE_SIDE = [65.0, 60.0, 51.0, -65.0, -51.0, 115.0, 120.0, 129.0, -120.0]
JOINT_ANGLES = ("knee_flexion", "hip_flexion", "thigh_to_horizontal", "shank_lean", "trunk_shin_gap")


def near(azimuth: float) -> str:
    return "left" if azimuth > 0 else "right"


def told(
    body: Figure, azimuth: float, legs_alike: bool = True, distance_m: float = 3.0, hidden: str = ""
) -> dict[str, float]:
    """The signals of one body, those of the near leg without its side in the name."""
    points = pose(body, 0.0, azimuth, distance_m=distance_m).image_px[None].copy()
    if hidden:
        points[:, landmark("right" if azimuth > 0 else "left", hidden)] = np.nan
    raw = {name: float(x[0]) for name, x in raw_signals(points, view_at(azimuth), legs_alike).items()}
    return raw | {name.removesuffix(f"_{near(azimuth)}"): x for name, x in raw.items()}


@pytest.mark.parametrize("azimuth", OFF_THE_SIDE)
@pytest.mark.parametrize("depth", [0.0, 60.0, 110.0])
@pytest.mark.parametrize("toe_out", [0.0, 15.0, 25.0])
def test_a_squat_off_the_side_reads_as_from_the_side(azimuth: float, depth: float, toe_out: float) -> None:
    """The near thigh turns out of the picture with its foot; the far one makes up for it."""
    body = replace(squat(1.0, depth), toe_out=toe_out)
    from_the_side = told(body, 90.0, distance_m=np.inf)
    here = told(body, azimuth)
    for name in (*JOINT_ANGLES, "trunk_lean"):
        assert here[name] == pytest.approx(from_the_side[name], abs=3.5), name


@pytest.mark.parametrize("azimuth", OFF_THE_SIDE)
@pytest.mark.parametrize("distance_m", [2.5, 3.0, 3.7])
def test_what_is_nearer_to_the_camera_is_not_taken_for_longer(azimuth: float, distance_m: float) -> None:
    body = squat(1.0)
    here = told(body, azimuth, distance_m=distance_m)
    assert here["knee_flexion"] == pytest.approx(body.knee, abs=1.0)
    assert here["hip_flexion"] == pytest.approx(body.hip, abs=1.5)
    assert here["thigh_to_horizontal"] == pytest.approx(90.0 - (body.knee - body.shank), abs=1.2)
    assert here["trunk_lean"] == pytest.approx(body.trunk, abs=1.0)


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("past", [1.0, -1.0])
def test_no_number_jumps_when_the_camera_moves_by_half_a_degree(sign: float, past: float) -> None:
    body = replace(squat(1.0), toe_out=20.0)
    path = [told(body, sign * (90.0 - past * off)) for off in np.arange(0.0, 40.1, 0.5)]
    for name in (*JOINT_ANGLES, "trunk_lean"):
        assert np.abs(np.diff([here[name] for here in path])).max() < 0.8, name


@pytest.mark.parametrize("azimuth", [90.0, 75.0, -105.0])
@pytest.mark.parametrize("legs_alike", [True, False])
def test_up_to_15_degrees_off_the_side_the_picture_counts_as_it_is(azimuth: float, legs_alike: bool) -> None:
    points = pose(squat(1.0), 0.0, azimuth).image_px[None]
    assert np.array_equal(as_from_the_side(points, view_at(azimuth), legs_alike), points)


@pytest.mark.parametrize(("azimuth", "known"), [(71.0, True), (-109.0, True), (69.0, False), (-120.0, False)])
@pytest.mark.parametrize("hidden", ["hip", "knee", "ankle"])
def test_a_covered_far_leg_matters_only_outside_the_side_view(
    azimuth: float, known: bool, hidden: str
) -> None:
    here = told(squat(1.0), azimuth, hidden=hidden)
    assert np.isfinite(here["knee_flexion"]) == known
    if known:
        assert here["knee_flexion"] == pytest.approx(110.0, abs=3.0)


def test_legs_that_do_different_things_stay_apart() -> None:
    body = lunge(1.0)
    here = told(body, 65.0, legs_alike=False)
    assert here["knee_flexion_left"] == pytest.approx(told(body, 90.0)["knee_flexion_left"], abs=5.0)
    assert abs(here["knee_flexion_left"] - here["knee_flexion_right"]) > 10.0


def test_legs_that_do_the_same_read_the_same() -> None:
    here = told(replace(squat(1.0), toe_out=20.0), 65.0)
    for name in JOINT_ANGLES:
        left, right = (here[f"{name}_{side}"] for side in SIDES)
        assert left == pytest.approx(right, abs=1e-9), name


@pytest.mark.parametrize("azimuth", [90.0, 65.0])
def test_the_distance_of_the_ankles_is_that_of_both(azimuth: float) -> None:
    apart = told(lunge(1.0), azimuth, legs_alike=False)["step_length_ratio"]
    assert told(lunge(1.0), azimuth)["step_length_ratio"] == pytest.approx(apart)
    assert apart > 100.0, "in pixels: raw signals are not scaled yet"
