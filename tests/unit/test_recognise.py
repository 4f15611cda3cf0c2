"""Which exercise a movement was: the same answer from every view, and none for what is no exercise."""

from collections.abc import Callable, Mapping

import numpy as np
import pytest

from fixtures import motions
from fixtures.stickman import Figure, Joints, Set, gone, hinge, lunge, record, recorded_set, squat, times
from hipform.exercises.definition import Condition, Exercise
from hipform.exercises.loader import load_all
from hipform.kinematics.bend import BendMeter
from hipform.records import PoseTrack, RepSpan
from hipform.reps.counter import RepCounter, components_of
from hipform.reps.recognise import (
    LEAST_SCORE,
    USUAL_BONUS,
    Motion,
    describe_motion,
    lead_side,
    recognise,
    score,
    variant,
)

EXERCISES = load_all()
VIEWS = [90.0, -90.0, 40.0, 180.0]
FPS = 15.0
ONE = Set(sizes=(1.0,))
Body = Figure | Joints


def counted(track: PoseTrack) -> list[RepSpan]:
    """Every movement that any exercise would count, whatever it is."""
    rules = [e.rep for e in EXERCISES.values()]
    counter, meter = RepCounter(EXERCISES["squat"].rep, components_of(rules)), BendMeter()
    found = [counter.push(p.t_s, meter.push(p)) for p in track]
    return [span for span in (*found, counter.finish()) if span]


def described(figure: Callable[[float], Body], azimuth: float = 90.0) -> Motion:
    track = recorded_set(figure, ONE, azimuth, FPS)
    (span,) = counted(track)
    motion = describe_motion(track, span)
    assert motion is not None
    return motion


WAYS: dict[str, tuple[Callable[[float], Body], str, str | None]] = {
    "squat": (squat, "squat", None),
    "half squat": (lambda u: squat(0.5 * u), "squat", None),
    "deep squat": (lambda u: squat(u, 135.0), "squat", None),
    "squat with much lean": (
        lambda u: Figure(knee=105 * u, shank=15 * u, trunk=55 * u, arms=90 * u),
        "squat",
        None,
    ),
    "wide squat": (
        lambda u: Figure(knee=95 * u, shank=20 * u, trunk=35 * u, foot_half_gap=0.25, arms=80),
        "squat",
        None,
    ),
    "hinge": (hinge, "hinge", "RDL"),
    "toe touch with straight legs": (motions.toe_touch, "hinge", "RDL"),
    "good morning": (motions.good_morning, "hinge", "good morning"),
    "deadlift": (motions.deadlift, "hinge", "deadlift"),
    "split squat": (lunge, "lunge", "split squat"),
    "forward lunge": (motions.forward_lunge, "lunge", None),
}


@pytest.mark.parametrize("azimuth", VIEWS)
@pytest.mark.parametrize("name", WAYS)
def test_an_exercise_is_recognised_from_every_view(name: str, azimuth: float) -> None:
    figure, exercise, way = WAYS[name]
    motion = described(figure, azimuth)
    found, certainty = recognise(motion, EXERCISES)
    assert (found, variant(motion, exercise)) == (exercise, way)
    assert certainty > 0.6


@pytest.mark.parametrize("azimuth", VIEWS)
@pytest.mark.parametrize("front", ["left", "right"])
def test_the_front_leg_of_a_lunge_is_its_lead(front: str, azimuth: float) -> None:
    for step in (lunge, motions.forward_lunge):
        assert lead_side(described(lambda u, step=step: step(u, front), azimuth)) == front


def test_legs_that_hardly_bend_are_alike() -> None:
    """Feet that go apart lower the hips and bend nothing: that is no lunge to either side."""
    sinking = described(lambda u: Figure(foot_half_gap=0.1 + 0.35 * u, trunk=5 * u), 0.0)
    assert sinking.features["legs_symmetry"] == 1.0
    assert score(sinking.features, EXERCISES["lunge"].recognise) == 0.0


def test_a_squat_has_no_lead() -> None:
    assert lead_side(described(squat)) is None


@pytest.mark.parametrize("azimuth", [0.0, 180.0, 30.0])
@pytest.mark.parametrize("to", ["left", "right"])
def test_a_side_lunge_is_a_lunge_to_its_side(to: str, azimuth: float) -> None:
    motion = described(lambda u: motions.side_lunge(u, to), azimuth)
    assert recognise(motion, EXERCISES)[0] == "lunge"
    assert (variant(motion, "lunge"), lead_side(motion)) == ("side lunge", to)


NO_EXERCISE: dict[str, Callable[[float], Body]] = {
    "standing": lambda _: Figure(),
    "knee raises": motions.knee_raise,
    "jumping jacks": motions.jumping_jack,
    "punches": motions.punch,
    "leaning at a desk": motions.at_a_desk,
    "walking past": motions.walk,
    "push-ups": lambda t: motions.push_up(np.sin(np.pi * t / 2) ** 2),
    "waving": lambda t: Figure(arms=150 * np.sin(2 * np.pi * t) ** 2),
}


@pytest.mark.parametrize("azimuth", [90.0, 45.0, 0.0])
@pytest.mark.parametrize("name", NO_EXERCISE)
def test_what_is_no_exercise_is_none_of_them(name: str, azimuth: float) -> None:
    move = NO_EXERCISE[name]
    track = record(lambda t: move(t - 1.5) if t > 1.5 else Figure(), times(7.0, FPS), azimuth)
    whole = [span for span in counted(track) if span.reason != "cut off"]
    for motion in filter(None, (describe_motion(track, span) for span in whole)):
        for exercise in EXERCISES.values():
            assert score(motion.features, exercise.recognise) < LEAST_SCORE, exercise.id


def test_push_ups_are_none_when_the_recording_begins_on_the_floor() -> None:
    track = recorded_set(motions.push_up, Set(), fps=FPS)
    assert [describe_motion(track, span) for span in counted(track)] == [None] * 3


@pytest.mark.parametrize("figure", [squat, hinge, lunge, motions.forward_lunge])
def test_a_motion_looks_alike_from_everywhere(figure: Callable[[float], Body]) -> None:
    side = described(figure, 90.0).features
    for azimuth in VIEWS[1:]:
        features = described(figure, azimuth).features
        assert {k: v for k, v in features.items() if k != "knee_share"} == pytest.approx(
            {k: v for k, v in side.items() if k != "knee_share"}, abs=0.08
        )


def test_a_bent_near_leg_is_told_from_the_side_only() -> None:
    assert described(squat, 90.0).near_leg_deg == pytest.approx(
        {"knee_flexion": 110.0, "hip_flexion": 118.8}, abs=1.0
    )
    assert all(
        np.isnan(v) for azimuth in (0.0, 45.0) for v in described(squat, azimuth).near_leg_deg.values()
    )


def test_nothing_is_told_of_a_movement_whose_bottom_or_standing_was_not_seen() -> None:
    track = recorded_set(squat, ONE, fps=FPS)
    (span,) = counted(track)
    assert describe_motion(gone(track, span.turn_s - 0.2, span.turn_s + 0.2), span) is None
    never_stood = RepSpan(float("nan"), span.turn_s, float("nan"), span.excursions_deg, "cut off")
    assert describe_motion(track, never_stood) is None
    began_before = RepSpan(float("nan"), span.turn_s, span.end_s, span.excursions_deg, None)
    motion = describe_motion(track, began_before)
    assert motion is not None
    assert recognise(motion, EXERCISES)[0] == "squat", "held against the standing after it"


LIMITS = [
    pytest.param(exercise, condition, end, id=f"{exercise.id}-{condition.feature}-{end}")
    for exercise in EXERCISES.values()
    for condition in exercise.recognise
    for end in ("min", "max")
    if getattr(condition, end) is not None
]


def fitting(exercise: Exercise) -> dict[str, float]:
    """Features that satisfy every condition of the exercise."""
    features = {}
    for c in exercise.recognise:
        low, high = features.get(c.feature, (-np.inf, np.inf))
        features[c.feature] = (
            max(low, -np.inf if c.min is None else c.min),
            min(high, np.inf if c.max is None else c.max),
        )
    return {name: high - 1e-6 if np.isfinite(high) else low + 1e-6 for name, (low, high) in features.items()}


@pytest.mark.parametrize(("exercise", "condition", "end"), LIMITS)
def test_every_limit_of_every_file_changes_the_answer(
    exercise: Exercise, condition: Condition, end: str
) -> None:
    features = fitting(exercise)
    assert score(features, exercise.recognise) == pytest.approx(1.0, abs=1e-4)
    outward = condition.soft if end == "max" else -condition.soft

    def beyond(softs: float) -> dict[str, float]:
        return features | {condition.feature: getattr(condition, end) + softs * outward}

    scores = [score(beyond(softs), exercise.recognise) for softs in (0.0, 0.5, 1.0, 2.0)]
    assert scores == pytest.approx([1.0, 0.5, 0.0, 0.0], abs=1e-4)
    others = [c for c in exercise.recognise if c.feature != condition.feature]
    assert score(beyond(1.0), others) == pytest.approx(1.0, abs=1e-4), "nothing else stood in the way"


def test_an_exercise_scores_as_its_worst_condition() -> None:
    conditions = [
        Condition(feature="hips_lowered", min=0.1, soft=0.1, source="test"),
        Condition(feature="feet_apart", max=0.5, soft=0.1, source="test"),
    ]
    assert score({"hips_lowered": 0.05, "feet_apart": 0.57}, conditions) == pytest.approx(0.3)


def made_up(features: Mapping[str, float]) -> Motion:
    return Motion(features, np.zeros(2), 0.0, {}, 0.0, 0.0, 0.0, "left", 0.0, 0.0, 0.0)


def test_the_usual_exercise_wins_a_near_tie_and_nothing_more() -> None:
    squat_file, lunge_file = EXERCISES["squat"], EXERCISES["lunge"]
    features = {"trunk_folded": 0.0} | fitting(squat_file) | fitting(lunge_file)

    def between(symmetry: float) -> Motion:
        return made_up(features | {"feet_apart": 0.7, "legs_symmetry": symmetry, "feet_moved": 0.2})

    tie = between(0.45)
    scores = {n: score(tie.features, EXERCISES[n].recognise) for n in ("squat", "lunge")}
    assert abs(scores["squat"] - scores["lunge"]) < USUAL_BONUS
    assert recognise(tie, EXERCISES, usual="squat")[0] == "squat"
    assert recognise(tie, EXERCISES, usual="lunge")[0] == "lunge"
    assert recognise(between(0.6), EXERCISES, usual="lunge")[0] == "squat"


def test_what_fits_no_exercise_well_enough_is_none() -> None:
    nothing = made_up(dict.fromkeys(fitting(EXERCISES["squat"]) | fitting(EXERCISES["hinge"]), -5.0))
    assert recognise(nothing, EXERCISES) == (None, 0.0)
