"""What a rep and a set are told: severities, views, widening, merging, and silence about the unseen."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.evidence import (
    BACK,
    BOTTOM_S,
    FRONT,
    LEFT,
    OBLIQUE,
    RIGHT,
    UNKNOWN,
    a_rep,
    an_evidence,
)
from hipform.exercises.definition import Exercise
from hipform.exercises.loader import load_all
from hipform.form.checker import check_set, judge_rep
from hipform.kinematics.view import view_at
from hipform.records import Finding, FloatArray, RepEvidence

SQUAT = load_all()["squat"]
LUNGE = load_all()["lunge"]
HINGE = load_all()["hinge"]


def findings(evidence: RepEvidence, exercise: Exercise = SQUAT, **rep: Any) -> tuple[Finding, ...]:
    return judge_rep(a_rep(exercise.id, view=evidence.view, **rep), evidence, exercise).findings


def told(evidence: RepEvidence, exercise: Exercise = SQUAT, **rep: Any) -> dict[str, str]:
    return {f.rule: f.severity for f in findings(evidence, exercise, **rep)}


def test_a_deep_squat_is_told_nothing_and_a_shallow_one_to_sit_lower() -> None:
    assert told(an_evidence({"thigh_to_horizontal_left": 0.0})) == {}
    (finding,) = findings(an_evidence({"thigh_to_horizontal_left": 12.0}))
    assert (finding.rule, finding.severity, finding.side) == ("depth", "warn", "left")
    assert (finding.measured, finding.limit, finding.unit) == (12.0, 5.0, "deg")
    assert finding.t_s == BOTTOM_S
    assert "lower" in finding.cue
    assert "Myer" in finding.source
    (finding,) = findings(an_evidence({"thigh_to_horizontal_left": 30.0}))
    assert (finding.severity, finding.limit) == ("fault", 20.0)


def test_the_leg_away_from_the_camera_is_not_judged() -> None:
    shallow_right = {"thigh_to_horizontal_left": 0.0, "thigh_to_horizontal_right": 40.0}
    assert told(an_evidence(shallow_right, LEFT)) == {}
    assert told(an_evidence(shallow_right, RIGHT)) == {"depth": "fault"}


@pytest.mark.parametrize("view", [FRONT, BACK, OBLIQUE, UNKNOWN])
def test_a_side_rule_keeps_quiet_in_other_views(view: Any) -> None:
    assert told(an_evidence({"thigh_to_horizontal_left": 40.0, "trunk_lean": 80.0}, view)) == {}


@pytest.mark.parametrize("view", [LEFT, RIGHT, OBLIQUE, UNKNOWN])
def test_a_front_rule_keeps_quiet_in_other_views(view: Any) -> None:
    assert told(an_evidence({"knee_drift_left": 0.5, "hip_shift_ratio": 0.5}, view)) == {}


@pytest.mark.parametrize(
    ("azimuth", "severity"), [(90, "warn"), (86, "warn"), (-94, "warn"), (120, None), (60, None)]
)
def test_limits_widen_off_the_view_and_end_with_it(azimuth: float, severity: str | None) -> None:
    drawn = {"trunk_lean": 51.0}
    assert told(an_evidence(drawn, view_at(azimuth))).get("trunk_lean") == severity


def test_the_limit_that_is_told_is_the_widened_one() -> None:
    (finding,) = findings(an_evidence({"trunk_lean": 70.0}, view_at(60.0)))
    assert finding.severity == "fault"
    assert finding.limit == pytest.approx(60.0 + 25 * 0.16)


def test_beyond_thirty_degrees_off_the_side_nothing_is_judged() -> None:
    drawn = {"trunk_lean": 89.0}
    assert told(an_evidence(drawn, view_at(60.5))) == {"trunk_lean": "fault"}
    assert told(an_evidence(drawn, view_at(59.5))) == {}


def test_a_hip_shift_is_told_with_its_direction() -> None:
    (finding,) = findings(an_evidence({"hip_shift_ratio": -0.1}, FRONT))
    assert (finding.rule, finding.measured, finding.limit) == ("hip_shift", -0.1, -0.08)
    assert told(an_evidence({"hip_shift_ratio": 0.1}, FRONT)) == {"hip_shift": "warn"}


def test_the_knee_that_drifts_in_is_named() -> None:
    drawn = {"knee_drift_left": 0.2, "knee_drift_right": 0.0, "knee_separation_ratio": 0.9}
    (finding,) = findings(an_evidence(drawn, FRONT, standing={"knee_separation_ratio": 1.0}))
    assert (finding.rule, finding.side, finding.severity) == ("knees_in", "left", "fault")
    assert finding.cue.startswith("Your left knee")


def test_both_knees_together_count_where_no_single_one_stands_out() -> None:
    drawn = {"knee_drift_left": 0.0, "knee_drift_right": 0.0, "knee_separation_ratio": 0.7}
    (finding,) = findings(an_evidence(drawn, BACK, standing={"knee_separation_ratio": 1.0}))
    assert (finding.rule, finding.side, finding.severity) == ("knees_in", None, "fault")


def test_a_more_serious_finding_of_both_knees_stays_beside_that_of_one() -> None:
    drawn = {"knee_drift_left": 0.1, "knee_drift_right": 0.0, "knee_separation_ratio": 0.5}
    found = findings(an_evidence(drawn, FRONT, standing={"knee_separation_ratio": 1.0}))
    assert [(f.side, f.severity) for f in found] == [(None, "fault"), ("left", "warn")]


def test_knees_past_the_toes_are_a_note_unless_the_heels_lift() -> None:
    assert told(an_evidence({"knee_past_toes_left": 0.8})) == {"knees_past_toes": "info"}
    lifted = {"knee_past_toes_left": 0.8, "heel_rise_left": 18.0}
    assert told(an_evidence(lifted)) == {"heel_rise": "warn", "knees_past_toes": "warn"}
    assert told(an_evidence({"heel_rise_left": 18.0})) == {"heel_rise": "warn"}


def test_a_front_shin_that_leans_is_a_note_while_the_heel_stays_down() -> None:
    def lunge(heel: float, shin: float) -> dict[str, str]:
        drawn = {"heel_rise_left": heel, "shank_lean_left": shin}
        return told(an_evidence(drawn, LEFT, lead_side="left"), LUNGE)

    assert lunge(0.0, 40.0) == {"front_shin": "info"}
    assert lunge(18.0, 40.0) == {"heel_rise": "warn", "front_shin": "fault"}
    assert lunge(0.0, -12.0) == {"front_shin": "info"}


def test_a_note_on_the_required_rule_is_not_enough() -> None:
    rules = [r for r in SQUAT.rules if r.id == "knees_past_toes"]
    needed = next(r for r in SQUAT.rules if (r.id, r.kind) == ("heel_rise", "limit"))
    note = needed.model_copy(update={"severity_cap": "info", "fault": None})
    evidence = an_evidence({"knee_past_toes_left": 0.8, "heel_rise_left": 30.0})
    squat = SQUAT.model_copy(update={"rules": (note, *rules)})
    assert told(evidence, squat) == {"heel_rise": "info", "knees_past_toes": "info"}


def test_a_lunge_is_judged_on_the_front_leg_when_it_is_the_near_one() -> None:
    drawn = {"knee_flexion_left": 60.0, "knee_flexion_right": 60.0}
    assert told(an_evidence(drawn, LEFT, lead_side="left"), LUNGE)["depth"] == "warn"
    assert "depth" not in told(an_evidence(drawn, LEFT, lead_side="right"), LUNGE)


def test_a_step_can_be_too_short_and_too_long() -> None:
    cues = [findings(an_evidence({"step_length_ratio": x}), LUNGE)[0].cue for x in (0.4, 1.2)]
    assert ["longer" in cues[0], "shorter" in cues[1]] == [True, True]
    assert told(an_evidence({"step_length_ratio": 0.8}), LUNGE) == {}


@pytest.mark.parametrize(
    ("variant", "severity"), [(None, None), ("RDL", None), ("good morning", "warn"), ("deadlift", None)]
)
def test_a_good_morning_has_stricter_knees(variant: str | None, severity: str | None) -> None:
    evidence = an_evidence({"knee_flexion_left": 30.0})
    assert told(evidence, HINGE, variant=variant).get("squatty_hinge") == severity


def test_a_squatty_hinge_is_found_unless_it_is_a_deadlift() -> None:
    def down_to(bend_deg: float) -> Callable[[FloatArray], FloatArray]:
        return lambda t: np.where(np.abs(t - BOTTOM_S) < 1.0, bend_deg, 0.0)

    drawn = {"knee_flexion_left": down_to(55.0), "hip_flexion_left": down_to(70.0)}
    assert told(an_evidence(drawn), HINGE) == {"squatty_hinge": "fault", "hip_knee_ratio": "fault"}
    assert told(an_evidence(drawn), HINGE, variant="deadlift") == {}


def test_a_partial_rep_is_not_judged() -> None:
    evidence = an_evidence({"thigh_to_horizontal_left": 40.0})
    assert told(evidence, complete=True) == {"depth": "fault"}
    assert told(evidence, complete=False) == {}


def test_a_rule_against_standing_is_silent_when_standing_was_never_seen() -> None:
    drawn = {"hip_flexion_left": 30.0}
    assert told(an_evidence(drawn), HINGE)["hinge_depth"] == "fault"
    unseen = an_evidence(drawn, standing={"hip_flexion_left": float("nan")})
    assert "hinge_depth" not in told(unseen, HINGE)


def test_tempo_is_judged_in_every_view() -> None:
    for view in (LEFT, FRONT, OBLIQUE, UNKNOWN):
        quick = told(an_evidence({}, view), measures={"lowering_s": 0.3})
        assert quick == {"too_fast": "fault"}
    assert told(an_evidence({}), measures={"lowering_s": 1.5}) == {}


def test_a_rep_that_began_before_the_recording_has_no_moment_for_its_start() -> None:
    rep = a_rep("squat", times_s=(float("nan"), 2.5, 4.0), measures={"lowering_s": 0.5})
    (finding,) = judge_rep(rep, an_evidence({}, start_s=float("nan")), SQUAT).findings
    assert finding.t_s is None


def test_findings_come_in_the_order_of_the_file() -> None:
    drawn = {"trunk_lean": 70.0, "thigh_to_horizontal_left": 40.0, "heel_rise_left": 20.0}
    assert list(told(an_evidence(drawn))) == ["depth", "heel_rise", "trunk_lean"]


def test_cleared_rules_are_well_inside_their_limits_and_were_seen() -> None:
    def cleared(**drawn: float) -> frozenset[str]:
        return judge_rep(a_rep("squat"), an_evidence(drawn), SQUAT).cleared

    assert "depth" in cleared(thigh_to_horizontal_left=3.9)
    assert "depth" not in cleared(thigh_to_horizontal_left=4.5)
    assert "depth" not in cleared(thigh_to_horizontal_left=12.0)
    assert "depth" not in cleared(trunk_lean=10.0)
    assert "trunk_lean" in cleared(trunk_lean=39.0)
    # Standing up has a rule for knee and hip: one that was not seen leaves it open.
    assert "lockout" not in cleared(knee_flexion_left=0.0)
    assert "lockout" in cleared(knee_flexion_left=0.0, hip_flexion_left=0.0)


def squats(depths: list[float], **more: Any) -> list[Any]:
    return [
        a_rep("squat", i + 1, measures={"thigh_to_horizontal_min_deg": d}, **more)
        for i, d in enumerate(depths)
    ]


def test_uneven_depth_is_a_finding_of_the_set() -> None:
    (finding,) = check_set(squats([0.0, 2.0, 12.0]), SQUAT)
    assert (finding.rule, finding.severity, finding.measured) == ("consistency", "warn", 12.0)
    assert check_set(squats([0.0, 2.0, 5.0]), SQUAT) == ()
    assert check_set(squats([0.0, 12.0]), SQUAT) == ()


def test_a_set_is_judged_from_its_complete_reps_of_this_exercise_in_the_right_view() -> None:
    even = squats([0.0, 1.0, 2.0])
    assert check_set([*even, *squats([30.0], complete=False)], SQUAT) == ()
    assert check_set([*even, a_rep("lunge", 4, measures={"thigh_to_horizontal_min_deg": 30.0})], SQUAT) == ()
    assert check_set([*even, *squats([30.0], view=OBLIQUE)], SQUAT) == ()
    assert len(check_set([*even, *squats([30.0])], SQUAT)) == 1


def test_left_and_right_must_differ_by_more_than_each_leg_does() -> None:
    def asymmetry(left: list[float], right: list[float]) -> list[str]:
        reps = [
            a_rep("squat", view=view, measures={"knee_flexion_peak_deg": (value, view.label[5:])})
            for values, view in ((left, LEFT), (right, RIGHT))
            for value in values
        ]
        return [f.severity for f in check_set(reps, SQUAT) if f.rule == "asymmetry"]

    assert asymmetry([100, 101], [112, 113]) == ["warn"]
    assert asymmetry([100, 101], [118, 119]) == ["fault"]
    assert asymmetry([95, 106], [112, 113]) == []
    assert asymmetry([100], [118, 119]) == []


@given(st.floats(-200, 200), st.floats(-200, 200), st.sampled_from(["thigh_to_horizontal", "heel_rise"]))
def test_a_worse_value_is_never_told_more_mildly(a: float, b: float, signal: str) -> None:
    order = {None: 0, "warn": 1, "fault": 2}
    rule = {"thigh_to_horizontal": "depth", "heel_rise": "heel_rise"}[signal]
    mild, bad = (told(an_evidence({f"{signal}_left": x})).get(rule) for x in sorted((a, b)))
    assert order[mild] <= order[bad]


@given(st.floats(0.0, 0.5), st.floats(0.0, 0.5))
def test_mirroring_swaps_the_sides_of_the_findings(left: float, right: float) -> None:
    def drift(one: float, other: float) -> set[tuple[str | None, str]]:
        evidence = an_evidence({"knee_drift_left": one, "knee_drift_right": other}, FRONT)
        return {(f.side, f.severity) for f in findings(evidence)}

    swapped = {("right" if side == "left" else "left", severity) for side, severity in drift(left, right)}
    assert drift(right, left) == swapped


@given(st.floats(-100.0, 100.0))
def test_when_it_happened_does_not_change_what_is_told(shift_s: float) -> None:
    evidence = an_evidence({"trunk_lean": lambda t: np.where(t < 3.0, 55.0, 20.0), "heel_rise_left": 18.0})
    signals = type(evidence.signals)(evidence.signals.t_s + shift_s, evidence.signals.values)
    later = RepEvidence(
        signals,
        evidence.start_s + shift_s,
        evidence.bottom_s + shift_s,
        evidence.end_s + shift_s,
        evidence.standing,
        evidence.view,
        evidence.near_side,
        None,
    )
    assert [(f.rule, f.severity, f.measured) for f in findings(later)] == [
        (f.rule, f.severity, f.measured) for f in findings(evidence)
    ]
