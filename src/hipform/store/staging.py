"""Rows out of a file, brought up to date in a small database of their own before anything is changed here.

A file of an older version can so be read for as long as a database of that version could be migrated.
"""

import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile, ZipFile

from sqlalchemy import Connection, DateTime, MetaData, Table, create_engine, insert, select
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from hipform.errors import InputError
from hipform.store.database import sqlite_url
from hipform.store.database_errors import in_words
from hipform.store.migrating import known_revisions, upgrade

FORMAT: Final = "hipform/history/1"
MANIFEST: Final = "hipform-history.json"
_AT_ONCE: Final = 1000  # rows that are held in memory

Row = dict[str, Any]


class Staged:
    """The rows of a file, with the schema of this version."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def rows(self, table: Table) -> Iterator[Row]:
        """The rows of a table."""
        for row in self._connection.execute(select(table)).mappings():
            yield dict(row)


def table_file(name: str) -> str:
    """Where the rows of a table are in the archive."""
    return f"tables/{name}.jsonl"


def line_of(row: Row) -> str:
    """A row as a line of JSON; times are ISO 8601 in UTC."""
    plain = {key: value.isoformat() if isinstance(value, datetime) else value for key, value in row.items()}
    return json.dumps(plain, ensure_ascii=False, allow_nan=False) + "\n"


@contextmanager
def opened(path: Path) -> Iterator[ZipFile]:
    """The archive at this path. What is found to be wrong with it, also later, becomes `InputError`."""
    try:
        with _archive(path) as archive:
            yield archive
    except (BadZipFile, zlib.error, EOFError) as error:
        raise damaged(path.name) from error


def _archive(path: Path) -> ZipFile:
    try:
        return ZipFile(path)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}). Check its name and folder.") from error


def damaged(name: str) -> InputError:
    """The error of a file that is not, or not any more, what it should be."""
    return InputError(
        f"{name} is not a backup or export of hipform's history, or it is damaged. Nothing was changed. "
        "Choose another file."
    )


@contextmanager
def staged(archive: ZipFile, folder: Path) -> Iterator[Staged]:
    """The rows of the archive; the database that holds them meanwhile lies in `folder`.

    Raises:
        InputError: a newer version wrote it, or it is damaged.

    """
    name = Path(archive.filename or "").name
    revision = _revision(archive, name)
    engine = create_engine(sqlite_url(folder / "staged.sqlite3"))
    try:
        with in_words(str(folder)), engine.begin() as connection:
            upgrade(connection, revision)
            try:
                _fill(connection, archive)
            except OperationalError:
                raise
            except (SQLAlchemyError, ValueError, AttributeError, TypeError) as error:
                raise damaged(name) from error
            upgrade(connection)
        with engine.connect() as connection:
            yield Staged(connection)
    finally:
        engine.dispose()


def _revision(archive: ZipFile, name: str) -> str:
    try:
        manifest = json.loads(archive.read(MANIFEST))
        kind, revision = manifest["format"], manifest["schema"]
    except (KeyError, ValueError, TypeError, RuntimeError) as error:
        raise damaged(name) from error
    if kind != FORMAT or revision not in known_revisions():
        raise InputError(
            f"{name} was written by a newer version of hipform. Nothing was changed. Update hipform and try "
            "again."
        )
    return str(revision)


def _fill(connection: Connection, archive: ZipFile) -> None:
    known = MetaData()
    known.reflect(connection)
    for table in known.sorted_tables:
        if table_file(table.name) not in archive.namelist():
            continue
        with archive.open(table_file(table.name)) as lines:
            rows = (_row(line, table) for line in lines)
            while chunk := list(islice(rows, _AT_ONCE)):
                connection.execute(insert(table), chunk)
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise ValueError("a row that belongs to nothing")


def _row(line: bytes, table: Table) -> Row:
    row: Row = json.loads(line)
    if not row.keys() <= set(table.columns.keys()):
        raise ValueError("a column that is not known")
    for column in table.columns:
        if isinstance(column.type, DateTime) and row.get(column.name) is not None:
            row[column.name] = datetime.fromisoformat(row[column.name]).replace(tzinfo=None)
    return row
