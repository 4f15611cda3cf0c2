"""How each kind of rule reads its number off invented motion."""

from collections.abc import Callable
from typing import Any, get_args

import numpy as np
import pytest

from fixtures.evidence import (
    BACK,
    BOTTOM_S,
    END_S,
    FRONT,
    LEFT,
    START_S,
    a_rep,
    an_evidence,
    times,
)
from hipform.exercises.definition import (
    AscentChangeRule,
    Facts,
    FormRule,
    LimitRule,
    MeanWhileRule,
    RatioRule,
    RepFormRule,
    Rule,
    SetDifferenceRule,
    SetLossRule,
    SetRangeRule,
    SetRule,
    TempoRule,
)
from hipform.form.rules import REP_KINDS, SET_KINDS, Case, Reading, held, moment
from hipform.records import FloatArray, RepEvidence

COMMON: dict[str, Any] = {
    "id": "x",
    "title": "X",
    "view": "side",
    "direction": "above",
    "warn": 10,
    "fault": 20,
    "unit": "deg",
    "sem": 2,
    "cue": "Do this.",
    "level": "D",
    "source": "Ours",
}


def a_rule(kind: type[Facts], **keys: Any) -> Any:
    """A rule of this kind; limits are beside the point here."""
    name = get_args(kind.model_fields["kind"].annotation)[0]
    return kind.model_validate(COMMON | {"kind": name} | keys)


def read(rule: Any, evidence: RepEvidence, rep: Any = None) -> list[Reading]:
    return REP_KINDS[rule.kind](rule, Case(rep or a_rep("squat"), evidence, "knee_flexion"))


def value(rule: Any, evidence: RepEvidence) -> float:
    (reading,) = read(rule, evidence)
    return reading.value


def bump(height: float, at_s: float, width_s: float) -> Callable[[FloatArray], FloatArray]:
    """A signal that is `height` for a while and 0 before and after."""
    return lambda t: np.where(np.abs(t - at_s) <= width_s / 2.0 + 1e-9, height, 0.0)


def test_every_kind_has_one_function_and_every_function_a_kind() -> None:
    kinds = {
        get_args(model.model_fields["kind"].annotation)[0]: model for model in get_args(get_args(Rule)[0])
    }
    assert {name for name, m in kinds.items() if issubclass(m, RepFormRule)} == set(REP_KINDS)
    assert {name for name, m in kinds.items() if issubclass(m, SetRule)} == set(SET_KINDS)
    assert all(issubclass(m, FormRule) for m in kinds.values())


@pytest.mark.parametrize(("at", "at_s"), [("start", START_S), ("bottom", BOTTOM_S), ("end", END_S)])
def test_a_moment_is_the_median_of_five_frames(at: str, at_s: float) -> None:
    rule = a_rule(LimitRule, signal="trunk_lean", leg="none", at=at)

    def spiky(t: FloatArray) -> FloatArray:
        x = 10.0 * t
        x[np.argmin(np.abs(t - at_s))] = 500.0
        return x

    (reading,) = read(rule, an_evidence({"trunk_lean": spiky}))
    assert reading.value == pytest.approx(10.0 * at_s, abs=0.5)
    assert reading.t_s == at_s


def test_a_moment_can_be_longer() -> None:
    rule = a_rule(LimitRule, signal="trunk_lean", leg="none", at="bottom", over_s=1.0)
    assert value(rule, an_evidence({"trunk_lean": bump(40, BOTTOM_S, 0.4)})) == 0.0
    rule = a_rule(LimitRule, signal="trunk_lean", leg="none", at="bottom")
    assert value(rule, an_evidence({"trunk_lean": bump(40, BOTTOM_S, 0.4)})) == 40.0


def test_a_moment_that_is_mostly_hidden_is_not_known() -> None:
    t = np.array([1.0, 1.03, 1.06, 1.09, 1.12])
    x = np.array([5.0, np.nan, np.nan, np.nan, 5.0])
    assert np.isnan(moment(t, x, 1.06))
    assert moment(t, np.array([5.0, 5.0, np.nan, np.nan, 5.0]), 1.06) == 5.0
    assert np.isnan(moment(t, x, float("nan")))
    assert np.isnan(moment(t, x, 9.0))


@pytest.mark.parametrize("rate_hz", [15.0, 30.0, 60.0, 120.0])
@pytest.mark.parametrize(("width_s", "counts"), [(0.25, True), (0.05, False)])
def test_within_a_stretch_a_value_counts_when_it_is_held(
    rate_hz: float, width_s: float, counts: bool
) -> None:
    rule = a_rule(LimitRule, signal="trunk_lean", leg="none", at="whole")
    evidence = an_evidence({"trunk_lean": bump(40, 3.0, width_s)}, t_s=times(rate_hz))
    (reading,) = read(rule, evidence)
    assert reading.value == (40.0 if counts else 0.0)
    if counts:
        assert reading.t_s == pytest.approx(3.0, abs=0.13)


@pytest.mark.parametrize(
    ("at", "at_s", "inside"),
    [
        ("descent", 2.0, True),
        ("descent", 3.0, False),
        ("ascent", 3.0, True),
        ("ascent", 2.0, False),
        ("whole", 2.0, True),
        ("whole", 4.5, False),
        ("whole", 0.5, False),
    ],
)
def test_a_stretch_begins_and_ends_with_its_part_of_the_rep(at: str, at_s: float, inside: bool) -> None:
    rule = a_rule(LimitRule, signal="trunk_lean", leg="none", at=at)
    assert value(rule, an_evidence({"trunk_lean": bump(40, at_s, 0.4)})) == (40.0 if inside else 0.0)


def test_below_looks_for_low_values_and_away_for_both_keeping_the_sign() -> None:
    low = an_evidence({"trunk_lean": bump(-30, 3.0, 0.4)})
    below = a_rule(LimitRule, signal="trunk_lean", leg="none", at="whole", direction="below", warn=5, fault=0)
    away = a_rule(LimitRule, signal="trunk_lean", leg="none", at="whole", direction="away")
    above = a_rule(LimitRule, signal="trunk_lean", leg="none", at="whole")
    assert value(below, low) == value(away, low) == -30.0
    assert value(above, low) == 0.0
    assert value(away, an_evidence({"trunk_lean": bump(30, 3.0, 0.4)})) == 30.0


def test_a_stretch_with_an_unknown_value_in_it_is_not_held() -> None:
    t = times()
    x = np.where(np.abs(t - 2.0) < 0.12, 40.0, 0.0)
    assert held(t, x)[0] == 40.0
    x[np.argmin(np.abs(t - 2.0))] = np.nan
    assert held(t, x)[0] == 0.0
    assert np.isnan(held(t, np.full(len(t), np.nan))[0])


def test_the_top_is_the_straightest_moment_around_the_end() -> None:
    rule = a_rule(LimitRule, signal="knee_flexion", leg="near", at="top", relative_to_standing="difference")

    def rises_again(t: FloatArray) -> FloatArray:
        return 12.0 + 60.0 * np.abs(t - END_S - 0.3)

    standing = {"knee_flexion_left": 5.0}
    evidence = an_evidence({"knee_flexion_left": rises_again}, standing=standing)
    assert value(rule, evidence) == pytest.approx(7.0, abs=1.1)


def test_the_top_is_not_known_when_the_recording_stops_with_the_rep() -> None:
    rule = a_rule(LimitRule, signal="knee_flexion", leg="near", at="top")
    t = times()
    evidence = an_evidence({"knee_flexion_left": 30.0}, t_s=t[t <= END_S + 0.1])
    assert np.isnan(value(rule, evidence))


def test_a_value_can_be_held_against_ones_own_standing() -> None:
    drawn, standing = {"knee_flexion_left": 30.0}, {"knee_flexion_left": 8.0}
    plain = a_rule(LimitRule, signal="knee_flexion", leg="near", at="bottom")
    difference = a_rule(
        LimitRule, signal="knee_flexion", leg="near", at="bottom", relative_to_standing="difference"
    )
    assert value(plain, an_evidence(drawn, standing=standing)) == 30.0
    assert value(difference, an_evidence(drawn, standing=standing)) == 22.0
    unknown = {"knee_flexion_left": float("nan")}
    assert value(plain, an_evidence(drawn, standing=unknown)) == 30.0
    assert np.isnan(value(difference, an_evidence(drawn, standing=unknown)))


KASR: dict[str, Any] = {
    "signal": "knee_separation_ratio",
    "leg": "none",
    "at": "bottom",
    "view": "front",
    "unit": "ratio",
    "direction": "below",
    "warn": 0.9,
    "fault": 0.8,
    "sem": 0.01,
    "relative_to_standing": "ratio",
}


def test_a_share_of_standing_needs_a_standing_value_above_zero() -> None:
    rule = a_rule(LimitRule, **KASR)
    drawn = {"knee_separation_ratio": 0.9}
    assert value(rule, an_evidence(drawn, FRONT, standing={"knee_separation_ratio": 1.2})) == pytest.approx(
        0.75
    )
    assert np.isnan(value(rule, an_evidence(drawn, FRONT, standing={"knee_separation_ratio": 0.0})))


def test_knees_in_front_of_the_feet_look_wider_from_the_front_and_narrower_from_behind() -> None:
    rule = a_rule(LimitRule, **KASR, forward_share=0.1)
    drawn, standing = {"knee_separation_ratio": 1.0}, {"knee_separation_ratio": 1.0}
    assert value(rule, an_evidence(drawn, FRONT, standing=standing)) == pytest.approx(0.9)
    assert value(rule, an_evidence(drawn, BACK, standing=standing)) == pytest.approx(1.1)


@pytest.mark.parametrize(
    ("leg", "lead", "judged"),
    [
        ("near", None, ["left"]),
        ("lead", "left", ["left"]),
        ("lead", "right", []),
        ("lead", None, []),
        ("rear", "right", ["left"]),
        ("rear", "left", []),
    ],
)
def test_from_the_side_only_the_near_leg_is_judged(leg: str, lead: Any, judged: list[str]) -> None:
    rule = a_rule(LimitRule, signal="knee_flexion", leg=leg, at="bottom")
    drawn = {"knee_flexion_left": 30.0, "knee_flexion_right": 40.0}
    assert [r.side for r in read(rule, an_evidence(drawn, LEFT, lead_side=lead))] == judged


@pytest.mark.parametrize(
    ("leg", "sides"), [("each", ["left", "right"]), ("lead", ["right"]), ("rear", ["left"])]
)
def test_from_the_front_both_legs_are_seen(leg: str, sides: list[str]) -> None:
    rule = a_rule(
        LimitRule, signal="knee_drift", leg=leg, at="bottom", view="front", unit="ratio", warn=0.1, fault=3
    )
    drawn = {"knee_drift_left": 0.1, "knee_drift_right": 0.2}
    readings = read(rule, an_evidence(drawn, FRONT, lead_side="right"))
    assert [r.side for r in readings] == sides
    assert all(r.value == drawn[f"knee_drift_{r.side}"] for r in readings)


def knee_with_pause(t: FloatArray) -> FloatArray:
    """Down until 2.0, a pause at the bottom until 3.0, up until 4.0."""
    return np.interp(t, [1.0, 2.0, 3.0, 4.0], [0.0, 100.0, 100.0, 0.0])


def test_a_change_on_the_way_up_is_counted_from_where_the_body_leaves_the_bottom() -> None:
    rule = a_rule(AscentChangeRule, signal="trunk_lean", leg="none", share=0.3)

    def leans_more(t: FloatArray) -> FloatArray:
        return np.interp(t, [2.5, 3.0, 3.5, 4.0], [60.0, 40.0, 60.0, 0.0])

    evidence = an_evidence({"trunk_lean": leans_more, "knee_flexion_left": knee_with_pause})
    # 30 % of the way from 3.05 s (5 % of the excursion gone) to 4.0 s, at 40 degrees a second
    assert value(rule, evidence) == pytest.approx(0.3 * 0.95 * 40.0, abs=1.5)
    sooner = a_rule(AscentChangeRule, signal="trunk_lean", leg="none", share=0.1)
    assert value(sooner, evidence) == pytest.approx(0.1 * 0.95 * 40.0, abs=1.5)


def test_without_the_counted_bend_the_way_up_begins_at_the_bottom() -> None:
    rule = a_rule(AscentChangeRule, signal="trunk_lean", leg="none", share=0.2)
    evidence = an_evidence({"trunk_lean": lambda t: 10.0 * t})
    assert value(rule, evidence) == pytest.approx(3.0, abs=0.2)


def test_a_mean_is_taken_only_while_the_other_signal_is_in_its_range() -> None:
    rule = a_rule(
        MeanWhileRule,
        signal="frontal_knee_angle",
        leg="lead",
        view="front",
        while_signal="hip_drop_ratio",
        while_range=(0.05, 0.2),
    )

    def inward(t: FloatArray) -> FloatArray:
        return np.where((t >= 1.5) & (t <= 2.0), 12.0, 90.0)

    def dropped(t: FloatArray) -> FloatArray:
        return np.where((t >= 1.5) & (t <= 2.0), 0.1, np.where(t < 1.5, 0.0, 0.5))

    drawn = {"frontal_knee_angle_left": inward, "hip_drop_ratio": dropped}
    assert value(rule, an_evidence(drawn, FRONT, lead_side="left")) == pytest.approx(12.0)
    brief = drawn | {"hip_drop_ratio": bump(0.1, 2.0, 0.05)}
    assert np.isnan(value(rule, an_evidence(brief, FRONT, lead_side="left")))


def known_until(end_s: float) -> Callable[[FloatArray], FloatArray]:
    return lambda t: np.where(t < end_s, 12.0, np.nan)


def test_a_mean_of_which_too_little_is_known_is_none() -> None:
    rule = a_rule(
        MeanWhileRule,
        signal="knee_drift",
        leg="lead",
        view="front",
        unit="ratio",
        while_signal="hip_drop_ratio",
        while_range=(0.2, 1.5),
    )
    sunk = {"hip_drop_ratio": lambda t: np.where((t >= 2.0) & (t < 3.0), 0.5, 0.0)}
    for end_s, told in ((2.75, 12.0), (2.6, np.nan)):
        drawn = sunk | {"knee_drift_left": known_until(end_s)}
        evidence = an_evidence(drawn, FRONT, lead_side="left")
        assert value(rule, evidence) == pytest.approx(told, nan_ok=True)


def test_a_ratio_divides_the_changes_from_standing_and_has_a_floor() -> None:
    rule = a_rule(
        RatioRule, signal="hip_flexion", to_signal="knee_flexion", leg="near", floor=5.0, unit="ratio"
    )
    standing = {"hip_flexion_left": 10.0, "knee_flexion_left": 5.0}

    def ratio(hip: float, knee: float) -> float:
        drawn = {"hip_flexion_left": hip, "knee_flexion_left": knee}
        return value(rule, an_evidence(drawn, standing=standing))

    assert ratio(90.0, 25.0) == pytest.approx(4.0)
    assert ratio(90.0, 6.0) == pytest.approx(16.0)
    assert ratio(90.0, -20.0) == pytest.approx(16.0)
    assert np.isnan(ratio(90.0, float("nan")))
    assert np.isnan(ratio(float("nan"), 25.0))


@pytest.mark.parametrize(
    ("part", "seconds", "t_s"),
    [("lowering", 1.2, 1.0), ("lifting", 0.9, 2.5), ("pause", 0.4, 1.0), ("rep", 3.0, 1.0)],
)
def test_tempo_is_the_measured_time(part: str, seconds: float, t_s: float) -> None:
    rule = a_rule(TempoRule, part=part, view="any", unit="s")
    rep = a_rep("squat", measures={"lowering_s": 1.2, "lifting_s": 0.9, "pause_s": 0.4})
    assert read(rule, an_evidence({}), rep) == [Reading(pytest.approx(seconds), t_s)]


def test_a_time_that_was_not_measured_is_not_known() -> None:
    rule = a_rule(TempoRule, part="lowering", view="any", unit="s")
    (reading,) = read(rule, an_evidence({}), a_rep("squat"))
    assert np.isnan(reading.value)


def a_set(values: list[Any], name: str = "thigh_to_horizontal_min_deg", **more: float) -> list[Any]:
    return [
        a_rep(
            "squat",
            i + 1,
            measures={name: v, **more},
            times_s=(10.0 * i, 10.0 * i + 1.0, 10.0 * i + 2.0),
        )
        for i, v in enumerate(values)
    ]


def test_a_range_points_at_the_rep_that_differs_most() -> None:
    rule = a_rule(SetRangeRule, measure="thigh_to_horizontal_min_deg", min_reps=3)
    assert SET_KINDS["set_range"](rule, a_set([5.0, 6.0, 17.0, 4.0])) == [Reading(13.0, 21.0)]
    assert SET_KINDS["set_range"](rule, a_set([5.0, 17.0])) == []


def test_speed_loss_holds_the_last_reps_against_the_best_one() -> None:
    rule = a_rule(SetLossRule, measure="hip_rom_deg", min_reps=4, last_reps=2, unit="ratio")
    reps = a_set([100.0, 100.0, 80.0, 60.0], "hip_rom_deg", lifting_s=1.0)
    assert SET_KINDS["set_loss"](rule, reps) == [Reading(pytest.approx(0.3), 31.0)]
    assert SET_KINDS["set_loss"](rule, reps[:3]) == []
    assert SET_KINDS["set_loss"](rule, a_set([100.0] * 4, "hip_rom_deg")) == []


def test_left_and_right_are_compared_where_both_were_seen() -> None:
    rule = a_rule(SetDifferenceRule, measure="knee_flexion_peak_deg", min_reps=2, spread_times=2)
    pairs = [(100.0, "left"), (104.0, "left"), (110.0, "right"), (116.0, "right")]
    (reading,) = SET_KINDS["set_difference"](rule, a_set(pairs, "knee_flexion_peak_deg"))
    assert reading.value == pytest.approx(11.0)
    assert reading.least == pytest.approx(2 * np.std([110.0, 116.0], ddof=1))
    assert SET_KINDS["set_difference"](rule, a_set(pairs[:3], "knee_flexion_peak_deg")) == []
