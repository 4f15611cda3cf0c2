"""The database of the history: where it is, how it is opened and brought up to date, how it is asked.

SQLite in WAL mode beside the library, or PostgreSQL when `HIPFORM_DATABASE_URL` names one. One writer at a
time, readers at any time. A file that is damaged, of a newer version or of another program is refused
before anything is written to it.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import Session

from hipform.atomic import output_error
from hipform.errors import InputError
from hipform.store.database_errors import in_words, is_busy, newer, of_another_program
from hipform.store.schema import REVISION
from hipform.store.set_folder import data_folder

# Ours: saving takes milliseconds, so whoever waits this long waits for a program that hangs.
BUSY_S: Final = 60.0
_RETRY_S: Final = 0.05
# Any number that no other program on the same server is likely to lock.
_POSTGRESQL_LOCK: Final = 0x68697066
_BEGIN: Final = "sqlite_begin"


def database_url() -> URL:
    """`HIPFORM_DATABASE_URL`, else the SQLite file in the user's data folder.

    Raises:
        InputError: the address is none, or of a database that hipform does not know.

    """
    given = os.environ.get("HIPFORM_DATABASE_URL")
    if not given:
        return sqlite_url(data_folder() / "history.sqlite3")
    try:
        url = make_url(given)
    except ArgumentError:
        url = URL.create("unknown")
    if url.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return url.set(drivername="postgresql+psycopg")
    if url.drivername == "sqlite" and url.database:
        return url
    raise InputError(
        "HIPFORM_DATABASE_URL is not an address that hipform knows. Write "
        "postgresql://USER:PASSWORD@HOST/NAME or sqlite:////PATH, or unset it to use the file in your data "
        "folder."
    )


def sqlite_url(path: Path) -> URL:
    """The address of an SQLite file."""
    return URL.create("sqlite", database=str(path))


class Database:
    """An open database with the newest schema. Safe for threads: each takes a connection of its own.

    Raises:
        InputError: it is damaged, of a newer version or of another program, and stays untouched.
        OutputError: it cannot be made, written or reached.

    """

    def __init__(self, url: URL) -> None:
        self._sqlite = url.get_backend_name() == "sqlite"
        self.where = str(url.database) if self._sqlite else url.render_as_string(hide_password=True)
        with in_words(self.where):
            if self._sqlite:
                _prepare(Path(self.where))
            self._engine = _sqlite_engine(url) if self._sqlite else _postgresql_engine(url)
            # A reader sees one moment. A writer sees what the one before it wrote, once it is its turn.
            to_write = {_BEGIN: "BEGIN IMMEDIATE"} if self._sqlite else {"isolation_level": "READ COMMITTED"}
            self._writer = self._engine.execution_options(**to_write)
            try:
                self._bring_up_to_date()
            except BaseException:
                self.close()
                raise

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A look at one moment of the database; what others write meanwhile is not seen."""
        with in_words(self.where), Session(self._engine) as session, session.begin():
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Changes that are all made at the end, or none of them. Other writers wait."""
        with in_words(self.where), Session(self._writer) as session, session.begin():
            self._wait_for_others(session.connection())
            yield session

    def forget_erased(self) -> None:
        """Take what was erased out of SQLite's log of changes, too."""
        if self._sqlite:
            with in_words(self.where):
                self._pragma("wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close all connections; used again, it opens them again."""
        self._engine.dispose()

    def _wait_for_others(self, connection: Connection) -> None:
        if not self._sqlite:  # SQLite waits when it begins to write
            connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _POSTGRESQL_LOCK})

    def _bring_up_to_date(self) -> None:
        """Make the tables, or change those of an older version, unless the schema is the newest already."""
        end = time.monotonic() + BUSY_S
        while True:
            try:
                if self._sqlite:
                    self._pragma("journal_mode=WAL")
                with self._engine.connect() as connection:
                    if revision_of(connection) == REVISION:
                        return
                with self._writer.begin() as connection:
                    self._wait_for_others(connection)
                    _migrate(connection, self.where)
            except (DBAPIError, sqlite3.Error) as error:
                # Two programs that make the same new file meet here: SQLite does not wait by itself then.
                if not is_busy(error) or time.monotonic() > end:
                    raise
                time.sleep(_RETRY_S)

    def _pragma(self, what: str) -> None:
        with closing(self._engine.raw_connection()) as connection:
            connection.cursor().execute(f"PRAGMA {what}").close()


class Part:
    """What the parts of the history have in common."""

    def __init__(self, database: Database) -> None:
        self.database = database


def revision_of(connection: Connection) -> str | None:
    """The schema's revision; None for a database that hipform has not written to."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return str(connection.execute(text("select version_num from alembic_version")).scalar())


def _migrate(connection: Connection, where: str) -> None:
    from hipform.store.migrating import known_revisions, upgrade

    revision = revision_of(connection)
    if revision is not None and revision not in known_revisions():
        raise newer(where)
    upgrade(connection)


def _sqlite_engine(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_S})
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    # Transactions begin when we say so (`_begin_sqlite`), not when Python's module thinks it right.
    connection.isolation_level = None
    for pragma in ("foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer asks for the right to write at once: one that has read before cannot wait for it any more.
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))


def _postgresql_engine(url: URL) -> Engine:
    try:
        return create_engine(url, pool_pre_ping=True, isolation_level="REPEATABLE READ")
    except ModuleNotFoundError as error:
        raise InputError(
            "The history is to be in PostgreSQL (HIPFORM_DATABASE_URL), but what talks to it is not "
            'installed. Run: pip install "hipform[postgresql]"'
        ) from error


def _prepare(path: Path) -> None:
    """Make the folder of an SQLite file, and refuse a file that hipform must not write to."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("rb") as file:
            empty = not file.read(1)
    except FileNotFoundError:
        return
    except OSError as error:
        raise output_error(path, error) from error
    if not empty:
        _look_into(path)


def _look_into(path: Path) -> None:
    """Refuse a file that is damaged, of a newer version or of another program, without leaving a trace."""
    for looks_left in (2, 1, 0):
        in_use = path.with_name(f"{path.name}-wal").exists()
        try:
            _inspect(path, "mode=ro" if in_use else "immutable=1")
        except sqlite3.DatabaseError:
            # Where a file was not in use and somebody begins to write, it looks like damage: look again.
            if not looks_left:
                raise
            time.sleep(_RETRY_S)
        else:
            return


def _not_whole() -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError("what is in the file does not fit together")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def _inspect(path: Path, how: str) -> None:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, timeout=BUSY_S)) as file:
        tables = {name for (name,) in file.execute("select name from sqlite_master where type = 'table'")}
        if not tables:
            return
        if "alembic_version" not in tables:
            raise of_another_program(str(path))
        (revision,) = file.execute("select version_num from alembic_version").fetchone()
        if revision != REVISION:
            from hipform.store.migrating import known_revisions

            if revision not in known_revisions():
                raise newer(str(path))
        if file.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise _not_whole()
