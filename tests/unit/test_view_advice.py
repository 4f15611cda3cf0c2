"""What is said of a view before a set: short, true to the exercises' files, and never a refusal."""

import pytest

from hipform.exercises.loader import load_all
from hipform.exercises.vocabulary import MEASURES
from hipform.kinematics.view import view_at
from hipform.session.view_advice import TOPICS, advice, spoken_advice

EXERCISES = load_all()
UNKNOWN = view_at(float("nan"))


@pytest.mark.parametrize(
    ("azimuth_deg", "given", "said"),
    [
        (
            0,
            "squat",
            "From the front I see whether your knees drift in, not how deep you go: turn side-on for that.",
        ),
        (
            170,
            "squat",
            "From behind I see whether your knees drift in, not how deep you go: turn side-on for that.",
        ),
        (
            90,
            "squat",
            "From the side I see how deep you go, not whether your knees drift in: "
            "for that, do a set facing the camera.",
        ),
        (-90, "hinge", ""),
        (
            5,
            "hinge",
            "From the front I see only how fast you go, not how far you bend: turn side-on for that.",
        ),
        (
            30,
            "lunge",
            "At this angle I see only how far your hips come down, not how deep you go: "
            "for that, turn to your right until you are side-on.",
        ),
        (90, None, ""),
        (0, None, "From the front I can't see how far you bend: turn side-on for that."),
    ],
)
def test_what_is_seen_what_is_not_and_where_to_turn(azimuth_deg: float, given: str | None, said: str) -> None:
    assert advice(view_at(azimuth_deg), EXERCISES, given) == said


@pytest.mark.parametrize(
    ("azimuth_deg", "side"), [(40, "right"), (-40, "left"), (140, "left"), (-140, "right")]
)
def test_it_says_the_shorter_way_round(azimuth_deg: float, side: str) -> None:
    """The left side is shown to the camera by turning to the right, when it was in front before."""
    assert f"turn to your {side} " in advice(view_at(azimuth_deg), EXERCISES, "lunge")


def test_off_the_side_a_squat_is_measured_farther_than_a_lunge() -> None:
    assert "see how deep you go" in advice(view_at(47.0), EXERCISES, "squat")
    assert "not how deep you go" in advice(view_at(47.0), EXERCISES, "lunge")


def test_only_what_most_of_a_set_needs_is_said_aloud() -> None:
    assert spoken_advice(view_at(0.0), EXERCISES, "squat") == "From the front I can't see how deep you go."
    assert spoken_advice(view_at(90.0), EXERCISES, "squat") == ""


def test_nothing_is_said_of_a_view_that_is_not_known_or_without_exercises() -> None:
    for told in (advice, spoken_advice):
        assert told(UNKNOWN, EXERCISES, "squat") == ""
        assert told(view_at(0.0), {}, None) == ""


def test_what_an_exercise_does_not_measure_is_not_missed() -> None:
    squat = EXERCISES["squat"]
    views = squat.views.model_copy(update={"side": ("lowering_s",)})
    mine = {"mine": squat.model_copy(update={"views": views})}
    assert advice(view_at(0.0), mine, "mine") == ""


def test_each_measure_has_its_words_and_a_topic_needs_one_view() -> None:
    told = [name for names in TOPICS.values() for name in names]
    assert sorted(told) == sorted(MEASURES)
    assert all(len({MEASURES[name] for name in names}) == 1 for names in TOPICS.values())


@pytest.mark.parametrize("given", [None, *EXERCISES])
def test_it_stays_one_short_sentence_all_around(given: str | None) -> None:
    for azimuth_deg in range(-180, 180, 5):
        for told, letters in ((advice, 130), (spoken_advice, 50)):
            text = told(view_at(azimuth_deg), EXERCISES, given)
            assert len(text) <= letters
            assert text.count(".") <= 1
