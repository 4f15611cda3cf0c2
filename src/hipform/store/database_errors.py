"""What goes wrong with a database, in words for the user: what happened, and what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from hipform.errors import HipformError, InputError, OutputError

_BUSY: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_CLOSED: Final = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM)
_NO_ROOM: Final = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
_DAMAGED: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_PRIMARY: Final = 0xFF  # of SQLite's extended codes, the part that says what kind it is
# PostgreSQL's SQLSTATE by class: no room; may not write here.
_POSTGRESQL_NO_ROOM: Final = ("53",)
_POSTGRESQL_CLOSED: Final = ("25006", "42501", "28")


@contextmanager
def in_words(where: str) -> Iterator[None]:
    """Raise what the database at `where` reports as `OutputError` or `InputError`.

    What can only be a fault of hipform's own is passed on as it is.
    """
    try:
        yield
    except PoolTimeoutError as error:
        raise _busy(where) from error
    except (DBAPIError, sqlite3.Error) as error:
        told = _told(error, where)
        if told is None:
            raise
        raise told from error


def is_busy(error: BaseException) -> bool:
    """Whether another program was at work on the same SQLite file."""
    return _sqlite_code(error) in _BUSY


def damaged(where: str) -> InputError:
    """The error of a file that is no database any more."""
    return InputError(
        f"The history {where} is damaged and was left as it is. Restore a backup with `hipform restore`, or "
        "move the file away: hipform then makes a new one from your sets; people, notes, loads and dates "
        "that you entered are only in the damaged file and in backups."
    )


def newer(where: str) -> InputError:
    """The error of a database that a later version of hipform has changed."""
    return InputError(
        f"The history {where} was written by a newer version of hipform and was left as it is. "
        "Update hipform."
    )


def of_another_program(where: str) -> InputError:
    """The error of a database with somebody else's tables."""
    return InputError(
        f"{where} is not a history of hipform and was left as it is. Move it away, or name another "
        "place with HIPFORM_HOME or HIPFORM_DATABASE_URL."
    )


def _told(error: DBAPIError | sqlite3.Error, where: str) -> HipformError | None:
    code = _sqlite_code(error)
    if code is None:
        return _postgresql_told(error, where)
    if code in _BUSY:
        return _busy(where)
    if code in _CLOSED:
        return _closed(where)
    if code in _NO_ROOM:
        return _no_room(where)
    return damaged(where) if code in _DAMAGED else None


def _postgresql_told(error: DBAPIError | sqlite3.Error, where: str) -> HipformError | None:
    original = getattr(error, "orig", None)
    state = getattr(original, "sqlstate", None)
    if state is None and type(original).__name__ == "OperationalError":
        return OutputError(
            f"The history {where} does not answer. Check that the database runs and that "
            "HIPFORM_DATABASE_URL is right, and try again."
        )
    if state is not None and state.startswith(_POSTGRESQL_NO_ROOM):
        return _no_room(where)
    return _closed(where) if state is not None and state.startswith(_POSTGRESQL_CLOSED) else None


def _sqlite_code(error: BaseException) -> int | None:
    original = getattr(error, "orig", None) or error
    code = getattr(original, "sqlite_errorcode", None)
    return None if code is None else int(code) & _PRIMARY


def _busy(where: str) -> OutputError:
    return OutputError(
        f"Another program has been using the history {where} for a minute. Close other hipform windows, or "
        "wait until they are done, and try again."
    )


def _closed(where: str) -> OutputError:
    return OutputError(
        f"The history {where} cannot be written: its folder can only be read. Change its permissions, or "
        "name another folder with HIPFORM_HOME."
    )


def _no_room(where: str) -> OutputError:
    return OutputError(
        f"The history {where} was not changed: the disk is full (or a limit is reached). Free some space and "
        "try again."
    )
