"""Exercises: what is counted and judged, with every limit, its words and its source."""

from collections.abc import Iterable
from typing import Final

import streamlit as st

from hipform.errors import ExerciseError
from hipform.exercises.definition import Exercise, Rule
from hipform.exercises.loader import load_all
from hipform.report.rule_words import LEVELS, limits, what_is_judged, widening
from hipform.report.summary import measure_label
from hipform.ui.frame import error_card, heading
from hipform.ui.text import as_markdown

_COLOURS: Final = {"info": "gray", "warn": "orange", "fault": "violet"}
_VIEWS: Final = {"side": "from the side", "front": "from the front", "any": "any view"}


def show() -> None:
    """Draw the page."""
    heading("Exercises", "What hipform counts and judges, with every limit and where it comes from.")
    try:
        exercises = load_all()
    except ExerciseError as error:
        error_card("An exercise file breaks a rule", "Correct the file that is named below.", str(error))
        return
    if not exercises:
        error_card("There are no exercises", "This installation is damaged: install hipform again.", "")
        return
    for exercise in exercises.values():
        _card(exercise)
    st.caption(
        "Evidence levels: " + " · ".join(f"**{level}** {words}" for level, words in LEVELS.items()) + ". "
        "You can add exercises of your own, or change a limit, with a TOML file: `hipform exercises` on the "
        "command line tells where."
    )


def _card(exercise: Exercise) -> None:
    with st.container(border=True, key=f"exercise-{exercise.id}"):
        st.subheader(as_markdown(exercise.name), anchor=exercise.id)
        st.markdown(as_markdown(exercise.description))
        counted, filmed = st.columns(2, gap="large")
        with counted:
            st.markdown("**What counts as a rep**")
            st.markdown(_rep_words(exercise))
            st.caption(f"Source: {as_markdown(exercise.rep.source)}")
        with filmed:
            st.markdown("**How to film it**")
            st.markdown(as_markdown(exercise.set_up))
            st.markdown(f"**Measured from the side** {_measures(exercise.views.side)}")
            st.markdown(f"**Measured from the front** {_measures(exercise.views.front)}")
        if exercise.rules:
            with st.expander(f"What is judged ({len(exercise.rules)} rules)", expanded=False):
                for rule in exercise.rules:
                    _rule(rule)


def _rep_words(exercise: Exercise) -> str:
    rep = exercise.rep
    joint = {"knee_flexion": "knee", "hip_flexion": "hip"}[rep.signal]
    shortest, longest = rep.duration_s
    share = (
        f", and at least {rep.min_share_of_median:.0%} of your usual range" if rep.min_share_of_median else ""
    )
    return (
        f"The {joint} bends by more than {rep.start_above_deg:g}° over your own standing, and comes back to "
        f"within {rep.end_within_deg:g}° of it. It takes {shortest:g} to {longest:g} seconds. A full rep "
        f"bends by at least {rep.min_excursion_deg:g}°{share}; less is kept as a partial one."
    )


def _measures(names: Iterable[str]) -> str:
    badges = [f":gray-badge[{as_markdown(measure_label(name))}]" for name in names]
    return " ".join(badges) if badges else "nothing"


def _rule(rule: Rule) -> None:
    badges = " ".join(
        f":{_COLOURS[severity]}-badge[{as_markdown(words)}]" for severity, words in limits(rule)
    )
    with st.container(gap="xsmall"):
        st.markdown(f"**{as_markdown(rule.title)}** · {_VIEWS[rule.view]} · evidence {rule.level}")
        st.markdown(f"{as_markdown(what_is_judged(rule))}.")
        st.markdown(badges)
        st.markdown(f"Cue: *{as_markdown(rule.cue.replace('{side}', 'left or right'))}*")
        st.caption(as_markdown(f"Source: {rule.source}. {widening(rule)}"))
