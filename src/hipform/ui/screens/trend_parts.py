"""Below a trend: both legs, what happens within a set, tempo, volume and findings; one at a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

import streamlit as st

from hipform.exercises.definition import Exercise
from hipform.records import RepValue
from hipform.report import set_trend_words, set_trends, trend_chart, trend_words, trends
from hipform.report.set_trends import counted, front_legs
from hipform.store.history import open_history
from hipform.ui.chart import chart
from hipform.ui.text import as_markdown

_TEMPO: Final = ("lowering_s", "pause_s", "lifting_s")
_SLOWING: Final = "lifting_s"


@dataclass(frozen=True, slots=True)
class Shown:
    """What is to be seen; `definition` is None for an exercise whose file is gone, `since` for all."""

    person_id: int
    exercise: str
    definition: Exercise | None
    measure: str
    since: datetime | None


def show(shown: Shown, values: Sequence[RepValue]) -> None:
    """Draw the tabs, and what is in the open one. `values` are those of the shown measure that count."""
    parts = {
        "Left and right": partial(_left_right, shown, values),
        "Within a set": partial(_within, shown, values),
        "Tempo": partial(_tempo, shown),
        "Volume": partial(_volume, shown),
        "Findings": partial(_findings, shown),
    }
    # The trend above stays as it is when another tab is opened.
    st.fragment(_tabs)(parts)


def _tabs(parts: Mapping[str, Callable[[], None]]) -> None:
    tabs = st.tabs(list(parts), on_change="rerun", key="trends_part")
    for tab, part in zip(tabs, parts.values(), strict=True):
        if tab.open:
            with tab:
                part()


def counting(shown: Shown, measure: str) -> list[RepValue]:
    """A measure of all reps that count."""
    found = open_history().values(shown.person_id, shown.exercise, measure, shown.since)
    return front_legs(counted(found))


def is_dark() -> bool:
    """Whether the page is shown on dark ground."""
    return st.context.theme.type == "dark"


def _within(shown: Shown, values: Sequence[RepValue]) -> None:
    """How much the shown measure and the speed fade from the first to the last rep."""
    _fade(values, shown.measure)
    if shown.measure != _SLOWING:
        _fade(counting(shown, _SLOWING), _SLOWING)


def _fade(values: Sequence[RepValue], measure: str) -> None:
    sets = set_trends.fades(values)
    words = set_trend_words.fading_words(set_trends.fading(sets), measure)
    st.markdown(as_markdown(words))
    if sets:
        chart(trend_chart.fade_figure(sets, measure, is_dark()), f"fade_{measure}", words)


def _tempo(shown: Shown) -> None:
    parts = {}
    for measure in _TEMPO:
        # How long a rep takes is read from the height of the hips, which every view shows.
        values = [value._replace(view_azimuth_deg=None) for value in counting(shown, measure)]
        groups = trends.segments(trends.sessions(values))
        if groups:
            parts[measure] = groups
            change = trends.change(groups[-1], measure)
            st.markdown(as_markdown(trend_words.headline(change, measure)))
    if parts:
        chart(trend_chart.tempo_figure(parts, is_dark()), "tempo", "Way down, pause and way up over time")
    else:
        st.markdown("The tempo was not measured in this period.")


def _volume(shown: Shown) -> None:
    every, bins = set_trends.volume(open_history().reps(shown.person_id, shown.exercise, shown.since))
    if not bins:
        st.markdown("No complete rep in this period.")
        return
    words = set_trend_words.volume_words(every, bins)
    st.markdown(as_markdown(words))
    chart(trend_chart.volume_figure(every, bins, is_dark()), "volume", words)


def _findings(shown: Shown) -> None:
    history = open_history()
    reps = history.reps(shown.person_id, shown.exercise, shown.since)
    found = history.findings(shown.person_id, shown.exercise, shown.since)
    shares = set_trends.finding_shares(reps, found, shown.definition)
    titles = _titles(shown.definition)
    words = set_trend_words.findings_words(shares, titles)
    st.markdown(as_markdown(words))
    if shares:
        chart(trend_chart.findings_figure(shares, titles, is_dark()), "findings", words)
        st.caption("A rep counts for a finding only when it was filmed from where that can be seen.")


def _titles(definition: Exercise | None) -> Mapping[str, str]:
    return {rule.id: rule.title for rule in definition.rules} if definition else {}


def _left_right(shown: Shown, values: Sequence[RepValue]) -> None:
    found = set_trends.left_right(values, shown.measure)
    if found is None:
        st.markdown(
            "To compare your legs, film one set with your left side to the camera and one with your right, "
            "both within a week, exactly from the side. Numbers that need the front are not compared here."
        )
        return
    words = set_trend_words.left_right_words(found, shown.measure)
    st.markdown(as_markdown(words))
    chart(trend_chart.left_right_figure(found, shown.measure, is_dark()), "left_right", words)
    st.caption("This assumes that the camera stood the same way for both sides: as level, high and far.")
