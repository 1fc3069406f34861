"""A ledger with a long history, made quickly: what is in it, copied so many times."""

from typing import Any

from sqlalchemy import Column, Connection, Table, text

from fhir_alliance.ledger.database import Database
from fhir_alliance.ledger.tables import alias, entry, history, submission, version

_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT CAST(1 AS bigint) UNION ALL SELECT i + 1 FROM n WHERE i < :copies)"
#: ten digits, scattered as those of a UUID are, and different for each number
_SCATTERED = "CAST((n.i * 2654435761) % 4294967296 AS varchar)"
_DIGITS = f"substr('0000000000', 1, 10 - length({_SCATTERED})) || {_SCATTERED}"
#: table → what differs from copy to copy: submissions and entries keep 26 characters of the ids that they had
_DIFFERENT = {
    submission: {"id": "id"},
    alias: {"submission_id": "id", "value": "value"},
    version: {"submission_id": "id"},
    entry: {"id": "id", "submission_id": "id", "ehr_id": "id", "subject": "value"},
    history: {"entry_id": "id"},
}


def fill(database: Database, copies: int) -> None:
    """Copy every submission, with all that belongs to it, so many times; each of a patient of its own."""
    kind = database.engine.dialect.name
    with database.writing() as connection:
        if kind == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))  # a copy refers to copies
            connection.execute(text("SET LOCAL statement_timeout = 0"))
        for table in _DIFFERENT:
            _copy(connection, table, copies)
    if kind == "postgresql":
        with database.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection  # no transaction is begun there
            driver.execute("SET statement_timeout = 0")
            driver.execute("VACUUM ANALYZE")


def _copy(connection: Connection, table: Table, copies: int) -> None:
    columns = [column for column in table.columns if column.name != "id" or table is not history]
    names = ", ".join(column.name for column in columns)
    values = ", ".join(_value(table, column) for column in columns)
    copy = f"INSERT INTO {table.name} ({names}) {_NUMBERS} SELECT {values} FROM {table.name} t, n"  # noqa: S608
    connection.execute(text(copy), {"copies": copies})


def _value(table: Table, column: Column[object]) -> str:
    different = _DIFFERENT[table].get(column.name)
    if different == "id":
        return f"{_DIGITS} || substr(t.{column.name}, 11)"
    if different == "value":
        return f"substr(t.{column.name}, 1, 40) || '-' || CAST(n.i AS varchar)"
    return f"t.{column.name}"
