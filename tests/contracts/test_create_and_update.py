"""POST and PUT: https://hl7.org/fhir/R4/http.html#create and #update."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.contracts.speaking import Speaking, etag, new_id, observation, told, version

SENDERS = 10


def test_create(fhir: Speaking) -> None:
    """The server gives the id, and tells it, the place and the version."""
    answer = fhir.post(observation(id=(ours := new_id())))
    made = told(answer, 201)
    place = re.fullmatch(rf"{fhir.base_url}/Observation/([^/]+)(?:/_history/([^/]+))?", answer.headers["Location"])

    assert made["id"] != ours
    assert made["meta"]["lastUpdated"]
    assert answer.headers["ETag"] == etag(made)
    assert answer.headers["Content-Type"].startswith("application/fhir+json")
    assert place
    assert place.groups() == (made["id"], version(made) if fhir.does.locates_versions else None)
    assert fhir.kept(made) == made


def test_an_answer_without_a_body(fhir: Speaking) -> None:
    """Where it is asked for, and heeded, the headers alone tell what was made."""
    answer = fhir.post(observation(), Prefer="return=minimal")

    assert answer.status_code == 201
    assert answer.headers["ETag"]
    assert (answer.content == b"") is fhir.does.heeds_prefer


def test_put_at_a_new_id(fhir: Speaking) -> None:
    """It is created there, or refused and nothing is kept."""
    ours = observation(id=new_id())
    answer = fhir.put(ours)
    taken = fhir.does.put_at_new_id == 201

    assert answer.status_code == fhir.does.put_at_new_id
    assert fhir.get(f"Observation/{ours['id']}").status_code == (200 if taken else 404)
    assert ("Location" in answer.headers) is fhir.does.locates_puts
    assert fhir.put(ours).status_code == (200 if taken else fhir.does.put_at_new_id)


def test_update(fhir: Speaking) -> None:
    """There is a new version, and it is told."""
    first = fhir.made(observation())
    answer = fhir.put({**first, "status": "amended"})
    second = told(answer, 200)

    assert (second["id"], second["status"]) == (first["id"], "amended")
    assert version(second) != version(first)
    assert ([version(first), version(second)] == ["1", "2"]) is fhir.does.counts_versions
    assert answer.headers["ETag"] == etag(second)
    assert fhir.kept(first)["status"] == "amended"


def test_the_same_again(fhir: Speaking) -> None:
    """The same content makes no new version, where the server knows it again."""
    first = fhir.made(observation())

    assert (version(told(fhir.put(first), 200)) == version(first)) is fhir.does.knows_the_same


@pytest.mark.parametrize("id_", [None, "another"])
def test_put_with_another_id_in_the_body(fhir: Speaking, id_: str | None) -> None:
    """It is refused, and nothing changes."""
    first = fhir.made(observation())
    body = observation(id=id_) if id_ else observation()
    answer = fhir.unchanged(first, lambda: fhir.send("PUT", f"Observation/{first['id']}", body))

    assert told(answer, 400)["resourceType"] == "OperationOutcome"


def test_many_updates_at_once(fhir: Speaking) -> None:
    """Each is carried out or told to come again; none is carried out twice, none is lost without a word."""
    first, together = fhir.made(observation()), Barrier(SENDERS)

    def update(number: int) -> int:
        with fhir.another() as one:
            together.wait()
            return one.put({**first, "note": [{"text": str(number)}]}).status_code

    with ThreadPoolExecutor(SENDERS) as pool:
        statuses = list(pool.map(update, range(SENDERS)))

    assert 200 in statuses
    assert set(statuses) <= {200, *fhir.does.put_off}
    assert len(fhir.versions(first)) == 1 + statuses.count(200)


def test_what_is_not_there(fhir: Speaking) -> None:
    """A read of an id that never was is 404."""
    assert told(fhir.get(f"Observation/{new_id()}"), 404)["resourceType"] == "OperationOutcome"
