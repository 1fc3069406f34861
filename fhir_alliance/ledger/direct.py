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


#: one parameter: of which of the given mappings, the value of which name, and what makes the driver's of it
Bind = tuple[int, str, Callable[[Any], Any] | None]


@dataclass(frozen=True, slots=True)
class Direct:
    """A statement in the driver's own words."""

    sql: str
    #: in the order of its parameters
    binds: tuple[Bind, ...]

    def parameters(self, *given: Mapping[str, Any]) -> tuple[Any, ...]:
        """What the driver is given with it."""
        return tuple([make(given[n][name]) if make else given[n][name] for n, name, make in self.binds])


@lru_cache(maxsize=256)
def direct(dialect: Dialect, statement: ClauseElement) -> Direct:
    """A statement whose parameters have names."""
    return _compiled(dialect, statement, lambda name: (0, name))


def insertion(dialect: Dialect, rows: Sequence[NewRow]) -> Direct:
    """One statement that adds rows such as these; more than one row where the database can do that."""
    filled = [(table, *[name for name in values if values[name] is not None]) for table, values in rows]
    return _insertion(dialect, tuple(filled))


@lru_cache(maxsize=256)
def _insertion(dialect: Dialect, rows: tuple[tuple[Any, ...], ...]) -> Direct:
    """Of tables and their columns; all rows but the last are common table expressions of its statement."""
    places = {f"{name}_{n}": (n, name) for n, (_, *columns) in enumerate(rows) for name in columns}
    *others, last = [
        insert(table).inline().values({name: bindparam(f"{name}_{n}") for name in columns})
        for n, (table, *columns) in enumerate(rows)
    ]
    for n, one in enumerate(others):
        last = last.add_cte(one.cte(f"row_{n}"))
    return _compiled(dialect, last, places.__getitem__)


def _compiled(dialect: Dialect, statement: ClauseElement, place: Callable[[str], tuple[int, str]]) -> Direct:
    """``place``: where the value of a parameter is found."""
    compiled = statement.compile(dialect=dialect)
    if not isinstance(compiled, SQLCompiler) or compiled.positiontup is None:
        raise TypeError(statement)
    types = [compiled.binds[name].type.dialect_impl(dialect) for name in compiled.positiontup]
    made = [kind.bind_processor(dialect) for kind in types]
    binds = [(*place(name), make) for name, make in zip(compiled.positiontup, made, strict=True)]
    return Direct(str(compiled), tuple(binds))
