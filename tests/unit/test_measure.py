"""The numbers of one rep against bodies whose numbers are known, and the reasons for missing ones."""

from collections.abc import Callable
from dataclasses import replace
from math import isfinite

import numpy as np
import pytest

from fixtures.stickman import Figure, Set, gone, hide, hinge, lunge, recorded_set, squat
from hipform.exercises.loader import load_all
from hipform.records import Measure, PoseTrack, Rep, RepSpan
from hipform.reps.measure import Counted, measure_rep
from hipform.reps.quantities import TIME_UNCERTAINTY_S, depth_of
from hipform.skeleton import Side

EXERCISES = load_all()
ONE = Set(sizes=(1.0,))
NAN = float("nan")
(START_S,), (BOTTOM_S,) = ONE.starts_s(), ONE.bottoms_s()
END_S = START_S + ONE.rep_s
SPAN = RepSpan(START_S + 0.1, BOTTOM_S, END_S - 0.1, (100.0, 100.0, 80.0), None)
Change = Callable[[PoseTrack], PoseTrack]


def measured(
    figure: Callable[[float], Figure] = squat,
    exercise: str = "squat",
    azimuth: float = 90.0,
    *,
    span: RepSpan = SPAN,
    change: Change | None = None,
    standing: bool = True,
    lead: Side | None = None,
) -> Rep:
    whole = recorded_set(figure, ONE, azimuth)
    track = change(whole) if change else whole
    still = track.between(0.0, 1.2 if standing else 0.0)
    counted = Counted(1, span.reason, exercise, lead, None)
    rep, _ = measure_rep(track.between(0.5, END_S + 0.4), still, span, counted, EXERCISES[exercise])
    return rep


def value(rep: Rep, name: str) -> float:
    measure = rep.measure(name)
    assert measure is not None, name
    return measure.value


def reason(rep: Rep, name: str) -> str:
    (why,) = [missing.reason for missing in rep.not_measured if missing.measure == name]
    return why


@pytest.mark.parametrize("azimuth", [90.0, -90.0])
@pytest.mark.parametrize("depth", [60.0, 110.0, 130.0])
def test_a_squat_from_the_side(depth: float, azimuth: float) -> None:
    rep = measured(lambda u: squat(u, depth), azimuth=azimuth)
    bottom = squat(1.0, depth)
    assert value(rep, "knee_flexion_peak_deg") == pytest.approx(depth, abs=1.0)
    assert value(rep, "knee_rom_deg") == pytest.approx(depth, abs=1.0)
    assert value(rep, "hip_flexion_peak_deg") == pytest.approx(bottom.hip, abs=1.0)
    assert value(rep, "hip_rom_deg") == pytest.approx(bottom.hip, abs=1.0)
    assert value(rep, "trunk_lean_peak_deg") == pytest.approx(bottom.trunk, abs=0.5)
    assert value(rep, "shank_lean_peak_deg") == pytest.approx(bottom.shank, abs=0.5)
    assert value(rep, "thigh_to_horizontal_min_deg") == pytest.approx(90 - 0.72 * depth, abs=1.0)
    assert value(rep, "heel_rise_deg") == pytest.approx(0.0, abs=0.5)
    near = "left" if azimuth > 0 else "right"
    assert all(m.side in (near, None) for m in rep.measures.values() if isinstance(m, Measure))
    assert not any(isinstance(m, list) for m in rep.measures.values()), "the far leg is never told"


def test_a_hinge_from_the_side() -> None:
    rep = measured(hinge, "hinge")
    assert value(rep, "hip_flexion_peak_deg") == pytest.approx(85.0, abs=1.0)
    assert value(rep, "trunk_lean_peak_deg") == pytest.approx(70.0, abs=1.0)
    assert value(rep, "knee_flexion_peak_deg") == pytest.approx(15.0, abs=0.5)
    assert rep.depth is None, "depth is a word for squats"


def test_range_of_motion_is_told_from_own_standing() -> None:
    bent = measured(lambda u: Figure(knee=10 + 90 * u, shank=4 + 22 * u, trunk=5 + 30 * u))
    assert value(bent, "knee_flexion_peak_deg") == pytest.approx(100.0, abs=1.0)
    assert value(bent, "knee_rom_deg") == pytest.approx(90.0, abs=1.0)
    assert value(bent, "hip_rom_deg") == pytest.approx(98.0, abs=1.0)


def test_a_lifted_heel_is_measured() -> None:
    rep = measured(lambda u: replace(squat(u), heel_lift=0.04 * u))
    assert value(rep, "heel_rise_deg") == pytest.approx(11.3, abs=1.0)


@pytest.mark.parametrize("azimuth", [0.0, 180.0])
def test_knees_and_hips_from_the_front(azimuth: float) -> None:
    def figure(u: float) -> Figure:
        return replace(squat(u), foot_half_gap=0.1, knees_in=0.04 * u, hip_shift=0.03 * u)

    rep = measured(figure, azimuth=azimuth)
    assert value(rep, "knee_separation_ratio_min") == pytest.approx(0.6, abs=0.03)
    mean_drift = (value(rep, "knee_drift_left") + value(rep, "knee_drift_right")) / 2
    assert mean_drift == pytest.approx(0.1, abs=0.02)
    assert value(rep, "knee_drift_right") > value(rep, "knee_drift_left"), "the hips take the knees along"
    assert value(rep, "hip_shift_ratio") == pytest.approx(0.15, abs=0.02)


@pytest.mark.parametrize("azimuth", [90.0, 0.0, 45.0])
def test_descent_and_tempo_are_measured_in_every_view(azimuth: float) -> None:
    rep = measured(azimuth=azimuth)
    assert value(rep, "hip_drop_ratio") == pytest.approx(0.485, abs=0.02)
    for name, truth in (("lowering_s", ONE.down_s), ("pause_s", ONE.hold_s), ("lifting_s", ONE.up_s)):
        measure = rep.measure(name)
        assert measure is not None
        assert abs(measure.value - truth) < measure.uncertainty == TIME_UNCERTAINTY_S[name]
    assert rep.bottom_s == pytest.approx(BOTTOM_S, abs=0.05)


@pytest.mark.parametrize(
    ("thigh_deg", "word"),
    [
        (5.1, "clearly above"),
        (4.9, "about parallel"),
        (0.0, "about parallel"),
        (-4.9, "about parallel"),
        (-5.1, "clearly below"),
    ],
)
def test_depth_is_called_clear_only_beyond_its_uncertainty(thigh_deg: float, word: str) -> None:
    depth = depth_of({"thigh_to_horizontal_min_deg": Measure(thigh_deg, "deg", "left", None, 5.0)})
    assert depth is not None
    assert (depth.depth_class, depth.margin_deg) == (word, thigh_deg)


def test_the_depth_of_a_whole_squat() -> None:
    words = []
    for below_level in (-25.0, 0.0, 20.0):
        rep = measured(
            lambda u, b=below_level: Figure(knee=u * (115 + b), shank=u * 25, trunk=u * 40, arms=60 * u)
        )
        assert rep.depth is not None
        assert rep.depth.margin_deg == pytest.approx(-below_level, abs=1.0)
        words.append(rep.depth.depth_class)
    assert words == ["clearly above", "about parallel", "clearly below"]
    assert measured(azimuth=0.0).depth is None, "the front view cannot tell"


@pytest.mark.parametrize(("azimuth", "sides"), [(90.0, ["left", "right"]), (-90.0, ["right", "left"])])
def test_both_legs_of_a_lunge_are_told_the_near_one_first(azimuth: float, sides: list[str]) -> None:
    rep = measured(lunge, "lunge", azimuth, lead="left")
    both = rep.measures["knee_flexion_peak_deg"]
    assert isinstance(both, list)
    assert [m.side for m in both] == sides
    assert {m.side: m.role for m in both} == {"left": "lead", "right": "rear"}
    assert {m.side: m.value for m in both} == pytest.approx({"left": 92.0, "right": 100.3}, abs=1.0)
    near, far = both
    assert far.uncertainty > near.uncertainty, "the far leg is partly covered"


EVERYWHERE = [90.0, -75.0, 55.0, 45.0, 10.0, 0.0, 180.0]


@pytest.mark.parametrize("azimuth", EVERYWHERE)
@pytest.mark.parametrize(("figure", "exercise"), [(squat, "squat"), (hinge, "hinge"), (lunge, "lunge")])
def test_every_measure_of_the_exercise_is_given_or_its_absence_explained(
    figure: Callable[[float], Figure], exercise: str, azimuth: float
) -> None:
    rep = measured(figure, exercise, azimuth, lead="left" if exercise == "lunge" else None)
    views = EXERCISES[exercise].views
    missing = [m.measure for m in rep.not_measured]
    assert len(missing) == len(set(missing))
    assert not set(missing) & set(rep.measures)
    assert set(views.side) | set(views.front) <= set(missing) | set(rep.measures)
    for measure in rep.measures.values():
        for one in measure if isinstance(measure, list) else [measure]:
            assert isfinite(one.value)
            assert one.uncertainty > 0


@pytest.mark.parametrize(
    ("azimuth", "name", "turn"),
    [
        (0.0, "knee_flexion_peak_deg", "turn 90° to your right"),
        (40.0, "knee_rom_deg", "turn 50° to your right"),
        (-40.0, "knee_rom_deg", "turn 50° to your left"),
        (150.0, "hip_rom_deg", "turn 60° to your left"),
        (-150.0, "trunk_lean_peak_deg", "turn 60° to your right"),
    ],
)
def test_a_side_measure_says_how_far_to_turn(azimuth: float, name: str, turn: str) -> None:
    why = reason(measured(azimuth=azimuth), name)
    assert "side" in why
    assert turn in why


@pytest.mark.parametrize(
    ("azimuth", "turn"),
    [
        (90.0, "turn 90° to your left, until the camera sees your face"),
        (-30.0, "turn 30° to your right, until the camera sees your face"),
        (150.0, "turn 30° to your right, until the camera sees your back"),
    ],
)
def test_a_front_measure_says_how_far_to_turn(azimuth: float, turn: str) -> None:
    why = reason(measured(azimuth=azimuth), "knee_drift_left")
    assert "front" in why
    assert turn in why


def test_a_rep_that_began_before_the_recording_has_no_lowering_time() -> None:
    def later(track: PoseTrack) -> PoseTrack:
        return track.between(START_S + 0.8, 99.0)

    rep = measured(span=replace(SPAN, start_s=NAN), change=later)
    assert "began before" in reason(rep, "lowering_s")
    assert "began before" in reason(rep, "pause_s")
    assert value(rep, "lifting_s") > 0
    assert value(rep, "knee_flexion_peak_deg") == pytest.approx(110.0, abs=1.0)


def test_a_rep_that_was_cut_off_has_no_lifting_time() -> None:
    def earlier(track: PoseTrack) -> PoseTrack:
        return track.between(0.0, BOTTOM_S + 0.2)

    rep = measured(span=replace(SPAN, end_s=NAN, reason="cut off"), change=earlier)
    assert (rep.complete, rep.reason) == (False, "cut off")
    assert "not recorded to the end" in reason(rep, "lifting_s")
    assert value(rep, "lowering_s") > 0
    assert rep.end_s <= BOTTOM_S + 0.2


def test_without_standing_there_is_a_peak_but_no_range() -> None:
    rep = measured(standing=False)
    assert value(rep, "knee_flexion_peak_deg") == pytest.approx(110.0, abs=1.0)
    for name in ("knee_rom_deg", "hip_rom_deg", "hip_drop_ratio", "heel_rise_deg"):
        assert name not in rep.measures
        assert "standing" in reason(rep, name)


LEG = ("hip", "knee", "ankle")


def test_a_leg_that_was_hidden_for_long_is_not_measured_and_asks_to_be_looked_at() -> None:
    rep = measured(change=lambda track: hide(track, LEG, START_S + 0.4, END_S - 0.4))
    for name in ("knee_flexion_peak_deg", "thigh_to_horizontal_min_deg", "hip_rom_deg"):
        assert name not in rep.measures
        assert "hidden" in reason(rep, name)
    assert rep.depth is None
    assert rep.review is not None
    assert "hidden for" in rep.review
    assert "%" in rep.review


def test_a_leg_that_was_hidden_for_a_moment_is_measured() -> None:
    rep = measured(change=lambda track: hide(track, LEG, BOTTOM_S + 0.3, BOTTOM_S + 0.6))
    assert value(rep, "knee_flexion_peak_deg") == pytest.approx(110.0, abs=1.5)
    assert rep.review is None
    assert measured().review is None


def test_a_peak_that_was_hidden_is_not_made_up_from_what_is_beside_it() -> None:
    """Known for most of the rep, but not where the leg turns round."""
    rep = measured(change=lambda track: hide(track, LEG, BOTTOM_S - 0.25, BOTTOM_S + 0.25))
    for name in ("knee_flexion_peak_deg", "knee_rom_deg", "thigh_to_horizontal_min_deg"):
        assert name not in rep.measures
        assert "hidden" in reason(rep, name)
    assert rep.depth is None


def test_nobody_for_a_moment_costs_nothing() -> None:
    rep = measured(change=lambda track: gone(track, BOTTOM_S + 0.3, BOTTOM_S + 0.4))
    assert value(rep, "knee_flexion_peak_deg") == pytest.approx(110.0, abs=1.0)
    assert value(rep, "lifting_s") == pytest.approx(value(measured(), "lifting_s"), abs=0.05)


def test_a_lone_wrong_frame_is_no_peak() -> None:
    def jump(track: PoseTrack) -> PoseTrack:
        image = track.image_px.copy()
        image[int(np.searchsorted(track.t_s, BOTTOM_S + 0.4)), 25] += 60.0
        return replace(track, image_px=image)

    assert value(measured(change=jump), "knee_flexion_peak_deg") == pytest.approx(110.0, abs=1.0)


def test_a_lunge_is_not_told_by_how_far_its_knees_are_apart() -> None:
    assert "knee_separation_ratio_min" not in measured(lunge, "lunge", 0.0, lead="left").measures


@pytest.mark.parametrize("azimuth", [60.0, -60.0, 120.0])
def test_a_squat_filmed_off_the_side_with_feet_turned_out_measures_as_from_the_side(azimuth: float) -> None:
    """One leg alone reads the knee 20 degrees too small from the front, and too large from behind."""

    def figure(u: float) -> Figure:
        return replace(squat(u), toe_out=25.0)

    from_the_side = value(measured(figure), "knee_flexion_peak_deg")
    assert value(measured(figure, azimuth=azimuth), "knee_flexion_peak_deg") == pytest.approx(
        from_the_side, abs=3.0
    )
