"""A database that is gone for a while: said so in time, and when it is back all goes on by itself.

``DATABASE_GONE_SECONDS`` says for how long; without it as long as it takes to see what becomes of it.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.deliver.ehr_desk import EhrDesk
from tests.durability.fleet import sailing
from tests.durability.harsh import Sender, assert_try_again, recovered
from tests.durability.ledger import reading
from tests.postgresql import PostgreSQL

#: seconds between two tries
PAUSE = 0.5
SECONDS = float(os.environ.get("DATABASE_GONE_SECONDS", "2"))


@contextmanager
def stopped(_: str, server: PostgreSQL) -> Iterator[None]:
    """The server is told to end, as for an update."""
    server.stop()
    yield
    server.start()


@contextmanager
def locked(database: str, _: None) -> Iterator[None]:
    """Another program has the file to itself, for longer than a writer waits."""
    with closing(sqlite3.connect(_file(database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def moved(database: str, _: None) -> Iterator[None]:
    """The file is moved away, and nothing takes its place."""
    path = _file(database)
    away = path.rename(path.with_suffix(".away"))
    yield
    assert not path.exists()
    away.rename(path)


def _file(database: str) -> Path:
    return Path(database.removeprefix("sqlite:///"))


CASES = [
    pytest.param(kind, gone, id=gone.__name__)
    for kind, gone in (("postgresql", stopped), ("sqlite", locked), ("sqlite", moved))
]


@pytest.mark.parametrize(("database", "gone"), CASES, indirect=["database"])
def test_gone_for_a_while(database: str, gone, ehr: EhrDesk, tmp_path: Path, request) -> None:
    """503 and not ready as long as it is; then all acknowledged stands, once."""
    server = request.getfixturevalue("postgresql") if database.startswith("postgresql") else None
    workers = 1 if server else 0
    with sailing(tmp_path, database, ehr.base_url, workers=workers) as fleet, reading(database) as ledger:
        sender = Sender(fleet.url)
        sender.tell(10)
        with gone(database, server):
            back = time.monotonic() + SECONDS
            assert_try_again(sender.tell_until_refused())
            assert not sender.is_ready
            while time.monotonic() < back:
                assert_try_again(sender.tell_until_refused())
                time.sleep(PAUSE)
        recovered(sender, fleet, ehr, database, ledger)
