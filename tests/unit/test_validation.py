"""Results that are wrong by known amounts, and what a validation says about them."""

import json
from dataclasses import replace
from math import sqrt
from types import SimpleNamespace

import numpy as np
import pytest

from fixtures import known_clips
from fixtures.known_clips import FAR_LEG_DEG, analysis, label, mark, with_measures, with_rep
from hipform.errors import InputError
from hipform.records import Measure, View
from hipform.validation import run
from hipform.validation.numbers import MULTIPLES, numbers_text, read_numbers
from hipform.validation.summary import Uncompared, summarise
from hipform.validation.truth import read_truth

# The frames of the result lie at other times than those of the truth, so curves agree only so well.
BETWEEN_FRAMES = 0.15


@pytest.fixture
def place(tmp_path):
    """Folders of clips and results, and the numbers of comparing them."""

    def numbers(failures=None):
        return summarise(run.compare(read_truth(tmp_path / "clips"), tmp_path / "results", failures))

    return SimpleNamespace(clips=tmp_path / "clips", results=tmp_path / "results", numbers=numbers)


def rendered(place, result=None, **truth):
    known_clips.write_truth(place.clips, "clip", **truth)
    known_clips.write_result(place.results, "clip", result or analysis())
    return place.numbers()


def labelled(place, *labels, result=None, marks=()):
    known_clips.write_labels(place.clips, *labels)
    known_clips.write_marks(place.clips, *marks)
    known_clips.write_result(place.results, "real", result or analysis())
    return place.numbers()


def bottom_s():
    return analysis().report.reps[0].bottom_s


# --- angles against exact truth


def test_a_perfect_result_has_no_error(place):
    numbers = rendered(place)
    for part in numbers.frames["side"].values():
        assert part.mean_abs < BETWEEN_FRAMES
        assert part.correlation > 0.999
        assert part.beyond_gross == 0
        assert part.inside == 1
    for part in numbers.peaks["side"].values():
        assert part.mean_abs == pytest.approx(0, abs=0.1)
        assert part.reported == 1


@pytest.mark.parametrize(
    ("angle", "more"), [("knee", -6.0), ("hip", 5.0), ("trunk", 4.0), ("thigh", -3.0), ("shin", 2.0)]
)
def test_what_reads_too_much_is_told_with_its_sign(place, angle, more):
    numbers = rendered(place, reads_more={angle: more})
    frames = numbers.frames["side"]
    assert frames[angle].bias == pytest.approx(more, abs=BETWEEN_FRAMES)
    assert frames[angle].mean_abs == pytest.approx(abs(more), abs=BETWEEN_FRAMES)
    assert all(abs(part.bias) < BETWEEN_FRAMES for key, part in frames.items() if key != angle)
    if angle in ("knee", "hip"):
        assert numbers.peaks["side"][angle].bias == pytest.approx(more, abs=0.1)
    measure = {"knee": "knee_flexion_peak_deg", "hip": "hip_flexion_peak_deg"}.get(angle)
    told = {m.measure: m.bias for m in numbers.measures}
    assert measure is None or told[measure] == pytest.approx(more, abs=0.1)


def test_a_constant_error_is_no_scatter_and_one_odd_rep_is(place):
    steady = rendered(place, reads_more={"knee": -6.0})
    assert steady.peaks["side"]["knee"].spread == pytest.approx(0, abs=0.1)
    odd = rendered(place, with_measures(analysis(), 1, knee_flexion_peak_deg=105.0 + 6.0))
    # Errors of 6, 0 and 0 leave 4, -2 and -2 around their mean.
    assert odd.peaks["side"]["knee"].spread == pytest.approx(sqrt(8), abs=0.1)
    assert odd.peaks["side"]["hip"].spread == pytest.approx(0, abs=0.1)


def test_a_withheld_value_is_no_error_but_lowers_what_is_reported(place):
    result = analysis()
    knee = result.signals.values["knee_flexion_left"]
    knee[result.rep == 1] = np.nan
    measures = {k: m for k, m in result.report.reps[0].measures.items() if k != "knee_flexion_peak_deg"}
    numbers = rendered(place, with_rep(result, 1, measures=measures))
    frames, peaks = numbers.frames["side"], numbers.peaks["side"]
    assert 0.4 < frames["knee"].reported < frames["hip"].reported - 0.15
    assert frames["knee"].mean_abs < BETWEEN_FRAMES
    assert peaks["knee"].reported == pytest.approx(2 / 3)
    assert peaks["knee"].reps == 2
    assert peaks["hip"].reported == 1


def test_half_a_second_of_standing_before_the_first_rep_is_compared(place):
    def reported(hidden_from_s, hidden_to_s):
        result = analysis()
        t_s = result.track.t_s
        result.signals.values["trunk_lean"][(t_s > hidden_from_s) & (t_s < hidden_to_s)] = np.nan
        return rendered(place, result).frames["side"]["trunk"].reported

    start_s = known_clips.STANDING_S
    everything = rendered(place).frames["side"]["trunk"].reported
    assert reported(0.0, start_s - 0.55) == everything
    assert reported(0.0, start_s - 0.3) < everything


def test_a_range_is_counted_from_where_the_rep_starts(place):
    result = analysis()
    measures = result.report.reps[0].measures | {"knee_rom_deg": Measure(103.0, "deg", "left", None, 7.0)}
    numbers = rendered(place, with_rep(result, 1, measures=measures), reads_more={"knee": -6.0})
    told = {m.measure: m.bias for m in numbers.measures}
    assert told["knee_flexion_peak_deg"] == pytest.approx(-6, abs=0.1)
    assert told["knee_rom_deg"] == pytest.approx(-2, abs=0.1)


def test_a_column_that_is_missing_is_not_reported(place):
    rendered(place)
    table = place.results / "clip.frames.csv"
    table.write_text(table.read_text().replace("knee_flexion_left_deg", "renamed", 1))
    assert place.numbers().frames["side"]["knee"].reported == 0
    assert place.numbers().frames["side"]["knee"].mean_abs is None


def test_errors_beyond_15_degrees_are_counted(place):
    assert rendered(place, reads_more={"knee": 14.0}).frames["side"]["knee"].beyond_gross == 0
    assert rendered(place, reads_more={"knee": 16.0}).frames["side"]["knee"].beyond_gross == 1


def test_the_stated_uncertainty_is_held_against_the_errors(place):
    inside = rendered(place, reads_more={"knee": 6.5}).frames["side"]["knee"]  # ± 7 is stated
    outside = rendered(place, reads_more={"knee": 8.0})
    assert (inside.inside, inside.stated) == (1, 7)
    knee = outside.frames["side"]["knee"]
    assert (knee.inside, knee.inside_steady) == (0, 1)
    peak = outside.peaks["side"]["knee"]
    assert (peak.inside, peak.inside_steady, peak.stated) == (0, 1, 7)
    held = dict(zip(MULTIPLES, outside.calibration["side_frames"].shares, strict=True))
    assert held[1.0] == pytest.approx(4 / 5)  # four of the five angles are right
    assert held[1.25] == 1
    assert outside.calibration["side_peaks_steady"].shares[0] == 1


def test_a_mirrored_picture_is_compared_as_it_is_seen(place):
    numbers = rendered(place, reads_more={"knee": -6.0}, mirrored=True)
    assert numbers.frames["side"]["knee"].bias == pytest.approx(-6, abs=BETWEEN_FRAMES)
    assert numbers.camera.clips.mean_abs == pytest.approx(0)
    assert numbers.rendered.view_right.yes == 1


def test_the_far_leg_of_a_lunge_is_told_apart(place):
    reps = {i: {"lead": "R"} for i in range(4)}
    numbers = rendered(place, analysis("lunge"), exercise="lunge", reps=reps)
    knees = {m.far: m.bias for m in numbers.measures if m.measure == "knee_flexion_peak_deg"}
    assert knees[False] == pytest.approx(-15, abs=0.1)  # so the invented lunge reads its near, rear leg
    assert knees[True] == pytest.approx(-FAR_LEG_DEG, abs=0.1)
    assert numbers.peaks["side"]["knee"].bias == pytest.approx(-15, abs=0.1)


@pytest.mark.parametrize(("mirrored", "front"), [(False, "L"), (True, "R")])
def test_the_front_leg_is_the_one_that_the_picture_shows_in_front(place, mirrored, front):
    rendered(place, reps={i: {"lead": front} for i in range(4)}, mirrored=mirrored)
    (clip,) = run.compare(read_truth(place.clips), place.results)
    assert {error.leads for error in clip.measures} == {True}  # all of them of the left, the near leg


def test_front_and_rear_leg_have_a_constant_each(place):
    reps = {0: {"lead": "L"}, 1: {"lead": "R"}, 2: {"lead": "R"}}
    result = with_measures(analysis(), 1, knee_flexion_peak_deg=105.0 + 30.0)
    peak = rendered(place, result, reps=reps).peaks["side"]["knee"]
    assert peak.inside_steady == 1
    assert peak.spread is None  # neither leg leads three times
    alone = rendered(place, result).peaks["side"]["knee"]
    assert alone.inside_steady == 0


@pytest.mark.parametrize(
    ("azimuth_deg", "band"), [(76.0, "side"), (74.0, "angle"), (51.0, "angle"), (49.0, None)]
)
def test_angles_are_compared_by_how_far_the_camera_is_off_the_side(place, azimuth_deg, band):
    numbers = rendered(place, azimuth_deg=azimuth_deg)
    assert [name for name, parts in numbers.frames.items() if parts] == ([band] if band else [])


def test_the_gap_between_views_is_that_of_squats_in_which_the_camera_stood_off(place):
    known_clips.write_truth(place.clips, "turned", reads_more={"knee": -12.0}, azimuth_deg=60.0)
    known_clips.write_result(place.results, "turned", analysis())
    numbers = rendered(place, reads_more={"knee": -2.0})
    assert numbers.squat_knee_peak_gap == pytest.approx(-10, abs=0.1)


# --- counting, times, views, findings


def test_counts_are_right_only_when_every_rep_is_there(place):
    right = rendered(place).rendered
    assert (right.reps_right.yes, right.partials_right.yes, right.met_share) == (1, 1, 1)
    full = {i: {"partial": False} for i in range(4)}
    wrong = rendered(place, reps=full).rendered
    assert (wrong.reps_right.yes, wrong.partials_right.yes, wrong.met_share) == (0, 0, 0.75)


def test_a_rep_found_at_another_time_is_not_the_true_one(place):
    late = with_rep(analysis(), 2, bottom_s=analysis().report.reps[1].bottom_s + 0.65)
    numbers = rendered(place, late)
    assert numbers.rendered.met_share == pytest.approx(2 / 3)
    assert numbers.times.bottom_inside.of == 2


def test_exercise_and_view_are_held_against_the_truth(place):
    wrong = rendered(place, exercise="hinge").rendered
    assert (wrong.exercise_right.yes, wrong.view_right.yes) == (0, 1)
    assert rendered(place, azimuth_deg=65.0).rendered.view_right.yes == 0


def test_the_camera_is_held_against_the_truth_in_each_rep(place):
    turned = with_rep(analysis(), 1, view=View("side-left", 97.0))
    camera = rendered(place, turned, azimuth_deg=88.0).camera
    assert camera.reps.worst == pytest.approx(9)
    assert camera.reps.mean_abs == pytest.approx(3)
    assert camera.clips.worst == pytest.approx(0)


def test_durations_are_held_against_the_known_tempo(place):
    tempo = {i: {"tempo": {"down": 1.25, "hold": 0.2, "up": 0.7}} for i in range(4)}
    times = rendered(place, reps=tempo).times
    assert times.errors["lowering_s"].bias == pytest.approx(-0.25)
    assert times.errors["lifting_s"].bias == pytest.approx(0.1)
    assert times.stated["lowering_s"] == 0.1
    assert times.errors["start_s"].worst == pytest.approx(0, abs=1e-6)
    assert "pause_s" not in times.errors  # the invented reps tell none


def reps_of(place):
    rendered(place)
    return json.loads((place.clips / "clip.json").read_text())["reps"]


def test_the_way_down_is_not_compared_where_a_step_belongs_to_the_rep(place):
    step = {i: {"down_start": rep["start"] + 0.4} for i, rep in enumerate(reps_of(place))}
    assert rendered(place, reps=step).times.errors == {}


@pytest.mark.parametrize("off_s", [-0.4, 0.4])
def test_a_bottom_beside_the_hold_is_told_in_seconds(place, off_s):
    # It is held for 0.1 s to both sides of its middle.
    moved = with_rep(analysis(), 1, bottom_s=bottom_s() + off_s)
    times = rendered(place, moved).times
    assert (times.bottom_inside.yes, times.bottom_inside.of) == (2, 3)
    assert times.beside_worst_s == pytest.approx(0.3)
    assert times.beside_s == pytest.approx(0.1)


def test_findings_are_found_missed_or_false(place):
    lifted = {1: {"faults": {"excess_trunk_lean": 12.0}}, 0: {"faults": {"heel_lift": 20.0}}}
    faults = rendered(place, reps=lifted).faults  # it warns of lean in rep 2 and of a heel in rep 3
    lean, heel = faults["excess_trunk_lean"], faults["heel_lift"]
    assert (lean.found, lean.missed, lean.false) == (1, 0, 0)
    assert (heel.found, heel.missed, heel.false) == (0, 1, 1)


def test_a_fault_of_no_size_is_none_and_a_mere_remark_is_no_finding(place):
    result = with_rep(analysis(), 2, findings=(known_clips.finding("trunk_lean", "info"),))
    faults = rendered(place, result, reps={1: {"faults": {"excess_trunk_lean": 0.0}}}).faults
    lean = faults["excess_trunk_lean"]
    assert (lean.found, lean.missed, lean.false) == (0, 0, 0)


def test_a_trunk_that_truly_leans_far_may_be_called_so(place):
    assert rendered(place).faults["excess_trunk_lean"].false == 1
    leaning = {1: {"trunk_lean_max": 46.0}}
    assert rendered(place, reps=leaning).faults["excess_trunk_lean"].false == 0


def test_faults_that_the_view_cannot_show_are_not_missed(place):
    inward = {0: {"faults": {"knee_valgus": [0.1, 0.1]}, "trunk_lean_max": 50.0}}
    assert rendered(place, reps=inward).faults["knee_valgus"].missed == 0
    front = analysis(view="front")
    assert rendered(place, front, azimuth_deg=2.0, reps=inward).faults["knee_valgus"].missed == 1


# --- real clips


def test_a_count_in_the_accepted_range_is_right(place):
    assert labelled(place, label()).labelled.reps_right.yes == 1
    assert labelled(place, label(reps_full=5)).labelled.reps_right.yes == 0
    wide = labelled(place, label(reps_full=5, reps_accept_range=[3, 5])).labelled
    assert (wide.reps_right.yes, wide.exercise_right.yes, wide.partials_right.yes) == (1, 1, 1)


def test_what_nobody_labelled_is_not_compared(place):
    bare = labelled(place, {"file": "real.mp4", "exercise": "squat", "reps_full": 3}).labelled
    assert bare.partials_right.of == 0
    assert bare.met_share is None
    bottoms = [rep.bottom_s for rep in analysis().report.reps[:3]]
    timed = labelled(place, label(rep_bottom_times_s=[*bottoms[:2], bottoms[2] + 2.0])).labelled
    assert timed.met_share == pytest.approx(2 / 3)


def test_whatever_is_counted_without_exercise_is_wrong(place):
    counted = labelled(place, label(exercise="dancing", reps_full=0, reps_partial=0)).labelled
    assert (counted.none_right.yes, counted.none_right.of, counted.phantom_reps) == (0, 1, 4)
    assert counted.reps_right.of == 0
    result = analysis()
    nothing = replace(result, report=replace(result.report, exercise="none", reps=()))
    still = labelled(place, label(exercise="none", reps_full=0), result=nothing).labelled
    assert (still.none_right.yes, still.phantom_reps) == (1, 0)


def test_marked_joints_are_compared_on_their_frame(place):
    # At the bottom the result reads 105 at the knee, 40 for the trunk and 10 for the thigh.
    numbers = labelled(place, label(), marks=[mark(bottom_s(), knee=100.0, trunk=42.0, thigh=10.0)])
    errors = {key: part.errors.bias for key, part in numbers.marks.items()}
    assert errors["knee"] == pytest.approx(5, abs=0.02)
    assert errors["trunk"] == pytest.approx(-2, abs=0.02)
    assert errors["thigh"] == pytest.approx(0, abs=0.02)
    assert errors["hip"] == pytest.approx(-2, abs=0.02)
    assert (numbers.marked_clips, numbers.marked_frames) == (1, 1)
    assert (numbers.marks["all"].inside, numbers.marks["all"].stated) == (1, 7)


def test_gross_errors_of_marks_are_counted_and_lie_outside(place):
    marks = [mark(bottom_s(), knee=88.0, trunk=40.0, thigh=10.0), mark(bottom_s(), 105.0, 40.0, 10.0)]
    knee = labelled(place, label(), marks=marks).marks["knee"]
    assert (knee.asked, knee.reported, knee.beyond_gross, knee.inside) == (2, 2, 1, 0.5)
    assert knee.errors.worst == pytest.approx(17, abs=0.02)


def test_a_mark_where_nothing_is_reported_is_asked_only(place):
    nobody_s = known_clips.STANDING_S + known_clips.REP_S + 0.4
    never_s = 500.0
    marks = [mark(nobody_s, 0.0, 0.0, 90.0), mark(never_s, 0.0, 0.0, 90.0)]
    knee = labelled(place, label(), marks=marks).marks["knee"]
    assert (knee.asked, knee.reported, knee.errors) == (2, 0, None)


def test_joints_that_are_unsure_or_unmarked_give_no_angle(place):
    sure = {"shoulder": 1.0, "hip": 1.0, "knee": 1.0}
    unsure = mark(bottom_s(), 105.0, 40.0, 10.0, conf=sure | {"ankle": 0.3})
    assert set(labelled(place, label(), marks=[unsure]).marks) == {"hip", "trunk", "all"}
    headless = mark(bottom_s(), 105.0, 40.0, 10.0, shoulder=None)
    assert set(labelled(place, label(), marks=[headless]).marks) == {"knee", "thigh", "all"}


def test_without_a_foot_the_knee_tells_which_way_is_forward(place):
    covered = mark(bottom_s(), 105.0, 40.0, 10.0, heel=None, toe=None)
    assert labelled(place, label(), marks=[covered]).marks["trunk"].errors.bias == pytest.approx(0, abs=0.02)


# --- clips without a result


def test_a_clip_without_a_result_counts_as_wrong_with_its_reason(place):
    known_clips.write_truth(place.clips, "lost")
    numbers = rendered(place)
    assert (numbers.rendered.clips, numbers.rendered.failed) == (2, 1)
    for share in (numbers.rendered.reps_right, numbers.rendered.view_right, numbers.rendered.exercise_right):
        assert (share.yes, share.of) == (1, 2)
    comparisons = run.compare(read_truth(place.clips), place.results)
    (lost,) = (c for c in comparisons if isinstance(c, Uncompared))
    assert lost.name == "lost"
    assert "lost.json" in lost.reason


def test_marks_of_a_clip_without_a_result_are_not_reported(place):
    marks = [mark(bottom_s(), 105.0, 40.0, 10.0), mark(bottom_s(), 105.0, 40.0, 10.0, clip="lost")]
    numbers = labelled(place, label(), label("lost.mp4"), marks=marks)
    knee = numbers.marks["knee"]
    assert (knee.asked, knee.reported) == (2, 1)
    assert (numbers.labelled.reps_right.yes, numbers.labelled.reps_right.of) == (1, 2)


def test_the_reason_of_a_failed_analysis_is_kept_even_when_an_old_result_lies_there(place):
    rendered(place)
    comparisons = run.compare(read_truth(place.clips), place.results, {"clip": "The disk is full."})
    assert run.not_compared(comparisons) == [("clip", "The disk is full.")]


@pytest.mark.parametrize("text", ["", "t_s,rep\n0.0,1,2\n", "rep\n0\n", "t_s,rep\n,1\n"])
def test_a_damaged_frame_table_is_told(place, text):
    rendered(place)
    (place.results / "clip.frames.csv").write_text(text)
    ((_, reason),) = run.not_compared(run.compare(read_truth(place.clips), place.results))
    assert "clip.frames.csv is damaged" in reason
    assert "analyse the video again" in reason


def test_no_result_at_all_is_an_error_with_the_next_step(place):
    known_clips.write_truth(place.clips, "clip")
    with pytest.raises(InputError, match=r"no clip\.json.*hipform analyze"):
        place.numbers()


# --- the numbers as a file


def test_numbers_are_read_as_they_were_written(place, tmp_path):
    numbers = rendered(place, reads_more={"knee": -6.0})
    file = tmp_path / "numbers.json"
    file.write_text(numbers_text(numbers))
    assert numbers_text(read_numbers(file)) == numbers_text(numbers)
    assert str(tmp_path) not in file.read_text()


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"format": "other"}', '{"format": "hipform/accuracy/1", "marks": 3}']
)
def test_a_file_of_other_numbers_is_refused(tmp_path, text):
    (tmp_path / "numbers.json").write_text(text)
    with pytest.raises(InputError, match="Make it again"):
        read_numbers(tmp_path / "numbers.json")


def test_each_clip_is_told_with_its_reps(place):
    rendered(place, reads_more={"knee": -6.0})
    run.write(run.compare(read_truth(place.clips), place.results), place.results / "out")
    (clip,) = json.loads((place.results / "out" / "accuracy.json").read_text())["clips"]
    knees = [m for m in clip["measures"] if m["measure"] == "knee_flexion_peak_deg"]
    assert [m["rep"] for m in knees] == [1, 2, 3]
    assert all(m["reported"] - m["true"] == pytest.approx(-6, abs=0.1) for m in knees)
    assert clip["curves"]["knee"]["bias"] == pytest.approx(-6, abs=BETWEEN_FRAMES)
    assert clip["counted"]["right"] is True
