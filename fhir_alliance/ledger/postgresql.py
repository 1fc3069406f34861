"""PostgreSQL, 14 and later: any number of processes on any number of hosts meet in it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event, text
from sqlalchemy.exc import DBAPIError, OperationalError

from fhir_alliance.errors import Overtaken, UnknownSchema, WrongSetting
from fhir_alliance.ledger import database
from fhir_alliance.ledger.direct import NewRow, insertion

#: the session lock that services share, and that a migration has alone
SCHEMA_LOCK = 0x666861
#: seconds for one statement
LONGEST = 30
#: connections of one process; threads queue for them
MOST_CONNECTIONS = 16

_UNIQUE, _DEADLOCK = "23505", "40P01"
#: those of which two arrivals may add the same row; elsewhere a key that is there already is a mistake
_MET_ON = frozenset({"submission", "alias", "version", "entry"})
_NEW_PAGE = text("CREATE TEMPORARY TABLE new_page ON COMMIT DROP AS SELECT 1 AS id")
_ENCODING = text("SHOW server_encoding")
_ALONE = text("SELECT pg_advisory_xact_lock(:lock)")


class Postgresql(database.Database):
    """A database on a server; writers meet on rows and on unique keys."""

    def __init__(self, url: URL) -> None:
        try:
            engine = create_engine(
                url.set(drivername="postgresql+psycopg"),
                connect_args=_connect_arguments(),
                hide_parameters=True,
                isolation_level="AUTOCOMMIT",  # transactions are begun by us, not by the driver
                paramstyle="format",
                pool_size=MOST_CONNECTIONS,
                max_overflow=0,
                pool_timeout=database.BUSY_SECONDS,
            )
        except ModuleNotFoundError as fault:
            raise WrongSetting(
                "FHIR_ALLIANCE_DATABASE_URL: PostgreSQL needs the extra fhir-alliance[postgres]"
            ) from fault
        super().__init__(engine)
        event.listen(engine, "connect", _share_schema)

    @contextmanager
    def adding(self) -> Iterator[Connection]:
        """Until ``begin``, what ``finds`` and ``add`` ask is a transaction of its own each time."""
        with database.answering(), _noticing_others(), self.engine.connect() as connection:
            yield connection
            connection.commit()

    def begin(self, connection: Connection) -> None:
        """Once, however often it is asked for."""
        if not connection.in_transaction():
            connection.begin()

    def add(self, connection: Connection, rows: Sequence[NewRow]) -> None:
        """All by one statement; it waits for transactions that add one of the same keys."""
        if rows:
            self._direct(connection, insertion(self.engine.dialect, rows), *[row.values for row in rows])

    def _take_space(self, connection: Connection) -> None:
        """A page of its own, of a table that nobody else waits for: a dump locks all that stay."""
        connection.execute(_NEW_PAGE)

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """Alone with the database: UnknownSchema where services are at work on it, or not every text fits."""
        with self.writing() as connection:
            encoding = connection.execute(_ENCODING).scalar_one()
            if encoding != "UTF8":
                raise UnknownSchema(f"the database's encoding is {encoding}: make one with --encoding=UTF8")
            try:
                connection.execute(_ALONE, {"lock": SCHEMA_LOCK})
            except OperationalError as fault:
                raise UnknownSchema("services are at work on the database: stop them, then migrate") from fault
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            yield connection


@contextmanager
def _noticing_others() -> Iterator[None]:
    """Overtaken where another transaction was faster, or broke a deadlock at our cost."""
    try:
        yield
    except DBAPIError as fault:
        told: Any = fault.orig
        state = getattr(told, "sqlstate", None)
        if state == _DEADLOCK or (state == _UNIQUE and told.diag.table_name in _MET_ON):
            raise Overtaken from fault
        raise


def _connect_arguments() -> dict[str, Any]:
    """Commits are on disk, all is told alike, whatever the server's defaults; nothing waits for ever."""
    busy = f"{database.BUSY_SECONDS:g}s"
    options = {
        "synchronous_commit": "on",
        "default_transaction_isolation": r"read\ committed",
        "datestyle": "iso",
        "lock_timeout": busy,
        "statement_timeout": f"{LONGEST}s",
        "idle_in_transaction_session_timeout": f"{LONGEST}s",
    }
    return {
        "client_encoding": "utf8",
        "connect_timeout": max(2, round(database.BUSY_SECONDS)),
        "tcp_user_timeout": LONGEST * 1000,
        "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
        "application_name": "fhir-alliance",
    }


def _share_schema(connection: Any, _: Any) -> None:
    """As long as the connection lives nobody migrates the tables under it."""
    connection.execute("SELECT pg_advisory_lock_shared(%s)", (SCHEMA_LOCK,))
