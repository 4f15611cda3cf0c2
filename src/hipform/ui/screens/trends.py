"""Trends: whether a measure changed over weeks by more than its noise; first in words, then as a picture."""

from collections.abc import Container, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from hipform.errors import ExerciseError
from hipform.exercises.definition import Exercise
from hipform.exercises.loader import load_all
from hipform.report import set_trends, trend_words, trends
from hipform.report.set_trend_words import leg_name, load_words, session_words
from hipform.report.set_trends import Leg
from hipform.report.summary import measure_label
from hipform.report.trend_chart import trend_figure
from hipform.report.trends import Change, Session
from hipform.skeleton import SIDES
from hipform.store import preferences
from hipform.store.history import Person, open_history
from hipform.ui.chart import chart
from hipform.ui.frame import SETS, empty_page, heading
from hipform.ui.person import current_person
from hipform.ui.screens import trend_parts
from hipform.ui.screens.trend_parts import Shown, is_dark
from hipform.ui.text import as_markdown

_PERIODS: Final[Mapping[str, tuple[str, timedelta | None]]] = {
    "4w": ("4 weeks", timedelta(weeks=4)),
    "3m": ("3 months", timedelta(days=91)),
    "1y": ("1 year", timedelta(days=365)),
    "all": ("All", None),
}
_USUAL_PERIOD: Final = "1y"
_LISTED: Final = 10
# Wide enough for the longest of each; all choices stand in one row of 1280 px.
_EXERCISE_PX: Final = 170
_MEASURE_PX: Final = 310


def show() -> None:
    """Draw the page."""
    heading("Trends", "")
    person = current_person()
    done = open_history().exercises(person.id)
    if not done:
        empty_page(
            "Nothing to compare yet",
            "Each time you do a set, a point is added here. From the second day on you see whether anything "
            "changed by more than the measuring itself wavers.",
        )
        return
    shown, for_leg = _choices(person, done)
    values = trend_parts.counting(shown, shown.measure)
    legs = set_trends.legs(values)
    if legs:
        with for_leg:
            legs = _in_order(legs)
        _trend(shown, legs)
    else:
        _nothing(shown)
    trend_parts.show(shown, values)


def _choices(person: Person, done: Sequence[str]) -> tuple[Shown, DeltaGenerator]:
    """What is to be seen, and where a leg may be chosen once it is known that there are two."""
    exercises = _exercises()
    names = {one: exercises[one].name if one in exercises else one.replace("_", " ") for one in done}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        exercise = _select("Exercise", "exercise", names, done[0], _EXERCISE_PX)
        definition = exercises.get(exercise)
        offered = _measures(person, exercise, definition)
        usual = _usual(definition, list(offered))
        measure = _select("Measure", "measure", offered, usual, _MEASURE_PX)
        words = {one: label for one, (label, _) in _PERIODS.items()}
        period = _choose("Period", "period", words, _USUAL_PERIOD)
        for_leg = st.container(width="content")
    length = _PERIODS[period][1]
    since = None if length is None else datetime.now(UTC) - length
    return Shown(person.id, exercise, definition, measure, since), for_leg


def _exercises() -> Mapping[str, Exercise]:
    try:
        return load_all()
    except ExerciseError:  # the Exercises page tells about it; numbers stay readable without
        return {}


def _measures(person: Person, exercise: str, definition: Exercise | None) -> dict[str, str]:
    """What there is a trend of, with its name for people; the depth where nothing was measured."""
    measured = open_history().measured(person.id, exercise)
    offered = [name for name in trends.published() if name in measured]
    return {one: measure_label(one) for one in offered or [_usual(definition, list(trends.published()))]}


def _usual(definition: Exercise | None, offered: Sequence[str]) -> str:
    """The measure that tells how deep the hips went in this exercise, where it was measured."""
    depth = definition.gauge.measure if definition and definition.gauge else None
    return depth if depth is not None and depth in offered else offered[0]


def _select(label: str, name: str, words: Mapping[str, str], usual: str, width_px: int) -> str:
    key = _from_address(name, words, usual)
    return st.selectbox(
        label,
        list(words),
        format_func=words.__getitem__,
        key=key,
        on_change=_to_address,
        args=(name,),
        width=width_px,
    )


def _choose(label: str, name: str, words: Mapping[str, str], usual: str) -> str:
    key = _from_address(name, words, usual)
    chosen = st.segmented_control(
        label,
        list(words),
        format_func=words.__getitem__,
        required=True,
        key=key,
        on_change=_to_address,
        args=(name,),
    )
    return chosen or usual


def _from_address(name: str, options: Container[str], usual: str) -> str:
    """The key of a choice that says what the page's address says; what it does not name is as usual."""
    wanted = st.query_params.get(name)
    st.session_state[_key(name)] = wanted if wanted in options else usual
    return _key(name)


def _to_address(name: str) -> None:
    st.query_params[name] = st.session_state[_key(name)]


def _key(name: str) -> str:
    return f"trends_{name}"


def _in_order(legs: Sequence[Leg]) -> list[Leg]:
    """The leg that is looked at in front; asks which one where there are two."""
    words: dict[str, str] = {
        side: side.capitalize() for side in SIDES if any(leg.side == side for leg in legs)
    }
    if len(words) < 2:
        return list(legs)
    usual = next(leg.side for leg in legs if leg.side)
    chosen = _choose("Leg", "leg", words, usual)
    return sorted(legs, key=lambda leg: leg.side != chosen)


def _trend(shown: Shown, legs: Sequence[Leg]) -> None:
    """The sentence and the picture; the other leg, where there is one, in a quieter sentence."""
    told = [trends.change(leg.groups[-1], shown.measure) for leg in legs]
    alone = len(legs) == 1
    sentences = [
        _sentence(leg, change, shown.measure, alone=alone) for leg, change in zip(legs, told, strict=True)
    ]
    st.header(f"{_icon(told[0], shown.measure)} {as_markdown(sentences[0])}", anchor=False)
    for change, sentence in zip(told[1:], sentences[1:], strict=True):
        st.markdown(f"{_icon(change, shown.measure)} {as_markdown(sentence)}")
    figure = trend_figure(legs, shown.measure, _target(shown), is_dark())
    chart(figure, "trend", " ".join(sentences))
    _facts(legs[0], told[0], shown.measure)
    if any(len(leg.groups) > 1 for leg in legs):
        st.caption(
            "A line joins only sessions that compare: seen from the same side within 10°, and measured in "
            "the same way. Where a dotted line stands, others begin."
        )
    _listed(legs, shown.measure)


def _sentence(leg: Leg, change: Change, measure: str, *, alone: bool) -> str:
    words = trend_words.headline(change, measure)
    return words if alone or leg.side is None else f"{leg_name(leg.side)}. {words}"


def _icon(change: Change, measure: str) -> str:
    if change.by is None:
        return ":gray[:material/more_horiz:]"
    if change.said != "changed":
        return ":gray[:material/drag_handle:]"
    better = trends.published()[measure].better
    upward = change.by > 0 if better is None else (change.by > 0) == (better == "more")
    return ":primary[:material/trending_up:]" if upward else ":primary[:material/trending_down:]"


def _target(shown: Shown) -> float | None:
    """The user's own depth, for the measure that the gauge of this exercise shows."""
    gauge = shown.definition.gauge if shown.definition else None
    if gauge is None or gauge.measure != shown.measure:
        return None
    return preferences.load().targets.get(shown.exercise)


def _facts(leg: Leg, change: Change, measure: str) -> None:
    group = leg.groups[-1]
    if len(group) > 1:
        numbers = [
            trend_words.slope_words(trends.slope(group), measure),
            trend_words.best_words(trends.best(group, measure), measure),
        ]
        st.markdown(as_markdown(" · ".join(filter(None, numbers))))
    words = [trend_words.noise_words(change.noise, measure), load_words(group)]
    st.caption(as_markdown(" ".join(filter(None, words))))


def _listed(legs: Sequence[Leg], measure: str) -> None:
    """The latest sessions with links to their sets, for whoever does not click on pictures."""
    sessions: list[Session] = [one for leg in legs for group in leg.groups for one in group]
    latest = sorted(sessions, key=lambda one: one.done_at, reverse=True)[:_LISTED]
    with st.expander("The latest sessions"):
        for session in latest:
            words = [trend_words.day(session.done_at), *session_words(session, measure)]
            st.markdown(as_markdown(" · ".join(words)))
            with st.container(horizontal=True):
                for number, set_id in enumerate(session.set_ids, 1):
                    st.page_link(SETS, label=f"Set {number}", query_params={"set": set_id})


def _nothing(shown: Shown) -> None:
    """Why there is no trend, and what to do."""
    period = "" if shown.since is None else " in this period"
    text = f"{measure_label(shown.measure)} was not measured in any rep that counts{period}."
    st.info(as_markdown(f"{text} {_view_words(shown)}".strip()), icon=":material/info:")
    if shown.since is not None:
        st.button("Show all of it", on_click=_show_all, key="trends_all")


def _view_words(shown: Shown) -> str:
    views = shown.definition.views if shown.definition else None
    if views and shown.measure in views.side and shown.measure not in views.front:
        return "It needs a camera exactly from the side."
    if views and shown.measure in views.front and shown.measure not in views.side:
        return "It needs a camera exactly from the front."
    return ""


def _show_all() -> None:
    st.query_params["period"] = "all"
