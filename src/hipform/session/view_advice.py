"""What a camera's view of somebody will not measure, and where to turn for it, in one sentence.

It refuses nothing: a set from the front is a good set, only its depth is not known. What an exercise measures
in which view is in its file; with "auto" that counts which all of them measure.
"""

from collections.abc import Mapping
from typing import Final

from hipform.exercises.definition import Exercise
from hipform.exercises.vocabulary import MEASURES
from hipform.kinematics.view import measures_front, measures_side, turn_to_side_deg
from hipform.records import View

# What measures tell, most telling first.
TOPICS: Final[Mapping[str, tuple[str, ...]]] = {
    "how deep you go": ("thigh_to_horizontal_min_deg",),
    "how far you bend": (
        "knee_flexion_peak_deg",
        "knee_rom_deg",
        "hip_flexion_peak_deg",
        "hip_rom_deg",
    ),
    "how far you lean": ("trunk_lean_peak_deg", "shank_lean_peak_deg"),
    "whether your heels stay down": ("heel_rise_deg",),
    "whether your knees drift in": ("knee_separation_ratio_min", "knee_drift_left", "knee_drift_right"),
    "whether your hips shift": ("hip_shift_ratio",),
    "how far your hips come down": ("hip_drop_ratio",),
    "how fast you go": ("lowering_s", "pause_s", "lifting_s"),
}
_WHERE = {
    "side": "From the side",
    "front": "From the front",
    "back": "From behind",
    "oblique": "At this angle",
}


def advice(view: View, exercises: Mapping[str, Exercise], given: str | None) -> str:
    """What is seen in this view, what is not, and how to turn: one sentence for the screen.

    Empty when all is measured, when the view is not known and without exercises.
    """
    missing, plane = _missing(view, exercises, given)
    if not missing:
        return ""
    # With "auto" nobody knows yet what else will be seen.
    seen = f"I see {_seen(view, exercises[given])}, not" if given else "I can't see"
    return f"{_where(view)} {seen} {missing}: {_remedy(view, plane)}."


def spoken_advice(view: View, exercises: Mapping[str, Exercise], given: str | None) -> str:
    """The same in a few words for the ear; empty also where only what the front shows is missing.

    For that nobody turns before a set: from the side most is seen.
    """
    missing, plane = _missing(view, exercises, given)
    return f"{_where(view)} I can't see {missing}." if plane == "side" else ""


def _measures(exercise: Exercise) -> set[str]:
    return {*exercise.views.side, *exercise.views.front}


def _is_shown(plane: str, view: View, *, legs_alike: bool) -> bool:
    return measures_side(view, legs_alike) if plane == "side" else plane == "any" or measures_front(view)


def _missing(view: View, exercises: Mapping[str, Exercise], given: str | None) -> tuple[str, str]:
    """(the most telling thing that is not seen, the view that would show it), both empty for none."""
    chosen = [exercises[given]] if given else list(exercises.values())
    if view.azimuth_deg is None or not chosen:
        return "", ""
    wanted = set.intersection(*(_measures(exercise) for exercise in chosen))
    alike = all(exercise.legs == "alike" for exercise in chosen)
    for topic, names in TOPICS.items():
        for name in wanted.intersection(names):
            if not _is_shown(MEASURES[name], view, legs_alike=alike):
                return topic, MEASURES[name]
    return "", ""


def _seen(view: View, exercise: Exercise) -> str:
    """The most telling thing that is seen."""
    wanted = _measures(exercise)
    for topic, names in TOPICS.items():
        for name in wanted.intersection(names):
            if _is_shown(MEASURES[name], view, legs_alike=exercise.legs == "alike"):
                return f"only {topic}" if MEASURES[name] == "any" else topic
    return "you"


def _where(view: View) -> str:
    return _WHERE[view.label.split("-")[0]]


def _remedy(view: View, plane: str) -> str:
    if plane == "front":
        return "for that, do a set facing the camera"
    if view.label in ("front", "back"):
        return "turn side-on for that"
    side = "left" if turn_to_side_deg(view) > 0 else "right"
    return f"for that, turn to your {side} until you are side-on"
