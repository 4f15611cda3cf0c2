"""A data folder of each test's own, with the history in SQLite and in PostgreSQL."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures import postgresql
from hipform.store import history as history_module
from hipform.store.database import sqlite_url
from hipform.store.history import History


@pytest.fixture(scope="session")
def cluster() -> Iterator[Path]:
    with postgresql.cluster() as folder:
        yield folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The data folder, with the history in SQLite."""
    monkeypatch.setenv("HIPFORM_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("HIPFORM_DATABASE_URL", raising=False)
    yield tmp_path / "data"
    for one in history_module._open.values():
        one.close()
    history_module._open.clear()


@pytest.fixture(scope="session")
def used_again(cluster: Path) -> Iterator[str]:
    """A PostgreSQL database that is emptied after each test, which is quicker than a new one."""
    with postgresql.database(cluster) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Which database the history is in."""
    if request.param == "postgresql":
        url = request.getfixturevalue("used_again")
        monkeypatch.setenv("HIPFORM_DATABASE_URL", url)
        yield request.param
        postgresql.empty(url)
    else:
        yield request.param


@pytest.fixture(scope="session")
def new_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the newest schema; copying it is quicker than making one for each test."""
    path = tmp_path_factory.mktemp("new") / "history.sqlite3"
    History(sqlite_url(path)).close()
    return path


@pytest.fixture
def history(database: str, home: Path, new_file: Path) -> Iterator[History]:
    """An empty history, in each kind of database."""
    home.mkdir()
    if database == "sqlite":
        shutil.copy(new_file, home)
    with History() as opened:
        yield opened
