"""Several services over one database at once: an arrival is taken in once, an entry is in one worker's hands."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import text

from fhir_alliance.ledger.backlog import Backlog
from fhir_alliance.ledger.breaker import Breaker
from fhir_alliance.ledger.decisions import Answer
from fhir_alliance.ledger.ledger import Outcome
from fhir_alliance.ledger.records import locked_entry
from fhir_alliance.ledger.tables import State, alias, history, submission, version
from tests.building import EHR_URL, response
from tests.deliver.ehr_desk import until
from tests.ledger.conftest import desk_on
from tests.ledger.test_breaker import LONGEST
from tests.web.desk import Desk

SERVICES = 6
LEASE = timedelta(seconds=60)


@pytest.fixture
def desks(database: str, tmp_path: Path) -> Iterator[list[Desk]]:
    """Services with connections of their own."""
    with ExitStack() as stack:
        yield [stack.enter_context(desk_on(database, tmp_path, EHR_URL=EHR_URL)) for _ in range(SERVICES)]


def at_once(desks: list[Desk], work: Callable[[int, Desk], Any]) -> list[Any]:
    """What each service comes to, all of them beginning together."""
    start = Barrier(len(desks))

    def begin(number: int) -> Any:
        start.wait(20)
        return work(number, desks[number])

    with ThreadPoolExecutor(len(desks)) as pool:
        return list(pool.map(begin, range(len(desks))))


def test_one_event_told_to_all_is_taken_in_once(desks: list[Desk]) -> None:
    """A sender that is impatient, or a load balancer that repeats."""
    for number in range(10):
        told = at_once(desks, lambda _, desk, name=f"r{number}": desk.tell(name, response(id=name)).status_code)
        assert set(told) == {200}
    assert [len(desks[0].rows(table)) for table in (submission, version)] == [10, 10]


def test_versions_told_at_once_are_one_submission(desks: list[Desk]) -> None:
    """Each is kept under a number of its own, and the newest of them stands."""
    for number in range(10):
        name = f"r{number}"

        def tell(count: int, desk: Desk, name: str = name) -> int:
            moment = f"2026-11-12T1{count}:00:00Z"
            body = response(
                (9 - count, count, 0), id=name, subject=f"Patient/{name}", meta={"lastUpdated": moment}
            )
            return desk.tell(name, body).status_code

        assert set(at_once(desks, tell)) == {200}
    assert len(desks[0].rows(submission)) == 10
    assert sorted(row.number for row in desks[0].rows(version)) == sorted([*range(1, SERVICES + 1)] * 10)
    assert {one.wanted.counts.yes for one in desks[0].entries().values()} == {9 - SERVICES + 1}


def test_id_and_identifier_at_once_are_one_submission(desks: list[Desk]) -> None:
    """What is told by its id here and posted with its identifier there belongs together."""
    body = response(identifier=("urn:example", "a"))

    def send(number: int, desk: Desk) -> int:
        return (desk.post(body) if number % 2 else desk.tell("r1", {**body, "id": "r1"})).status_code

    assert set(at_once(desks, send)) <= {200, 201}
    assert len(desks[0].rows(submission)) == 1
    assert {row.submission_id for row in desks[0].rows(alias)} == {desks[0].rows(submission)[0].id}


def test_posted_and_put_at_once(desks: list[Desk]) -> None:
    """A change by the identifier and one by the id wait for each other, never each for the other."""
    body = response(identifier=("urn:example", "a"))
    name = desks[0].post(body).get_json()["id"]

    def send(number: int, desk: Desk) -> set[int]:
        def change(count: int) -> int:
            changed = {**body, "authored": f"2026-11-12T10:{number}{count}:00Z"}
            return (desk.post(changed) if number % 2 else desk.put(name, changed)).status_code

        return {change(count) for count in range(10)}

    assert set().union(*at_once(desks, send)) <= {200, 201}
    assert len(desks[0].rows(submission)) == 1


def test_each_entry_is_claimed_by_one(desks: list[Desk]) -> None:
    """Workers that look at once find different entries, until none is left."""
    for number in range(30):
        desks[0].post(response(subject=f"Patient/p{number}"))

    def claim(number: int, desk: Desk) -> list[str]:
        found = []
        while (entry := desk.clinic.ledger.claim(desk.clock(), f"{number}-{len(found)}", LEASE)) is not None:
            found.append(entry.id)
        return found

    claimed = [one for found in at_once(desks, claim) for one in found]
    assert len(claimed) == len(set(claimed)) == 30


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_times_are_mended_beside_a_worker(desks: list[Desk]) -> None:
    """Whoever mends them waits for the entry first, as the worker does that then notes how the EHR did."""
    one, two = desks[:2]
    for number in range(2):
        one.post(response(subject=f"Patient/p{number}"))
    now = one.clock()
    failed = one.clinic.ledger.claim(now, "one", LEASE)
    assert failed is not None
    fault = Outcome(state=State.DUE, stands=None, due_at=now, ehr_fault="http-503")
    one.clinic.ledger.settle(failed, fault, now)
    claimed = one.clinic.ledger.claim(now, "one", LEASE)
    assert claimed is not None
    before = now - timedelta(hours=3)
    with ThreadPoolExecutor(1) as pool:
        with one.service.database.writing() as connection:
            assert locked_entry(connection, "default", claimed.id)
            mending = pool.submit(Backlog(two.service.database, LONGEST).ready, before)
            until(lambda: waiting(desks[2]))
            Breaker("default", None).note(connection, None, timedelta(), before, claimed.lease_until, is_sign=True)
        mending.result(20)
    assert one.entries()[claimed.subject].lease_until == before + LONGEST


def waiting(desk: Desk) -> bool:
    """Whether any connection of the database waits for a lock."""
    told = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with desk.service.database.reading() as connection:
        return bool(connection.execute(text(told)).scalar_one())


def test_a_decision_is_made_once(desks: list[Desk]) -> None:
    """Two people who release one result: one of them did."""
    desks[0].put("r1", response())
    desks[0].put("r1", response(subject="Patient/p2"))
    held = desks[0].entries()["Patient/p2"]
    answers = at_once(desks, lambda _, desk: desk.decisions.release(held.id, desk.clock()))
    assert answers.count(Answer.DONE) == 1
    lines = [(row.from_state, row.to_state) for row in desks[0].rows(history) if row.entry_id == held.id]
    assert lines == [("new", "held"), ("held", "due")]
