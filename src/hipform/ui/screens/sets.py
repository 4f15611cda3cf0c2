"""Sets: everything that was analysed, newest first; a set in the address opens its review."""

from typing import Final

import streamlit as st

from hipform.errors import HipformError
from hipform.records import SetReport
from hipform.report.summary import sentence
from hipform.store.set_folder import SetFolder, list_sets
from hipform.ui.frame import SETS, empty_page, heading
from hipform.ui.screens import review
from hipform.ui.text import as_markdown
from hipform.ui.view import recorded_when

_PAGE: Final = 20
_PICTURE_PX: Final = 88
_SHOWN: Final = "sets_shown"


def show() -> None:
    """Draw the list, or the set that the address names."""
    set_id = st.query_params.get("set")
    if set_id:
        review.show(set_id)
    else:
        _list()


def _list() -> None:
    heading("Sets", "")
    sets = list_sets()
    if not sets:
        empty_page(
            "Nothing here yet",
            "Every set you analyse will be listed here, rep by rep, with its video and curves.",
        )
        return
    shown = st.session_state.setdefault(_SHOWN, _PAGE)
    for folder in sets[:shown]:
        with st.container(border=True, key=f"set_{folder.id}"):
            _row(folder)
    if len(sets) > shown and st.button(f"Show more ({len(sets) - shown})"):
        st.session_state[_SHOWN] = shown + _PAGE
        st.rerun()


def _row(folder: SetFolder) -> None:
    try:
        report, title = folder.report(), folder.title
    except HipformError as error:
        st.markdown(f":material/error: {as_markdown(str(error))}")
        review.delete_button(folder.id, "this set")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        still = _still(folder, report)
        if still:
            st.image(still, width=_PICTURE_PX)
        with st.container(width="stretch", gap=None):
            label = f"**{as_markdown(sentence(report))}**"
            st.page_link(SETS, label=label, query_params={"set": folder.id}, width="stretch")
            st.caption(f"{as_markdown(title)} · {recorded_when(report, folder.added_at)}")


def _still(folder: SetFolder, report: SetReport) -> str | None:
    for rep in report.reps:
        path = folder.still(rep.number)
        if path.is_file():
            return str(path)
    return None
