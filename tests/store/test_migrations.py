"""Databases of every released schema open with all that is in them, and the tables are as documented."""

import re
import shutil
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from fixtures import postgresql
from fixtures.kept import contents
from hipform.errors import InputError
from hipform.store import migrating, schema
from hipform.store.database import sqlite_url
from hipform.store.history import History, Judgement, Person
from hipform.store.schema import REVISION, Base

DATABASES = Path(__file__).resolve().parents[1] / "fixtures/databases"
DOCS = Path(__file__).resolve().parents[2] / "docs/data.md"
SET_ID = "0123456789abcdef"


@pytest.fixture
def old(tmp_path, request):
    """A copy of the small database of an older schema."""
    return Path(shutil.copy(DATABASES / f"{request.param}.sqlite3", tmp_path / "history.sqlite3"))


@pytest.mark.parametrize("old", migrating.known_revisions(), indirect=True)
def test_a_database_of_every_schema_opens_with_what_is_in_it(old):
    with History(sqlite_url(old)) as history:
        assert history.people() == [
            Person(1, "Me"),
            Person(2, "Anna é", 1.7, 0.88, "left knee since May"),
        ]
        entry = history.entry(SET_ID)
        assert (entry.title, entry.person_id, entry.load_kg, entry.pain) == ("squats.mp4", 2, 62.5, 2)
        assert (entry.shoes, entry.notes) == ("barefoot", "slow\nand low 🏋")
        assert entry.done_at.isoformat() == "2026-11-05T18:03:00+01:00"
        values = history.values(2, "squat", "knee_flexion_peak_deg")
        assert [(v.value, v.complete, v.accepted) for v in values] == [
            (112.0, True, None),
            (108.0, True, False),
            (95.0, True, None),
            (42.0, False, None),
        ]
        assert history.judgements(SET_ID) == {2: Judgement(False, "a stumble")}
        (deleted,) = history.sets(deleted=True)
        assert deleted.deleted_at == datetime(2026, 11, 7, 8, 30, tzinfo=UTC)
        assert _differences(history) == []


def test_each_schema_has_its_database():
    assert {path.stem for path in DATABASES.glob("*.sqlite3")} == set(migrating.known_revisions())
    assert migrating.known_revisions()[0] == REVISION


def test_a_new_database_has_the_tables_that_the_models_say(history):
    assert _differences(history) == []


LATER = '''"""A later schema: people have a shoe size."""

import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{before}"


def upgrade():
    op.add_column("person", sa.Column("shoe_size", sa.Integer(), nullable=False, server_default="42"))
    {then}
'''


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, home, monkeypatch):
    """A database of the test's own: here schemas are changed."""
    with ExitStack() as stack:
        if request.param == "postgresql":
            url = stack.enter_context(postgresql.database(request.getfixturevalue("cluster")))
            monkeypatch.setenv("HIPFORM_DATABASE_URL", url)
        yield request.param


@pytest.fixture
def later(tmp_path, monkeypatch):
    """Makes this version one with a schema of its own, newer than all; `then` is what else is done."""

    def make(then=""):
        scripts = tmp_path / "migrations"
        shutil.copytree(migrating._SCRIPTS, scripts)
        (scripts / "versions" / "r9999.py").write_text(LATER.format(before=REVISION, then=then))
        monkeypatch.setattr(migrating, "_SCRIPTS", scripts)
        monkeypatch.setattr("hipform.store.database.REVISION", "9999")

    return make


def test_an_older_database_is_brought_up_to_date_with_its_data(history, later):
    history.edit_person(1, name="Anna")
    history.close()
    later()
    with History() as opened:
        assert opened.people() == [Person(1, "Anna")]
        with opened.database.reading() as session:
            assert session.execute(text("select shoe_size from person")).all() == [(42,)]


def test_a_migration_that_fails_leaves_the_database_as_it_was(history, later, monkeypatch):
    history.close()
    later('raise OSError("no more")')
    with pytest.raises(OSError, match="no more"):
        History()
    monkeypatch.setattr("hipform.store.database.REVISION", REVISION)
    with history.database.reading() as session:
        assert session.execute(text("select version_num from alembic_version")).scalar() == REVISION
    assert history.people() == [Person(1, "Me")]
    assert _differences(history) == []


def test_a_newer_database_is_refused_and_left_as_it_is(history, home, database):
    with history.database.writing() as session:
        session.execute(text("update alembic_version set version_num = '9999'"))
    history.close()
    before = contents(home)
    with pytest.raises(InputError, match="newer version"):
        History()
    assert contents(home) == before
    with history.database.writing() as session:
        assert session.execute(text("select version_num from alembic_version")).scalar() == "9999"


def test_every_column_is_documented_with_the_words_of_the_schema():
    section = DOCS.read_text(encoding="utf-8").split("## The history database")[1].split("\n## ")[0]
    for table in Base.metadata.sorted_tables:
        told = section.split(f"### `{table.name}`")[1].split("###")[0]
        rows = re.findall(r"^\| `(\w+)` \| (.+?) \|$", told, re.MULTILINE)
        assert rows == [(column.name, column.comment) for column in table.columns], table.name
    assert re.findall(r"### `(\w+)`", section) == [table.name for table in Base.metadata.sorted_tables]
    assert schema.REVISION in section


def _differences(history):
    """What a migration would have to change to make the tables those of the models, but for comments."""
    with history.database.reading() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        found = compare_metadata(context, Base.metadata)
    return [one for one in found if "comment" not in str(one[0])]
