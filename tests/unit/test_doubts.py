"""Which counted movements are worth a second look, and which are not."""

import numpy as np

from hipform.exercises.loader import load_all
from hipform.reps.doubts import SAME_BEFORE, SURE_LEAD, SURE_SCORE, Decision, doubts
from hipform.reps.recognise import Motion

EXERCISES = load_all()
SQUAT = {
    "hips_lowered": 0.5,
    "legs_symmetry": 0.9,
    "feet_apart": 0.4,
    "feet_moved": 0.0,
    "knee_share": 1.0,
    "trunk_folded": 0.1,
}


def motion(held_s: float = 0.5, weight_ahead: float = 0.1, **features: float) -> Motion:
    return Motion(SQUAT | features, np.zeros(2), 90.0, {}, 0.0, 0.5, 0.0, "left", 80.0, held_s, weight_ahead)


def said(
    of: Motion, done: dict[str, int] | None = None, close: bool = False, ended_early: bool = False
) -> str:
    return doubts(of, Decision("squat", close, ended_early), EXERCISES, done or {}) or ""


def test_a_plain_squat_among_squats_is_beyond_doubt() -> None:
    assert doubts(motion(), Decision("squat", False, False), EXERCISES, {"squat": 5}) is None


def test_a_movement_that_hardly_fits_is_doubtful() -> None:
    soft, least = 0.3, 0.45  # of feet_moved in squat.toml
    fitting = least + soft * (1.0 - SURE_SCORE)
    assert "which exercise" in said(motion(feet_moved=fitting + 0.01))
    assert said(motion(feet_moved=fitting - 0.01)) == ""


def test_a_movement_that_fits_two_exercises_is_doubtful() -> None:
    """Feet apart fits the lunge ever better while the squat still fits as well."""
    lunge = {"legs_symmetry": 0.45, "feet_apart": 0.65}
    assert "which exercise" in said(motion(**lunge))
    soft = 0.2  # of feet_apart in lunge.toml
    assert said(motion(**lunge | {"feet_apart": 0.65 - soft * (SURE_LEAD + 0.05)})) == ""
    assert "which exercise" in said(motion(**lunge | {"feet_apart": 0.65 - soft * (SURE_LEAD - 0.05)}))


def test_one_exercise_among_reps_of_another_is_doubtful() -> None:
    assert said(motion(), {"lunge": SAME_BEFORE}) == "the reps before it were lunges"
    assert said(motion(), {"lunge": SAME_BEFORE - 1}) == ""
    assert said(motion(), {"lunge": 5, "squat": 1}) == ""
    assert said(motion(), {"lunge": 5, "hinge": 5}) == ""


def test_a_size_near_the_limit_is_doubtful() -> None:
    assert "depth" in said(motion(), close=True)


def test_a_recording_that_ends_too_early_is_told() -> None:
    assert "recording ends" in said(motion(), ended_early=True)


def test_a_long_stay_below_is_doubtful_where_the_weight_is_not_seen() -> None:
    assert "down for 8 s" in said(motion(held_s=8.0, weight_ahead=float("nan")))
    assert said(motion(held_s=8.0)) == ""
    assert said(motion(held_s=2.0, weight_ahead=float("nan"))) == ""


def test_several_doubts_are_told_together() -> None:
    told = said(motion(held_s=8.0, weight_ahead=float("nan")), {"lunge": 5}, close=True)
    assert told.count(";") == 3
