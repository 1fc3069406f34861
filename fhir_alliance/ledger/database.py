"""A database of either kind: a commit is on disk, and what cannot be done now is said so."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, exc, text

from fhir_alliance.errors import DatabaseUnavailable
from fhir_alliance.ledger.cause import cause
from fhir_alliance.ledger.new_rows import NewRow, insertion

#: how long a writer waits for another before the request is answered with 503
BUSY_SECONDS = 5
#: gone, full, locked, read-only (for PostgreSQL an internal error), or every connection of ours is in use;
#: all else is a mistake of the program
_UNAVAILABLE = (exc.OperationalError, exc.InterfaceError, exc.InternalError, exc.TimeoutError)
_TRIAL = text("INSERT INTO trial VALUES (1) ON CONFLICT (id) DO UPDATE SET id = excluded.id")


class Database:
    """Transactions on one database; each raises DatabaseUnavailable where it does not do as asked."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that only reads."""
        with answering(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction; on disk when the block ends without an error."""
        with answering(), self.engine.begin() as connection:
            yield connection

    def migrating(self) -> AbstractContextManager[Connection]:
        """A transaction in which the tables may change."""
        return self.writing()

    def add(self, connection: Connection, rows: Sequence[NewRow]) -> None:
        """Add new rows, in this order; Overtaken where another writer added one of their keys meanwhile."""
        for row in rows:
            self._add_at_once(connection, (row,))

    def _add_at_once(self, connection: Connection, rows: Sequence[NewRow]) -> None:
        """By one statement."""
        statement, driver_error = insertion(self.engine.dialect, rows), self.engine.dialect.loaded_dbapi.Error
        driver: Any = connection.connection.driver_connection
        try:
            driver.execute(statement.sql, statement.parameters(rows))
        except driver_error as fault:
            raise exc.DBAPIError.instance(None, None, fault, driver_error, hide_parameters=True) from fault

    def try_to_write(self) -> None:
        """Write a row, as far as to the disk: that it is full shows in nothing less."""
        with self.writing() as connection:
            self._take_space(connection)
            connection.execute(_TRIAL)

    def _take_space(self, connection: Connection) -> None:
        """Need more of the disk than a row that is written anew may."""


@contextmanager
def answering() -> Iterator[None]:
    """DatabaseUnavailable where the block meets a database that is gone, full, locked or read-only."""
    try:
        yield
    except _UNAVAILABLE as fault:
        raise DatabaseUnavailable(cause(fault)) from fault
