"""Whose sets are shown and kept: chosen in the sidebar, for this visit and for the next one."""

from contextlib import suppress
from typing import Final

import streamlit as st

from hipform.errors import HipformError
from hipform.store import preferences
from hipform.store.history import Person, open_history
from hipform.store.people import HEIGHT_M, LEG_LENGTH_M, LONGEST_NAME, LONGEST_NOTES, PersonFacts
from hipform.ui.text import as_markdown

_CHOSEN: Final = "person_chosen"
_SWITCH: Final = "person_switch"
_SAMPLES: Final = "Samples"
_CM: Final = 100.0  # in a metre; people know their height in centimetres


def current_person() -> Person:
    """Who was chosen in this visit, else in an earlier one, else the first person who is no sample.

    Raises:
        HipformError: the history cannot be opened or read.

    """
    return _chosen(open_history().people())


def keeping_person() -> Person:
    """For whom new sets are kept: the current person, but never a sample.

    Raises:
        HipformError: the history cannot be opened or read.

    """
    return _chosen([one for one in open_history().people() if not one.sample])


def sample_person() -> Person:
    """Whose the sets of sample videos are, so that they never count among real ones; made when first needed.

    Raises:
        HipformError: the history cannot be opened or written.

    """
    known = next((one for one in open_history().people() if one.sample), None)
    return known or open_history().add_person(_SAMPLES, sample=True)


def choose_person(person_id: int) -> None:
    """Show this person's sets from now on. A sample is forgotten at the end of the visit."""
    st.session_state[_CHOSEN] = person_id
    # A disk that does not take it spoils nothing: it is asked for again in the next visit.
    with suppress(HipformError):
        if not any(one.id == person_id and one.sample for one in open_history().people()):
            preferences.change(person=person_id)


def person_switch() -> None:
    """Draw the switch in the sidebar; nothing when the history cannot be opened, which each page tells."""
    try:
        people = open_history().people()
    except HipformError:
        return
    chosen = _chosen(people)
    names = {one.id: one.name for one in people}
    # Another choice may have been made elsewhere (a new person, samples loaded): the switch follows it.
    st.session_state[_SWITCH] = chosen.id
    with st.sidebar, st.container(gap="xsmall", key="person"):
        st.selectbox(
            "Person", list(names), format_func=names.__getitem__, key=_SWITCH, on_change=_keep_switch
        )
        with st.container(horizontal=True, gap="small"):
            if not chosen.sample and st.button("Edit", type="tertiary", icon=":material/edit:"):
                _edit(chosen, alone=sum(not one.sample for one in people) == 1)
            if st.button("Add", type="tertiary", icon=":material/person_add:"):
                _add()


def _chosen(people: list[Person]) -> Person:
    known = {one.id: one for one in people}
    for wanted in (st.session_state.get(_CHOSEN), preferences.load().person):
        if wanted in known:
            return known[wanted]
    return next(one for one in people if not one.sample)


def _keep_switch() -> None:
    choose_person(st.session_state[_SWITCH])


@st.dialog("Add somebody")
def _add() -> None:
    name, facts = _asked(None)
    if st.button("Add", type="primary", key="person_add_now"):
        try:
            added = open_history().add_person(name, **facts)
        except HipformError as error:
            st.error(as_markdown(str(error)))
            return
        choose_person(added.id)
        st.rerun()


@st.dialog("About this person")
def _edit(person: Person, *, alone: bool) -> None:
    name, facts = _asked(person)
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        save = st.button("Save", type="primary", key="person_save")
        # Somebody always stays.
        remove = not alone and st.button("Remove", icon=":material/delete:", key="person_remove")
    if not (save or remove):
        return
    try:
        if remove:
            open_history().delete_person(person.id)
        else:
            open_history().edit_person(person.id, name=name, **facts)
    except HipformError as error:
        st.error(as_markdown(str(error)))
        return
    st.rerun()


def _asked(known: Person | None) -> tuple[str, PersonFacts]:
    """Ask for the name and what else may be told about somebody, beginning with what is known."""
    name = st.text_input("Name", known.name if known else "", max_chars=LONGEST_NAME, key="person_name")
    left, right = st.columns(2)
    with left:
        height_m = _length("Height, cm", known.height_m if known else None, HEIGHT_M, "person_height")
    with right:
        leg_length_m = _length(
            "Hip to floor, cm", known.leg_length_m if known else None, LEG_LENGTH_M, "person_leg"
        )
    notes = st.text_area("Notes", known.notes if known else "", max_chars=LONGEST_NOTES, key="person_notes")
    return name, {"height_m": height_m, "leg_length_m": leg_length_m, "notes": notes}


def _length(label: str, known_m: float | None, limits_m: tuple[float, float], key: str) -> float | None:
    low, high = (limit * _CM for limit in limits_m)
    told = st.number_input(
        label,
        low,
        high,
        None if known_m is None else min(max(known_m * _CM, low), high),
        step=1.0,
        format="%.0f",
        placeholder="not told",
        key=key,
    )
    return None if told is None else told / _CM
