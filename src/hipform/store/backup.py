"""Everything of the history in one file, and back: a zip of JSON Lines and the folders of the sets.

    hipform-history.json        what wrote it, with which schema, and how much is in it
    tables/<table>.jsonl        the rows of the database (docs/data.md), one a line
    sets/<id>/…                 every file of a set's folder

Deleted sets are left out. Reading a file changes nothing until all of it was found good and is unpacked;
then the rows are taken over in one step, and the folders appear. Broken off after that, it is carried
through by reading the file again.
"""

import json
import shutil
import zlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from sqlalchemy import ColumnElement, Table, case, delete, insert, select, update
from sqlalchemy.orm import Session

from hipform.atomic import output_error, replacing
from hipform.store import set_folder
from hipform.store.history import History, open_history
from hipform.store.people import FIRST_NAME, ensure_somebody
from hipform.store.schema import REVISION, Base, PersonRow, SetRow
from hipform.store.set_folder import REPORT
from hipform.store.staging import FORMAT, MANIFEST, Row, Staged, damaged, line_of, opened, staged, table_file

# Pictures, films, poses and such tables are packed already.
_PACKED: Final = (".jpg", ".mp4", ".npz", ".parquet")
_AT_ONCE: Final = 1000  # rows that are held in memory

_PEOPLE: Final = Base.metadata.tables[PersonRow.__tablename__]
_SETS: Final = Base.metadata.tables[SetRow.__tablename__]
# All others belong to a set; in the order in which they may be filled.
_PARTS: Final = [table for table in Base.metadata.sorted_tables if table not in (_PEOPLE, _SETS)]


@dataclass(frozen=True, slots=True)
class Packed:
    """How many people and sets a file holds. `taken`: sets that were taken over from it."""

    people: int
    sets: int
    taken: int = 0


def backup(path: Path, history: History | None = None) -> Packed:
    """Write everything but deleted sets to `path`; an older file of that name is replaced.

    Raises:
        OutputError: the folder or the disk does not take it; an older file stays.

    """
    return export(path, None, history)


def export(path: Path, ids: Collection[str] | None = None, history: History | None = None) -> Packed:
    """Write these sets and whose they are to `path`, or everything but deleted sets.

    Raises:
        OutputError: the folder or the disk does not take it; an older file stays.

    """
    with replacing(path) as part, ZipFile(part, "w", ZIP_DEFLATED) as archive:
        packed, set_ids = _write_tables(archive, ids, history or open_history())
        for set_id in set_ids:
            _write_folder(archive, set_folder.library() / set_id)
    return packed


def restore(path: Path, history: History | None = None) -> Packed:
    """Make everything that the file holds as it was when it was written.

    Sets that are not in the file stay, and so do their people. Raises as `import_` does.
    """
    return _take(path, history or open_history(), file_wins=True)


def import_(path: Path, history: History | None = None) -> Packed:
    """Add what the file holds and is not here: people by their names, sets by their ids and their poses.

    What was said here about a set that is here already stays. One that was deleted here comes back as the
    file has it.

    Raises:
        InputError: it is no such file, it is damaged, or a newer version wrote it. Nothing is changed.
        OutputError: the disk is full, or the data folder cannot be written. Nothing is changed.

    """
    return _take(path, history or open_history(), file_wins=False)


def _write_tables(
    archive: ZipFile, ids: Collection[str] | None, history: History
) -> tuple[Packed, list[str]]:
    kept = SetRow.deleted_at.is_(None)
    chosen = select(SetRow.id).where(kept if ids is None else kept & SetRow.id.in_(ids))
    owners = select(SetRow.person_id).where(SetRow.id.in_(chosen))
    with history.database.reading() as session:
        set_ids = list(session.scalars(chosen.order_by(SetRow.id)))
        people = _write_table(archive, session, _PEOPLE, None if ids is None else _PEOPLE.c.id.in_(owners))
        _write_table(archive, session, _SETS, _SETS.c.id.in_(chosen))
        for table in _PARTS:
            _write_table(archive, session, table, table.c.set_id.in_(chosen))
    packed = Packed(people, len(set_ids))
    archive.writestr(MANIFEST, json.dumps(_manifest(packed), indent=2))
    return packed, set_ids


def _manifest(packed: Packed) -> Row:
    return {
        "format": FORMAT,
        "schema": REVISION,
        "hipform": version("hipform"),
        "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "people": packed.people,
        "sets": packed.sets,
    }


def _write_table(archive: ZipFile, session: Session, table: Table, which: ColumnElement[bool] | None) -> int:
    wanted = select(table) if which is None else select(table).where(which)
    rows = session.connection().execute(
        wanted.order_by(*table.primary_key), execution_options={"yield_per": _AT_ONCE}
    )
    count = 0
    with archive.open(table_file(table.name), "w") as file:
        for count, row in enumerate(rows.mappings(), start=1):  # noqa: B007
            file.write(line_of(dict(row)).encode())
    return count


def _write_folder(archive: ZipFile, folder: Path) -> None:
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = f"sets/{folder.name}/{file.relative_to(folder).as_posix()}"
        with suppress(FileNotFoundError):  # it is being deleted at this moment
            archive.write(file, name, ZIP_STORED if file.suffix in _PACKED else None)


def _take(path: Path, history: History, *, file_wins: bool) -> Packed:
    with set_folder.unpacking() as folder, opened(path) as archive, staged(archive, folder) as rows:
        people = list(rows.rows(_PEOPLE))
        set_ids = {row["id"] for row in rows.rows(_SETS)}
        unpacked = _unpack(archive, folder, set_ids - set_folder.ids())
        with history.database.writing() as session:
            owners = _take_people(session, people, set_ids if file_wins else None)
            taken = _take_sets(session, rows, owners, file_wins)
            listed = set(session.scalars(select(SetRow.id).where(SetRow.deleted_at.is_(None))))
        for set_id in listed.intersection(unpacked):
            set_folder.place(folder / set_id)
        for set_id in taken & set_folder.ids():
            set_folder.empty_trash(set_id)
        history.reconcile()
        for set_id in _measured_anew(archive, taken & set_folder.ids()):
            history.refresh(set_folder.open_set(set_id))
    return Packed(len(people), len(set_ids), len(taken))


def _measured_anew(archive: ZipFile, set_ids: set[str]) -> Iterator[str]:
    """Those whose report here is not the one of the archive: their rows are those of the archive by now."""
    for file in archive.infolist():
        parts = PurePosixPath(file.filename).parts
        if parts[0] == "sets" and parts[-1] == REPORT and parts[1] in set_ids:
            report = set_folder.library().joinpath(*parts[1:])
            if zlib.crc32(report.read_bytes()) != file.CRC:
                yield parts[1]


def _unpack(archive: ZipFile, folder: Path, set_ids: set[str]) -> list[str]:
    """Unpack these sets; those of them that the archive holds."""
    found = set()
    for file in archive.infolist():
        path = PurePosixPath(file.filename)
        if path.parts[0] != "sets" or file.is_dir():
            continue
        if ".." in path.parts or "\\" in file.filename or ":" in file.filename:  # out of its folder
            raise damaged(Path(archive.filename or "").name)
        if path.parts[1] in set_ids:
            found.add(path.parts[1])
            _unpack_file(archive, file, folder.joinpath(*path.parts[1:]))
    return sorted(found)


def _unpack_file(archive: ZipFile, file: ZipInfo, there: Path) -> None:
    try:
        there.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(file) as packed, there.open("xb") as unpacked:
            shutil.copyfileobj(packed, unpacked)
    except OSError as error:
        raise output_error(there, error) from error


def _take_people(session: Session, people: list[Row], replaced: set[str] | None) -> dict[int, int]:
    """Bring people here and people of the file together; the ids here of those of the file.

    `replaced`: the sets of the file, when what the file says goes before what is here.
    """
    here = [dict(row) for row in session.connection().execute(select(_PEOPLE)).mappings()]
    if replaced is not None:
        owned = session.execute(select(SetRow.id, SetRow.person_id))
        with_sets = {person_id for set_id, person_id in owned if set_id not in replaced}
        here = [row for row in here if row["id"] in with_sets or not _is_untouched(row)]
        everybody, moved = _joined(people, here)
        owners = {row["id"]: row["id"] for row in people}
    else:
        everybody, owners = _joined(here, people)
        moved = {}
    session.execute(delete(PersonRow))
    if everybody:
        session.execute(insert(PersonRow), everybody)
    if moved:
        session.execute(update(SetRow).values(person_id=case(moved, value=SetRow.person_id)))
    ensure_somebody(session)
    return owners


def _is_untouched(row: Row) -> bool:
    """Whether somebody is the one that every new history begins with."""
    return row["name"] == FIRST_NAME and not any(row[k] for k in ("height_m", "leg_length_m", "notes"))


def _joined(first: list[Row], then: list[Row]) -> tuple[list[Row], dict[int, int]]:
    """Both, and the new ids of `then`: of the same name it is the same person, as `first` knows them."""
    everybody: dict[int, Row] = {row["id"]: row for row in first}
    named: dict[str, int] = {row["name"]: row["id"] for row in first}
    ids: dict[int, int] = {}
    for row in then:
        free = row["id"] if row["id"] not in everybody else max(everybody) + 1
        ids[row["id"]] = named.get(row["name"], free)
        everybody.setdefault(ids[row["id"]], row | {"id": free})
    return list(everybody.values()), ids


def _take_sets(session: Session, rows: Staged, owners: dict[int, int], file_wins: bool) -> set[str]:
    """Put the rows of sets here, in place of what was here of the same sets; the ids of those sets."""
    listed = [SetRow.deleted_at.is_(None)]
    here = select(SetRow.id, SetRow.person_id, SetRow.digest).where(*listed)
    known = {set_id: (owner, digest) for set_id, owner, digest in session.execute(here)}
    twins = {twin for twin in known.values() if twin[1] is not None}
    sets = [row | {"person_id": owners[row["person_id"]], "missing_since": None} for row in rows.rows(_SETS)]
    if not file_wins:
        sets = [r for r in sets if r["id"] not in known and (r["person_id"], r["digest"]) not in twins]
    taken = {row["id"] for row in sets}
    for chunk in _chunks(taken):
        session.execute(delete(SetRow).where(SetRow.id.in_(chunk)))
    for chunk in _chunks(sets):
        session.execute(insert(_SETS), chunk)
    for table in _PARTS:
        for chunk in _chunks(row for row in rows.rows(table) if row["set_id"] in taken):
            session.execute(insert(table), chunk)
    return taken


def _chunks(items: Iterable[Any]) -> Iterator[list[Any]]:
    left = iter(items)
    while chunk := list(islice(left, _AT_ONCE)):
        yield chunk
