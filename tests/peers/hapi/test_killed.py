"""HAPI and the service are killed and started again; HAPI keeps its resources on disk."""

import itertools
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.deliver.answers import response
from tests.deliver.ehr_desk import until
from tests.end_to_end.service import Service
from tests.peers.hapi.clinic import HAND_ON, PATIENCE, TOKEN, TRIGGER, HapiClinic
from tests.peers.hapi.refusing import refusing
from tests.peers.hapi.server import running

RESPONSES = 60
COUNTS = [(7, 1, 1), (4, 2, 3), (2, 6, 1), (5, 3, 1), (9, 0, 0), (0, 9, 0)]


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    """A clinic of these tests' own, whose HAPI they may end."""
    scratch = tmp_path_factory.mktemp("hapi-on-disk")
    with running(scratch, database=scratch / "hapi") as hapi:
        clinic = HapiClinic(hapi, Service(scratch, ehr_url=hapi.base_url, ehr_timeout=5, token=TOKEN))
        try:
            clinic.subscribe()
            yield clinic
        finally:
            clinic.close()


class Entering:
    """Programs that enter responses, each twice, and try again while HAPI is away."""

    def __init__(self, clinic):
        self._clinic = clinic
        self._taken = itertools.count(1)
        self.taken = 0
        self.hapi_is_up = threading.Event()
        self.hapi_is_up.set()

    def enter(self, number):
        """Enter a response, then amend it."""
        name = f"load-{number}"
        self._keep({"resourceType": "Patient", "id": name})
        for counts in (COUNTS[number % 6], COUNTS[(number + 1) % 6]):
            self._keep(response(name, counts, patient=name))
        self.taken = next(self._taken)

    def _keep(self, resource):
        url = f"{self._clinic.hapi.base_url}/{resource['resourceType']}/{resource['id']}"
        until(lambda: self._is_kept(url, resource), PATIENCE)

    def _is_kept(self, url, resource):
        assert self.hapi_is_up.wait(PATIENCE)
        try:
            return requests.put(url, json=resource, timeout=PATIENCE).ok
        except requests.RequestException:
            return False


@pytest.mark.slow
def test_both_are_killed_under_load(clinic):
    """Sixty responses, each amended: exactly one Observation for each, and it says what the last version says."""
    entering = Entering(clinic)
    with ThreadPoolExecutor(4) as programs:
        entered = [programs.submit(entering.enter, number) for number in range(RESPONSES)]
        until(lambda: entering.taken >= 10, PATIENCE)
        kill_and_start_service(clinic)
        until(lambda: entering.taken >= 20, PATIENCE)
        entering.hapi_is_up.clear()
        clinic.hapi.kill()
        clinic.hapi.start()
        entering.hapi_is_up.set()
        until(lambda: entering.taken >= 40, PATIENCE)
        kill_and_start_service(clinic)
    assert [one.exception() for one in entered] == [None] * RESPONSES
    clinic.run(TRIGGER)

    expected = {f"QuestionnaireResponse/load-{number}": says(number) for number in range(RESPONSES)}
    until(lambda: at_rest(clinic) and texts(clinic) == expected, PATIENCE)
    assert Counter(one["derivedFrom"][0]["reference"] for one in all_observations(clinic)) == Counter(
        list(expected)
    )
    told = clinic.service.command("status").stdout
    assert "Nothing needs a person." in told
    assert "Waiting" not in told


def kill_and_start_service(clinic):
    """Nothing it was about is done twice: what it had claimed is looked for again."""
    clinic.service.kill()
    clinic.service.release_leases()
    clinic.service.start()


def at_rest(clinic):
    """Whether the ledger knows of all, and of nothing left to do: HAPI need not be asked before."""
    return clinic.service.states() == ["settled"] * RESPONSES


def says(number):
    """The beginning of the value that the last version of a response calls for."""
    return f"Yes to {COUNTS[(number + 1) % 6][0]} of 9"


def all_observations(clinic):
    """Every Observation of every patient."""
    bundle = clinic.ask("GET", "Observation?_count=50").json()
    while bundle:
        yield from (one["resource"] for one in bundle.get("entry", []))
        following = [link["url"] for link in bundle["link"] if link["relation"] == "next"]
        bundle = requests.get(following[0], timeout=PATIENCE).json() if following else None


def texts(clinic):
    """Reference of the response → the beginning of the value."""
    return {
        one["derivedFrom"][0]["reference"]: one["valueCodeableConcept"]["text"][:13]
        for one in all_observations(clinic)
    }


@pytest.mark.slow
def test_lost_events_are_sent_again(clinic):
    """HAPI forgets, when it ends, what it could not deliver; the commands of the operators' page bring it in."""
    enter(clinic, "r2")
    clinic.shows("r2", ("final", "Yes to 7 of 9"))
    clinic.service.stop()
    with refusing(clinic.service.url) as asked:
        for name in ("r1", "by-trigger"):  # no more: HAPI tries these two for a minute before it takes up others
            enter(clinic, name)
            until(lambda told=f"PUT /notify/QuestionnaireResponse/{name}": told in asked, PATIENCE)
        clinic.hapi.kill()
    clinic.service.start()
    clinic.hapi.start()
    enter(clinic, "next")
    clinic.shows("next", ("final", "Yes to 7 of 9"))
    assert [clinic.versions(name) for name in ("r1", "r2", "by-trigger")] == [0, 1, 0]

    clinic.run(HAND_ON)
    clinic.shows("r1", ("final", "Yes to 7 of 9"))
    assert clinic.versions("by-trigger") == 0
    clinic.run(TRIGGER.replace("18:30:00Z", "18:30:01Z"))  # HAPI may remember what the first one found
    clinic.shows("by-trigger", ("final", "Yes to 7 of 9"))


def enter(clinic, name):
    """A person and their response, both by that name."""
    clinic.put({"resourceType": "Patient", "id": name})
    clinic.put(response(name, patient=name))
