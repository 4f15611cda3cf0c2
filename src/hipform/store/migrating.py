"""Brings the tables of an older version up to date, with what is in them (Alembic, `migrations/`)."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

_SCRIPTS = Path(__file__).with_name("migrations")


def known_revisions() -> list[str]:
    """All revisions of the schema that this version can read, the newest first."""
    return [script.revision for script in ScriptDirectory(str(_SCRIPTS)).walk_revisions()]


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Change the tables, in the transaction that the connection is in."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
