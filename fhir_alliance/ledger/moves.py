"""A change of state and its line in the history, always together."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, update

from fhir_alliance.ledger.tables import State, entry, history

_CHANGE = update(entry).where(entry.c.id == bindparam("of_entry"))
_ADD = insert(history).inline()


def move(
    connection: Connection,
    clinic: str,
    entry_id: str,
    arrow: tuple[State, State],
    now: datetime,
    reason: str | None = None,
    **values: Any,
) -> None:
    """Take an entry along ``arrow``; ``values`` are further columns to set.

    What one state needs and another must not have (lease, time, reason, release) is cleared unless given.
    """
    cleared = {"lease": None, "lease_until": None, "due_at": None, "released": False}
    changed = {**cleared, "state": arrow[1], "reason": reason, "changed_at": now, **values}
    connection.execute(_CHANGE, {"of_entry": entry_id, **changed})
    connection.execute(_ADD, line(clinic, entry_id, arrow, now, reason))


def line(
    clinic: str, entry_id: str, arrow: tuple[str, State], now: datetime, reason: str | None
) -> dict[str, Any]:
    """A line of the history; the table refuses an arrow that does not exist."""
    told = {"clinic": clinic, "entry_id": entry_id, "at": now, "reason": reason}
    return {**told, "from_state": arrow[0], "to_state": arrow[1]}
