"""New rows on their way to the driver: SQLAlchemy compiles a statement once, and its columns' types bind the values.

Its own way of executing costs more than an insert does, and this is what the answer to a caller waits for.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Dialect, Table, bindparam, insert


class NewRow(NamedTuple):
    """A row to add; a column that is left out, or None, is empty."""

    table: Table
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Insertion:
    """One statement that adds rows, in the driver's own words."""

    sql: str
    #: for each parameter in its order: its name, the number of its row, its column, and how the driver takes it
    binds: tuple[tuple[str, int, str, Callable[[Any], Any] | None], ...]
    positional: bool

    def parameters(self, rows: Sequence[NewRow]) -> Any:
        """What the driver is given with the statement."""
        taken = {
            name: process(rows[number].values[column]) if process else rows[number].values[column]
            for name, number, column, process in self.binds
        }
        return tuple(taken.values()) if self.positional else taken


def insertion(dialect: Dialect, rows: Sequence[NewRow]) -> Insertion:
    """The statement that adds ``rows``: one, where the database can add to several tables at once."""
    return _compiled(dialect, tuple((row.table, _columns(row)) for row in rows))


def _columns(row: NewRow) -> tuple[str, ...]:
    return tuple(name for name, value in row.values.items() if value is not None)


@lru_cache(maxsize=256)
def _compiled(dialect: Dialect, shapes: tuple[tuple[Table, tuple[str, ...]], ...]) -> Insertion:
    """All but the last row's are common table expressions of the last."""
    named = {
        f"{column}_{number}": (number, column) for number, (_, columns) in enumerate(shapes) for column in columns
    }
    types = {name: shapes[number][0].c[column].type for name, (number, column) in named.items()}
    inserts = [
        insert(table)
        .inline()
        .values({column: bindparam(f"{column}_{number}", type_=table.c[column].type) for column in columns})
        for number, (table, columns) in enumerate(shapes)
    ]
    *others, last = inserts
    for number, one in enumerate(others):
        last = last.add_cte(one.cte(f"row_{number}"))
    compiled = last.compile(dialect=dialect)
    names = compiled.positiontup if compiled.positional else named
    binds = tuple(
        (name, *named[name], types[name].dialect_impl(dialect).bind_processor(dialect)) for name in names
    )
    return Insertion(str(compiled), binds, compiled.positional)
