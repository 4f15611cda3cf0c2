"""Recorded landmark tracks of real and rendered people: counts, exercises, views and timing hold.

The tracks are numbers only (made by `record_tracks.py`). What is expected of each comes from a viewer who
counted by eye, or from the exact truth of a rendered clip.
"""

import numpy as np
import pytest

from fixtures.golden import LABELS, analysed
from hipform.exercises.loader import load_all
from hipform.kinematics.view import view_at

REAL = [name for name, label in LABELS.items() if label["truth"] == "by eye"]
RENDERED = [name for name, label in LABELS.items() if label["truth"] == "rendered"]
EXERCISING = [name for name in LABELS if LABELS[name]["exercise"] != "none"]
NEGATIVES = [name for name in LABELS if LABELS[name]["exercise"] == "none"]


@pytest.mark.parametrize("name", EXERCISING)
def test_complete_reps_are_counted_as_a_viewer_counts_them(name: str) -> None:
    label = LABELS[name]
    for given in (None, label["exercise"]):
        complete = [rep for rep in analysed(name, given).report.reps if rep.complete]
        assert label["least_reps"] <= len(complete) <= label["most_reps"], given or "auto"


@pytest.mark.parametrize("name", NEGATIVES)
def test_what_is_no_exercise_gives_no_rep(name: str) -> None:
    report = analysed(name).report
    assert report.reps == ()
    assert report.exercise == "none"
    for given in ("squat", "lunge", "hinge"):
        assert not [rep for rep in analysed(name, given).report.reps if rep.complete]


# In sq25 nobody ever stands up: three pulses at the bottom, no rep to recognise an exercise by.
@pytest.mark.parametrize("name", [name for name in EXERCISING if name != "sq25"])
def test_the_exercise_is_recognised(name: str) -> None:
    assert analysed(name).report.exercise == LABELS[name]["exercise"]


@pytest.mark.parametrize("name", RENDERED)
def test_the_view_is_told_as_the_camera_stood(name: str) -> None:
    view = analysed(name).report.view
    azimuth = LABELS[name]["azimuth_deg"]
    assert view.label == view_at(azimuth).label
    assert view.azimuth_deg == pytest.approx(azimuth, abs=11)


@pytest.mark.parametrize("name", RENDERED)
def test_shortened_reps_are_kept_as_partials(name: str) -> None:
    reps = analysed(name).report.reps
    assert sum(not rep.complete for rep in reps) == LABELS[name]["partials"]
    assert all(rep.reason == "too shallow" for rep in reps if not rep.complete)


# As a viewer sees them: rep 10 of sq22, rep 7 of lu09 and the last swing of hi03 are cut off by the end, rep
# 2 of sq28 by a cut in the video. What hi01 and hi13 end with is the bar being put down.
PARTIALS = {"sq22": 1, "lu09": 1, "hi03": 1, "sq28": 1, "hi01": 0, "hi13": 0, "lu01": 0, "sq02": 0}


@pytest.mark.parametrize("name", PARTIALS)
def test_what_is_cut_off_is_kept_as_a_partial(name: str) -> None:
    partials = [rep for rep in analysed(name).report.reps if not rep.complete]
    assert [rep.reason for rep in partials] == ["cut off"] * PARTIALS[name]


# Reps in which a viewer sees neither knees fall in nor heels lift: wide stances, side lunges, feet under
# jeans, at the edge of the picture, behind a caption.
@pytest.mark.parametrize("name", ["sq01", "sq02", "sq03", "sq04", "sq22", "sq23", "sq28", "lu02", "lu11"])
def test_nothing_is_said_about_knees_and_heels_that_are_fine(name: str) -> None:
    said = {finding.rule for rep in analysed(name).report.reps for finding in rep.findings}
    assert not said & {"knees_in", "heel_rise"}


def test_side_lunges_to_the_right_and_then_to_the_left_are_led_so() -> None:
    assert [rep.lead_side for rep in analysed("lu02").report.reps] == ["right"] * 10
    assert [rep.lead_side for rep in analysed("lu11").report.reps] == ["right"] * 3 + ["left"] * 4


def test_bottoms_are_found_in_time() -> None:
    late = []
    for name in RENDERED:
        true = np.array(LABELS[name]["bottoms_s"])
        found = [rep.bottom_s for rep in analysed(name).report.reps if rep.complete]
        late += [float(np.min(np.abs(true - bottom))) for bottom in found]
    assert np.mean(late) < 0.25
    assert max(late) < 0.6


@pytest.mark.parametrize("name", EXERCISING)
def test_every_measure_of_the_exercise_is_given_or_its_absence_explained(name: str) -> None:
    exercises = load_all()
    for rep in analysed(name).report.reps:
        views = exercises[rep.exercise].views
        missing = {m.measure for m in rep.not_measured}
        assert set(views.side) | set(views.front) <= missing | set(rep.measures)
        assert not missing & set(rep.measures)
        assert all(m.reason for m in rep.not_measured)
