"""A copy taken while the service works is whole, and after a restore nothing is doubled and nothing is lost."""

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from fhir_alliance.ledger.reasons import CHANGED_IN_CHART
from fhir_alliance.ledger.tables import WAITING, State, entry, submission
from fhir_alliance.wiring import make_worker, now
from tests.building import Resource, response
from tests.databases import TEMPLATE
from tests.deliver.ehr_desk import EhrDesk, until
from tests.ledger.conftest import desk_on
from tests.web.desk import Desk, updated

PATIENCE = 60
RESPONSES = 40
#: of these the newest version says something else than the first
AMENDED = range(0, RESPONSES, 3)
#: how many are accepted when the copy is taken
BEFORE_THE_COPY = 15

Restore = Callable[[], str]
#: the URL of an empty database; takes a copy, and gives what restores it
Copied = tuple[str, Callable[[], Restore]]


@pytest.fixture(params=["sqlite-backup", "sqlite-vacuum", "postgresql"])
def copied(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Copied]:
    """Each way of docs/operators.md to copy a ledger."""
    if request.param != "postgresql":
        file, copy = tmp_path / "ledger.sqlite", tmp_path / "copy.sqlite"
        take = {"sqlite-backup": _backup, "sqlite-vacuum": _vacuum}[request.param]

        def copy_file() -> Restore:
            take(file, copy)
            return lambda: f"sqlite:///{copy}"

        yield f"sqlite:///{file}", copy_file
        return
    server = request.getfixturevalue("postgresql")
    name = f"test_{uuid4().hex}"

    def copy_database() -> Restore:
        dump = server.dump(name)
        return lambda: str(server.restore(dump, f"{name}_2"))

    yield server.create(name, TEMPLATE), copy_database
    server.drop(name)
    server.drop(f"{name}_2")


def _backup(file: Path, copy: Path) -> None:
    """What ``.backup`` does."""
    with closing(sqlite3.connect(file, timeout=PATIENCE)) as here, closing(sqlite3.connect(copy)) as there:
        here.backup(there)


def _vacuum(file: Path, copy: Path) -> None:
    with closing(sqlite3.connect(file, timeout=PATIENCE)) as here:
        here.execute("VACUUM INTO ?", (str(copy),))


def first(number: int) -> Resource:
    """A response as it was first."""
    return response((5, 4, 0), id=f"r{number}", subject=f"Patient/p{number}", meta=updated(1))


def newest(number: int) -> Resource:
    """The same as it is in the end."""
    if number not in AMENDED:
        return first(number)
    return response((9, 0, 0), id=f"r{number}", subject=f"Patient/p{number}", meta=updated(2))


def says(number: int) -> str:
    """How the chart begins in the end."""
    return "Yes to 9 of 9" if number in AMENDED else "Yes to 5 of 9"


@contextmanager
def working(desk: Desk) -> Iterator[None]:
    """A worker delivers while the block runs, and until all is at rest."""
    worker = make_worker(desk.service)
    worker.start()
    try:
        yield
        until(lambda: not _moving(desk), PATIENCE)
    finally:
        worker.stop(PATIENCE)


def _moving(desk: Desk) -> bool:
    moving = select(entry.c.id).where(entry.c.state.in_(WAITING)).limit(1)
    with desk.service.database.reading() as connection:
        return connection.execute(moving).first() is not None


def live_until_lost(desk: Desk, take: Callable[[], Restore]) -> Restore:
    """Take in and deliver everything, and a copy in the middle of it."""
    time_to_copy = Event()

    def send() -> None:
        for number in range(RESPONSES):
            desk.tell(f"r{number}", first(number))
            if number == BEFORE_THE_COPY:
                time_to_copy.set()
            desk.tell(f"r{number // 2}", newest(number // 2))
        for number in AMENDED:
            desk.tell(f"r{number}", newest(number))

    with working(desk), ThreadPoolExecutor(1) as pool:
        sending = pool.submit(send)
        assert time_to_copy.wait(PATIENCE)
        restore = take()
        sending.result(PATIENCE)
    return restore


def send_again(desk: Desk) -> None:
    """What the EHR has, as it is now; it does not tell of older versions."""
    for number in range(RESPONSES):
        assert desk.tell(f"r{number}", newest(number)).status_code == 200


def let_leases_end(desk: Desk) -> None:
    """What was under way when the copy was taken is in nobody's hands."""
    with desk.service.database.writing() as connection:
        connection.execute(update(entry).where(entry.c.lease.is_not(None)).values(lease_until=desk.clock()))


def versions(ehr: EhrDesk) -> dict[str, int]:
    """Patient → how many versions their only Observation has had."""
    told = {one["subject"]["reference"]: ehr.versions(one["id"]) for one in ehr.observations()}
    assert len(told) == len(ehr.observations()) == RESPONSES
    return told


@pytest.mark.parametrize("sent_first", [True, False], ids=["sent-first", "delivers-at-once"])
def test_after_a_restore(copied: Copied, ehr: EhrDesk, tmp_path: Path, sent_first: bool) -> None:
    """What was delivered since is recognised, what came since is taken in again, and the chart is right."""
    url, take = copied
    with desk_on(url, tmp_path, EHR_URL=ehr.base_url) as desk:
        desk.clock.at = now()
        restore = live_until_lost(desk, take)
        assert {one.state for one in desk.entries().values()} == {State.SETTLED}
    before = versions(ehr)

    with desk_on(restore(), tmp_path, EHR_URL=ehr.base_url) as desk:
        desk.clock.at = now()
        assert BEFORE_THE_COPY <= len(desk.rows(submission)) < RESPONSES
        let_leases_end(desk)
        if sent_first:
            send_again(desk)
        with working(desk):
            pass
        with working(desk):
            send_again(desk)
        held = {subject: one for subject, one in desk.entries().items() if one.state is State.HELD}
        assert {one.reason for one in held.values()} <= {CHANGED_IN_CHART}
        assert not (sent_first and held)
        assert held.keys() <= {f"Patient/p{number}" for number in AMENDED}
        with working(desk):
            for one in held.values():
                desk.decisions.release(one.id, now())
        assert {one.state for one in desk.entries().values()} == {State.SETTLED}

    after = versions(ehr)
    same = [f"Patient/p{number}" for number in range(RESPONSES) if sent_first or number not in AMENDED]
    assert {one: after[one] for one in same} == {one: before[one] for one in same}
    for number in range(RESPONSES):
        (standing,) = ehr.observations(f"p{number}")
        assert standing["valueCodeableConcept"]["text"].startswith(says(number))
