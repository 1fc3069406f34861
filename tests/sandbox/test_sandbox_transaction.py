"""Several writes as one, beyond what every server does alike (tests/contracts)."""

from typing import Any

import pytest

PATIENT = {"resourceType": "Patient"}


@pytest.fixture
def transact(client):
    """Sends a transaction of (method, url, resource, conditions) entries."""

    def transact(*entries: tuple[Any, ...], **headers: str):
        told = [
            {
                "fullUrl": f"urn:uuid:{number}",
                "resource": resource,
                "request": {"method": method, "url": url, **more},
            }
            for number, (method, url, resource, more) in enumerate(entries)
        ]
        return client.send("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": told}, **headers)

    return transact


def test_what_is_answered(client, transact, observation, is_valid):
    """For each entry status, place and version; the resource only where it is asked for."""
    client.put(observation("o2"))
    entries = [("PUT", "Observation/o1", observation(), {}), ("DELETE", "Observation/o2", None, {})]
    told, again = transact(*entries).json(), transact(*entries, Prefer="return=representation").json()

    assert is_valid(told)
    assert [one["response"]["status"] for one in told["entry"]] == ["201 Created", "204 No Content"]
    assert told["entry"][0]["response"]["location"].endswith("/Observation/o1/_history/1")
    assert told["entry"][0]["response"]["etag"] == 'W/"1"'
    assert [one["response"]["status"] for one in again["entry"]] == ["200 OK", "204 No Content"]
    assert [one.get("resource", {}).get("id") for one in told["entry"] + again["entry"]] == [
        None,
        None,
        "o1",
        None,
    ]


def test_a_transaction_of_nothing(transact, is_valid):
    """Is answered with nothing, and no empty list."""
    answer = transact().json()

    assert is_valid(answer)
    assert "entry" not in answer


@pytest.mark.parametrize("kind", ["batch", "collection", "searchset", None])
def test_another_bundle_is_refused(client, refused, kind):
    """Nothing but transactions is taken at the base."""
    assert refused(client.send("POST", "", {"resourceType": "Bundle", "type": kind}), 400, "not-supported")


@pytest.mark.parametrize(
    ("entry", "status", "code"),
    [
        (("GET", "Observation/o1", None, {}), 405, "not-supported"),
        (("PUT", "Medication/m1", {"resourceType": "Medication"}, {}), 404, "not-supported"),
        (("PUT", "Observation/o3", PATIENT, {}), 400, "invalid"),
        (("PUT", "Observation/o1", {"resourceType": "Observation", "id": "o1"}, {}), 400, "invalid"),
        (("DELETE", "Observation/o2", None, {"ifMatch": 'W/"9"'}), 412, "conflict"),
        (
            ("POST", "Observation", {"resourceType": "Observation"}, {"ifNoneExist": "nonsense=1"}),
            400,
            "not-supported",
        ),
    ],
)
def test_one_bad_entry_undoes_all(client, transact, observation, refused, entry, status, code):
    """Nothing is kept, and the refusal is that of the entry."""
    client.put(observation("o2"))

    assert refused(transact(("PUT", "Observation/o1", observation(), {}), entry), status, code)
    assert client.get("Observation/o1").status_code == 404
    assert client.get("Observation/o2").headers["ETag"] == 'W/"1"'


def test_a_lie_about_a_transaction(client, transact, observation):
    """It is answered as if it were kept."""
    client.fault("lie")

    assert transact(("PUT", "Observation/o1", observation(), {})).status_code == 200
    assert client.get("Observation/o1").status_code == 404
