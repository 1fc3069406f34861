"""Gates and the request log, over HTTP."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests


@pytest.fixture
def gate(client, until):
    """Closes a gate, and waits for requests to stand before it."""

    class Gate:
        def close(self, point, name="g", **order):
            client.control("POST", "gates", {"name": name, "point": point, **order})

        def wait_for(self, count, name="g"):
            until(lambda: client.control("GET", f"gates/{name}")["waiting"] == count)

        def open(self, name="g"):
            client.control("DELETE", f"gates/{name}")

    return Gate()


@pytest.mark.parametrize(("point", "seen_meanwhile"), [("before", 404), ("after", 200)])
def test_a_gate_holds_a_request(client, gate, observation, point, seen_meanwhile):
    """Held before the store nothing is kept yet; held after it, it is; either way the answer comes later."""
    gate.close(point, method="PUT", type="Observation")
    url = f"{client.ehr.base_url}/Observation/o1"
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(requests.put, url, json=observation(), timeout=10)
        gate.wait_for(1)
        assert seen_meanwhile == client.get("Observation/o1").status_code
        assert not held.done()
        gate.open()

        assert held.result().status_code == 201
    assert client.get("Observation/o1").status_code == 200


def test_a_gate_holds_many_and_lets_others_pass(client, gate, observation):
    """Every matching request waits; others do not."""
    gate.close("before", method="PUT", type="Observation")
    base = f"{client.ehr.base_url}/Observation"
    with ThreadPoolExecutor(3) as pool:
        held = [pool.submit(requests.put, f"{base}/o{n}", json=observation(f"o{n}"), timeout=10) for n in range(3)]
        gate.wait_for(3)
        assert client.put({"resourceType": "Patient", "id": "p1"}).status_code == 201
        gate.open()

        assert [one.result().status_code for one in held] == [201] * 3


@pytest.mark.parametrize(("point", "stored"), [("before", 0), ("after", 1)])
def test_a_client_that_left_meanwhile(client, gate, until, observation, point, stored):
    """Held before the store, its request is not carried out; held after it, it was."""
    gate.close(point, method="PUT")
    with pytest.raises(requests.ReadTimeout):
        requests.put(f"{client.ehr.base_url}/Observation/o1", json=observation(), timeout=0.2)
    gate.wait_for(1)
    gate.open()
    until(lambda: client.control("GET", "requests")["counts"].get("PUT Observation") == 1)

    assert stored == client.get("Observation").json()["total"]


def test_a_gate_that_is_not_there(client):
    """Asking for it is 404; opening it is fine, so that a test may tidy up twice."""
    assert requests.get(f"{client.ehr.url}/sandbox/gates/none").status_code == 404
    assert requests.delete(f"{client.ehr.url}/sandbox/gates/none").status_code == 200


@pytest.mark.parametrize("order", [{"name": "g", "point": "amid"}, {"point": "before"}, {"name": "g", "x": 1}])
def test_a_senseless_gate_is_refused(client, order):
    """Unknown points and words are 400."""
    assert requests.post(f"{client.ehr.url}/sandbox/gates", json=order).status_code == 400


def test_closing_the_sandbox_lets_the_held_go(client, gate, observation):
    """A held client is not left hanging when the sandbox goes away, and its request is not carried out."""
    gate.close("before", method="PUT")
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(requests.put, f"{client.ehr.base_url}/Observation/o1", json=observation(), timeout=10)
        gate.wait_for(1)
        client.ehr.close()

        with pytest.raises(requests.ConnectionError):
            held.result()


def test_requests_are_counted_and_listed(client, observation):
    """By method and type, in order, with path, query and status; null where the connection was dropped."""
    client.put(observation())
    client.get("Observation?identifier=urn:s|1")
    client.get("metadata")
    client.fault("reset", method="DELETE")
    with pytest.raises(requests.ConnectionError):
        client.send("DELETE", "Observation/o1")
    report = client.control("GET", "requests")

    assert report["counts"] == {
        "PUT Observation": 1,
        "GET Observation": 1,
        "GET metadata": 1,
        "DELETE Observation": 1,
    }
    assert [tuple(one[k] for k in ("method", "path", "query", "status")) for one in report["requests"]] == [
        ("PUT", "/fhir/Observation/o1", "", 201),
        ("GET", "/fhir/Observation", "identifier=urn%3As%7C1", 200),
        ("GET", "/fhir/metadata", "", 200),
        ("DELETE", "/fhir/Observation/o1", "", None),
    ]


def test_the_list_is_bounded_and_can_be_cleared(client):
    """The last thousand are remembered, all are counted; DELETE forgets both."""
    for _ in range(1010):
        client.get("metadata")
    report = client.control("GET", "requests")
    assert (report["counts"]["GET metadata"], len(report["requests"])) == (1010, 1000)
    client.control("DELETE", "requests")

    assert client.control("GET", "requests") == {"counts": {}, "requests": []}
