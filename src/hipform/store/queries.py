"""What can be asked of the history: sets for a list, numbers for a trend, days for a calendar."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from hipform.errors import InputError
from hipform.records import RepDone, RepFinding, RepValue, ViewLabel
from hipform.store.database import Part
from hipform.store.schema import FindingRow, JudgementRow, MeasureRow, PersonRow, RepRow, SetRow

# Ours: as many as a list shows without being asked for more.
PAGE: Final = 50
# Ours: what was measured in so many of the newest sets is what is measured now.
NEWEST: Final = 50


@dataclass(frozen=True, slots=True)
class SetEntry:
    """A set in the history. `id` is the name of its folder; times are in the local time of the set.

    `done_by` says who told the date: the recording, nobody ("adding": it is when the set was added), or the
    user. A set is `missing` when its folder was not found when it was last looked for.
    """

    id: str
    person_id: int
    done_at: datetime
    exercise: str
    view_label: ViewLabel
    view_azimuth_deg: float | None
    load_kg: float | None
    shoes: str
    notes: str
    pain: int | None
    title: str
    reps_complete: int
    reps_partial: int
    deleted_at: datetime | None
    done_by: str
    added_at: datetime
    missing: bool


@dataclass(frozen=True, slots=True)
class DayVolume:
    """What was done on a day, by the local time of the sets: sets with a complete rep, and complete reps."""

    day: date
    sets: int
    reps: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """The user's own word on a rep; `accepted` is None when there is only a note."""

    accepted: bool | None
    note: str


class Queries(Part):
    """The part of the history that answers questions. Deleted and missing sets are in no answer."""

    def sets(  # noqa: PLR0913 (each is one way to choose)
        self,
        person_id: int | None = None,
        exercise: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        *,
        deleted: bool = False,
        limit: int | None = PAGE,
        offset: int = 0,
    ) -> list[SetEntry]:
        """Sets done in `since` <= time < `until`, the newest first; of everybody but samples by default.

        With `deleted` those that can still be brought back, and only those. `limit` None gives all.
        """
        which = [*_within(since, until), SetRow.deleted_at.is_not(None) if deleted else _listed()]
        which.append(_of(person_id))
        if exercise is not None:
            which.append(SetRow.exercise == exercise)
        wanted = select(SetRow).where(*which).order_by(SetRow.done_at.desc(), SetRow.id)
        with self.database.reading() as session:
            return [entry_of(row) for row in session.scalars(wanted.limit(limit).offset(offset))]

    def entry(self, set_id: str) -> SetEntry:
        """One set, also a deleted or missing one. Raises `InputError` when there is no such set."""
        with self.database.reading() as session:
            return entry_of(set_row(session, set_id))

    def values(
        self,
        person_id: int,
        exercise: str,
        measure: str,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[RepValue]:
        """A measure of all reps of an exercise in the order of time, partial and rejected ones too."""
        sets = [SetRow.person_id == person_id, *_within(since, until), _listed()]
        with self.database.reading() as session:
            # One question for each kind of row: what a set says once is not read again for each of its reps.
            ask = session.connection().execute
            of_set = {
                set_id: (_local(done_at, offset_min), load_kg)
                for set_id, done_at, offset_min, load_kg in ask(
                    select(SetRow.id, SetRow.done_at, SetRow.done_offset_min, SetRow.load_kg).where(*sets)
                )
            }
            judged = {(word.set_id, word.rep_number): word.accepted for word in ask(_judged(sets))}
            numbers = ask(_numbers(exercise, measure, sets)).all()
        found = []
        for set_id, number, value, unsure, unit, side, role, azimuth, complete, made in numbers:
            done_at, load_kg = of_set[set_id]
            accepted = judged.get((set_id, number))
            one = (value, unsure, unit, side, role, azimuth, complete, accepted, made, load_kg)
            found.append(RepValue(set_id, number, done_at, *one))
        return found

    def reps(
        self, person_id: int, exercise: str, since: datetime | None = None, until: datetime | None = None
    ) -> list[RepDone]:
        """All reps of an exercise in the order of time, partial and rejected ones too."""
        sets = [SetRow.person_id == person_id, *_within(since, until), _listed()]
        wanted = (
            select(
                RepRow.set_id,
                RepRow.number,
                SetRow.done_at,
                SetRow.done_offset_min,
                RepRow.complete,
                RepRow.view_azimuth_deg,
                SetRow.load_kg,
            )
            .join(SetRow, SetRow.id == RepRow.set_id)
            .where(RepRow.exercise == exercise, *sets)
            .order_by(SetRow.done_at, SetRow.id, RepRow.number)
        )
        with self.database.reading() as session:
            ask = session.connection().execute
            judged = {(word.set_id, word.rep_number): word.accepted for word in ask(_judged(sets))}
            return [
                RepDone(
                    set_id, number, _local(at, offset), complete, judged.get((set_id, number)), azimuth, load
                )
                for set_id, number, at, offset, complete, azimuth, load in ask(wanted)
            ]

    def findings(
        self, person_id: int, exercise: str, since: datetime | None = None, until: datetime | None = None
    ) -> list[RepFinding]:
        """What was found in the reps of an exercise, in the order of time, partial and rejected ones too."""
        wanted = (
            select(
                FindingRow.set_id,
                FindingRow.rep_number,
                FindingRow.rule,
                FindingRow.severity,
                FindingRow.side,
            )
            .join(SetRow, SetRow.id == FindingRow.set_id)
            .join(RepRow, (RepRow.set_id == FindingRow.set_id) & (RepRow.number == FindingRow.rep_number))
            .where(RepRow.exercise == exercise)
            .where(SetRow.person_id == person_id, *_within(since, until), _listed())
            .order_by(SetRow.done_at, SetRow.id, FindingRow.place)
        )
        with self.database.reading() as session:
            rows: Iterable[Any] = session.connection().execute(wanted)
            return [RepFinding._make(row) for row in rows]

    def exercises(self, person_id: int) -> list[str]:
        """The exercises of somebody's sets with a complete rep, the one done last first."""
        mine = (SetRow.person_id == person_id, SetRow.reps_complete > 0, _listed())
        latest = func.max(SetRow.done_at)
        wanted = select(SetRow.exercise).where(*mine).group_by(SetRow.exercise).order_by(latest.desc())
        with self.database.reading() as session:
            return list(session.scalars(wanted))

    def measured(self, person_id: int, exercise: str) -> frozenset[str]:
        """The names of what was measured in the newest sets of an exercise."""
        mine = (SetRow.person_id == person_id, SetRow.exercise == exercise, _listed())
        newest = select(SetRow.id).where(*mine).order_by(SetRow.done_at.desc()).limit(NEWEST)
        wanted = select(MeasureRow.name).where(MeasureRow.set_id.in_(newest)).distinct()
        with self.database.reading() as session:
            return frozenset(session.scalars(wanted))

    def volume(self, person_id: int, since: datetime | None = None) -> list[DayVolume]:
        """What was done on each day on which something was, the first day first."""
        wanted = (
            select(SetRow.done_at, SetRow.done_offset_min, SetRow.reps_complete)
            .where(SetRow.person_id == person_id, SetRow.reps_complete > 0, *_within(since, None), _listed())
            .order_by(SetRow.done_at)
        )
        days: dict[date, tuple[int, int]] = {}
        with self.database.reading() as session:
            for done_at, offset_min, reps in session.execute(wanted):
                day = _local(done_at, offset_min).date()
                sets, before = days.get(day, (0, 0))
                days[day] = (sets + 1, before + reps)
        return [DayVolume(day, *counts) for day, counts in sorted(days.items())]

    def judgements(self, set_id: str) -> dict[int, Judgement]:
        """The user's words on the reps of a set, by the number of the rep."""
        wanted = select(JudgementRow).where(
            JudgementRow.set_id == set_id, JudgementRow.rep_number.is_not(None)
        )
        with self.database.reading() as session:
            return {row.rep_number or 0: Judgement(row.accepted, row.note) for row in session.scalars(wanted)}


def entry_of(row: SetRow) -> SetEntry:
    """A row as it is given out."""
    return SetEntry(
        id=row.id,
        person_id=row.person_id,
        done_at=_local(row.done_at, row.done_offset_min),
        exercise=row.exercise,
        view_label=row.view_label,
        view_azimuth_deg=row.view_azimuth_deg,
        load_kg=row.load_kg,
        shoes=row.shoes,
        notes=row.notes,
        pain=row.pain,
        title=row.title,
        reps_complete=row.reps_complete,
        reps_partial=row.reps_partial,
        deleted_at=row.deleted_at,
        done_by=row.done_by,
        added_at=row.added_at,
        missing=row.missing_since is not None,
    )


def set_row(session: Session, set_id: str) -> SetRow:
    """The row of this set; raises `InputError` when there is none."""
    row = session.get(SetRow, set_id)
    if row is None:
        raise InputError("There is no such set here. It may have been deleted: choose one from the list.")
    return row


def _local(moment: datetime, offset_min: int) -> datetime:
    return moment.astimezone(timezone(timedelta(minutes=offset_min)))


def _listed() -> ColumnElement[bool]:
    return and_(SetRow.deleted_at.is_(None), SetRow.missing_since.is_(None))


def _of(person_id: int | None) -> ColumnElement[bool]:
    if person_id is not None:
        return SetRow.person_id == person_id
    return SetRow.person_id.in_(select(PersonRow.id).where(~PersonRow.sample))


def _within(since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    after = [] if since is None else [SetRow.done_at >= since]
    return after if until is None else [*after, SetRow.done_at < until]


def _numbers(exercise: str, measure: str, sets: list[ColumnElement[bool]]) -> "Select[*tuple[Any, ...]]":
    """Set, rep, value, uncertainty, unit, side, role, azimuth, complete, definition: in the order of time."""
    return (
        select(
            MeasureRow.set_id,
            MeasureRow.rep_number,
            MeasureRow.value,
            MeasureRow.uncertainty,
            MeasureRow.unit,
            MeasureRow.side,
            MeasureRow.role,
            RepRow.view_azimuth_deg,
            RepRow.complete,
            RepRow.definition,
        )
        .join(SetRow, SetRow.id == MeasureRow.set_id)
        .join(RepRow, and_(RepRow.set_id == MeasureRow.set_id, RepRow.number == MeasureRow.rep_number))
        .where(RepRow.exercise == exercise, MeasureRow.name == measure, *sets)
        .order_by(SetRow.done_at, SetRow.id, MeasureRow.rep_number, MeasureRow.place)
    )


def _judged(sets: list[ColumnElement[bool]]) -> "Select[*tuple[Any, ...]]":
    """Set, rep and word of the reps that the user accepted or rejected."""
    return (
        select(JudgementRow.set_id, JudgementRow.rep_number, JudgementRow.accepted)
        .join(SetRow, SetRow.id == JudgementRow.set_id)
        .where(JudgementRow.accepted.is_not(None), *sets)
    )
