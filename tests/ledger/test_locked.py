"""Another process that keeps the database locked: said so in time, and nothing half-written."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from fhir_alliance.ledger import database, postgresql
from fhir_alliance.ledger.opening import open_database
from tests.building import response
from tests.databases import TEMPLATE
from tests.ledger.conftest import desk_on
from tests.postgresql import PostgreSQL
from tests.web.desk import NOTIFY, Desk, issue, open_desk


@pytest.fixture
def hasty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A clinic whose writers wait for a tenth of a second."""
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    with open_desk(tmp_path) as desk:
        yield desk


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """The database, locked by another program."""
    with closing(sqlite3.connect(folder / "ledger.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.mark.case("notify-errors")
def test_a_locked_database_is_told(hasty: Desk, tmp_path: Path) -> None:
    """Both doors answer 503, transient, with the time after which to try again."""
    hasty.put("r1", response())
    before = hasty.contents()
    with locked(tmp_path):
        answers = [
            hasty.post(response((6, 0, 0))),
            hasty.put("r1", response((6, 0, 0))),
            hasty.delete("r1"),
            hasty.tell("r1", response((6, 0, 0))),
            hasty.send("POST", "/notify", response((6, 0, 0))),
            hasty.send("POST", "/notify"),
            hasty.send("DELETE", f"{NOTIFY}/r1"),
        ]
    for answer in answers:
        assert answer.status_code == 503
        assert issue(answer)["code"] == "transient"
        assert int(answer.headers["Retry-After"]) > 0
    assert hasty.contents() == before


def test_reads_do_not_wait_for_writers(hasty: Desk, tmp_path: Path) -> None:
    """What is committed can be read while another writes; a service that cannot write is not ready."""
    hasty.put("r1", response())
    with locked(tmp_path):
        assert hasty.read("r1").status_code == 200
        assert len(hasty.search()) == 1
        assert hasty.get("/healthz").status_code == 200
        assert hasty.get("/readyz").status_code == 503
    assert hasty.get("/readyz").status_code == 200


def test_a_short_lock_is_waited_for(tmp_path: Path) -> None:
    """Within the wait a writer queues, and the sender sees nothing of it."""
    with open_desk(tmp_path) as desk:
        answers = []
        with locked(tmp_path):
            sender = threading.Thread(target=lambda: answers.append(desk.post(response()).status_code))
            sender.start()
            sender.join(0.3)
            assert answers == []
        sender.join(10)
        assert answers == [201]


def test_no_database_is_told(hasty: Desk, tmp_path: Path) -> None:
    """A disk that is gone: not ready, and 503 at the doors."""
    hasty.service.database.engine.dispose()
    for file in tmp_path.glob("ledger.sqlite*"):
        file.unlink()
    (tmp_path / "ledger.sqlite").mkdir()
    assert hasty.get("/readyz").status_code == 503
    assert hasty.post(response()).status_code == 503
    assert hasty.get("/healthz").status_code == 200


def test_a_locked_table_is_told(postgresql: PostgreSQL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL: all that is new or nothing is added, which is told as one fault, and the next works."""
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.5)
    url = postgresql.create("locked_table", TEMPLATE)
    locker = open_database(url).engine
    with desk_on(url, tmp_path) as desk, locker.connect() as other:
        before = desk.contents()
        other.execute(text("LOCK TABLE history IN EXCLUSIVE MODE"))
        answer = desk.post(response())
        assert (answer.status_code, issue(answer)["code"]) == (503, "transient")
        other.rollback()
        assert desk.contents() == before
        assert desk.post(response()).status_code == 201
    locker.dispose()


@pytest.mark.case("notify-errors")
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_every_connection_in_use_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a process' own few, by its other threads: 503, and all is well once one is given back."""
    engine = desk.service.database.engine
    monkeypatch.setattr(engine.pool, "_timeout", 0.1)
    with ExitStack() as in_use:
        for _ in range(postgresql.MOST_CONNECTIONS):
            in_use.enter_context(engine.connect())
        answer = desk.post(response())
    assert (answer.status_code, issue(answer)["code"]) == (503, "transient")
    assert desk.is_empty()
    assert desk.post(response()).status_code == 201
