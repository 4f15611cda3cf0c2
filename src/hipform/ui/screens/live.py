"""Live: what the next set in front of the camera is to be, the one large button, and the stage behind it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st

from hipform.errors import ExerciseError, HipformError
from hipform.exercises.definition import Exercise
from hipform.exercises.loader import load_all
from hipform.store import preferences
from hipform.store.preferences import MOST_REPS, Preferences
from hipform.ui.components import live
from hipform.ui.frame import SETS, error_card, heading
from hipform.ui.person import keeping_person
from hipform.ui.routes import live_url
from hipform.ui.screens import phone, unfinished
from hipform.ui.tokens import visit_token
from hipform.ui.view import COUNTDOWNS_S, RESTS_S, seconds_words

_AUTO: Final = "auto"
_REPS: Final = "live_reps"
_AUTO_NAME: Final = "Find out by itself"
_AUTO_SET_UP: Final = (
    "Stand the camera upright and level, at about hip height, 2.5 to 3.5 m away, with your whole body and "
    "both feet in the picture. Seen from the side it measures how deep you go and how far you lean, seen "
    "from the front what your knees and hips do."
)


def show() -> None:
    """Draw the page; a set that the user wants to see opens in Sets."""
    heading("Live", "Do a set in front of the camera. The pictures stay on this machine.")
    unfinished.show()
    exercises = _exercises()
    before = preferences.load()
    stage, choices = st.columns([1.7, 1], gap="large")
    with choices, st.container(border=True):
        kept = _remembered(before, _choices(before, exercises))
    with stage:
        opened = live(live_data(kept, exercises), key="live")["open"]
    if opened:
        st.switch_page(SETS, query_params={"set": opened})
    phone.show()


def live_data(kept: Preferences, exercises: Mapping[str, Exercise]) -> dict[str, Any]:
    """What the component needs.

    `url` is the socket's address, `begin` what it says to begin a set (without the camera's size), `rest` the
    seconds between two sets or None, `name` and `setUp` the words about the exercise, `mirror` whether the
    picture is turned round on the screen, `sound` what is heard.
    """
    exercise = exercises.get(kept.exercise)
    return {
        "url": live_url(visit_token()),
        "begin": {
            "exercise": exercise.id if exercise else _AUTO,
            "reps": kept.reps,
            "countdown": kept.countdown_s,
            "quiet": kept.quiet_end_s,
            "keepVideo": kept.keep_video,
            "person": keeping_person().id,
        },
        "rest": kept.rest_s,
        "name": f"Set up for: {exercise.name.lower()}" if exercise else "Set up",
        "setUp": exercise.set_up if exercise else _AUTO_SET_UP,
        "mirror": kept.mirror,
        "sound": kept.model_dump(include={"speak", "voice", "language", "volume", "tone"}),
    }


def _exercises() -> Mapping[str, Exercise]:
    try:
        return load_all()
    except ExerciseError as error:
        error_card("An exercise file breaks a rule", "Correct the file that is named below.", str(error))
        return {}


def _choices(kept: Preferences, exercises: Mapping[str, Exercise]) -> dict[str, Any]:
    """Ask for what may change from set to set, beginning with what was chosen last."""
    names = {_AUTO: _AUTO_NAME} | {one.id: one.name for one in exercises.values()}
    exercise = st.selectbox(
        "Exercise",
        list(names),
        index=list(names).index(kept.exercise) if kept.exercise in names else 0,
        format_func=names.__getitem__,
        key="live_exercise",
    )
    st.session_state.setdefault(_REPS, kept.reps)  # not as its default: that could not be cleared
    reps = st.number_input(
        "Reps, then the set ends",
        min_value=1,
        max_value=MOST_REPS,
        value=None,
        placeholder="no target",
        key=_REPS,
        help="Empty: the set ends after a while without a rep, when you leave the picture or raise a hand.",
    )
    countdown_s = _seconds("Countdown", "countdown", kept.countdown_s, COUNTDOWNS_S)
    rest_s = _seconds("Rest, then the next set", "rest", kept.rest_s or 0.0, RESTS_S)
    keep_video = st.toggle(
        "Keep the video",
        value=kept.keep_video,
        key="live_keep_video",
        help="Otherwise only the measured numbers are kept. Kept videos stay on this machine.",
    )
    return {
        "exercise": exercise,
        "reps": reps,
        "countdown_s": countdown_s,
        "rest_s": rest_s or None,
        "keep_video": keep_video,
    }


def _seconds(label: str, name: str, value: float, offered: Sequence[float]) -> float:
    values = sorted({*offered, value})
    return st.selectbox(
        label, values, index=values.index(value), format_func=seconds_words, key=f"live_{name}"
    )


def _remembered(before: Preferences, chosen: dict[str, Any]) -> Preferences:
    """Keep what was chosen for the next time; a disk that does not take it spoils no set."""
    changed = {name: value for name, value in chosen.items() if value != getattr(before, name)}
    if changed:
        try:
            return preferences.change(**changed)
        except HipformError as error:
            error_card("That was not kept for the next time", str(error), "")
    return before.model_copy(update=changed)
