"""Settings: what is heard, seen and kept of sets in front of the camera, how they go, and own targets."""

from collections.abc import Sequence
from typing import Any, Final

import streamlit as st

from hipform.errors import ExerciseError, HipformError
from hipform.exercises.definition import Exercise
from hipform.exercises.gauge_table import GaugeTable
from hipform.exercises.loader import load_all
from hipform.session.gauge import depth_words
from hipform.store import preferences
from hipform.store.preferences import Preferences
from hipform.store.set_folder import library
from hipform.ui.components import voice
from hipform.ui.frame import error_card, heading
from hipform.ui.text import as_markdown
from hipform.ui.view import COUNTDOWNS_S, RESTS_S, seconds_words

# What is offered (ours); a kept value that is none of them is offered as well.
_QUIETS_S: Final = (10.0, 15.0, 20.0, 30.0, 60.0)
# Targets are offered this far apart (ours): a depth is hardly more certain than that.
_TARGET_STEP_DEG: Final = 5.0

# Chosen on the page Live, and in the sidebar.
_ELSEWHERE: Final = {"exercise", "reps", "person"}

_ROUND: Final = "settings_round"
_TROUBLE: Final = "settings_trouble"
_HEARD: Final = "settings_heard"
_TAKEN_BACK: Final = "settings_taken_back"


def show() -> None:
    """Draw the page."""
    heading(
        "Settings", "For sets in front of the camera. Every change is kept at once, on this machine only."
    )
    kept = preferences.load()
    _problems()
    left, right = st.columns(2, gap="medium")
    with left:
        _sound(kept)
        _picture(kept)
    with right:
        _course(kept)
        _targets(kept)
    _defaults()


def _sound(kept: Preferences) -> None:
    with st.container(border=True):
        st.subheader("What you hear", anchor=False)
        _toggle(
            "Speak", "speak", kept.speak, "Counts your reps and says what to change, one thing at a time."
        )
        if kept.speak:
            _voice(kept)
        _toggle("Tone at your target depth", "tone", kept.tone, "A soft tone as soon as you are deep enough.")
        if kept.speak or kept.tone:
            st.slider(
                "Volume",
                0,
                100,
                round(100 * kept.volume),
                step=5,
                format="%d %%",
                key=_key("volume"),
                on_change=_keep_volume,
            )


def _voice(kept: Preferences) -> None:
    data = {"voice": kept.voice, "language": kept.language, "volume": kept.volume, "tone": kept.tone}
    choice = voice(data, key=_key("voice"))
    # The choice stays in the component: only a new one is kept, lest it undo what another window chose since.
    if choice is not None and choice != st.session_state.get(_HEARD):
        _keep(**choice)
    st.session_state[_HEARD] = choice


def _picture(kept: Preferences) -> None:
    with st.container(border=True):
        st.subheader("What you see, and what stays", anchor=False)
        _toggle(
            "Show me as in a mirror",
            "mirror",
            kept.mirror,
            "Only on the screen; left stays left in the results.",
        )
        _toggle(
            "Keep the video of each set",
            "keep_video",
            kept.keep_video,
            # A sample coded as the overlay is, 480 to 720 lines, from no noise to that of a dim room.
            f"It stays on this machine, in {library()}, with its set, and goes when you delete the set. "
            "A minute takes about 2 to 20 MB, more in a dark room. Otherwise each picture is gone as soon as "
            "it was looked at; the measured numbers are kept either way.",
        )


def _course(kept: Preferences) -> None:
    with st.container(border=True):
        st.subheader("How a set goes", anchor=False)
        _seconds(
            "Countdown",
            "countdown_s",
            kept.countdown_s,
            COUNTDOWNS_S,
            "After you have stood still for two seconds: how long you stay still before the set begins.",
        )
        _seconds(
            "The set ends after this long without a rep",
            "quiet_end_s",
            kept.quiet_end_s,
            _QUIETS_S,
            "It also ends when you leave the picture or raise a hand.",
        )
        _seconds("Rest between sets", "rest_s", kept.rest_s or 0.0, RESTS_S, "Counted down after a set.")


def _targets(kept: Preferences) -> None:
    with st.container(border=True):
        st.subheader("How deep you want to go", anchor=False)
        st.caption("The notch on the depth gauge, and where the tone sounds.")
        try:
            exercises = load_all().values()
        except ExerciseError as error:
            error_card("An exercise file breaks a rule", "Correct the file that is named below.", str(error))
            return
        for exercise in exercises:
            if exercise.gauge:
                _target(exercise, exercise.gauge, kept.targets.get(exercise.id))


def _target(exercise: Exercise, gauge: GaugeTable, own: float | None) -> None:
    wanted = gauge.target if own is None else own
    low, high = sorted((gauge.start, gauge.end))
    value = min(max(wanted, low), high)
    with st.container(gap="xxsmall"):
        st.select_slider(
            as_markdown(exercise.name),
            _offered(gauge, value),
            value,
            format_func=lambda one: depth_words(gauge, one),
            key=_target_key(exercise.id),
            on_change=_keep_target,
            args=(exercise.id,),
        )
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.caption(f"The exercise says: {as_markdown(depth_words(gauge, gauge.target))}", width="content")
            if own is not None:
                st.button(
                    "Use that",
                    type="tertiary",
                    icon=":material/undo:",
                    key=_key(f"as_is_{exercise.id}"),
                    on_click=_forget_target,
                    args=(exercise.id,),
                    help=f"Back to what the exercise says: {as_markdown(exercise.name)}",
                )


def _offered(gauge: GaugeTable, value: float) -> list[float]:
    """Depths to choose from, the shallowest first; standing itself is none."""
    step = _TARGET_STEP_DEG if gauge.end > gauge.start else -_TARGET_STEP_DEG
    count = int((gauge.end - gauge.start) / step + 1e-9)
    steps = (round(gauge.start + i * step, 3) for i in range(1, count + 1))
    return sorted({*steps, gauge.target, gauge.end, value}, reverse=step < 0)


def _target_key(exercise_id: str) -> str:
    """The key of an exercise's slider: another one after its own target was taken back."""
    return _key(f"target_{exercise_id}_{st.session_state.get(f'{_TAKEN_BACK}_{exercise_id}', 0)}")


def _keep_target(exercise_id: str) -> None:
    targets = preferences.load().targets
    _keep(targets=targets | {exercise_id: st.session_state[_target_key(exercise_id)]})


def _forget_target(exercise_id: str) -> None:
    targets = preferences.load().targets
    _keep(targets={one: value for one, value in targets.items() if one != exercise_id})
    counter = f"{_TAKEN_BACK}_{exercise_id}"
    st.session_state[counter] = st.session_state.get(counter, 0) + 1


def _defaults() -> None:
    with st.popover("Bring back the defaults", icon=":material/restart_alt:", key=_key("defaults")):
        st.markdown("Everything on this page goes back to how it was at first, your own targets too.")
        st.button("Bring them back", type="primary", key=_key("defaults_now"), on_click=_bring_back)


def _toggle(label: str, field: str, value: bool, words: str) -> None:
    with st.container(gap=None):
        st.toggle(label, value, key=_key(field), on_change=_keep_widget, args=(field,))
        st.caption(as_markdown(words))


def _seconds(label: str, field: str, value_s: float, offered_s: Sequence[float], words: str) -> None:
    """A choice of lengths; 0 is none."""
    with st.container(gap="xxsmall"):
        st.segmented_control(
            label,
            sorted({*offered_s, value_s}),
            format_func=seconds_words,
            default=value_s,
            required=True,
            key=_key(field),
            on_change=_keep_widget,
            args=(field,),
        )
        st.caption(as_markdown(words))


def _keep_widget(field: str) -> None:
    value = st.session_state[_key(field)]
    _keep(**{field: None if field == "rest_s" and not value else value})


def _keep_volume() -> None:
    _keep(volume=st.session_state[_key("volume")] / 100)


def _keep(**changes: Any) -> None:
    """Keep some choices and say so quietly; what went wrong is told on top, over the choices as they were."""
    try:
        preferences.change(**changes)
    except HipformError as error:
        _tell(error)
    else:
        st.toast("Saved", icon=":material/check:", duration="short")


def _bring_back() -> None:
    try:
        preferences.change(**Preferences().model_dump(exclude=_ELSEWHERE))
    except HipformError as error:
        _tell(error)
    else:
        _start_anew()
        st.toast("These are the defaults", icon=":material/check:", duration="short")


def _tell(error: HipformError) -> None:
    st.session_state[_TROUBLE] = str(error)
    _start_anew()


def _problems() -> None:
    trouble = st.session_state.pop(_TROUBLE, None)
    if trouble:
        error_card("That was not kept", trouble, "")
    aside = preferences.put_aside()
    if aside:
        st.info(
            f"Earlier settings could not be read, so these began with the defaults. The old file is "
            f"{as_markdown(str(aside))}: delete it when you do not need it.",
            icon=":material/info:",
        )


def _key(name: str) -> str:
    """The key of a widget: another one after `_start_anew`, so that all show what is kept."""
    return f"settings_{name}_{st.session_state.setdefault(_ROUND, 0)}"


def _start_anew() -> None:
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
