"""Deleting a set, and bringing it back."""

from typing import Final

import streamlit as st

from hipform.errors import HipformError
from hipform.report.set_facts import count_words, moment_words, until_words
from hipform.store.history import UNDO, SetEntry, open_history
from hipform.store.set_folder import delete_set
from hipform.ui.frame import SETS
from hipform.ui.text import as_markdown

_JUST_DELETED: Final = "set_just_deleted"


def delete_button(set_id: str, title: str, *, listed: bool = True) -> None:
    """A button that asks once more; a set that is not `listed` in the history goes for good."""
    if st.button("Delete this set", icon=":material/delete:", key=f"delete_{set_id}"):
        _confirm(set_id, title, listed=listed)


@st.dialog("Delete this set?")
def _confirm(set_id: str, title: str, *, listed: bool) -> None:
    name = as_markdown(title)
    if listed:
        text = (
            f"**{name}** leaves your sets and your trends. You can undo this for {UNDO.days} days; then its "
            "report, curves and video are gone for good."
        )
    else:
        text = f"The report, the curves and the video of **{name}** will be gone for good."
    st.markdown(f"{text} Your own recording, wherever you keep it, is not touched.")
    with st.container(horizontal=True):
        if st.button("Delete", type="primary", icon=":material/delete:", key="delete_now"):
            try:
                open_history().delete(set_id) if listed else delete_set(set_id)
            except HipformError as error:
                st.error(as_markdown(str(error)))
                return
            st.session_state[_JUST_DELETED] = set_id if listed else None
            st.switch_page(SETS)
        if st.button("Keep it", key="delete_not"):
            st.rerun()


def undo_bar() -> None:
    """What was deleted last in this visit, with the way back; nothing when there is no such set."""
    set_id = st.session_state.get(_JUST_DELETED)
    try:
        entry = open_history().entry(set_id) if set_id else None
    except HipformError:  # gone for good in the meantime
        entry = None
    if entry is None or entry.deleted_at is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True, key="undo_bar"):
        st.markdown(f":material/delete: Deleted: **{as_markdown(entry.title)}**", width="stretch")
        with st.container(horizontal=True, width="content"):
            bring_back(entry.id, "Undo", "undo")
            if st.button("Close", icon=":material/close:", key="undo_close", type="tertiary"):
                del st.session_state[_JUST_DELETED]
                st.rerun()


def bring_back(set_id: str, label: str, key: str) -> None:
    """A button that brings a deleted set back."""
    if st.button(label, icon=":material/undo:", key=f"{key}_{set_id}"):
        try:
            open_history().undo_delete(set_id)
        except HipformError as error:
            st.error(as_markdown(str(error)))
            return
        st.session_state.pop(_JUST_DELETED, None)
        st.toast("Brought back", icon=":material/check:")
        st.rerun()


def recently_deleted(person_id: int) -> None:
    """The sets of a person that can still be brought back, folded."""
    deleted = open_history().sets(person_id, deleted=True, limit=None)
    if deleted:
        with st.expander(f"Recently deleted ({len(deleted)})"):
            for entry in deleted:
                _deleted_row(entry)


def _deleted_row(entry: SetEntry) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch", gap=None):
            words = count_words(entry.reps_complete, entry.reps_partial)
            st.markdown(f"**{as_markdown(entry.title)}**")
            facts = [as_markdown(entry.exercise), words, moment_words(entry.done_at)]
            if entry.deleted_at is not None:
                facts.append(until_words(entry.deleted_at, entry.deleted_at + UNDO))
            st.caption(" · ".join(facts))
        with st.container(horizontal=True, width="content"):
            bring_back(entry.id, "Bring back", "back")
            with st.popover("Delete for good", icon=":material/delete_forever:"):
                st.markdown("This cannot be undone.")
                if st.button("Delete it", type="primary", key=f"purge_{entry.id}"):
                    open_history().purge(ids=[entry.id])
                    st.rerun()
