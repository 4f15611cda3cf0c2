"""Named signals: bodies with known angles in, the same angles out; signs as a user would expect them."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from fixtures.stickman import (
    FOOT,
    PX_PER_M,
    SHANK,
    THIGH,
    Figure,
    Joints,
    hinge,
    joints,
    lunge,
    pose,
    squat,
)
from hipform.kinematics.points import SmoothPoints
from hipform.kinematics.signals import (
    SIGNALS,
    against_standing,
    family,
    raw_signals,
    signal_names,
    standing_of_signals,
    standing_values,
    uncertainties,
)
from hipform.kinematics.view import UNKNOWN, view_at
from hipform.records import PoseTrack, Signals
from hipform.skeleton import SIDES, landmark

LEG = THIGH + SHANK
STANDING = Figure()


def seen(*bodies: Figure | Joints, azimuth: float = 90.0, standing: Figure | Joints = STANDING) -> Signals:
    """The signals of these bodies, against one that stands."""
    track = PoseTrack.of([pose(b, float(i), azimuth) for i, b in enumerate((standing, *bodies))])
    return signals_of(track.image_px, track.t_s, azimuth)


def signals_of(points: np.ndarray, t_s: np.ndarray, azimuth: float) -> Signals:
    raw = raw_signals(points, view_at(azimuth))
    first = {name: x[:1] for name, x in raw.items()}
    told = against_standing(raw, standing_values(first))
    return Signals(t_s[1:], {k: v[1:] for k, v in told.items()})


def moved(body: Figure | Joints, shifts: Mapping[str, tuple[float, float, float]]) -> Joints:
    at = joints(body) if isinstance(body, Figure) else dict(body)
    return at | {name: at[name] + shift for name, shift in shifts.items()}


def near(azimuth: float) -> str:
    return "left" if azimuth > 0 else "right"


POSTURES = [
    Figure(knee=knee, shank=shank, trunk=trunk)
    for knee in (0, 20, 60, 110, 140)
    for shank in (-10, 0, 35)
    for trunk in (-10, 0, 45, 80)
    if trunk + knee - shank < 150
]


@pytest.mark.parametrize(
    ("azimuth", "within_deg"),
    [(90.0, 0.01), (-90.0, 0.01), (75.0, 2.1), (-75.0, 2.1), (60.0, 3.0), (-120.0, 3.0)],
)
def test_known_leg_angles_come_back(azimuth: float, within_deg: float) -> None:
    told = seen(*POSTURES, azimuth=azimuth)
    side = near(azimuth)
    for name, truth in (
        ("knee_flexion", [f.knee for f in POSTURES]),
        ("shank_lean", [f.shank for f in POSTURES]),
        ("thigh_to_horizontal", [90.0 - abs(f.shank - f.knee) for f in POSTURES]),
    ):
        assert told[f"{name}_{side}"] == pytest.approx(truth, abs=within_deg), name


@pytest.mark.parametrize(
    ("azimuth", "within_deg"),
    [(90.0, 0.01), (-90.0, 0.01), (75.0, 4.0), (-75.0, 4.0), (60.0, 7.0), (-120.0, 7.0)],
)
def test_known_trunk_and_hip_angles_come_back(azimuth: float, within_deg: float) -> None:
    """Off the side the shoulders, wider than the hips, tilt the line of the near trunk."""
    told = seen(*POSTURES, azimuth=azimuth)
    trunk = np.array([f.trunk for f in POSTURES])
    shank = np.array([f.shank for f in POSTURES])
    assert told["trunk_lean"] == pytest.approx(trunk, abs=within_deg)
    assert told[f"hip_flexion_{near(azimuth)}"] == pytest.approx([f.hip for f in POSTURES], abs=within_deg)
    assert told[f"trunk_shin_gap_{near(azimuth)}"] == pytest.approx(trunk - shank, abs=within_deg)


@pytest.mark.parametrize("azimuth", [49.0, -49.0, 0.0, 180.0, 131.0, float("nan")])
def test_beyond_40_degrees_off_the_side_no_side_measure_is_told(azimuth: float) -> None:
    track = PoseTrack.of([pose(f, 0.0, np.nan_to_num(azimuth)) for f in (STANDING, squat(1.0))])
    told = signals_of(track.image_px, track.t_s, azimuth)
    for name in signal_names():
        if SIGNALS[family(name)].plane == "side":
            assert np.isnan(told[name]).all(), name


@pytest.mark.parametrize("azimuth", [16.0, -16.0, 164.0, 45.0, 90.0, float("nan")])
def test_beyond_15_degrees_off_the_front_no_front_measure_is_told(azimuth: float) -> None:
    track = PoseTrack.of([pose(f, 0.0, np.nan_to_num(azimuth)) for f in (STANDING, squat(1.0))])
    told = signals_of(track.image_px, track.t_s, azimuth)
    for name in signal_names():
        if SIGNALS[family(name)].plane == "front":
            assert np.isnan(told[name]).all(), name


def test_the_descent_of_the_hips_is_told_in_every_view_and_without_one() -> None:
    for azimuth in (0.0, 30.0, 45.0, 90.0, 180.0, float("nan")):
        track = PoseTrack.of([pose(f, 0.0, np.nan_to_num(azimuth)) for f in (STANDING, squat(1.0))])
        told = signals_of(track.image_px, track.t_s, azimuth)
        descent = 1 - (SHANK * np.cos(np.radians(30.8)) + THIGH * np.cos(np.radians(79.2))) / LEG
        assert told["hip_drop_ratio"] == pytest.approx(descent, abs=0.01)


@pytest.mark.parametrize("azimuth", [90.0, -90.0, 70.0, -110.0])
@pytest.mark.parametrize("lean", [40.0, -15.0])
def test_leaning_forward_is_positive_from_both_sides(azimuth: float, lean: float) -> None:
    told = seen(Figure(trunk=lean), azimuth=azimuth)
    assert np.sign(told["trunk_lean"]) == np.sign(lean)


@pytest.mark.parametrize("azimuth", [90.0, -90.0])
def test_the_thigh_is_90_standing_0_level_and_negative_with_the_hip_below_the_knee(azimuth: float) -> None:
    level, below = Figure(knee=115, shank=25), Figure(knee=130, shank=28)
    told = seen(STANDING, level, below, azimuth=azimuth)[f"thigh_to_horizontal_{near(azimuth)}"]
    assert told == pytest.approx([90.0, 0.0, -12.0], abs=0.01)


@pytest.mark.parametrize("azimuth", [90.0, -90.0])
def test_a_knee_that_bends_backwards_is_negative(azimuth: float) -> None:
    """An unsigned angle would hide an overstretched knee."""
    back = moved(STANDING, {f"{s}_knee": (0.0, 0.0, -0.03) for s in SIDES})
    assert seen(back, azimuth=azimuth)[f"knee_flexion_{near(azimuth)}"] < -5.0


def test_hip_bend_is_trunk_lean_minus_thigh_lean() -> None:
    told = seen(*(hinge(u) for u in (0.3, 1.0)))
    thigh_back = 90.0 - told["thigh_to_horizontal_left"]
    assert told["hip_flexion_left"] == pytest.approx(told["trunk_lean"] + thigh_back)


@pytest.mark.parametrize("azimuth", [90.0, -90.0])
def test_the_legs_of_a_lunge_are_told_apart(azimuth: float) -> None:
    told = seen(lunge(1.0, front="left"), azimuth=azimuth, standing=lunge(0.0))
    assert told["knee_flexion_left"] == pytest.approx(92.0, abs=0.5)
    assert told["hip_flexion_left"] > 80.0
    assert told["hip_flexion_right"] < 30.0
    assert told["knee_height_right"] < 0.35 < told["knee_height_left"]


@pytest.mark.parametrize("azimuth", [90.0, -90.0, 60.0])
def test_a_lifted_heel_is_positive_and_standing_is_zero(azimuth: float) -> None:
    side = near(azimuth)
    told = seen(squat(1.0), replace(squat(1.0), heel_lift=0.05), azimuth=azimuth)
    tilt = np.degrees(np.arctan2(0.05, FOOT))
    assert told[f"heel_rise_{side}"][0] == pytest.approx(0.0, abs=1e-6)
    assert told[f"heel_rise_{side}"][1] == pytest.approx(tilt, abs=0.8)
    dorsiflexion = told[f"ankle_dorsiflexion_{side}"]
    assert dorsiflexion[0] - dorsiflexion[1] == pytest.approx(tilt, abs=1.0), "the sole tilts under the shin"


@pytest.mark.parametrize("azimuth", [90.0, -90.0])
def test_lengths_are_told_in_lengths_of_the_own_body(azimuth: float) -> None:
    side = near(azimuth)
    told = seen(lunge(1.0), azimuth=azimuth, standing=STANDING)
    assert told["step_length_ratio"] == pytest.approx(0.65 / LEG)
    told = seen(STANDING, Figure(knee=90, shank=30, trunk=30, arms=90), azimuth=azimuth)
    ankle_to_toe = FOOT - 0.05
    past = (SHANK * np.sin(np.radians(30)) - ankle_to_toe) / FOOT
    assert told[f"knee_past_toes_{side}"] == pytest.approx([-ankle_to_toe / FOOT, past], abs=0.001)
    assert told["wrist_forward"][1] > told["wrist_forward"][0], "hands go forward"
    assert told[f"knee_height_{side}"][0] == pytest.approx((SHANK + 0.06) / SHANK)


def test_a_head_that_looks_up_or_down_is_told_against_the_trunk() -> None:
    head_forward = moved(hinge(1.0), {f"{s}_ear": (0.0, -0.1, 0.0) for s in SIDES})
    told = seen(hinge(1.0), head_forward)
    assert told["neck_flexion"][0] == pytest.approx(0.0, abs=1e-6)
    assert told["neck_flexion"][1] > 15.0


FRONT_AND_BACK = [0.0, 10.0, -10.0, 180.0, 172.0]


@pytest.mark.parametrize("azimuth", FRONT_AND_BACK)
@pytest.mark.parametrize("side", SIDES)
def test_a_knee_that_goes_in_is_positive_for_either_leg(side: str, azimuth: float) -> None:
    inward = {"left": -0.05, "right": 0.05}[side]
    straight = Figure(foot_half_gap=0.1)
    told = seen(moved(straight, {f"{side}_knee": (inward, 0.0, 0.0)}), azimuth=azimuth, standing=straight)
    other_side = "right" if side == "left" else "left"
    assert told[f"knee_drift_{side}"] == pytest.approx(0.05 / SHANK, abs=0.005)
    assert told[f"knee_drift_{other_side}"] == pytest.approx(0.0, abs=1e-6)
    assert told[f"frontal_knee_angle_{side}"] == pytest.approx(14.0, abs=1.0)
    assert told[f"frontal_knee_angle_{other_side}"] == pytest.approx(0.0, abs=1e-6)
    assert told["knee_separation_ratio"] == pytest.approx(0.75, abs=0.02)


@pytest.mark.parametrize("azimuth", FRONT_AND_BACK)
def test_knees_over_or_outside_the_toes_are_not_inside_them(azimuth: float) -> None:
    told = seen(
        Figure(foot_half_gap=0.1),
        moved(Figure(foot_half_gap=0.1), {"left_knee": (-0.04, 0.0, 0.0), "right_knee": (-0.04, 0.0, 0.0)}),
        azimuth=azimuth,
    )
    turned = np.radians(azimuth)
    knee_behind_toes = (FOOT - 0.05) / SHANK * np.sin(turned) * np.sign(np.cos(turned))
    left, right = (told[f"knee_inside_toes_{side}"] for side in SIDES)
    assert left == pytest.approx(np.array([0.0, 0.1]) - knee_behind_toes, abs=0.005)
    assert right == pytest.approx(np.array([0.0, -0.1]) + knee_behind_toes, abs=0.005)


@pytest.mark.parametrize("azimuth", FRONT_AND_BACK)
def test_hips_over_to_the_persons_left_are_positive(azimuth: float) -> None:
    told = seen(replace(STANDING, hip_shift=0.06), replace(STANDING, hip_shift=-0.06), azimuth=azimuth)
    assert told["hip_shift_ratio"] == pytest.approx([0.25, -0.25], abs=0.01)


@pytest.mark.parametrize("azimuth", FRONT_AND_BACK)
def test_a_lower_left_hip_and_a_lean_to_the_left_are_positive(azimuth: float) -> None:
    left_down, right_down = (moved(STANDING, {f"{s}_hip": (0.0, -0.02, 0.0)}) for s in SIDES)
    to_left, to_right = (
        moved(STANDING, {f"{s}_shoulder": (shift, 0.0, 0.0) for s in SIDES}) for shift in (0.1, -0.1)
    )
    tilt = np.degrees(np.arctan2(0.02, 0.2))
    assert seen(left_down, right_down, azimuth=azimuth)["pelvic_obliquity"] == pytest.approx(
        [tilt, -tilt], abs=0.2
    )
    assert seen(to_left, to_right, azimuth=azimuth)["side_lean"] == pytest.approx([11.3, -11.3], abs=1.2)


def test_ankles_that_touch_cannot_be_divided_by() -> None:
    together = Figure(foot_half_gap=0.02)
    told = seen(together, azimuth=0.0, standing=together)
    assert np.isnan(told["knee_separation_ratio"]).all()
    assert np.isnan(told["hip_shift_ratio"]).all()


def test_crooked_standing_is_the_own_zero() -> None:
    crooked = moved(replace(STANDING, hip_shift=0.04), {"left_hip": (0.0, -0.02, 0.0)})
    told = seen(crooked, azimuth=0.0, standing=crooked)
    for name in signal_names():
        if SIGNALS[family(name)].relative and SIGNALS[family(name)].plane != "side":
            assert told[name] == pytest.approx(0.0, abs=1e-9), name


def test_without_any_standing_only_what_needs_it_is_unknown() -> None:
    points = pose(squat(1.0), 0.0, 90.0).image_px[None]
    raw = raw_signals(points, view_at(90.0))
    nothing = standing_values({name: x[:0] for name, x in raw.items()})
    told = against_standing(raw, nothing)
    assert told["knee_flexion_left"] == pytest.approx(110.0)
    for name in ("heel_rise_left", "hip_drop_ratio", "step_length_ratio", "knee_height_left"):
        assert np.isnan(told[name]).all(), name
    assert np.isnan(standing_of_signals(nothing)["knee_flexion_left"])


def test_standing_is_told_on_the_scale_of_the_signals() -> None:
    raw = raw_signals(pose(Figure(knee=6, shank=4), 0.0, 90.0).image_px[None], view_at(90.0))
    standing = standing_of_signals(standing_values(raw))
    assert standing["knee_flexion_left"] == pytest.approx(6.0)
    assert standing["heel_rise_left"] == standing["hip_drop_ratio"] == 0.0
    assert standing["step_length_ratio"] == pytest.approx(0.0, abs=1e-9)
    assert np.isnan(standing["knee_drift_left"]), "not seen from the side"


@pytest.mark.parametrize(
    ("azimuth", "joint", "unknown", "known"),
    [
        (90.0, "left_ankle", "knee_flexion_left", "knee_flexion_right"),
        (90.0, "left_ankle", "knee_flexion_left", "hip_flexion_left"),
        (90.0, "left_foot_index", "heel_rise_left", "shank_lean_left"),
        (0.0, "right_knee", "knee_drift_right", "knee_drift_left"),
        (0.0, "right_hip", "pelvic_obliquity", "knee_separation_ratio"),
    ],
)
def test_a_hidden_joint_makes_unknown_only_what_rests_on_it(
    azimuth: float, joint: str, unknown: str, known: str
) -> None:
    track = PoseTrack.of([pose(f, float(i), azimuth) for i, f in enumerate((STANDING, squat(0.8)))])
    points = track.image_px.copy()
    side, _, bare = joint.partition("_")
    points[1, landmark("left" if side == "left" else "right", bare)] = np.nan
    told = signals_of(points, track.t_s, azimuth)
    assert np.isnan(told[unknown]).all()
    assert np.isfinite(told[known]).all()


def test_nobody_in_the_picture_is_nothing_known() -> None:
    told = signals_of(np.full((2, 33, 2), np.nan), np.array([0.0, 1.0]), 90.0)
    assert all(np.isnan(told[name]).all() for name in signal_names())


def test_uncertainty_is_stated_exactly_where_a_value_is() -> None:
    points = np.stack(
        [pose(STANDING, 0.0).image_px, np.full((33, 2), np.nan), pose(squat(1.0), 0.0).image_px]
    )
    view, steady = view_at(90.0), SmoothPoints(points, np.zeros((3, 33)))
    raw = raw_signals(points, view)
    told = against_standing(raw, standing_values({name: x[:1] for name, x in raw.items()}))
    stated = uncertainties(told, steady, view, legs_alike=False)
    for name in signal_names():
        assert np.array_equal(np.isfinite(told[name]), np.isfinite(stated[name])), name
        assert (stated[name][np.isfinite(told[name])] > 0).all(), name


def test_the_table_names_every_signal_once_per_leg_with_its_meaning() -> None:
    names = signal_names()
    assert len(names) == len(set(names))
    assert set(raw_signals(np.zeros((1, 33, 2)), UNKNOWN)) >= set(names)
    for name in names:
        assert SIGNALS[family(name)].meaning
    assert family("knee_flexion_left") == "knee_flexion"
    assert family("trunk_lean") == "trunk_lean"


def test_the_size_of_the_picture_does_not_matter() -> None:
    small = pose(squat(1.0), 0.0).image_px * 0.1
    stand = pose(STANDING, 0.0).image_px * 0.1
    told = signals_of(np.stack([stand, small]), np.arange(2.0), 90.0)
    assert told["knee_flexion_left"] == pytest.approx(110.0)
    assert PX_PER_M * 0.1 < 30, "a person of 40 pixels"
    assert told["hip_drop_ratio"] == pytest.approx(seen(squat(1.0))["hip_drop_ratio"])
