from dataclasses import replace

import pytest

from fixtures.analysis import an_analysis, with_reps
from hipform.exercises.vocabulary import MEASURES
from hipform.records import Measure, SetReport
from hipform.report.summary import MEASURE_LABELS, format_measure, format_value, measure_label, sentence


def report(**about) -> SetReport:
    return an_analysis(**about).report


def test_a_set_reads_as_in_the_design():
    squats = report(depths=(1, 1, 1, 0.88, 1))
    assert sentence(squats) == "5 squats, depth about parallel, steady; rep 4 shallower by 10° ± 3"


def test_a_difference_within_its_uncertainty_is_not_told():
    assert sentence(report(depths=(1, 1, 1, 0.96, 1))) == "5 squats, depth about parallel, steady"


def test_a_deeper_rep_is_told_as_deeper():
    assert sentence(report(depths=(0.9, 0.9, 1.0, 0.9))).endswith("steady; rep 3 deeper by 8° ± 3")


def test_an_uneven_set_says_from_where_to_where():
    told = sentence(report(depths=(1, 0.7, 0.9, 0.6, 1)))
    assert told == "5 squats, depth about parallel, uneven (thigh 10° to 42° above level)"
    hinges = report(exercise="hinge", depths=(1, 0.7, 0.9, 0.6, 1))
    assert sentence(hinges) == "5 hip hinges, hip bend 108° ± 7, uneven (72° to 120°)"


@pytest.mark.parametrize(
    ("angles", "told"),
    [
        ((-20.0, -8.0, 2.0), "uneven (thigh from 20° below to 2° above level)"),
        ((-28.0, -20.0, -10.0), "uneven (thigh 10° to 28° below level)"),
    ],
)
def test_below_level_is_told_in_words(angles, told):
    squats = report(depths=(1, 1, 1))
    reps = [
        replace(rep, measures={"thigh_to_horizontal_min_deg": Measure(angle, "deg", "left", None, 5.0)})
        for rep, angle in zip(squats.reps, angles, strict=True)
    ]
    assert sentence(with_reps(squats, *reps)).endswith(told)


def test_a_small_difference_is_not_worth_a_word_however_sure():
    squats = report(depths=(1, 1, 0.95, 1))
    sure = [
        replace(rep, measures={name: replace(m, uncertainty=0.1) for name, m in rep.measures.items()})
        for rep in squats.reps
    ]
    assert sentence(with_reps(squats, *sure)) == "4 squats, depth about parallel, steady"


def test_one_rep_is_not_called_steady():
    assert sentence(report(depths=(1,))) == "1 squat, depth about parallel"


def test_partial_reps_are_told_with_their_reason():
    assert (
        sentence(report(depths=(1, 1, 0.3)))
        == "2 squats and 1 partial rep (too shallow), depth about parallel"
    )
    assert sentence(report(depths=(0.3, 0.3))) == "No complete squat, 2 partial reps (too shallow)"


def test_depth_classes_that_differ():
    squats = report(depths=(1, 1, 1))
    high = replace(squats.reps[1], depth=replace(squats.reps[1].depth, depth_class="clearly above"))
    mostly = with_reps(squats, squats.reps[0], high, squats.reps[2])
    assert "depth mostly about parallel" in sentence(mostly)
    half = with_reps(squats, squats.reps[0], high)
    assert "depth from about parallel to clearly above parallel" in sentence(half)


def test_from_the_front_it_says_what_could_not_be_measured():
    told = sentence(report(view="front", depths=(1, 1, 1)))
    assert told == ("3 squats, hips down by 0.45 ± 0.04 leg lengths (no angle from the front), steady")


def test_without_any_measure_it_says_so():
    squats = report(depths=(1, 1))
    bare = with_reps(squats, *(replace(rep, measures={}, depth=None) for rep in squats.reps))
    assert sentence(bare) == "2 squats, depth not measured from this view"


def test_a_hinge_is_about_the_hip():
    assert sentence(report(exercise="hinge", depths=(1, 1, 1))) == "3 hip hinges, hip bend 120° ± 7, steady"


def test_a_lunge_is_about_the_front_leg():
    told = sentence(report(exercise="lunge", depths=(1, 1, 1)))
    assert told == "3 lunges, front knee bend 105° ± 10, steady"


def test_mixed_exercises_are_counted_one_by_one():
    squats = report(depths=(1, 1, 1))
    mixed = with_reps(squats, *squats.reps[:2], replace(squats.reps[2], exercise="hinge"))
    assert sentence(mixed) == "2 squats and 1 hip hinge"


@pytest.mark.parametrize(
    ("share", "exercise", "told"),
    [
        (0.0, "none", "No person was found in this recording"),
        (0.3, "none", "No rep was found: a person was seen in only 30 % of the recording"),
        (1.0, "none", "No exercise that hipform knows was found"),
        (1.0, "squat", "No squat was found"),
    ],
)
def test_no_reps(share, exercise, told):
    empty = with_reps(report(depths=(1,)))
    empty = replace(empty, exercise=exercise, quality=replace(empty.quality, pose_found_share=share))
    assert sentence(empty) == told


@pytest.mark.parametrize(
    ("measure", "text"),
    [
        (Measure(104.4, "deg", "left", None, 6.2), "104° ± 6"),
        (Measure(-12.0, "deg", None, None, 5.0), "−12° ± 5"),
        (Measure(-0.3, "deg", None, None, 0.2), "0° ± 1"),
        (Measure(1.84, "s", None, None, 0.1), "1.8 ± 0.1 s"),
        (Measure(0.523, "ratio", None, None, 0.041), "0.52 ± 0.04"),
        (Measure(0.5, "ratio", None, None, 0.001), "0.50 ± 0.01"),
    ],
)
def test_a_measure_shows_its_uncertainty(measure, text):
    assert format_measure(measure) == text


def test_a_value_shows_its_unit():
    assert [format_value(9.6, "deg"), format_value(1.25, "s"), format_value(0.5, "ratio")] == [
        "10°",
        "1.2 s",
        "0.50",
    ]


def test_every_measure_has_a_name_for_people():
    assert set(MEASURES) == set(MEASURE_LABELS)
    assert len(set(MEASURE_LABELS.values())) == len(MEASURE_LABELS)
    assert "trunk to thigh" in measure_label("hip_flexion_peak_deg")


def test_an_unknown_measure_is_still_readable():
    assert measure_label("ankle_wobble_deg") == "Ankle wobble"
    assert measure_label("asymmetry_knee_rom_deg") == "Left to right difference: knee range"
