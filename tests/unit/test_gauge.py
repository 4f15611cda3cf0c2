"""The bar that fills as the hips go down: right, in step with the report, and silent when unsure."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from fixtures.evidence import a_rep
from fixtures.stickman import (
    Figure,
    Joints,
    Set,
    gone,
    hide,
    hinge,
    lunge,
    record,
    recorded_set,
    squat,
    times,
)
from hipform.exercises.gauge_table import GaugeTable
from hipform.exercises.loader import load_all
from hipform.exercises.vocabulary import GAUGED, MEASURES
from hipform.kinematics.signals import SIGNALS
from hipform.records import PoseTrack, Rep, Update
from hipform.reps.quantities import LEG_MEASURES
from hipform.session.analyzer import Analyzer
from hipform.session.gauge import DepthGauge, Reading
from hipform.skeleton import SIDES, landmark

EXERCISES = load_all()
FPS = 15.0
REPS = Set(sizes=(1.0, 0.7), before_s=2.0)
BOTTOMS_S = REPS.bottoms_s()
Told = tuple[list[Reading], list[Rep]]


def read(track: PoseTrack, given: str | None = "squat", targets: dict[str, float] | None = None) -> Told:
    """The reading at each pose, and the finished reps."""
    gauge = DepthGauge(track.between(0.0, 1.0), EXERCISES, given, targets or {})
    analyzer = Analyzer(EXERCISES, given)
    readings, reps = [], []
    for p in track:
        update = analyzer.push(p)
        readings.append(gauge.push(p, update))
        reps += update.finished
    return readings, reps


def filmed(
    figure: Callable[[float], Figure | Joints] = squat, azimuth_deg: float = 90.0, reps: Set = REPS
) -> PoseTrack:
    return recorded_set(figure, reps, azimuth_deg, FPS)


def at(readings: list[Reading], t_s: float) -> Reading:
    return readings[round(t_s * FPS)]


def tones(readings: list[Reading]) -> list[float]:
    return [i / FPS for i, r in enumerate(readings) if r.reached]


def bar(exercise: str) -> GaugeTable:
    table = EXERCISES[exercise].gauge
    assert table is not None
    return table


def share(value: float, table: GaugeTable) -> float:
    return (value - table.start) / (table.end - table.start)


def test_it_is_empty_in_standing_and_fills_down_to_the_bottom() -> None:
    readings, _ = read(filmed())
    assert at(readings, 1.0).share == 0.0
    down = [at(readings, t).share for t in np.arange(REPS.before_s, BOTTOMS_S[0], 0.2)]
    assert np.all(np.diff(down) >= 0)
    thigh_deg = 90.0 - 110.0 + 0.28 * 110.0
    assert at(readings, BOTTOMS_S[0]).share == pytest.approx(share(thigh_deg, bar("squat")), abs=0.04)


@pytest.mark.parametrize(
    ("figure", "exercise", "azimuth_deg"),
    [
        (squat, "squat", 90.0),
        (squat, "squat", -62.0),
        (lunge, "lunge", 90.0),
        (lambda u: lunge(u, "right"), "lunge", 90.0),
        (hinge, "hinge", -90.0),
    ],
)
def test_the_ghost_is_the_bottom_of_the_last_rep_as_the_report_has_it(
    figure: Callable[[float], Figure], exercise: str, azimuth_deg: float
) -> None:
    readings, reps = read(filmed(figure, azimuth_deg), exercise)
    table = bar(exercise)
    for rep, bottom_s in zip(reps, BOTTOMS_S, strict=True):
        measured = rep.measure(table.measure)
        assert measured is not None
        after = at(readings, bottom_s + REPS.up_s + 1.0)
        assert after.ghost == pytest.approx(share(measured.value, table), abs=1e-9)
        # What was seen while it went on is about what was measured of it.
        assert at(readings, bottom_s).share == pytest.approx(after.ghost, abs=0.05)
        assert at(readings, bottom_s).ghost != after.ghost


def test_no_ghost_before_the_first_rep() -> None:
    readings, _ = read(filmed())
    assert at(readings, BOTTOMS_S[0]).ghost is None


def test_the_target_is_told_once_a_rep_when_it_is_reached() -> None:
    deep = Set(sizes=(1.0, 0.5, 1.0), before_s=2.0)
    readings, _ = read(filmed(lambda u: squat(u, 130.0), reps=deep))
    first, third = tones(readings)
    for tone_s, bottom_s in ((first, deep.bottoms_s()[0]), (third, deep.bottoms_s()[2])):
        assert bottom_s - 1.0 < tone_s < bottom_s + 0.1
    assert at(readings, first).value == pytest.approx(0.0, abs=12.0)


def test_ones_own_target_goes_before_the_files() -> None:
    track = filmed(lambda u: squat(u, 100.0))
    assert tones(read(track)[0]) == []
    own, _ = read(track, targets={"squat": 25.0, "lunge": 1.0})
    assert len(tones(own)) == 1
    assert own[0].target == pytest.approx(share(25.0, bar("squat")))


def test_ones_own_target_beyond_the_end_is_the_end() -> None:
    readings, _ = read(filmed(lambda u: squat(u, 130.0)), targets={"squat": -60.0})
    assert readings[0].target == 1.0
    assert max(r.share for r in readings) < 1.0
    assert tones(readings) == []


def test_the_words_say_what_the_number_means() -> None:
    track = filmed(lambda u: squat(u, 130.0))
    words = [r.text for r in read(track)[0]]
    assert words[0] == "thigh 90° above level"
    assert any(text.endswith("° below level") for text in words)
    assert read(filmed(lunge), "lunge")[0][0].text.startswith("knee bend ")
    assert at(read(filmed(hinge), "hinge")[0], BOTTOMS_S[0]).text == "hip bend 85°"


# Another view, no exercise yet ------------------------------------------------------------


@pytest.mark.parametrize(
    ("azimuth_deg", "where"), [(0.0, "from the front"), (180.0, "from behind"), (40.0, "from here")]
)
def test_where_the_view_gives_no_angle_the_hips_fill_the_bar(azimuth_deg: float, where: str) -> None:
    readings, reps = read(filmed(azimuth_deg=azimuth_deg))
    bottom = at(readings, BOTTOMS_S[0])
    assert bottom.share > 0.5
    assert bottom.target is None
    assert bottom.text == f"hips down {bottom.value:.2f} leg lengths (no angle {where})"
    measured = reps[0].measure("hip_drop_ratio")
    assert measured is not None
    assert bottom.value == pytest.approx(measured.value, abs=0.02)
    assert at(readings, BOTTOMS_S[0] + 2.5).ghost == pytest.approx(bottom.share, abs=0.03)
    assert tones(readings) == []


def test_the_hips_fill_the_bar_as_well_for_somebody_who_comes_nearer() -> None:
    """The standing before the reps counts, not the one before the set, at half the size."""

    def nearer(track: PoseTrack) -> PoseTrack:
        size = np.clip(0.5 + track.t_s / 7.6, 0.5, 1.0)[:, None, None]
        return replace(track, image_px=track.image_px * size)

    late = Set(sizes=(1.0,), before_s=5.0)
    near, _ = read(nearer(filmed(azimuth_deg=0.0, reps=late)))
    plain, _ = read(filmed(azimuth_deg=0.0, reps=late))
    bottom_s = late.bottoms_s()[0]
    assert at(near, bottom_s).share == pytest.approx(at(plain, bottom_s).share, abs=0.02)


def test_with_auto_the_bar_is_that_of_the_last_complete_rep() -> None:
    readings, _ = read(filmed(lambda u: squat(u, 130.0), reps=Set(sizes=(1.0, 1.0), before_s=2.0)), None)
    first = at(readings, BOTTOMS_S[0])
    assert first.target is None
    assert first.text.startswith("hips down")
    assert "no angle" not in first.text
    assert next(r for r in readings if r.target is not None).share == 0.0
    second = at(readings, BOTTOMS_S[1])
    assert second.target == pytest.approx(share(0.0, bar("squat")))
    assert second.ghost is not None
    assert len(tones(readings)) == 1
    hinges, _ = read(filmed(hinge), None)
    assert at(hinges, BOTTOMS_S[1]).text.startswith("hip bend")


def test_an_exercise_without_a_gauge_has_the_bar_of_the_hips() -> None:
    exercises = {"mine": EXERCISES["squat"].model_copy(update={"id": "mine", "gauge": None})}
    track = filmed()
    gauge = DepthGauge(track.between(0.0, 1.0), exercises, "mine", {})
    analyzer = Analyzer(exercises, "mine")
    readings = [gauge.push(p, analyzer.push(p)) for p in track]
    assert at(readings, BOTTOMS_S[0]).text.startswith("hips down")
    assert at(readings, BOTTOMS_S[0]).target is None


def test_whoever_turns_between_two_reps_is_read_from_the_new_side() -> None:
    side, front = filmed(azimuth_deg=90.0), filmed(azimuth_deg=0.0)
    turns_s = REPS.starts_s()[1] - REPS.rest_s
    still = record(lambda _: Figure(), times(turns_s + 3.0, FPS, turns_s), 0.0)
    late = front.between(turns_s, 99.0)
    poses = [*side.between(0.0, turns_s), *still, *(replace(p, t_s=p.t_s + 3.0) for p in late)]
    readings, _ = read(PoseTrack.of(poses))
    assert at(readings, BOTTOMS_S[0]).text.startswith("thigh")
    assert at(readings, BOTTOMS_S[1] + 3.0).text.endswith("(no angle from the front)")


# Unsure ------------------------------------------------------------


def test_what_is_hidden_is_not_guessed_and_gives_no_tone() -> None:
    track = filmed(lambda u: squat(u, 130.0))
    for unseen in (hide(track, ["knee"], 2.3, 5.0), gone(track, 2.3, 5.0)):
        readings, _ = read(unseen)
        bottom = at(readings, BOTTOMS_S[0])
        assert np.isnan(bottom.share)
        assert (bottom.value, bottom.text) == (None, "not seen")
        assert bottom.target is not None
        assert tones(readings) == []


def test_a_pose_or_two_that_are_lost_do_not_empty_the_bar() -> None:
    track = filmed()
    readings, _ = read(hide(track, ["knee"], BOTTOMS_S[0] - 0.03, BOTTOMS_S[0] + 0.04))
    assert np.isfinite([r.share for r in readings]).all()


def test_one_wild_pose_neither_sounds_the_tone_nor_jerks_the_bar() -> None:
    track = filmed(lambda u: squat(u, 70.0))
    image = track.image_px.copy()
    wild = round((BOTTOMS_S[0] - 0.2) * FPS)
    for side in SIDES:
        image[wild, landmark(side, "knee"), 1] -= 90.0
    readings, _ = read(replace(track, image_px=image))
    plain, _ = read(track)
    assert tones(readings) == []
    assert readings[wild].share == pytest.approx(plain[wild].share, abs=0.1)


def test_the_leg_in_front_is_read_even_if_it_is_the_far_one() -> None:
    near, _ = read(filmed(lambda u: lunge(u, "left")), "lunge")
    far, _ = read(filmed(lambda u: lunge(u, "right")), "lunge")
    assert at(far, BOTTOMS_S[0]).value == pytest.approx(at(near, BOTTOMS_S[0]).value, abs=3.0)
    hidden, _ = read(hide(filmed(lambda u: lunge(u, "right")), ["knee"], 0.0, 99.0), "lunge")
    assert np.isnan(at(hidden, BOTTOMS_S[0]).share)


def test_the_rear_knee_leaves_no_mark_on_the_bar_of_the_front_one() -> None:
    track = filmed(lambda u: lunge(u, "right"))
    visibility = track.visibility.copy()
    visibility[:, landmark("right", "knee")] = 0.1
    readings, reps = read(replace(track, visibility=visibility), "lunge")
    assert "knee_flexion_peak_deg" in reps[0].measures
    assert at(readings, BOTTOMS_S[1]).ghost is None


def test_a_rep_of_another_exercise_leaves_no_mark() -> None:
    track = filmed()
    gauge = DepthGauge(track, EXERCISES, None, {})
    first = next(iter(track))
    thigh = {"thigh_to_horizontal_min_deg": 20.0}
    for rep, marks in (
        (a_rep("squat", measures=thigh), True),
        (a_rep("hinge", measures=thigh, complete=False), False),
    ):
        reading = gauge.push(first, Update(0.0, "standing", 1, (rep,), None))
        assert reading.target is not None
        assert (reading.ghost is not None) == marks


def test_what_a_gauge_may_show_is_measured_the_same_way() -> None:
    for signal, measure in GAUGED.items():
        taken = "min" if bar("squat").measure == measure else "max"
        assert LEG_MEASURES[measure] == (signal, taken)
        assert MEASURES[measure] == "side"
        assert SIGNALS[signal].unit == "deg"
        assert not SIGNALS[signal].relative
