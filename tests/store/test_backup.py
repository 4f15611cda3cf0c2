"""A backup holds everything and gives it back exactly; a file that is none changes nothing."""

import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from fixtures.disk import small_disk
from fixtures.kept import contents, done, filler, write_kept
from hipform.errors import InputError, OutputError
from hipform.store import set_folder
from hipform.store.backup import Packed, backup, export, import_, restore
from hipform.store.history import History, Judgement, Person, keep
from hipform.store.schema import Base

KNEE = "knee_flexion_peak_deg"


@pytest.fixture
def elsewhere(database, monkeypatch, tmp_path):
    """Go to another machine, with a history of its own that is empty."""

    def go(name="other"):
        monkeypatch.setenv("HIPFORM_HOME", str(tmp_path / name))
        if database == "postgresql":  # the other one is SQLite: a backup moves between both
            monkeypatch.delenv("HIPFORM_DATABASE_URL", raising=False)
        return History()

    return go


@pytest.fixture
def full(history):
    """A history with something of everything."""
    anna = history.add_person("Anna é", height_m=1.7, leg_length_m=0.88, notes="left\nknee")
    history.edit_person(1, name="Ben")
    sample = history.add_person("Sample", sample=True)
    ids = [write_kept(done(f"2026-0{n}-01T10:00:00+0{n}:00"), title=f"{n} ü.mp4").id for n in (1, 2, 3)]
    history.record(set_folder.open_set(ids[0]), anna.id)
    history.record(set_folder.open_set(ids[1]))
    history.record(set_folder.open_set(ids[2]), sample.id)
    history.edit(ids[0], load_kg=0.1 + 0.2, shoes="none", notes="a\tb 🏋 \u2028", pain=3)
    history.edit(ids[1], done_at=datetime(2020, 2, 29, 1, 2, 3, 456789, tzinfo=UTC))
    history.judge_rep(ids[0], 2, False, "a stumble")
    history.judge_rep(ids[1], 4, True)
    return history, ids


def everything(history):
    """All rows by table."""
    with history.database.reading() as session:
        return {
            table.name: [
                tuple(row) for row in session.execute(select(table).order_by(*table.primary_key.columns))
            ]
            for table in Base.metadata.sorted_tables
        }


def test_a_backup_gives_back_exactly_what_was_there(full, elsewhere, tmp_path, home):
    history, _ = full
    assert backup(tmp_path / "b.zip", history) == Packed(3, 3)
    rows, files = everything(history), contents(home / "sets")
    with elsewhere() as other:
        assert restore(tmp_path / "b.zip", other) == Packed(3, 3, 3)
        assert everything(other) == rows
        assert contents(set_folder.library()) == files
        assert other.people() == history.people()
        assert other.add_person("Next").id == 4


def test_deleted_sets_are_not_in_a_backup(full, elsewhere, tmp_path):
    history, ids = full
    history.delete(ids[0])
    assert backup(tmp_path / "b.zip", history) == Packed(3, 2)
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        assert not [name for name in archive.namelist() if ids[0] in name]
        assert ids[0] not in archive.read("tables/rep.jsonl").decode()


def test_a_restored_backup_leaves_what_was_done_since(full, tmp_path, home):
    history, ids = full
    backup(tmp_path / "b.zip", history)
    files = contents(home / "sets")
    before = everything(history)
    history.edit(ids[0], notes="changed", load_kg=1.0)
    history.judge_rep(ids[0], 2, True)
    history.delete(ids[1])
    history.edit_person(2, name="Anna Maria")
    since = history.record(write_kept(title="since"), 2)
    assert restore(tmp_path / "b.zip", history) == Packed(3, 3, 3)
    assert {s.id for s in history.sets(limit=None)} == {ids[0], ids[1], since.id}
    assert history.entry(since.id) == replace(since, person_id=4)
    assert [(p.id, p.name) for p in history.people()] == [
        (1, "Ben"),
        (2, "Anna é"),
        (3, "Sample"),
        (4, "Anna Maria"),
    ]
    after = everything(history)
    for table in ("judgement", "exercise_set"):
        assert set(after[table]) >= set(before[table])
    there = contents(home / "sets")
    assert {name: there[name] for name in files} == files
    assert not [name for name in there if name.startswith(".")]


def test_after_the_database_was_lost_a_backup_brings_the_words_back(full, tmp_path, home, database):
    if database != "sqlite":
        pytest.skip("there the folder does not hold the database")
    history, ids = full
    backup(tmp_path / "b.zip", history)
    before = everything(history)
    history.close()
    (home / "history.sqlite3").unlink()
    with History() as new:
        assert set(new.reconcile().added) == set(ids)
        assert new.entry(ids[0]).notes == ""
        restore(tmp_path / "b.zip", new)
        assert everything(new) == before


def test_a_set_that_was_measured_again_since_the_backup_keeps_its_new_numbers(full, tmp_path):
    history, ids = full
    backup(tmp_path / "b.zip", history)
    folder = set_folder.open_set(ids[1])
    report = folder.report()
    filler(replace(report, reps=report.reps[:2]), poses=folder.poses.read_bytes())(folder)
    history.refresh(folder)
    restore(tmp_path / "b.zip", history)
    assert len(history.values(1, "squat", KNEE)) == 2


def test_importing_adds_what_is_new_and_changes_nothing_here(full, elsewhere, tmp_path):
    history, ids = full
    export(tmp_path / "e.zip", ids[:2], history)
    said = [history.entry(set_id) for set_id in ids[:2]]
    with elsewhere() as other:
        other.add_person("Zoe")
        other.edit_person(1, name="Anna é", notes="mine")
        own = other.record(write_kept(title="own"))
        assert import_(tmp_path / "e.zip", other) == Packed(2, 2, 2)
        assert other.people() == [Person(1, "Anna é", notes="mine"), Person(2, "Zoe"), Person(3, "Ben")]
        assert other.entry(ids[0]) == replace(said[0], person_id=1)
        assert other.entry(ids[1]) == replace(said[1], person_id=3)
        assert other.judgements(ids[0]) == {2: Judgement(False, "a stumble")}
        assert {s.id for s in set_folder.list_sets()} == {own.id, *ids[:2]}
        other.edit(ids[0], notes="later")
        before = everything(other)
        assert import_(tmp_path / "e.zip", other) == Packed(2, 2, 0)
        assert everything(other) == before


def test_the_same_set_under_another_id_is_not_imported(history, elsewhere, tmp_path):
    keep("here", filler(poses=b"same"))
    export(tmp_path / "e.zip", None, history)
    with elsewhere() as other:
        mine = keep("there", filler(poses=b"same"))
        assert import_(tmp_path / "e.zip", other).taken == 0
        assert [s.id for s in other.sets()] == [mine.id]
        assert [s.id for s in set_folder.list_sets()] == [mine.id]


def test_a_set_that_was_deleted_here_comes_back_by_importing(full, tmp_path, home):
    history, ids = full
    export(tmp_path / "e.zip", [ids[0]], history)
    before = contents(home / "sets")
    history.edit(ids[0], notes="since")
    entry = history.entry(ids[0])
    history.delete(ids[0])
    assert import_(tmp_path / "e.zip", history).taken == 1
    assert history.entry(ids[0]) == replace(entry, notes="a\tb 🏋 \u2028")
    assert contents(home / "sets") == before


def test_what_was_broken_off_after_the_rows_is_carried_through_by_importing_again(
    full, elsewhere, tmp_path, monkeypatch
):
    history, ids = full
    backup(tmp_path / "b.zip", history)
    with elsewhere() as other:
        with monkeypatch.context() as patch:
            patch.setattr(set_folder, "place", _killed)
            with pytest.raises(KeyboardInterrupt):
                restore(tmp_path / "b.zip", other)
        other.reconcile()
        assert other.sets() == []
        import_(tmp_path / "b.zip", other)
        assert {s.id for s in other.sets()} == set(ids[:2])
        assert other.entry(ids[0]).pain == 3


def _killed(_folder):
    raise KeyboardInterrupt


# --- files that are none


def _rewritten(path, change):
    """The same archive with changed contents."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def _manifest(**changes):
    def change(files):
        manifest = json.loads(files["hipform-history.json"]) | changes
        files["hipform-history.json"] = json.dumps(manifest).encode()

    return change


def _line(table, **changes):
    def change(files):
        lines = files[f"tables/{table}.jsonl"].splitlines()
        lines[0] = json.dumps(json.loads(lines[0]) | changes).encode()
        files[f"tables/{table}.jsonl"] = b"\n".join(lines)

    return change


def _outside(files):
    files["sets/0123456789ab/../../../stolen.txt"] = b"x"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_manifest(schema="9999"), "newer version"),
        (_manifest(format="hipform/history/2"), "newer version"),
        (lambda files: files.pop("hipform-history.json"), "not a backup"),
        (_line("rep", set_id="0123456789ab"), "not a backup"),
        (_line("rep", bottom_s=None), "not a backup"),
        (_line("rep", colour="red"), "not a backup"),
        (_line("exercise_set", done_at="yesterday"), "not a backup"),
        (_line("exercise_set", person_id=77), "not a backup"),
        (_outside, "not a backup"),
    ],
)
def test_a_file_that_cannot_be_taken_changes_nothing(history, tmp_path, home, change, told):
    history.record(write_kept())
    backup(tmp_path / "b.zip", history)
    _rewritten(tmp_path / "b.zip", change)
    history.delete(history.sets()[0].id)
    rows, files = everything(history), contents(home / "sets")
    for take in (restore, import_):
        with pytest.raises(InputError, match=told):
            take(tmp_path / "b.zip", history)
    assert everything(history) == rows
    assert contents(home / "sets") == files
    assert not (tmp_path / "stolen.txt").exists()


def test_a_damaged_or_absent_file_is_told(home, tmp_path):
    with History() as history:
        folder = write_kept()
        history.record(folder)
        backup(tmp_path / "b.zip", history)
        whole = (tmp_path / "b.zip").read_bytes()
        report = whole.index(b"sets/" + folder.id.encode() + b"/report.json") + 60
        damaged = (
            whole[:report] + bytes(255 - byte for byte in whole[report : report + 50]) + whole[report + 50 :]
        )
        history.delete(folder.id)
        history.purge(ids=[folder.id])
        for content in (b"", b"no zip", whole[: len(whole) // 2], damaged):
            (tmp_path / "b.zip").write_bytes(content)
            with pytest.raises(InputError, match="not a backup"):
                restore(tmp_path / "b.zip", history)
        with pytest.raises(InputError, match="cannot be read"):
            restore(tmp_path / "nothing.zip", history)
        assert history.sets() == []
        assert contents(home / "sets") == {}


def test_a_full_disk_keeps_the_older_backup_and_what_is_here(home, tmp_path):
    with History() as history:
        history.record(write_kept(poses=b"x" * 400_000))
        backup(tmp_path / "b.zip", history)
        before = (tmp_path / "b.zip").read_bytes()
        with small_disk(100_000), pytest.raises(OutputError, match="disk is full"):
            backup(tmp_path / "b.zip", history)
        assert (tmp_path / "b.zip").read_bytes() == before
        assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["b.zip"]
        history.delete(history.sets()[0].id)
        history.purge(ids=[s.id for s in history.sets(deleted=True)])
        with small_disk(300_000), pytest.raises(OutputError, match="disk is full"):
            restore(tmp_path / "b.zip", history)
        assert history.sets() == []
        assert contents(home / "sets") == {}
        restore(tmp_path / "b.zip", history)
        assert len(history.sets()) == 1


def test_a_folder_that_is_not_there_is_told(home, tmp_path):
    with History() as history, pytest.raises(OutputError, match="does not exist"):
        backup(Path(tmp_path / "nowhere" / "b.zip"), history)
