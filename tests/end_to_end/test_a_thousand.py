"""A thousand submissions at once: every one taken in, each chart with its newest version, once."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.deliver.answers import response

SUBMISSIONS = 1000
CLIENTS = 8
#: each in two versions, the newer of which must stand
VERSIONS = {"2026-11-12T10:00:00Z": (2, 6, 1), "2026-11-12T11:00:00Z": (7, 1, 1)}


def events():
    """Each version of each submission, twice, in a fixed disorder."""
    made = [
        response(f"r{number}", counts, patient=f"p{number}", last_updated=moment)
        for number in range(SUBMISSIONS)
        for moment, counts in VERSIONS.items()
    ] * 2
    random.Random(20261112).shuffle(made)  # noqa: S311
    return made


def send(url, share):
    """One client: its share of the events over one connection; how many were taken."""
    with requests.Session() as session:
        where = f"{url}/notify/QuestionnaireResponse"
        return sum(session.put(f"{where}/{one['id']}", json=one, timeout=60).ok for one in share)


@pytest.mark.slow
def test_a_thousand_submissions_from_eight_clients(open_clinic):
    """4,000 events, late and repeated ones among them: 1,000 Observations, each the newest version's."""
    clinic = open_clinic()
    all_events = events()
    with ThreadPoolExecutor(CLIENTS) as pool:
        shares = [all_events[client::CLIENTS] for client in range(CLIENTS)]
        assert sum(pool.map(lambda share: send(clinic.service.url, share), shares)) == len(all_events)
    clinic.at_rest(300)

    found = clinic.ehr.observations()
    assert len(found) == SUBMISSIONS
    assert {one["subject"]["reference"] for one in found} == {f"Patient/p{n}" for n in range(SUBMISSIONS)}
    assert {one["valueCodeableConcept"]["text"][:13] for one in found} == {"Yes to 7 of 9"}
    assert clinic.service.states() == ["settled"] * SUBMISSIONS
    written = sum(int(one["meta"]["versionId"]) for one in found)
    assert clinic.ehr.writes == written  # no write was in vain
    assert SUBMISSIONS <= written <= 2 * SUBMISSIONS
