"""The history: every set that was kept, what was measured in it, and what the user says about it.

The folder of a set is the truth about what was measured; the database finds it again quickly, and is the
truth about what the user says: people, dates, loads, notes, and which sets are deleted. A set is first a
folder and then a row, so one that is kept is never lost: `reconcile` finds folders without a row.

Sets of one person within three hours are one session. That is worked out where it is shown, from the
dates of the sets, and not stored: a date may be changed at any time.
"""

import math
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Self, TypedDict, Unpack

from sqlalchemy import URL, delete

from hipform.errors import HipformError, InputError
from hipform.store import set_folder
from hipform.store.database import Database, database_url
from hipform.store.indexing import offset_min
from hipform.store.keeping import UNDO, Keeping, Reconciled
from hipform.store.people import (
    LONGEST_NOTES,
    People,
    Person,
    checked_text,
    default_person,
    ensure_somebody,
    person_row,
)
from hipform.store.queries import (
    DayVolume,
    Judgement,
    Queries,
    SetEntry,
    entry_of,
    set_row,
)
from hipform.store.schema import JudgementRow, RepRow
from hipform.store.set_folder import SetFolder

__all__ = [
    "UNDO",
    "DayVolume",
    "History",
    "Judgement",
    "Person",
    "Reconciled",
    "SetChanges",
    "SetEntry",
    "keep",
    "open_history",
]

# Ours: nobody moves more.
MOST_KG: Final = 1000.0
WORST_PAIN: Final = 10
_EARLIEST: Final = datetime(1970, 1, 2, tzinfo=UTC)
_LATEST: Final = datetime(9999, 12, 30, tzinfo=UTC)


class SetChanges(TypedDict, total=False):
    """What the user may say about a set. `done_at` carries its time zone; None takes a word back."""

    person_id: int
    done_at: datetime
    load_kg: float | None
    shoes: str
    notes: str
    pain: int | None


class History(People, Queries, Keeping):
    """The history of this machine, or the one at `url`. A context manager; safe for threads.

    Every method raises `OutputError` when the database cannot be written or does not answer, and
    `InputError` when it is damaged.

    Raises:
        InputError: it is damaged, of a newer version or of another program, and stays untouched.
        OutputError: it cannot be made, written or reached.

    """

    def __init__(self, url: URL | None = None) -> None:
        super().__init__(Database(url or database_url()))
        with self.database.reading() as session:
            empty = default_person(session) is None
        if empty:
            with self.database.writing() as session:
                ensure_somebody(session)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close its connections; used again, it opens them again."""
        self.database.close()

    def edit(self, set_id: str, **changes: Unpack[SetChanges]) -> SetEntry:
        """Change what the user says about a set; what is not named stays.

        Raises:
            InputError: no such set or person, or a value out of range; nothing is changed.

        """
        checked = _checked(changes)
        with self.database.writing() as session:
            row = set_row(session, set_id)
            if "person_id" in changes:
                person_row(session, changes["person_id"])
            if "done_at" in changes:
                row.done_offset_min, row.done_by = offset_min(changes["done_at"]), "user"
            for key, value in checked.items():
                setattr(row, key, value)
            session.flush()
            return entry_of(row)

    def judge_rep(self, set_id: str, rep_number: int, accepted: bool | None, note: str = "") -> None:
        """Keep the user's own word on a rep beside what was measured; None and no note take it back.

        Raises:
            InputError: no such set or rep, or the note is too long.

        """
        words = checked_text("notes", note, LONGEST_NOTES)
        with self.database.writing() as session:
            rep = session.get(RepRow, (set_row(session, set_id).id, rep_number))
            if rep is None:
                raise InputError("There is no such rep in this set. Choose one from the list.")
            of_rep = (JudgementRow.set_id == set_id, JudgementRow.rep_number == rep_number)
            session.execute(delete(JudgementRow).where(*of_rep))
            if accepted is not None or words:
                word = JudgementRow(set_id=set_id, bottom_s=rep.bottom_s, rep_number=rep_number)
                word.accepted, word.note, word.judged_at = accepted, words, datetime.now(UTC)
                session.merge(word)


_opening = threading.Lock()
_open: dict[URL, History] = {}


def open_history() -> History:
    """The history of this machine, one for all threads of this process; do not close it.

    The first call brings rows and folders together and removes what was deleted long enough ago.
    Raises as `History` does.
    """
    url = database_url()
    with _opening:
        if url not in _open:
            history = History(url)
            try:
                history.reconcile()
                history.purge()
            except BaseException:
                history.close()
                raise
            for before in _open.values():
                before.close()
            _open.clear()
            _open[url] = history
        return _open[url]


class _KnownError(Exception):
    """The set that is being kept is there already."""

    def __init__(self, folder: SetFolder) -> None:
        super().__init__(folder.id)
        self.folder = folder


def keep(
    title: str, fill: Callable[[SetFolder], None], token: str | None = None, person_id: int | None = None
) -> SetFolder:
    """A new set in the library and in the history; arguments and errors as for `set_folder.create`.

    The same set is not kept twice: one with the same poses, made with the same exercise definitions, for the
    same person is given instead, and takes over files that it lacked (an overlay, stills).

    The folder is what must not be lost. When the history cannot take it now, it does so when it is opened
    next, and that is where its trouble is told.
    """

    def fill_and_compare(folder: SetFolder) -> None:
        fill(folder)
        known = _known_set(folder)
        if known is not None:
            raise _KnownError(known)

    try:
        kept = set_folder.create(title, fill_and_compare, token, person_id)
    except _KnownError as known:
        return known.folder
    with suppress(HipformError):
        open_history().record(kept)
    return kept


def _known_set(draft: SetFolder) -> SetFolder | None:
    with suppress(HipformError):
        twin = open_history().twin(draft)
        if twin is not None:
            known = set_folder.open_set(twin.id)
            for file in draft.files():
                there = known.path / file.relative_to(draft.path)
                if not there.exists():
                    file.replace(there)
            return known
    return None


def _checked(changes: SetChanges) -> SetChanges:
    checked = changes.copy()
    load_kg, pain = changes.get("load_kg"), changes.get("pain")
    if load_kg is not None and not (math.isfinite(load_kg) and 0 <= load_kg <= MOST_KG):
        raise InputError(f"The load must be between 0 and {MOST_KG:.0f} kg.")
    if pain is not None and pain not in range(WORST_PAIN + 1):
        raise InputError(f"Pain is a whole number from 0 (none) to {WORST_PAIN}.")
    if "done_at" in changes:
        done_at = changes["done_at"]
        if done_at.tzinfo is None or not _EARLIEST <= done_at <= _LATEST:
            raise InputError("The date must be a day since 1970, with its time zone.")
    if "shoes" in changes:
        checked["shoes"] = checked_text("words about shoes", changes["shoes"], LONGEST_NOTES)
    if "notes" in changes:
        checked["notes"] = checked_text("notes", changes["notes"], LONGEST_NOTES)
    return checked
