"""A clock that is put back by an hour: nothing is lost or doubled, and nothing waits for that hour again."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import sleep
from unittest.mock import patch

import pytest
from sqlalchemy import select

from fhir_alliance import wiring
from fhir_alliance.deliver import LONGEST_WAIT
from fhir_alliance.ledger import tables
from fhir_alliance.ledger.records import Entry, read_entry
from fhir_alliance.service import ClinicService, Service
from fhir_alliance.settings import DEFAULT_CLINIC, read_settings
from fhir_alliance.web.app import create_app
from fhir_alliance.wiring import make_service, make_worker
from tests.deliver.answers import response
from tests.deliver.ehr_desk import EhrDesk, until
from tests.web.desk import NOTIFY, Clock

HOUR = 3600
#: seconds that a request may take
LIMIT = 5.0
#: seconds that anything waits at most, an EHR's own word apart
LONGEST = LONGEST_WAIT.total_seconds() + LIMIT
#: seconds in which a worker that may begin does so
MOMENT = 0.6
LEASE = timedelta(seconds=60)


class House:
    """One service in this process, its worker with it, and its clock in the test's hand."""

    def __init__(self, service: Service, clock: Clock, desk: EhrDesk) -> None:
        self.service = service
        self.clock = clock
        self.ehr = desk
        self._client = create_app(service).test_client()

    @property
    def clinic(self) -> ClinicService:
        """The only one."""
        return self.service.clinics[DEFAULT_CLINIC]

    def tell(self, body: dict[str, object]) -> None:
        """An EHR's event."""
        answer = self._client.put(f"{NOTIFY}/{body['id']}", json=body, content_type="application/fhir+json")
        assert answer.status_code == 200, answer.text

    def entries(self) -> list[Entry]:
        """Every entry."""
        with self.service.database.engine.connect() as connection:
            return [read_entry(row) for row in connection.execute(select(tables.entry))]

    def states(self) -> set[str]:
        """The states that there are."""
        return {one.state for one in self.entries()}

    @property
    def is_left_alone(self) -> bool:
        """Whether the EHR is."""
        with self.service.database.engine.connect() as connection:
            return connection.execute(select(tables.ehr.c.probe_at)).scalar_one() is not None

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """The worker runs."""
        worker = make_worker(self.service)
        worker.start()
        try:
            yield
        finally:
            worker.stop(20)

    def stands_once(self, count: int = 1) -> None:
        """All is delivered, each in one write."""
        until(lambda: self.states() == {"settled"}, 60)
        found = self.ehr.observations()
        assert [one["meta"]["versionId"] for one in found] == ["1"] * count


@pytest.fixture
def house(database: str, ehr: EhrDesk) -> Iterator[House]:
    """A house on a database of either kind."""
    named = {"DATABASE_URL": database, "EHR_URL": ehr.base_url, "EHR_TIMEOUT": str(LIMIT)}
    clock = Clock()
    with patch.object(wiring, "now", clock):
        service = make_service(read_settings({f"FHIR_ALLIANCE_{name}": value for name, value in named.items()}))
        try:
            yield House(service, clock, ehr)
        finally:
            service.database.engine.dispose()


def test_what_was_just_taken_in(house: House) -> None:
    """It was due an hour from now, and goes out at once."""
    for number in range(3):
        house.tell(response(f"r{number}", patient=f"p{number}"))
    house.clock.go(-HOUR)
    with house.at_work():
        house.stands_once(3)


def test_what_is_taken_in_while_it_works(house: House) -> None:
    """The worker notices by itself, also where it has looked before."""
    with house.at_work():
        house.tell(response("r0", patient="p0"))
        house.stands_once(1)
        house.ehr.fault("status", method="PUT", status=503)
        house.tell(response("r1", patient="p1"))
        until(lambda: "due" in house.states() and house.ehr.met(), 10)
        house.clock.go(-HOUR)
        house.stands_once(2)


def test_what_someone_has_in_their_hands(house: House) -> None:
    """They may still be at it: theirs for as long as an attempt may take, and no longer."""
    house.tell(response())
    house.clinic.ledger.claim(house.clock(), "of the dead", LEASE)
    house.clock.go(-HOUR)
    with house.at_work():
        sleep(MOMENT)
        assert house.states() == {"sending"}
        house.clock.go(LONGEST - 1)
        sleep(MOMENT)
        assert house.states() == {"sending"}
        house.clock.go(1)
        house.stands_once()


def test_what_someone_has_in_their_hands_is_amended(house: House) -> None:
    """A version that comes after the clock was put back makes no difference."""
    house.tell(response())
    house.clinic.ledger.claim(house.clock(), "of the dead", LEASE)
    house.clock.go(-HOUR)
    house.tell(response(counts=(4, 2, 3)))
    with house.at_work():
        sleep(MOMENT)
        house.clock.go(LONGEST)
        house.stands_once()
    assert house.ehr.observations()[0]["valueCodeableConcept"]["text"].startswith("Yes to 4 of 9")


def test_what_may_have_arrived(house: House) -> None:
    """An EHR that never answered may still be at it: looked for again no later than ever."""
    house.ehr.fault("reset-after", method="PUT", times=1)
    house.tell(response())
    with house.at_work():
        until(lambda: house.states() == {"unknown"}, 10)
        house.clock.go(-HOUR)
        sleep(MOMENT)
        house.clock.go(LONGEST)
        house.stands_once()


def test_an_ehr_that_is_left_alone(house: House) -> None:
    """It is probed at once, though the pause was to last a little longer than an hour from now."""
    house.ehr.fault("status", method="GET", status=503, times=10)
    for number in range(10):
        house.tell(response(f"r{number}", patient=f"p{number}"))
    with house.at_work():
        until(lambda: house.is_left_alone, 10)
        house.ehr.calm()
        house.clock.go(-HOUR)
        house.stands_once(10)


def test_what_an_ehr_asks_for_is_kept(house: House) -> None:
    """Two hours are two hours where no clock was put back, and not cut short where one was, by a little."""
    house.ehr.fault("status", method="PUT", status=503, headers={"Retry-After": str(2 * HOUR)})
    house.tell(response())
    with house.at_work():
        until(lambda: house.states() == {"due"} and house.ehr.met(), 10)
        house.clock.go(-30)
        sleep(MOMENT)
        house.clock.go(2 * HOUR)
        sleep(MOMENT)
        assert house.states() == {"due"}
        house.clock.go(30)
        house.stands_once()


def test_the_newest_stands(house: House) -> None:
    """By the EHR's own time; where it tells none, by their order, whatever our clock said."""
    house.tell(response("r0", (7, 1, 1), patient="p0", last_updated="2026-11-24T09:00:00Z"))
    house.tell(response("r1", (7, 1, 1), patient="p1"))
    house.clock.go(-HOUR)
    house.tell(response("r0", (6, 2, 1), patient="p0", last_updated="2026-11-24T09:30:00Z"))
    house.tell(response("r0", (5, 3, 1), patient="p0", last_updated="2026-11-24T09:10:00Z"))
    house.tell(response("r1", (6, 2, 1), patient="p1"))
    with house.at_work():
        house.stands_once(2)
    texts = {one["valueCodeableConcept"]["text"][: len("Yes to 6")] for one in house.ehr.observations()}
    assert texts == {"Yes to 6"}
