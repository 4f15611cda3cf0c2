"""How large the stated uncertainty is, and what makes it grow."""

from dataclasses import replace

import numpy as np
import pytest

from fixtures.stickman import Figure, record, squat, times
from hipform.kinematics.points import smooth_points
from hipform.kinematics.signals import against_standing, raw_signals, standing_values, uncertainties
from hipform.kinematics.uncertainty import SIDE_UNCERTAINTY_DEG, side_uncertainty_deg
from hipform.kinematics.view import UNKNOWN, view_at
from hipform.records import FloatArray, PoseTrack
from hipform.skeleton import landmark

TRUTH = {"knee_flexion": 110.0, "hip_flexion": 118.8, "thigh_to_horizontal": 10.8, "shank_lean": 30.8}


def stated(track: PoseTrack, azimuth: float = 90.0) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """Signals and their uncertainties; the first second is quiet standing."""
    view, points = view_at(azimuth), smooth_points(track)
    raw = raw_signals(points.px, view, legs_alike=True)
    values = against_standing(raw, standing_values({name: x[:30] for name, x in raw.items()}))
    return values, uncertainties(values, points, view, legs_alike=True)


@pytest.mark.parametrize("legs_alike", [True, False])
@pytest.mark.parametrize("signal", SIDE_UNCERTAINTY_DEG)
def test_uncertainty_grows_as_the_camera_leaves_the_side(signal: str, legs_alike: bool) -> None:
    told = [side_uncertainty_deg(signal, view_at(90.0 - off), legs_alike) for off in (0, 5, 10, 15, 20, 40)]
    assert told == sorted(told)
    assert told[0] == SIDE_UNCERTAINTY_DEG[signal]
    assert told[-1] > told[0]
    there, behind = (side_uncertainty_deg(signal, view_at(azimuth), legs_alike) for azimuth in (-60.0, 120.0))
    assert there == behind


def test_a_joint_between_two_segments_loses_twice_as_much_as_one_segment() -> None:
    joint, segment = (
        side_uncertainty_deg(name, view_at(55.0), False) - side_uncertainty_deg(name, view_at(90.0), False)
        for name in ("knee_flexion", "shank_lean")
    )
    assert joint == pytest.approx(2 * segment)


def test_two_legs_that_do_the_same_are_surer_off_the_side_than_one() -> None:
    alone, both = (side_uncertainty_deg("knee_flexion", view_at(50.0), alike) for alike in (False, True))
    assert both < alone / 2


def test_an_unknown_view_has_no_uncertainty_to_state() -> None:
    assert np.isnan(side_uncertainty_deg("knee_flexion", UNKNOWN, legs_alike=True))


@pytest.mark.parametrize("azimuth", [90.0, -82.0, 75.0, -70.0, 60.0, 50.0])
@pytest.mark.parametrize("signal", TRUTH)
def test_the_error_in_every_view_is_within_what_is_stated(signal: str, azimuth: float) -> None:
    track = record(lambda t: squat(0.0 if t < 1.5 else 1.0), times(3.0), azimuth)
    values, half_widths = stated(track, azimuth)
    name = f"{signal}_{'left' if azimuth > 0 else 'right'}"
    assert abs(values[name][-10] - TRUTH[signal]) < half_widths[name][-10]


def test_trembling_joints_make_their_own_angles_less_sure_while_they_tremble() -> None:
    track = record(lambda _: Figure(), times(6.0))
    shaking = track.image_px.copy()
    shaking[90:120, landmark("left", "ankle")] += np.random.default_rng(2).normal(0.0, 5.0, (30, 2))
    _, half_widths = stated(replace(track, image_px=shaking))
    assert half_widths["knee_flexion_left"][105] > half_widths["knee_flexion_left"][45] + 0.5
    assert half_widths["knee_flexion_left"][45] == pytest.approx(
        SIDE_UNCERTAINTY_DEG["knee_flexion"], abs=0.1
    )
    for steady in ("hip_flexion_left", "trunk_lean", "knee_flexion_right"):
        assert half_widths[steady][105] == pytest.approx(half_widths[steady][45], abs=0.1)
