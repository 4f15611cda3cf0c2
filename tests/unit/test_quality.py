"""Which landmarks are believed, and how large the stated uncertainty is."""

from dataclasses import replace

import numpy as np
import pytest

from fixtures.stickman import Figure, record, squat
from hipform.kinematics.quality import SIDE_UNCERTAINTY_DEG, believed_px, side_uncertainty_deg
from hipform.kinematics.signals import against_standing, raw_signals, standing_values
from hipform.kinematics.view import UNKNOWN, view_at


@pytest.mark.parametrize(
    ("visibility", "believed"), [(1.0, True), (0.5, True), (0.49, False), (0.0, False), (float("nan"), False)]
)
def test_a_hidden_landmark_is_not_known(visibility: float, believed: bool) -> None:
    track = record(lambda _: Figure(), [0.0])
    seen = track.visibility.copy()
    seen[:, 25] = visibility
    points = believed_px(replace(track, visibility=seen))
    assert np.isfinite(points[0, 25]).all() == believed
    assert np.isfinite(np.delete(points[0], 25, axis=0)).all(), "the others stay"


@pytest.mark.parametrize("signal", SIDE_UNCERTAINTY_DEG)
def test_uncertainty_grows_as_the_camera_leaves_the_side(signal: str) -> None:
    stated = [side_uncertainty_deg(signal, view_at(90.0 - off)) for off in (0, 5, 10, 15, 20, 30, 40)]
    assert stated == sorted(stated)
    assert stated[0] == SIDE_UNCERTAINTY_DEG[signal]
    assert stated[-1] > stated[0]
    assert side_uncertainty_deg(signal, view_at(-60.0)) == side_uncertainty_deg(signal, view_at(120.0))


def test_a_joint_between_two_segments_loses_twice_as_much_as_one_segment() -> None:
    joint, segment = (
        side_uncertainty_deg(name, view_at(55.0)) - side_uncertainty_deg(name, view_at(90.0))
        for name in ("knee_flexion", "shank_lean")
    )
    assert joint == pytest.approx(2 * segment, abs=0.11)


def test_an_unknown_view_has_no_uncertainty_to_state() -> None:
    assert np.isnan(side_uncertainty_deg("knee_flexion", UNKNOWN))


@pytest.mark.parametrize("azimuth", [90.0, -82.0, 75.0, -70.0, 60.0, 50.0])
@pytest.mark.parametrize("signal", ["knee_flexion", "hip_flexion", "thigh_to_horizontal", "shank_lean"])
def test_the_error_in_every_view_is_within_what_is_stated(signal: str, azimuth: float) -> None:
    truth = {"knee_flexion": 110.0, "hip_flexion": 118.8, "thigh_to_horizontal": 10.8, "shank_lean": 30.8}
    track = record(squat, [0.0, 1.0], azimuth)
    raw = raw_signals(believed_px(track), view_at(azimuth))
    signals = against_standing(
        track.t_s, raw, standing_values({name: x[:1] for name, x in raw.items()}), view_at(azimuth)
    )
    name = f"{signal}_{'left' if azimuth > 0 else 'right'}"
    assert abs(signals[name][1] - truth[signal]) < signals.uncertainty[name][1]
