"""The ledger as an auditor reads it, beside the service and without its code: plain SQL on either database."""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

#: seconds that the database may be away
PATIENCE = 60
PAUSE = 0.05
_RESPONSE = "JOIN alias ON alias.submission_id = {}.submission_id AND alias.kind = 'notify'"


@dataclass(frozen=True, slots=True)
class Entry:
    """What the ledger says of one entry."""

    id: str
    response_id: str
    state: str
    #: every change of its state: from, to, why
    history: tuple[tuple[str, str, str | None], ...]


class LedgerRows:
    """Rows of one ledger; waits for a database that is being restarted."""

    def __init__(self, database: str) -> None:
        url = make_url(database)
        driver = "postgresql+psycopg" if url.drivername == "postgresql" else url.drivername
        self._engine = create_engine(url.set(drivername=driver), pool_pre_ping=True)

    def close(self) -> None:
        """Hang up."""
        self._engine.dispose()

    def settled(self) -> int:
        """How many entries are settled."""
        return int(self._rows("SELECT count(*) FROM entry WHERE state = 'settled'")[0][0])

    def moving(self) -> int:
        """How many entries are not at rest."""
        moving = "SELECT count(*) FROM entry WHERE state IN ('due', 'sending', 'unknown')"
        return int(self._rows(moving)[0][0])

    def versions(self) -> dict[str, int]:
        """Response id → how many versions of it are kept, deletions among them."""
        joined = f"version {_RESPONSE.format('version')}"
        return dict(self._rows(f"SELECT alias.value, count(*) FROM {joined} GROUP BY alias.value"))  # noqa: S608

    def entries(self) -> list[Entry]:
        """Every entry with its history, in the order in which it was written."""
        history = defaultdict(list)
        for entry_id, *change in self._rows(
            "SELECT entry_id, from_state, to_state, reason FROM history ORDER BY history.id"
        ):
            history[entry_id].append(tuple(change))
        rows = self._rows(
            f"SELECT entry.id, alias.value, entry.state FROM entry {_RESPONSE.format('entry')}"  # noqa: S608
        )
        return [Entry(one, response, state, tuple(history[one])) for one, response, state in rows]

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                with self._engine.connect() as connection:
                    return [tuple(row) for row in connection.execute(text(query))]
            except OperationalError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(PAUSE)


@contextmanager
def reading(database: str) -> Iterator[LedgerRows]:
    """The ledger in that database, for as long as the block."""
    rows = LedgerRows(database)
    try:
        yield rows
    finally:
        rows.close()
