"""A database of either kind: a commit is on disk, and what cannot be done now is said so."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, cast

from sqlalchemy import ClauseElement, Connection, Engine, event, exc, text

from fhir_alliance.errors import DatabaseUnavailable
from fhir_alliance.ledger.cause import cause
from fhir_alliance.ledger.direct import Direct, NewRow, direct, insertion

#: how long a writer waits for another before the request is answered with 503
BUSY_SECONDS = 5
#: gone, full, locked, read-only (for PostgreSQL an internal error), or every connection of ours is in use;
#: all else is a mistake of the program
_UNAVAILABLE = (exc.OperationalError, exc.InterfaceError, exc.InternalError, exc.TimeoutError)
_BEGIN = Direct("BEGIN", ())
_TRIAL = text("INSERT INTO trial VALUES (1) ON CONFLICT (id) DO UPDATE SET id = excluded.id")


class Database:
    """Transactions on one database; each raises DatabaseUnavailable where it does not do as asked."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        event.listen(engine, "begin", self._begin)
        event.listen(engine, "connect", self._note_pool)

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

    def adding(self) -> AbstractContextManager[Connection]:
        """As ``writing``, for what is mostly new: what is known is changed after ``begin`` alone."""
        return self.writing()

    def begin(self, connection: Connection) -> None:
        """What follows on a connection from ``adding`` is one transaction."""

    def migrating(self) -> AbstractContextManager[Connection]:
        """A transaction in which the tables may change."""
        return self.writing()

    def finds(self, connection: Connection, select: ClauseElement, values: Mapping[str, Any]) -> bool:
        """Whether there is such a row."""
        return self._direct(connection, direct(self.engine.dialect, select), values).fetchone() is not None

    def add(self, connection: Connection, rows: Sequence[NewRow]) -> None:
        """Add new rows, those first that others refer to; Overtaken where another writer was faster with a key."""
        for row in rows:
            self._direct(connection, insertion(self.engine.dialect, (row,)), row.values)

    def _note_pool(self, _: Any, record: Any) -> None:
        """Which pool a connection is of: asked for when it breaks."""
        record.info["pool"] = self.engine.pool

    def _begin(self, connection: Connection) -> None:
        """What follows on ``connection`` is one transaction."""
        self._direct(connection, _BEGIN)

    def _direct(self, connection: Connection, statement: Direct, *given: Mapping[str, Any]) -> Any:
        """The driver's own cursor."""
        dialect = self.engine.dialect
        driver = cast("Any", connection.connection.driver_connection)
        try:
            return driver.execute(statement.sql, statement.parameters(*given))
        except dialect.loaded_dbapi.Error as fault:
            if dialect.is_disconnect(fault, driver, None):  # then those that wait in the pool broke, too
                pool = connection.info["pool"]
                connection.invalidate(fault)
                if self.engine.pool is pool:  # else another thread was here
                    self.engine.dispose()
            raise exc.DBAPIError.instance(None, None, fault, dialect.loaded_dbapi.Error) from fault

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
