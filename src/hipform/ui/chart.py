"""A picture on a page whose points open the sets that they stand for."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st

from hipform.errors import HipformError
from hipform.report.summary import VIEW_WORDS, number_of
from hipform.report.trend_words import day
from hipform.store.history import open_history
from hipform.ui.frame import SETS
from hipform.ui.text import as_markdown

_CONFIG: Final = {"displayModeBar": False, "scrollZoom": False}


def chart(figure: Mapping[str, Any], key: str, alt: str) -> None:
    """Draw a figure of `hipform.report.trend_chart`; a click on a point opens its review.

    Where a point stands for several sets, they are offered. `alt` says in words what the picture shows.
    """
    event = st.plotly_chart(
        figure, key=key, on_select="rerun", selection_mode="points", config=_CONFIG, alt=alt
    )
    points = event.selection.points
    wanted = clicked_sets(points)
    # A choice stays in the picture: it is answered once, not in every later run of the page.
    answered = st.session_state.get(f"{key}_answered")
    st.session_state[f"{key}_answered"] = wanted
    if not wanted or wanted == answered:
        return
    if len(wanted) == 1:
        st.switch_page(SETS, query_params={"set": wanted[0]})
    _offer(wanted)


def clicked_sets(points: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The ids of the sets that the chosen points stand for."""
    return tuple(dict.fromkeys(one for point in points for one in str(point.get("customdata", "")).split()))


@st.dialog("Which set?")
def _offer(set_ids: Sequence[str]) -> None:
    for set_id in set_ids:
        try:
            entry = open_history().entry(set_id)
        except HipformError as error:  # deleted in another window since
            st.markdown(as_markdown(str(error)))
            continue
        when = f"{day(entry.done_at)}, {entry.done_at:%H:%M}"
        label = f"{when} · {number_of(entry.reps_complete, 'rep')} · {VIEW_WORDS[entry.view_label]}"
        st.page_link(SETS, label=label, icon=":material/play_circle:", query_params={"set": set_id})
