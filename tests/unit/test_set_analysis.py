"""The whole answer for one recorded set: the report, and every frame's signals beside it."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from pydantic import TypeAdapter

from fixtures.stickman import (
    Figure,
    Set,
    gone,
    hide,
    hinge,
    lunge,
    mirrored,
    record,
    recorded_set,
    squat,
    times,
)
from hipform.exercises.loader import load_all
from hipform.kinematics.signals import signal_names
from hipform.records import Analysis, Origin, PoseTrack, Provenance, SetReport, Source
from hipform.session.set_analysis import analyse

EXERCISES = load_all()
FPS = 15.0
TWO = Set(sizes=(1.0, 1.0))
ORIGIN = Origin(
    Source("my set.mp4", 9.9, 198, 640, 480, 0, FPS), ("The file said so.",), Provenance("1", "2", "3", "4")
)


def answer(track: PoseTrack, given: str | None = None) -> Analysis:
    return analyse(track, EXERCISES, given, ORIGIN)


@cache
def of_set(
    figure: Callable[[float], Figure], azimuth: float = 90.0, reps: Set = TWO, given: str | None = None
) -> Analysis:
    return answer(recorded_set(figure, reps, azimuth, FPS), given)


def one_after_the_other(*tracks: PoseTrack) -> PoseTrack:
    """The same person goes on: each track follows the one before."""
    poses, since_s = [], 0.0
    for track in tracks:
        poses += [replace(pose, t_s=pose.t_s + since_s) for pose in track]
        since_s = poses[-1].t_s + 1.0 / FPS
    return PoseTrack.of(poses)


def test_a_report_says_what_where_from_and_how_sure() -> None:
    report = of_set(squat).report
    assert (report.exercise, report.exercise_source) == ("squat", "auto")
    assert 0.9 < report.exercise_confidence <= 1.0
    assert (report.view.label, report.view.azimuth_deg) == ("side-left", pytest.approx(90.0, abs=0.5))
    assert [(r.number, r.complete) for r in report.reps] == [(1, True), (2, True)]
    assert [r.bottom_s for r in report.reps] == pytest.approx(TWO.bottoms_s(), abs=0.1)
    assert (report.source, report.provenance) == (ORIGIN.source, ORIGIN.provenance)
    assert report.quality.pose_found_share == report.quality.known_share == 1.0
    assert report.quality.notes == ("The file said so.",)


def test_a_given_exercise_is_reported_as_given_also_without_a_rep() -> None:
    report = of_set(hinge, given="squat").report
    assert (report.exercise, report.exercise_source, report.reps) == ("squat", "given", ())


def test_nothing_recognised_is_called_none_and_said() -> None:
    report = answer(record(lambda _: Figure(), times(4.0, FPS))).report
    assert (report.exercise, report.exercise_confidence, report.reps) == ("none", 0.0, ())
    assert report.view.label == "side-left"
    assert any("goes down and comes back up" in note for note in report.quality.notes)


def test_the_set_is_named_after_most_of_its_complete_reps() -> None:
    track = one_after_the_other(
        recorded_set(squat, Set(sizes=(1.0, 0.35, 0.35)), fps=FPS), recorded_set(hinge, TWO, fps=FPS)
    )
    report = answer(track).report
    assert [r.exercise for r in report.reps] == ["squat"] * 3 + ["hinge"] * 2
    assert report.exercise == "hinge"


def test_nobody_at_all_is_an_answer_too() -> None:
    report = answer(gone(record(squat, times(1.0)), 0.0, 9.0)).report
    assert (report.exercise, report.view.label, report.reps) == ("none", "unknown", ())
    assert (report.quality.pose_found_share, report.quality.known_share) == (0.0, 0.0)
    assert any("Nobody" in note for note in report.quality.notes)


def test_the_signals_are_those_of_the_body() -> None:
    analysis = of_set(squat)
    # The figure is drawn on time; hipform takes out half a frame by which the pose model runs late.
    late_s = 0.5 * float(np.diff(analysis.track.t_s)[0])
    truth = np.array([110.0 * TWO.share(float(t) + late_s) for t in analysis.track.t_s])
    assert analysis.signals["knee_flexion_left"] == pytest.approx(truth, abs=2.5)
    assert np.corrcoef(analysis.signals["knee_flexion_left"], truth)[0, 1] > 0.999
    assert analysis.signals["trunk_lean"] == pytest.approx(truth * 0.36, abs=1.0)


@pytest.mark.parametrize(("azimuth", "far"), [(90.0, "right"), (-90.0, "left"), (60.0, "right")])
@pytest.mark.parametrize("figure", [squat, hinge])
def test_the_far_leg_is_told_nowhere(figure: Callable[[float], Figure], azimuth: float, far: str) -> None:
    analysis = of_set(figure, azimuth)
    for name in signal_names():
        if name.endswith(far):
            assert np.isnan(analysis.signals[name]).all(), name
            assert np.isnan(analysis.signals.uncertainty[name]).all(), name
    for rep in analysis.report.reps:
        for measure in rep.measures.values():
            for one in measure if isinstance(measure, list) else [measure]:
                assert one.side != far


def test_both_legs_of_a_lunge_are_told() -> None:
    signals = of_set(lunge).signals
    for side in ("left", "right"):
        assert np.isfinite(signals[f"knee_flexion_{side}"]).all()


def test_from_the_front_no_side_angle_is_told_and_the_rest_is() -> None:
    analysis = of_set(squat, 0.0)
    for name in ("knee_flexion_left", "hip_flexion_right", "trunk_lean", "heel_rise_left"):
        assert np.isnan(analysis.signals[name]).all(), name
    for name in ("knee_separation_ratio", "knee_drift_left", "knee_drift_right", "hip_drop_ratio"):
        assert np.isfinite(analysis.signals[name]).all(), name
    assert analysis.report.quality.known_share == 1.0


def test_each_frame_knows_its_phase_and_rep() -> None:
    analysis = of_set(squat)
    assert len(analysis.phase) == len(analysis.rep) == len(analysis.track)
    for rep in analysis.report.reps:
        t = analysis.track.t_s[analysis.rep == rep.number]
        assert t[0] == pytest.approx(rep.start_s, abs=1.5 / FPS)
        assert t[-1] == pytest.approx(rep.end_s, abs=1.5 / FPS)
    assert (analysis.rep[analysis.track.t_s < 1.3] == 0).all()
    at_bottom = int(np.searchsorted(analysis.track.t_s, TWO.bottoms_s()[0] + 0.1))
    assert analysis.phase[at_bottom] in ("bottom", "lifting")
    assert analysis.phase[int(1.3 * FPS)] == "standing"


def test_a_person_who_turns_round_is_told_by_the_near_leg_of_each_half() -> None:
    left = recorded_set(squat, TWO, 90.0, FPS)
    analysis = answer(one_after_the_other(left, mirrored(left)))
    report = analysis.report
    assert [r.view.label for r in report.reps] == ["side-left"] * 2 + ["side-right"] * 2
    assert (report.view.label, report.view.azimuth_deg) == ("mixed", None)
    halves = analysis.track.t_s < left.t_s[-1] - 1.0, analysis.track.t_s > left.t_s[-1] + 1.0
    for half, near, far in ((halves[0], "left", "right"), (halves[1], "right", "left")):
        assert np.isfinite(analysis.signals[f"knee_flexion_{near}"][half]).all()
        assert np.isnan(analysis.signals[f"knee_flexion_{far}"][half]).all()


def test_a_few_reps_in_another_view_do_not_change_the_sets_view() -> None:
    three = recorded_set(squat, Set(), 90.0, FPS)
    one = recorded_set(squat, Set(sizes=(1.0,)), 0.0, FPS)
    assert answer(one_after_the_other(three, one)).report.view.label == "side-left"


def test_only_what_no_rep_gave_is_listed_as_not_measured() -> None:
    side = recorded_set(squat, TWO, 90.0, FPS)
    both = one_after_the_other(side, recorded_set(squat, TWO, 0.0, FPS))
    assert {"knee_drift_left"} <= {m.measure for m in of_set(squat).report.not_measured}
    missing = {m.measure for m in answer(both).report.not_measured}
    assert not missing & {"knee_drift_left", "knee_flexion_peak_deg", "lowering_s"}
    assert "knee_flexion_peak_deg" not in {m.measure for m in answer(both).report.reps[0].not_measured}


def test_what_was_not_seen_is_not_drawn() -> None:
    start, bottom = TWO.starts_s()[0], TWO.bottoms_s()[0]
    track = recorded_set(squat, TWO, 90.0, FPS)
    analysis = answer(hide(gone(track, start - 1.0, start - 0.5), ("ankle",), bottom, bottom + 0.5))
    t = analysis.track.t_s
    nobody, hidden = (t >= start - 1.0) & (t < start - 0.5), (t >= bottom) & (t < bottom + 0.5)
    assert np.isnan(analysis.signals["knee_flexion_left"][nobody | hidden]).all()
    assert np.isnan(analysis.signals["trunk_lean"][nobody]).all()
    assert np.isfinite(analysis.signals["trunk_lean"][hidden]).all()
    assert {p for p, missing in zip(analysis.phase, nobody, strict=True) if missing} == {"unknown"}
    assert analysis.report.quality.pose_found_share == pytest.approx(1.0 - nobody.mean(), abs=0.001)


@pytest.mark.parametrize("azimuth", [90.0, 45.0, 0.0])
def test_a_report_can_be_written_without_nan_or_infinity(azimuth: float) -> None:
    analysis = of_set(squat, azimuth, Set(sizes=(1.0, 0.35)))
    adapter = TypeAdapter(SetReport)
    written = json.loads(adapter.dump_json(analysis.report, by_alias=True))
    json.dumps(written, allow_nan=False)
    assert written["schema"] == "hipform/set/1"
    assert written["reps"][1]["complete"] is False
    values = [
        one["value"]
        for rep in written["reps"]
        for measure in rep["measures"].values()
        for one in (measure if isinstance(measure, list) else [measure])
    ]
    assert values
    assert None not in values
