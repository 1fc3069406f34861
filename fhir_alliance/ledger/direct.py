"""Statements that go straight to the driver; SQLAlchemy compiles each once, and its types bind the values.

Its own way of executing is a large part of what a lookup or an insert costs, and a sender waits for these.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ClauseElement, Dialect, Table, bindparam, insert
from sqlalchemy.sql.compiler import SQLCompiler


class NewRow(NamedTuple):
    """A row to add; a column that is left out, or None, is empty."""

    table: Table
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Direct:
    """A statement in the driver's own words."""

    sql: str
    #: each parameter in its order, and what makes the driver's value of one of ours
    binds: tuple[tuple[str, Callable[[Any], Any] | None], ...]
    positional: bool

    def parameters(self, values: Mapping[str, Any]) -> Any:
        """What the driver is given with it."""
        bound = {name: make(values[name]) if make else values[name] for name, make in self.binds}
        return tuple(bound.values()) if self.positional else bound


@lru_cache(maxsize=256)
def direct(dialect: Dialect, statement: ClauseElement) -> Direct:
    """A statement each of whose parameters stands in it once."""
    compiled = statement.compile(dialect=dialect)
    if not isinstance(compiled, SQLCompiler):
        raise TypeError(statement)
    names: Sequence[str] = compiled.positiontup or list(compiled.binds)
    types = {name: compiled.binds[name].type.dialect_impl(dialect) for name in names}
    binds = tuple((name, kind.bind_processor(dialect)) for name, kind in types.items())
    return Direct(str(compiled), binds, compiled.positional)


def insertion(rows: Sequence[NewRow]) -> tuple[ClauseElement, Mapping[str, Any]]:
    """One statement that adds ``rows``, and its values; more than one row where the database can do that."""
    given = [{name: value for name, value in row.values.items() if value is not None} for row in rows]
    statement = _insertion(tuple((row.table, *values) for row, values in zip(rows, given, strict=True)))
    return statement, {_place(name, n): value for n, values in enumerate(given) for name, value in values.items()}


def _place(column: str, number: int) -> str:
    return f"{column}_{number}"


@lru_cache(maxsize=256)
def _insertion(shapes: tuple[tuple[Any, ...], ...]) -> ClauseElement:
    """Of tables and their columns; all rows but the last are common table expressions of its statement."""
    *others, last = [
        insert(table).inline().values({name: bindparam(_place(name, number)) for name in columns})
        for number, (table, *columns) in enumerate(shapes)
    ]
    for number, one in enumerate(others):
        last = last.add_cte(one.cte(f"row_{number}"))
    return last
