"""What must not matter: where in the picture the person stands, how large, when, how often a pose comes."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.stickman import (
    Figure,
    Set,
    hinge,
    lunge,
    mirrored,
    pose,
    recorded_set,
    squat,
)
from hipform.exercises.loader import load_all
from hipform.kinematics.geometry import elevation_deg, flexion_deg, inclination_deg, length
from hipform.kinematics.signals import (
    SIGNALS,
    against_standing,
    family,
    raw_signals,
    signal_names,
    standing_values,
)
from hipform.kinematics.view import estimate_view, view_at
from hipform.records import FloatArray, PoseTrack, Rep, Signals
from hipform.session.analyzer import Analyzer
from hipform.skeleton import SIDES, other

EXERCISES = load_all()
TWO = Set(sizes=(1.0, 1.0))
FIGURES = st.sampled_from([squat, hinge, lunge])
COUNTED = st.sampled_from([squat, hinge])
quick = settings(deadline=None, max_examples=30)
# Whole sets take long: few of them, the same ones each time.
whole_sets = settings(deadline=None, max_examples=6, derandomize=True)

figures = st.builds(
    Figure,
    knee=st.floats(5, 110),
    shank=st.floats(-10, 35),
    trunk=st.floats(-10, 60),
    foot_half_gap=st.floats(0.08, 0.25),
    knees_in=st.floats(0, 0.05),
    hip_shift=st.floats(-0.05, 0.05),
    heel_lift=st.floats(0, 0.05),
    stride=st.sampled_from([0.0, 0.4]),
)
azimuths = st.sampled_from([90.0, -90.0, 70.0, -55.0, 0.0, 8.0, 180.0, -172.0])


def signals_of(points: FloatArray, azimuth: float) -> Signals:
    """The first pose is the standing that the others are held against."""
    raw = raw_signals(points, view_at(azimuth))
    first = {name: x[:1] for name, x in raw.items()}
    return Signals(np.arange(len(points), dtype=float), against_standing(raw, standing_values(first)))


def filmed(figure: Figure, azimuth: float) -> PoseTrack:
    return PoseTrack.of([pose(f, float(i), azimuth) for i, f in enumerate((Figure(), figure))])


def assert_same(one: Signals, two: Signals, within: float = 1e-6) -> None:
    for name in signal_names():
        assert two[name] == pytest.approx(one[name], abs=within, nan_ok=True), name


@quick
@given(figures, azimuths, st.floats(0.1, 5.0), st.floats(-2000, 2000), st.floats(-2000, 2000))
def test_place_and_size_in_the_picture_change_no_signal(
    figure: Figure, azimuth: float, scale: float, right: float, down: float
) -> None:
    points = filmed(figure, azimuth).image_px
    assert_same(signals_of(points, azimuth), signals_of(points * scale + np.array([right, down]), azimuth))


@quick
@given(figures, st.sampled_from([90.0, -90.0]), st.floats(-8, 8))
def test_a_camera_that_is_not_level_tilts_what_is_upright_and_bends_no_joint(
    figure: Figure, azimuth: float, roll_deg: float
) -> None:
    points = filmed(figure, azimuth).image_px
    a = np.radians(roll_deg)
    clockwise = np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])
    level, rolled = signals_of(points, azimuth), signals_of(points @ clockwise, azimuth)
    forward = roll_deg if azimuth < 0 else -roll_deg
    for side in SIDES:
        for joint in ("knee_flexion", "hip_flexion", "trunk_shin_gap", "ankle_dorsiflexion"):
            name = f"{joint}_{side}"
            assert rolled[name] == pytest.approx(level[name], abs=1e-6), name
        assert rolled[f"shank_lean_{side}"] == pytest.approx(level[f"shank_lean_{side}"] + forward)
    assert rolled["trunk_lean"] == pytest.approx(level["trunk_lean"] + forward)


# What is told towards the person's left changes its sign in a mirror.
TOWARDS_LEFT = ("hip_shift_ratio", "pelvic_obliquity", "side_lean")


@quick
@given(figures, azimuths)
def test_in_a_mirror_left_and_right_change_places_and_the_view_turns_round(
    figure: Figure, azimuth: float
) -> None:
    track = filmed(figure, azimuth)
    seen, flipped = estimate_view(track), estimate_view(mirrored(track))
    assert seen.azimuth_deg is not None
    assert flipped.azimuth_deg is not None
    assert np.cos(np.radians(flipped.azimuth_deg + seen.azimuth_deg)) == pytest.approx(1.0)
    one, two = signals_of(track.image_px, azimuth), signals_of(mirrored(track).image_px, -azimuth)
    for name in signal_names():
        row = family(name)
        side = next((s for s in SIDES if name.endswith(s)), None)
        partner = f"{row}_{other(side)}" if SIGNALS[row].sided and side else name
        sign = -1.0 if row in TOWARDS_LEFT else 1.0
        assert two[partner] == pytest.approx(sign * one[name], abs=1e-6, nan_ok=True), name


@quick
@given(figures, azimuths, st.sets(st.integers(0, 32), min_size=1, max_size=20))
def test_what_rests_on_an_unknown_joint_is_unknown_and_never_another_number(
    figure: Figure, azimuth: float, unknown: set[int]
) -> None:
    points = filmed(figure, azimuth).image_px
    holes = points.copy()
    holes[:, list(unknown)] = np.nan
    whole, known = signals_of(points, azimuth), signals_of(holes, azimuth)
    for name in signal_names():
        spec = SIGNALS[family(name)]
        # Others may rest on one side alone where they are usually the mean of both.
        if spec.sided and family(name) != "knee_height":
            told = np.isfinite(known[name])
            assert known[name][told] == pytest.approx(whole[name][told], abs=1e-6), name
    nothing = signals_of(np.full_like(points, np.nan), azimuth)
    assert all(np.isnan(nothing[name]).all() for name in signal_names())


coordinate = st.floats(-1000, 1000)


@quick
@given(st.lists(coordinate, min_size=6, max_size=6), st.integers(0, 5))
def test_no_angle_is_told_from_an_unknown_point(numbers: list[float], unknown: int) -> None:
    numbers[unknown] = float("nan")
    a, b, c = np.array(numbers).reshape(3, 2)
    assert np.isnan(flexion_deg(a, b, c))
    one, two = (a, b) if unknown < 4 else (b, c)
    for tell in (inclination_deg, elevation_deg, length):
        assert np.isnan(tell(one, two))


def reps_of(track: PoseTrack) -> list[Rep]:
    analyzer = Analyzer(EXERCISES)
    found = [rep for p in track for rep in analyzer.push(p).finished]
    return [*found, *analyzer.finish().finished]


PEAK = {squat: ("knee_flexion_peak_deg", 110.0), hinge: ("hip_flexion_peak_deg", 85.0)}


def peaks(reps: list[Rep], figure: Callable[[float], Figure]) -> list[float]:
    name, _ = PEAK[figure]
    found = [rep.measure(name) for rep in reps]
    return [m.value if m else float("nan") for m in found]


def assert_two_reps(track: PoseTrack, figure: Callable[[float], Figure], within_deg: float) -> None:
    reps = reps_of(track)
    assert [rep.complete for rep in reps] == [True, True]
    assert peaks(reps, figure) == pytest.approx([PEAK[figure][1]] * 2, abs=within_deg)


@whole_sets
@given(
    COUNTED,
    st.sampled_from([15.0, 30.0, 60.0]),
    st.floats(0, 0.6),
    st.integers(0, 99),
)
def test_dropped_frames_cost_no_rep_and_few_degrees(
    figure: Callable[[float], Figure], fps: float, dropped: float, seed: int
) -> None:
    track = recorded_set(figure, TWO, 90.0, fps)
    kept = np.random.default_rng(seed).random(len(track)) >= dropped
    assert_two_reps(PoseTrack.of([p for p, keep in zip(track, kept, strict=True) if keep]), figure, 3.0)


@whole_sets
@given(COUNTED, st.floats(1.0, 2.0), st.integers(0, 99))
def test_a_trembling_of_two_pixels_costs_no_rep_and_few_degrees(
    figure: Callable[[float], Figure], noise_px: float, seed: int
) -> None:
    track = recorded_set(figure, TWO, 90.0, 30.0)
    noise = np.random.default_rng(seed).normal(0, noise_px, track.image_px.shape)
    assert_two_reps(replace(track, image_px=track.image_px + noise), figure, 6.0)


@whole_sets
@given(FIGURES, st.floats(0.3, 4.0), st.floats(-300, 300), st.floats(1.0, 5000.0))
def test_the_same_set_elsewhere_and_later_gives_the_same_reps(
    figure: Callable[[float], Figure], scale: float, right: float, later_s: float
) -> None:
    track = recorded_set(figure, Set(sizes=(1.0,)), 90.0, 20.0)
    moved = replace(track, image_px=track.image_px * scale + np.array([right, 0.0]), t_s=track.t_s + later_s)
    (one,), (two,) = reps_of(track), reps_of(moved)
    assert (two.exercise, two.variant, two.lead_side, two.depth) == (
        one.exercise,
        one.variant,
        one.lead_side,
        one.depth,
    )
    assert two.start_s - later_s == pytest.approx(one.start_s, abs=0.003)
    assert two.end_s - later_s == pytest.approx(one.end_s, abs=0.003)
    assert set(two.measures) == set(one.measures)
    for name in one.measures:
        before, after = one.measure(name), two.measure(name)
        assert before is not None
        assert after is not None
        assert after.value == pytest.approx(before.value, abs=0.11), name


@whole_sets
@given(FIGURES)
def test_a_mirrored_set_gives_the_other_sides_reps(figure: Callable[[float], Figure]) -> None:
    track = recorded_set(figure, Set(sizes=(1.0,)), 90.0, 20.0)
    (one,), (two,) = reps_of(track), reps_of(mirrored(track))
    assert (one.view.label, two.view.label) == ("side-left", "side-right")
    assert two.lead_side == (other(one.lead_side) if one.lead_side else None)
    for name in one.measures:
        if not name.startswith("knee_drift"):
            before, after = one.measure(name), two.measure(name)
            assert before is not None
            assert after is not None
            assert after.value == pytest.approx(before.value, abs=0.11), name
            assert after.side == (other(before.side) if before.side else None), name
