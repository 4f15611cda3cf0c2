"""Sets: what the chosen person did, newest first; a set in the address opens its review."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from hipform.errors import HipformError
from hipform.records import SetReport
from hipform.report.set_facts import moment_words, said_words, shortened
from hipform.report.summary import sentence
from hipform.store.history import Person, SetEntry, open_history
from hipform.store.set_folder import SetFolder, open_set
from hipform.ui.frame import SETS, empty_page, heading
from hipform.ui.periods import PERIODS, since
from hipform.ui.person import current_person
from hipform.ui.screens import review
from hipform.ui.screens.set_delete import delete_button, recently_deleted, undo_bar
from hipform.ui.screens.set_edit import edit_set
from hipform.ui.text import as_markdown

_PAGE: Final = 20
_PICTURE_PX: Final = 88
_SHOWN: Final = "sets_shown"
_ANY: Final = "any exercise"  # no exercise has a space in its id


def show() -> None:
    """Draw the list, or the set that the address names."""
    set_id = st.query_params.get("set")
    if set_id:
        review.show(set_id)
    else:
        _list()


def _list() -> None:
    heading("Sets", "")
    history = open_history()
    unreadable = history.reconcile().unreadable
    history.purge()
    person = current_person()
    undo_bar()
    for set_id in unreadable:
        _unreadable(set_id)
    if history.sets(person.id, limit=1):
        _chosen(person, history.exercises(person.id))
    elif not unreadable:
        empty_page(
            "Nothing here yet",
            "Every set you analyse will be listed here, rep by rep, with its video and curves.",
        )
    recently_deleted(person.id)


def _chosen(person: Person, done: Sequence[str]) -> None:
    """The sets of a person that the filters leave."""
    left, right = st.columns([1, 2], gap="medium", vertical_alignment="bottom")
    with left:
        exercise = st.selectbox(
            "Exercise",
            [_ANY, *done],
            format_func=lambda one: one.replace("_", " ").capitalize(),
            key=_kept("exercise", [_ANY, *done], _ANY),
            on_change=_keep,
            args=("exercise",),
        )
    with right:
        period = st.segmented_control(
            "Period",
            list(PERIODS),
            format_func=lambda one: PERIODS[one][0],
            required=True,
            key=_kept("period", list(PERIODS), "all"),
            on_change=_keep,
            args=("period",),
        )
    shown = st.session_state.setdefault(_SHOWN, _PAGE)
    only = None if exercise == _ANY else exercise
    # One more than is shown tells whether there are more.
    found = open_history().sets(person.id, only, since(period or "all"), limit=shown + 1)
    for entry in found[:shown]:
        with st.container(border=True, key=f"set_{entry.id}"):
            _row(entry)
    if not found:
        st.info("No such set in this period.", icon=":material/info:")
        st.button("Show all sets", on_click=_show_all)
    if len(found) > shown and st.button("Show more"):
        st.session_state[_SHOWN] = shown + _PAGE
        st.rerun()


def _kept(name: str, options: Sequence[str], usual: str) -> str:
    """The key of a choice that lasts while other pages are looked at, which its widget does not."""
    before = st.session_state.get(f"sets_kept_{name}")
    st.session_state[f"sets_{name}"] = before if before in options else usual
    return f"sets_{name}"


def _keep(name: str) -> None:
    st.session_state[f"sets_kept_{name}"] = st.session_state[f"sets_{name}"]
    st.session_state[_SHOWN] = _PAGE


def _show_all() -> None:
    for name in ("exercise", "period"):
        st.session_state.pop(f"sets_kept_{name}", None)


def _unreadable(set_id: str) -> None:
    with st.container(border=True):
        st.markdown(
            f":material/error: The report of a set cannot be read ({set_id}). Analyse its video again, or "
            "delete the set."
        )
        delete_button(set_id, "this set", listed=False)


def _row(entry: SetEntry) -> None:
    try:
        folder = open_set(entry.id)
        report = folder.report()
    except HipformError as error:
        st.markdown(f":material/error: {as_markdown(str(error))}")
        delete_button(entry.id, entry.title)
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        still = _still(folder, report)
        if still:
            st.image(still, width=_PICTURE_PX)
        with st.container(width="stretch", gap=None):
            label = f"**{as_markdown(sentence(report))}**"
            st.page_link(SETS, label=label, query_params={"set": entry.id}, width="stretch")
            facts = [entry.title, moment_words(entry.done_at)]
            facts += said_words(entry.load_kg, entry.shoes, entry.pain)
            st.caption(" · ".join(as_markdown(fact) for fact in facts))
            if entry.notes:
                st.caption(f":material/notes: {as_markdown(shortened(entry.notes))}")
        edit = st.button("Edit", icon=":material/edit:", type="tertiary", key=f"edit_{entry.id}")
    if edit:
        edit_set(entry.id)


def _still(folder: SetFolder, report: SetReport) -> str | None:
    for rep in report.reps:
        path = folder.still(rep.number)
        if path.is_file():
            return str(path)
    return None
