"""The people of the history."""

import math
from dataclasses import dataclass
from typing import Final, TypedDict, Unpack

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hipform.errors import InputError
from hipform.store.database import Part
from hipform.store.indexing import storable
from hipform.store.schema import PersonRow, SetRow

FIRST_NAME: Final = "Me"
# Ours: what fits a line of a list, and a page of notes.
LONGEST_NAME: Final = 80
LONGEST_NOTES: Final = 10_000
# Ours: beyond these a number is a slip of the keyboard, most likely centimetres.
HEIGHT_M: Final = (0.5, 2.8)
LEG_LENGTH_M: Final = (0.2, 1.6)


@dataclass(frozen=True, slots=True)
class Person:
    """Who does sets. Lengths are None when they were not told.

    A `sample` person is invented: their sets are in no list unless they are asked for by the person's id.
    """

    id: int
    name: str
    height_m: float | None = None
    leg_length_m: float | None = None
    notes: str = ""
    sample: bool = False


class PersonFacts(TypedDict, total=False):
    """What may be said about a person; None takes a word back."""

    height_m: float | None
    leg_length_m: float | None
    notes: str


class PersonChanges(PersonFacts, total=False):
    """The same with the name."""

    name: str


class People(Part):
    """The part of the history that knows people."""

    def people(self) -> list[Person]:
        """Everybody, those who were added first in front; there is always somebody who is no sample."""
        with self.database.reading() as session:
            return [_person(row) for row in session.scalars(select(PersonRow).order_by(PersonRow.id))]

    def add_person(self, name: str, *, sample: bool = False, **more: Unpack[PersonFacts]) -> Person:
        """Add somebody. Raises `InputError` when the name is taken or something is out of range."""
        return self._keep_person(None, sample, {"name": name, **more})

    def edit_person(self, person_id: int, **changes: Unpack[PersonChanges]) -> Person:
        """Change what is said about somebody. Raises `InputError` as `add_person` does."""
        return self._keep_person(person_id, False, changes)

    def delete_person(self, person_id: int) -> None:
        """Remove somebody without sets.

        Raises:
            InputError: there are sets of theirs, be it among the deleted ones, or nobody else is left.

        """
        with self.database.writing() as session:
            row = person_row(session, person_id)
            count = session.scalar(
                select(func.count()).select_from(SetRow).where(SetRow.person_id == person_id)
            )
            if count:
                raise InputError(
                    f"{row.name} cannot be removed: there are sets of theirs ({count}, deleted ones that can "
                    "still be brought back counted in). Delete those for good, or give them to somebody else."
                )
            if not row.sample and default_person(session, but=person_id) is None:
                raise InputError(
                    f"{row.name} is the only one here. Add somebody else first, or change the name."
                )
            session.delete(row)

    def _keep_person(self, person_id: int | None, sample: bool, changes: PersonChanges) -> Person:
        checked = _checked(changes)
        with self.database.writing() as session:
            if person_id is None:
                row = PersonRow(id=next_id(session), notes="", sample=sample)
                session.add(row)
            else:
                row = person_row(session, person_id)
            with session.no_autoflush:
                _refuse_taken(session, checked.get("name"), row.id)
            for key, value in checked.items():
                setattr(row, key, value)
            session.flush()
            return _person(row)


def person_row(session: Session, person_id: int) -> PersonRow:
    """The row of this person; raises `InputError` when there is none."""
    row = session.get(PersonRow, person_id)
    if row is None:
        raise InputError("There is no such person here. They may have been removed: choose another one.")
    return row


def default_person(session: Session, but: int | None = None) -> int | None:
    """The id of the first person who is no sample (and not `but`); None when there is none."""
    found = select(func.min(PersonRow.id)).where(~PersonRow.sample)
    return session.scalar(found if but is None else found.where(PersonRow.id != but))


def next_id(session: Session) -> int:
    """An id for somebody new; only one writer is at work, so nobody else takes it."""
    return (session.scalar(select(func.max(PersonRow.id))) or 0) + 1


def ensure_somebody(session: Session) -> None:
    """Add "Me" when there is nobody."""
    if default_person(session) is None:
        session.add(PersonRow(id=next_id(session), name=FIRST_NAME, notes="", sample=False))


def _person(row: PersonRow) -> Person:
    return Person(row.id, row.name, row.height_m, row.leg_length_m, row.notes, row.sample)


def _refuse_taken(session: Session, name: str | None, person_id: int) -> None:
    taken = select(PersonRow.id).where(PersonRow.name == name, PersonRow.id != person_id)
    if name is not None and session.scalar(taken) is not None:
        raise InputError(f"There is somebody called {name} already. Choose another name.")


def _checked(changes: PersonChanges) -> PersonChanges:
    checked = changes.copy()
    if "name" in changes:
        checked["name"] = _name(changes["name"])
    if "notes" in changes:
        checked["notes"] = checked_text("notes", changes["notes"], LONGEST_NOTES)
    if "height_m" in changes:
        checked["height_m"] = _length("body height", changes["height_m"], HEIGHT_M)
    if "leg_length_m" in changes:
        checked["leg_length_m"] = _length("leg length", changes["leg_length_m"], LEG_LENGTH_M)
    return checked


def checked_text(what: str, text: str, longest: int) -> str:
    """The text as it can be kept; raises `InputError` when it is too long."""
    kept = storable(text)
    if len(kept) > longest:
        raise InputError(f"The {what} are too long: write at most {longest} characters.")
    return kept


def _name(text: str) -> str:
    name = " ".join(storable(text).split())
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise InputError(f"A name has 1 to {LONGEST_NAME} characters. Choose another name.")
    return name


def _length(what: str, value: float | None, limits: tuple[float, float]) -> float | None:
    if value is None or (math.isfinite(value) and limits[0] <= value <= limits[1]):
        return value
    raise InputError(f"The {what} must be between {limits[0]} and {limits[1]} metres.")
