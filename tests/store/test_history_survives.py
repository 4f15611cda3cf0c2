"""Nothing is lost and nothing is halved, whatever happens: kills, crowds, full disks, damaged files."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from fixtures.disk import small_disk
from fixtures.kept import contents, filler, write_kept
from hipform.errors import InputError, OutputError
from hipform.store import set_folder
from hipform.store.history import History, keep, open_history
from hipform.store.keeping import Reconciled

TESTS = Path(__file__).resolve().parents[1]
KNEE = "knee_flexion_peak_deg"
NOBODY = 65534  # the user who may do nothing, on every Unix


def saving(*arguments: str) -> "subprocess.Popen[str]":
    """A program of `fixtures.saving` at work."""
    return subprocess.Popen(
        [sys.executable, "-m", "fixtures.saving", *arguments],
        env=os.environ | {"PYTHONPATH": str(TESTS)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def said(process: "subprocess.Popen[str]") -> dict[str, list[str]]:
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert err == ""
    return json.loads(out)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_a_hundred_times_nothing_is_lost_or_half(home):
    told = said(saving("kill", "100"))
    assert told["wrong"] == []
    assert len(told["finished"]) > 50
    with History() as history:
        history.reconcile()
        sets = {entry.id for entry in history.sets(limit=None)}
        assert sets >= set(told["finished"])
        assert sets == {folder.id for folder in set_folder.list_sets()}
        assert len(history.values(1, "squat", KNEE)) == 4 * len(sets)


def test_two_processes_with_eight_threads_each_lose_nothing(database, home):
    both = [saving("threads", "2") for _ in range(2)]
    finished = [set_id for process in both for set_id in said(process)["finished"]]
    with History() as history:
        assert history.reconcile() == Reconciled()
        assert sorted(entry.id for entry in history.sets(limit=None)) == sorted(finished)
        assert {entry.notes for entry in history.sets(limit=None)} == {"mine"}
        assert len(history.values(1, "squat", KNEE)) == 4 * len(finished) == 4 * 32
        assert len(history.people()) == 1


def test_a_full_disk_is_told_and_what_was_saved_stays(home):
    saved = []
    with History() as history:
        with small_disk(150_000), pytest.raises(OutputError, match="disk is full"):  # noqa: PT012 (until it is)
            while True:
                saved.append(history.record(write_kept()).id)
        assert saved
        assert {entry.id for entry in history.sets(limit=None)} == set(saved)
        assert len(history.reconcile().added) == 1  # the one that did not fit; its folder was there
    _assert_whole(home)


def test_a_set_is_kept_when_the_history_finds_no_room(home):
    open_history()
    with small_disk(20_000):
        kept = [keep("set", filler()) for _ in range(3)]
    open_history().reconcile()
    assert {entry.id for entry in open_history().sets()} == {folder.id for folder in kept}


def test_a_disk_without_any_room_is_told(home):
    with small_disk(0), pytest.raises(OutputError, match="disk is full"):
        History()
    with History() as history:
        assert len(history.people()) == 1


@contextmanager
def as_nobody():
    """What root may do, everybody may not: become somebody else for a moment."""
    if os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="needs Unix permissions")
@pytest.mark.parametrize("with_history", [True, False])
def test_a_folder_that_can_only_be_read_is_told(monkeypatch, with_history):
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "data"
        monkeypatch.setenv("HIPFORM_HOME", str(folder))
        with History() as history:
            entry = history.record(write_kept())
        if not with_history:
            (folder / "history.sqlite3").unlink()
        before = contents(folder)
        Path(place).chmod(0o755)
        folder.chmod(0o555)
        try:
            with as_nobody(), pytest.raises(OutputError, match=r"permissions|not allowed"):
                History()
        finally:
            folder.chmod(0o755)
        assert contents(folder) == before
        with History() as history:
            history.reconcile()
            assert [one.id for one in history.sets()] == [entry.id]


def _garbage(path):
    path.write_bytes(b"this is no database" * 500)


def _truncated(path):
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def _overwritten(path):
    with path.open("r+b") as file:
        file.seek(3 * 4096)
        file.write(b"\xa5" * 4096 * 4)


@pytest.mark.parametrize("damage", [_garbage, _truncated, _overwritten])
def test_a_damaged_file_is_refused_and_left_as_it_is(home, damage):
    with History() as history:
        for _ in range(5):
            history.record(write_kept())
    path = home / "history.sqlite3"
    damage(path)
    before = contents(home)
    with pytest.raises(InputError, match="damaged and was left as it is") as told:
        open_history()
    assert "restore" in str(told.value)
    assert contents(home) == before
    path.rename(home / "damaged.sqlite3")
    assert len(open_history().sets()) == 5


def test_damage_that_comes_while_it_is_open_is_told(home):
    with History() as history:
        for _ in range(5):
            history.record(write_kept())
    with History() as history:
        _overwritten(home / "history.sqlite3")
        with pytest.raises(InputError, match="damaged"):
            history.values(1, "squat", KNEE)


def test_a_database_of_another_program_is_refused_and_left_as_it_is(home):
    home.mkdir()
    with closing(sqlite3.connect(home / "history.sqlite3")) as file:
        file.execute("create table visits (url)")
        file.commit()
    before = contents(home)
    with pytest.raises(InputError, match="not a history of hipform"):
        History()
    assert contents(home) == before


def test_an_empty_file_becomes_a_history(home):
    home.mkdir()
    (home / "history.sqlite3").touch()
    with History() as history:
        assert len(history.people()) == 1


def test_who_waits_too_long_is_told_and_not_in_the_words_of_the_database(home, monkeypatch):
    monkeypatch.setattr("hipform.store.database.BUSY_S", 0.1)
    with History() as history, closing(sqlite3.connect(home / "history.sqlite3")) as other:
        folder = write_kept()
        other.execute("begin immediate")
        with pytest.raises(OutputError, match="Another program") as told:
            history.record(folder)
        assert "locked" not in str(told.value)
        assert history.sets() == []  # reading never waits
        other.rollback()
        history.record(folder)


def test_a_server_that_does_not_answer_is_told_without_the_password(home, monkeypatch):
    nowhere = tempfile.gettempdir()
    monkeypatch.setenv("HIPFORM_DATABASE_URL", f"postgresql://me:secret@/db?host={nowhere}")
    with pytest.raises(OutputError, match="does not answer") as told:
        History()
    assert "secret" not in str(told.value)


def _assert_whole(home):
    copy = home / "copy.sqlite3"
    shutil.copy(home / "history.sqlite3", copy)
    with closing(sqlite3.connect(copy)) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
