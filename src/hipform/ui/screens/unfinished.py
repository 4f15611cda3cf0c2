"""Sets that were cut short: keep their finished reps, or delete them. Drawn where live sets are begun."""

from threading import Lock
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from hipform.errors import ExerciseError, HipformError
from hipform.exercises.loader import load_all
from hipform.live import recover
from hipform.report.summary import sentence
from hipform.store.journal import Header, Unfinished, unfinished
from hipform.ui.frame import SETS, error_card
from hipform.ui.text import as_markdown
from hipform.ui.view import length_words, local_time

_OUTCOMES: Final = "unfinished_outcomes"

# A second click, or one in another window, waits here and then finds nothing left to keep.
_one_at_a_time = Lock()


def show() -> None:
    """Draw a card for each set that was cut short, and what became of those that were kept; else nothing."""
    for number, (words, set_id) in enumerate(st.session_state.get(_OUTCOMES, [])):
        _outcome(number, words, set_id)
    for one in unfinished():
        with st.container(border=True, key=f"unfinished_{one.path.stem}"):
            _card(one)


def _card(one: Unfinished) -> None:
    times_s = one.track().t_s
    facts = [
        _exercise_words(one.header),
        local_time(one.header.recorded_at),
        f"cut off after {length_words(float(times_s[-1] - times_s[0]))}",
    ]
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch", gap=None):
            st.markdown("**A set was cut short.** Its finished reps are still here.")
            st.caption(" · ".join(as_markdown(fact) for fact in facts if fact))
        with st.container(horizontal=True, width="content"):
            keep = st.button(
                "Keep the finished reps", icon=":material/save:", key=f"unfinished_keep_{one.path.stem}"
            )
            with st.popover("Delete", icon=":material/delete:"):
                st.markdown("This set will be gone for good.")
                delete = st.button("Delete it", type="primary", key=f"unfinished_delete_{one.path.stem}")
    if keep:
        _keep(one)
    if delete:
        _delete(one)


def _keep(one: Unfinished) -> None:
    with st.spinner("Measuring the finished reps …"), _one_at_a_time:
        bar = st.empty()
        if not one.path.exists():
            st.rerun()
        try:
            done = recover(one, working=lambda what, share: _working(bar, what, share))
        except HipformError as error:
            error_card("The set could not be kept", str(error), "")
            return
    words, set_id = "There was no finished rep in that set, so there was nothing to keep.", None
    if done is not None:
        words, set_id = f"Kept: {sentence(done.analysis.report)}", done.set_id
    st.session_state[_OUTCOMES] = [*st.session_state.get(_OUTCOMES, []), (words, set_id)]
    st.rerun()


def _working(bar: DeltaGenerator, what: str, share: float | None) -> None:
    """A bar for what takes long: a video that is drawn."""
    if share is not None:
        bar.progress(min(1.0, share), what)


def _delete(one: Unfinished) -> None:
    try:
        one.remove()
    except OSError as error:
        advice = f"{error.strerror}. Check that {one.path.parent} may be changed."
        error_card("The set could not be deleted", advice, "")
        return
    st.rerun()


def _outcome(number: int, words: str, set_id: str | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        sign = ":material/info:" if set_id is None else ":material/check_circle:"
        st.markdown(f"{sign} {as_markdown(words)}", width="stretch")
        if set_id is not None:
            st.page_link(
                SETS, label="See the set", icon=":material/arrow_forward:", query_params={"set": set_id}
            )
        st.button(
            "Close",
            icon=":material/close:",
            key=f"unfinished_close_{number}",
            on_click=_close,
            args=(number,),
        )


def _close(number: int) -> None:
    st.session_state[_OUTCOMES].pop(number)


def _exercise_words(header: Header) -> str:
    """The exercise that was chosen for the set, by its name; "" when it was to be found out."""
    if header.exercise == "auto":
        return ""
    try:
        found = load_all().get(header.exercise)
    except ExerciseError:  # the Exercises page tells about it
        found = None
    return found.name if found else header.exercise
