"""The engine, set up so that a commit is on disk and writers wait for each other."""

import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url

from fhir_alliance.errors import DatabaseBusy, UnknownSchema

#: how long a writer waits for another before the request is answered with 503
BUSY_SECONDS = 5
MIGRATIONS = Path(__file__).parent / "migrations"


def open_database(url: str) -> Engine:
    """An engine for ``url``; nothing is read or written yet."""
    with suppress(OSError):  # SQLite itself will say what is wrong with the path
        Path(make_url(url).database or "").touch(mode=0o600)  # it holds answers: for the service's user alone
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _: Any) -> None:
    """WAL, so that reads do not wait; FULL, so that a commit outlives a power cut."""
    connection.isolation_level = None  # transactions are begun below, not by the driver
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """A transaction that will write takes the lock at once: one that upgrades later can only fail."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


class Turns:
    """Lets the writers of one process go one by one: those that SQLite makes wait sleep, and wake late."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        if not self._lock.acquire(timeout=BUSY_SECONDS):
            raise DatabaseBusy("writers before this one take too long")

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def migrate(engine: Engine) -> None:
    """Bring the tables to this version, keeping every row."""
    with engine.execution_options(writes=True).begin() as connection:
        _check_known(connection)
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def check_schema(engine: Engine) -> None:
    """Refuse (UnknownSchema) to run on tables that are not of this version."""
    with engine.connect() as connection:
        current = _check_known(connection)
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if current != head:
        raise UnknownSchema(f"the database is at version {current or 'none'}, this program needs {head}")


def _check_known(connection: Connection) -> str | None:
    """The database's version; UnknownSchema where a newer program has been here."""
    current = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if current is not None and current not in known:
        raise UnknownSchema(f"the database is at version {current}, which this program does not know")
    return current


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config
