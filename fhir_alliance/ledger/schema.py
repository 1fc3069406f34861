"""The tables' version: brought to this program's, and required before anything runs on it."""

from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event

from fhir_alliance.errors import UnknownSchema
from fhir_alliance.ledger.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(database: Database, to: str = "head") -> tuple[str | None, str | None]:
    """Bring the tables to a version, keeping every row; the version before and the one now.

    Raises UnknownSchema where a newer program has been here, or services are at work and something is to be done.
    """
    with database.reading() as connection:
        if _known_version(connection) == _head():
            return _head(), _head()
    with database.migrating() as connection:
        before = _known_version(connection)
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, to)
        return before, _known_version(connection)


def require_schema(database: Database) -> None:
    """UnknownSchema where the tables are not of this version: now, and on each connection from now on."""
    head = _head()
    with database.reading() as connection:
        _require(_known_version(connection), head)

    def check(connection: Any, _: Any) -> None:
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        _require(found[0] if found else None, head)

    event.listen(database.engine, "connect", check)


def _require(current: str | None, head: str | None) -> None:
    if current != head:
        is_at = f"is at version {current}, this program needs {head}" if current else "has no tables yet"
        raise UnknownSchema(f"the database {is_at}: fhir-alliance migrate")


def _head() -> str | None:
    """The version of the tables that this program knows."""
    return _scripts().get_current_head()


def _known_version(connection: Connection) -> str | None:
    """The database's version; UnknownSchema where a newer program has been here."""
    current = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in _scripts().walk_revisions()}
    if current is not None and current not in known:
        raise UnknownSchema(f"the database is at version {current}, which this program does not know")
    return current


@cache
def _scripts() -> ScriptDirectory:
    """All migrations: as long as the program runs there are no others."""
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config
