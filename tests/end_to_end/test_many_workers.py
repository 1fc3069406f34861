"""``serve`` and ``work`` together on one database: however they share, one write is in flight per entry."""

import random
import re
import signal
from collections import defaultdict

import pytest

from tests.deliver.answers import response
from tests.end_to_end.service import end

RESPONSES = 30
#: look, write and read-back, or a look that finds nothing to do, again and again, never interleaved
ONE_AT_A_TIME = re.compile("(GPG|G)+")


@pytest.fixture
def clinic(open_clinic):
    """A clinic with three processes that deliver."""
    clinic = open_clinic()
    workers = [clinic.service.work() for _ in range(2)]
    yield clinic
    for worker in workers:
        assert end(worker, signal.SIGTERM) == 0


def test_one_write_in_flight_per_entry(clinic):
    """Thirty responses, each changed twice at any time: no two attempts at one entry overlap."""
    events = [(number, counts) for number in range(RESPONSES) for counts in ((7, 1, 1), (4, 2, 3), (2, 6, 1))]
    order = sorted(events, key=lambda event: random.Random(str(event)).random())  # noqa: S311
    for number, counts in order:
        moment = f"2026-11-12T1{counts[1]}:00:00Z"
        told = response(f"r{number}", counts, patient=f"p{number}", last_updated=moment)
        assert clinic.service.notify(told).ok
    clinic.at_rest()

    requests = defaultdict(str)
    for one in clinic.ehr.log():
        requests[one["path"]] += one["method"][0]
    attempts = {path: letters for path, letters in requests.items() if path.startswith("/fhir/Observation/")}
    assert len(attempts) == RESPONSES
    assert [letters for letters in attempts.values() if not ONE_AT_A_TIME.fullmatch(letters)] == []
    found = clinic.ehr.observations()
    assert {one["valueCodeableConcept"]["text"][:13] for one in found} == {"Yes to 2 of 9"}
    assert sum(int(one["meta"]["versionId"]) for one in found) == clinic.ehr.writes


def test_a_held_write_keeps_the_others_away(clinic):
    """While one writes an entry, the others deliver the rest, and do not touch it."""
    clinic.ehr.gate("write", "before", "PUT")
    clinic.service.notify(response("r1", patient="p1"))
    clinic.ehr.wait_at("write")
    clinic.service.notify(response("r1", (4, 2, 3), patient="p1"))
    clinic.service.notify(response("r2", patient="p2"))
    clinic.ehr.wait_at("write", 2)
    clinic.service.notify(response("r3", patient="p3"))
    clinic.ehr.wait_at("write", 3)
    subjects = clinic.service.ask("SELECT subject FROM entry WHERE state = 'sending' ORDER BY subject")
    clinic.ehr.open("write")
    clinic.at_rest()

    assert subjects == [("Patient/p1",), ("Patient/p2",), ("Patient/p3",)]
    versions = {one["subject"]["reference"]: one["meta"]["versionId"] for one in clinic.ehr.observations()}
    assert versions == {"Patient/p1": "2", "Patient/p2": "1", "Patient/p3": "1"}
    assert clinic.ehr.writes == 4
