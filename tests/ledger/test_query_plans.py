"""However long the history: what is asked all the time finds its rows by an index, and not by looking at all."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import ClauseElement, Connection, Engine, event

from fhir_alliance.ledger.backlog import Backlog
from fhir_alliance.ledger.database import Database
from fhir_alliance.ledger.direct import direct
from fhir_alliance.ledger.ledger import Outcome
from fhir_alliance.ledger.oversight import Oversight
from fhir_alliance.ledger.reads import Search
from fhir_alliance.ledger.tables import State
from fhir_alliance.scoring.result import next_standing
from tests.building import response
from tests.ledger.filling import fill
from tests.ledger.test_breaker import LEASE, LONGEST
from tests.web.desk import Desk, moment

#: how often a settled result is there
COPIES = 5000
#: rows that a statement may read
FEW = 500
#: fewer than SQLite takes for a row that it passes over
STEPS_A_ROW = 4

Asked = tuple[str, Any]


def intake(desk: Desk) -> None:
    """A version by either door, an amendment, a withdrawal, a deletion, and what is no response of ours."""
    desk.put("r1", response())
    desk.put("r1", response((6, 0, 0)))
    desk.post(response(identifier=("urn:example", "a")))
    for minutes in (1, 2):
        desk.tell("r2", response(id="r2", meta={"lastUpdated": moment(minutes)}))
    desk.tell("r3", response(id="r3"))
    desk.delete("r1")
    desk.send("POST", "/notify")


def delivery(desk: Desk) -> None:
    """Which clinic is ready, the claim, what is about to be sent, and how it ended."""
    desk.post(response())
    assert list(Backlog(desk.service.database, LONGEST).ready(desk.clock())) == ["default"]
    claim_and_settle(desk)


def claim_and_settle(desk: Desk) -> None:
    """As if what is due had been written."""
    ledger = desk.clinic.ledger
    claimed = ledger.claim(desk.clock(), "one", LEASE)
    assert claimed is not None
    standing = next_standing(claimed.wanted, claimed.stands)
    assert standing is not None
    assert ledger.sending(claimed, desk.clock()) is None
    settled = Outcome(state=State.SETTLED, stands=standing, ehr_id=claimed.id, etag='W/"1"')
    ledger.settle(claimed, settled, desk.clock())


def takeover(desk: Desk) -> None:
    """A lease that ran out, an EHR that fails, a clock that was put back."""
    desk.post(response())
    ledger = desk.clinic.ledger
    ledger.claim(desk.clock(), "of the dead", LEASE)
    desk.clock.go(LEASE.total_seconds())
    claimed = ledger.claim(desk.clock(), "one", LEASE)
    assert claimed is not None
    failed = Outcome(state=State.DUE, stands=None, reason="http-503", ehr_fault="http-503")
    ledger.settle(claimed, failed, desk.clock())
    desk.clock.go(-3 * 3600)
    Backlog(desk.service.database, LONGEST).ready(desk.clock())
    desk.decisions.retry(claimed.id, desk.clock())


def pages(desk: Desk) -> None:
    """The searches that a chart makes, from page to page."""
    for number in range(3):
        desk.put(f"r{number}", response())
    found = desk.search("_count=1&subject=p1")
    for query in (f"_id={found[0]['id']}", "derived-from=r1", "patient=p1", "patient=p1&date=ge2026"):
        assert desk.search(query)
    reads = desk.clinic.reads
    (first,) = reads.entries(Search(), 1, None)
    assert len(reads.entries(Search(), 10, (first.changed_at, first.id))) == 10
    assert desk.read("r1").status_code == 200


def attention(desk: Desk) -> None:
    """What a person must look at, and what waits."""
    desk.tell("r9", response(id="r9", authored=None))
    found = desk.clinic.reads
    assert [one.kind for one in found.attention()] == ["invalid"]
    assert found.waiting() == {}


def oversight(desk: Desk) -> None:
    """What an operator looks at again and again, and what Prometheus asks for."""
    desk.post(response())
    desk.put("r1", response())
    asked_by_hand = Oversight(desk.service.database, "default")
    (waiting,) = {one.id for one in asked_by_hand.oldest().values()}
    assert asked_by_hand.untried() == 2
    assert asked_by_hand.condition(desk.clock()).failures == 0
    assert asked_by_hand.known_as(waiting) == [waiting]
    assert asked_by_hand.newest_version("r1") == ("scored", "")
    assert asked_by_hand.dossier(waiting) is not None
    backlog = Backlog(desk.service.database, LONGEST)
    assert backlog.extent(["default"], ["default"], desk.clock()).entries["default", State.DUE] == 2


@pytest.fixture
def old_desk(ehr_desk: Desk) -> Desk:
    """A clinic with an EHR and a long history."""
    ehr_desk.tell("old", response(id="old", subject="Patient/old"))
    claim_and_settle(ehr_desk)
    fill(ehr_desk.service.database, COPIES)
    return ehr_desk


@pytest.mark.parametrize("work", [intake, delivery, takeover, pages, attention, oversight])
def test_few_rows_are_read(old_desk: Desk, work: Callable[[Desk], None]) -> None:
    """No statement of what is done all the time reads more than a few rows of many."""
    engine = old_desk.service.database.engine
    with asked(old_desk.service.database) as statements:
        work(old_desk)
    assert statements
    costs = {statement: cost(engine, statement, values) for statement, values in statements}
    assert {statement: rows for statement, rows in costs.items() if rows > FEW} == {}


def cost(engine: Engine, statement: str, values: Any) -> float:
    """How many rows it reads, as if it were asked again; nothing is changed."""
    with engine.connect() as connection:
        found = {"sqlite": _sqlite, "postgresql": _postgresql}[engine.dialect.name](connection, statement, values)
        connection.rollback()
        return found


def _sqlite(connection: Connection, statement: str, values: Any) -> float:
    """By the steps of its virtual machine: a row that is passed over takes some of them."""
    steps: list[None] = []
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.set_progress_handler(lambda: steps.append(None), STEPS_A_ROW)
    connection.exec_driver_sql(statement, values).close()
    driver.set_progress_handler(None, 0)
    return len(steps)


def _postgresql(connection: Connection, statement: str, values: Any) -> float:
    """By what it says of each step of its plan."""
    (plan,) = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values).scalar_one()
    return _rows(plan["Plan"])


def _rows(step: dict[str, Any]) -> float:
    read = step["Actual Rows"] + step.get("Rows Removed by Filter", 0)
    return float(read * step["Actual Loops"] + sum(_rows(one) for one in step.get("Plans", ())))


@contextmanager
def asked(database: Database) -> Iterator[list[Asked]]:
    """Every statement that reads or changes rows, with its values, in the driver's own words."""
    engine, statements = database.engine, list[Asked]()
    finds = database.finds  # goes past SQLAlchemy's events

    def note(_: Any, __: Any, statement: str, values: Any, ___: Any, many: bool) -> None:
        if re.match(r"SELECT|UPDATE|DELETE", statement) and not many:
            statements.append((statement, values))

    def note_direct(connection: Connection, select: ClauseElement, values: Any) -> bool:
        told = direct(engine.dialect, select)
        statements.append((told.sql, told.parameters(values)))
        return finds(connection, select, values)

    event.listen(engine, "before_cursor_execute", note)
    try:
        with patch.object(database, "finds", note_direct):
            yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
