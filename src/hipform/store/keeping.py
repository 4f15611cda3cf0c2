"""Folders and rows: how a set comes into the history, leaves it, and is found again after a crash."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from hipform.errors import InputError
from hipform.store import set_folder
from hipform.store.database import Part
from hipform.store.indexing import Rows, known_exercises, rows_of
from hipform.store.people import default_person, person_row
from hipform.store.queries import SetEntry, entry_of, set_row
from hipform.store.schema import FindingRow, JudgementRow, MeasureRow, PersonRow, RepRow, SetRow
from hipform.store.set_folder import SetFolder

# Ours: long enough to notice a slip in the next training, short enough that deleted means deleted.
UNDO: Final = timedelta(days=7)
# Ours: measured again, the deepest moment of the same rep moves by less, and reps are farther apart.
SAME_REP_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What `reconcile` found, by id: `unreadable` folders stay where they are and are in no list."""

    added: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()


class Keeping(Part):
    """The part of the history that keeps rows and folders together.

    Folders are moved while no other writer is at work, before the rows that say so are written: whatever is
    broken off between the two is as if it had not been begun, and `reconcile` moves the folder back.
    """

    def record(self, folder: SetFolder, person_id: int | None = None) -> SetEntry:
        """Take a set into the history: all of it, or nothing. One that is there already stays as it is.

        It is the set of `person_id`, else of whom its folder names, else of the first person.

        Raises:
            InputError: the folder cannot be read, or there is no such person.

        """
        rows = rows_of(folder, known_exercises())
        with self.database.writing() as session:
            return entry_of(_recorded(session, folder, rows, person_id))

    def twin(self, folder: SetFolder, person_id: int | None = None) -> SetEntry | None:
        """The set of the same person with the same poses and exercise definitions, if there is one.

        A set without reps has no twin. Raises `InputError` as `record` does.
        """
        digest = rows_of(folder, {}).of_set["digest"]
        if digest is None:
            return None
        with self.database.reading() as session:
            same = (SetRow.digest == digest, SetRow.person_id == _whose(session, folder, person_id))
            there = (SetRow.id != folder.id, SetRow.deleted_at.is_(None), SetRow.missing_since.is_(None))
            row = session.scalar(select(SetRow).where(*same, *there).order_by(SetRow.added_at).limit(1))
            return None if row is None else entry_of(row)

    def refresh(self, folder: SetFolder) -> SetEntry:
        """Take over what a set's folder says after it was measured again. What the user said stays.

        Raises:
            InputError: the folder cannot be read, or there is no such set.

        """
        rows = rows_of(folder, known_exercises())
        with self.database.writing() as session:
            row = set_row(session, folder.id)
            session.execute(delete(FindingRow).where(FindingRow.set_id == folder.id))
            session.execute(delete(RepRow).where(RepRow.set_id == folder.id))
            own_date = ("done_at", "done_offset_min", "done_by") if row.done_by == "user" else ()
            for key in rows.of_set.keys() - own_date:
                setattr(row, key, rows.of_set[key])
            _add_parts(session, rows)
            _find_judged(session, rows)
            session.flush()
            return entry_of(row)

    def delete(self, set_id: str) -> None:
        """Take a set out of every list; `undo_delete` brings it back within `UNDO`.

        Raises:
            InputError: no such set.
            OutputError: its folder may not be moved.

        """
        with self.database.writing() as session:
            row = set_row(session, set_id)
            row.deleted_at = row.deleted_at or datetime.now(UTC)
            set_folder.to_trash(set_id)

    def undo_delete(self, set_id: str) -> SetEntry:
        """Bring a deleted set back.

        Raises:
            InputError: no such set, or its files are gone.
            OutputError: its folder may not be moved.

        """
        with self.database.writing() as session:
            row = set_row(session, set_id)
            if not set_folder.from_trash(set_id):
                raise InputError("The files of this set are gone: it cannot be brought back.")
            row.deleted_at = row.missing_since = None
            session.flush()
            return entry_of(row)

    def purge(self, now: datetime | None = None, *, ids: Collection[str] = ()) -> tuple[str, ...]:
        """Remove deleted sets for good, with rows, poses and pictures: those whose time is over, and `ids`.

        Gives the ids of those that were removed. `now` carries its time zone.
        """
        over = (SetRow.deleted_at <= (now or datetime.now(UTC)) - UNDO) | SetRow.id.in_(ids)
        doomed = select(SetRow.id).where(SetRow.deleted_at.is_not(None), over).order_by(SetRow.id)
        with self.database.reading() as session:
            if session.scalar(doomed.limit(1)) is None:
                return ()
        with self.database.writing() as session:
            gone = tuple(session.scalars(doomed))
            for set_id in gone:
                set_folder.to_trash(set_id)
                set_folder.empty_trash(set_id)
            session.execute(delete(SetRow).where(SetRow.id.in_(gone)))
        self.database.forget_erased()
        return gone

    def reconcile(self) -> Reconciled:
        """Bring rows and folders together after a crash, or after folders were moved by hand.

        Folders without a row get one, rows without a folder are marked until it is back, and a folder that
        is not where its row says is moved there.
        """
        wanted = select(SetRow.id, SetRow.deleted_at, SetRow.missing_since)
        with self.database.reading() as session:
            known = {set_id: (deleted, missing) for set_id, deleted, missing in session.execute(wanted)}
        there = set_folder.ids()
        odd = [set_id for set_id, why_not in known.items() if (set_id in there) == any(why_not)]
        missing = self._put_right(odd) if odd else ()
        added, unreadable = self._add(sorted(there - known.keys()))
        return Reconciled(added, missing, unreadable)

    def _put_right(self, set_ids: list[str]) -> tuple[str, ...]:
        """Move folders to where their rows say; those that are nowhere."""
        missing = []
        with self.database.writing() as session:
            for row in session.scalars(select(SetRow).where(SetRow.id.in_(set_ids)).order_by(SetRow.id)):
                if row.deleted_at is not None:
                    set_folder.to_trash(row.id)
                elif set_folder.from_trash(row.id):
                    row.missing_since = None
                else:
                    row.missing_since = row.missing_since or datetime.now(UTC)
                    missing.append(row.id)
        return tuple(missing)

    def _add(self, set_ids: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The sets that were added, and those that cannot be read."""
        added, unreadable = [], []
        exercises = known_exercises() if set_ids else {}
        for set_id in set_ids:
            try:
                folder = set_folder.open_set(set_id)
                rows = rows_of(folder, exercises)
            except (InputError, OSError):
                unreadable.append(set_id)
                continue
            with self.database.writing() as session:
                _recorded(session, folder, rows, None)
            added.append(set_id)
        return tuple(added), tuple(unreadable)


def _recorded(session: Session, folder: SetFolder, rows: Rows, person_id: int | None) -> SetRow:
    known = session.get(SetRow, folder.id)
    if known is not None:
        return known
    said = {"person_id": _whose(session, folder, person_id), "shoes": "", "notes": ""}
    row = SetRow(**rows.of_set, **said)
    session.add(row)
    session.flush()
    _add_parts(session, rows)
    return row


def _add_parts(session: Session, rows: Rows) -> None:
    parts = ((RepRow, rows.reps), (MeasureRow, rows.measures), (FindingRow, rows.findings))
    for table, content in parts:
        if content:
            session.execute(insert(table), content)


def _whose(session: Session, folder: SetFolder, person_id: int | None) -> int | None:
    if person_id is not None:
        return person_row(session, person_id).id
    named = folder.person_id
    if named is not None and session.get(PersonRow, named) is not None:
        return named
    return default_person(session)


def _find_judged(session: Session, rows: Rows) -> None:
    """Give the user's words to the reps that they were said about, by their moments."""
    set_id = rows.of_set["id"]
    left: Mapping[int, float] = {rep["number"]: rep["bottom_s"] for rep in rows.reps}
    for word in session.scalars(select(JudgementRow).where(JudgementRow.set_id == set_id)):
        near = min(left, key=lambda number: abs(left[number] - word.bottom_s), default=None)
        same = near is not None and abs(left[near] - word.bottom_s) <= SAME_REP_S
        word.rep_number = near if same else None
