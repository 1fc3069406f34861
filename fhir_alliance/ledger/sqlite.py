"""SQLite, the embedded default: one file, one writer at a time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError

from fhir_alliance.errors import DatabaseUnavailable, UnknownSchema
from fhir_alliance.ledger import database
from fhir_alliance.ledger.direct import Direct

_BEGIN_WRITING = Direct("BEGIN IMMEDIATE", ())


class Sqlite(database.Database):
    """A file; its writers go one by one."""

    def __init__(self, url: URL) -> None:
        path = Path(url.database or "").absolute()
        with suppress(OSError):  # SQLite itself will say what is wrong with the path
            path.touch(mode=0o600)  # it holds answers: for the service's user alone
        # never made by SQLite: a file that is gone for a while would come back to an empty one in its place
        there = url.set(database=path.as_uri(), query={"mode": "rw", "uri": "true"})
        engine = create_engine(there, connect_args={"timeout": database.BUSY_SECONDS}, hide_parameters=True)
        event.listen(engine, "connect", _set_up)
        _watch(engine, path)
        super().__init__(engine)
        self._writer = engine.execution_options(writes=True)
        self._turn = threading.Lock()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Within one process writers queue here: those that SQLite makes wait sleep, and wake late."""
        if not self._turn.acquire(timeout=database.BUSY_SECONDS):
            raise DatabaseUnavailable("writers before this one take too long")
        try:
            with database.answering(), self._writer.begin() as connection:
                yield connection
        except DatabaseUnavailable as fault:
            if _is_read_only(fault):  # connections stay so, as long as one of them is left, whatever the disk is
                self.engine.dispose()
            raise
        finally:
            self._turn.release()

    def _begin(self, connection: Connection) -> None:
        """A transaction that will write takes the lock at once: one that upgrades later can only fail."""
        if connection.get_execution_options().get("writes", False):
            self._direct(connection, _BEGIN_WRITING)
        else:
            super()._begin(connection)

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """Tables are made anew and renamed, so what refers to them is checked at the end, not on the way."""
        with database.answering(), self._writer.connect() as connection:
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
            try:
                with connection.begin():
                    yield connection
                    _check_references(connection)
            finally:
                connection.invalidate()


def _is_read_only(fault: DatabaseUnavailable) -> bool:
    told = getattr(fault.__cause__, "orig", None)
    return str(getattr(told, "sqlite_errorname", "")).startswith("SQLITE_READONLY")


def _watch(engine: Engine, path: Path) -> None:
    """What was moved away or replaced is not written to any more, though it is still open."""

    def note(_: Any, record: Any) -> None:
        record.info["file"] = _file(path)

    def check(_: Any, record: Any, __: Any) -> None:
        if record.info["file"] != _file(path):
            raise DisconnectionError

    event.listen(engine, "connect", note)
    event.listen(engine, "checkout", check)


def _file(path: Path) -> tuple[int, int] | None:
    """Which file it is, by device and number; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _check_references(connection: Connection) -> None:
    """https://www.sqlite.org/lang_altertable.html#otheralter"""
    astray = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if astray is not None:
        raise UnknownSchema(f"the migration would leave rows of {astray[0]} astray; nothing was changed")


def _set_up(connection: Any, _: Any) -> None:
    """WAL, so that reads do not wait; FULL, so that a commit outlives a power cut; deleted means overwritten."""
    connection.isolation_level = None  # transactions are begun by us, not by the driver
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")
