"""What the user says about a set: when it was done, by whom, the load, the shoes, notes, pain."""

from datetime import UTC, date, datetime, time
from typing import Final

import streamlit as st

from hipform.errors import HipformError
from hipform.report.set_facts import moved_to
from hipform.store.history import MOST_KG, WORST_PAIN, SetChanges, SetEntry, open_history
from hipform.store.people import LONGEST_NOTES
from hipform.ui.text import as_markdown

_FIRST_DAY: Final = date(1970, 1, 2)  # the history takes no day before it
# Ours: the smallest pair of plates that most gyms have.
_LOAD_STEP_KG: Final = 2.5
_LONGEST_SHOES: Final = 200


@st.dialog("About this set")
def edit_set(set_id: str) -> None:
    """Ask for it, beginning with what is known, and keep it."""
    try:
        entry = open_history().entry(set_id)
        changes = _asked(entry)
        if not st.button("Save", type="primary", key="edit_save"):
            return
        open_history().edit(set_id, **changes)
    except HipformError as error:
        st.error(as_markdown(str(error)))
        return
    st.toast("Saved", icon=":material/check:")
    st.rerun()


def _asked(entry: SetEntry) -> SetChanges:
    left, right = st.columns(2)
    with left:
        on = _day(entry.done_at)
    with right:
        at = st.time_input("Time", _minute(entry.done_at), step=60, key="edit_time")
    left, right = st.columns(2)
    with left:
        load_kg = st.number_input(
            "Load, kg",
            0.0,
            MOST_KG,
            entry.load_kg,
            step=_LOAD_STEP_KG,
            format="%g",
            placeholder="not told",
            key="edit_load",
        )
    with right:
        pain = st.number_input(
            f"Pain, 0 (none) to {WORST_PAIN}",
            0,
            WORST_PAIN,
            entry.pain,
            step=1,
            placeholder="not told",
            key="edit_pain",
        )
    shoes = st.text_input("Shoes", entry.shoes, max_chars=_LONGEST_SHOES, key="edit_shoes")
    notes = st.text_area("Notes", entry.notes, max_chars=LONGEST_NOTES, key="edit_notes")
    changes = SetChanges(load_kg=load_kg, pain=pain, shoes=shoes, notes=notes, person_id=_person(entry))
    if (on, at) != (entry.done_at.date(), _minute(entry.done_at)):
        changes["done_at"] = moved_to(entry.done_at, on, at)
    return changes


def _day(done_at: datetime) -> date:
    # A camera with a wrong clock may have told a day that is still to come; such a date can be put right.
    last = max(done_at.date(), datetime.now(UTC).astimezone().date())
    told: date = st.date_input(
        "Date",
        max(done_at.date(), _FIRST_DAY),
        min_value=_FIRST_DAY,
        max_value=last,
        format="YYYY-MM-DD",
        key="edit_date",
    )
    return told


def _minute(moment: datetime) -> time:
    return moment.time().replace(second=0, microsecond=0)


def _person(entry: SetEntry) -> int:
    """Whose set it is. Sample sets stay with the samples, and nobody's own set goes there."""
    people = {one.id: one for one in open_history().people()}
    if people[entry.person_id].sample:
        return entry.person_id
    own = [one.id for one in people.values() if not one.sample]
    return st.selectbox(
        "Person",
        own,
        own.index(entry.person_id),
        format_func=lambda person_id: people[person_id].name,
        key="edit_person",
    )
