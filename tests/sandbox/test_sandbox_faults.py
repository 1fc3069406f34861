"""Faults on order, over HTTP."""

import socket
import time

import pytest
import requests


def test_status_answers_so_and_stores_nothing(client, observation, refused):
    """The next matching request gets the status, headers and an OperationOutcome; then all is well."""
    client.fault("status", method="PUT", type="Observation", status=503, headers={"Retry-After": "2"})
    answer = client.put(observation())

    assert refused(answer, 503, "exception")
    assert answer.headers["Retry-After"] == "2"
    assert client.get("Observation/o1").status_code == 404
    assert client.put(observation()).status_code == 201


def test_status_with_a_body_of_ones_own(client):
    """Body and content type can be chosen."""
    client.fault("status", status=502, body="<h1>Bad gateway</h1>", content_type="text/html")
    answer = client.get("Patient/p1")

    assert (
        answer.status_code,
        answer.text,
        answer.headers["Content-Type"],
    ) == (502, "<h1>Bad gateway</h1>", "text/html")


def test_a_fault_waits_for_its_match_and_counts_down(client, observation):
    """Other methods and types pass; GET tells what is left; DELETE clears."""
    client.fault("status", method="PUT", type="Observation", times=2)
    assert client.put({"resourceType": "Patient", "id": "p1"}).status_code == 201
    assert client.get("Observation/o1").status_code == 404
    assert client.put(observation()).status_code == 500
    (left,) = client.control("GET", "faults")
    assert tuple(left[k] for k in ("kind", "method", "type", "times")) == ("status", "PUT", "Observation", 1)
    client.control("DELETE", "faults")

    assert client.control("GET", "faults") == []
    assert client.put(observation()).status_code == 201


def test_faults_come_in_order(client):
    """The oldest matching order is served first."""
    for status in (500, 503):
        client.fault("status", status=status)

    assert [client.get("metadata").status_code for _ in range(3)] == [500, 503, 200]


@pytest.mark.parametrize(("kind", "stored"), [("reset", 404), ("reset-after", 200)])
def test_a_reset_gives_no_answer(client, observation, kind, stored):
    """The connection is cut without a byte; only `reset-after` has stored."""
    client.fault(kind, method="PUT")
    with pytest.raises(requests.ConnectionError):
        client.put(observation())

    assert stored == client.get("Observation/o1").status_code


def test_a_reset_is_a_real_one(client):
    """The peer sees RST, not an orderly end."""
    client.fault("reset", method="GET", type="Patient")
    host, port = client.ehr.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(b"GET /fhir/Patient/p1 HTTP/1.1\r\nHost: x\r\n\r\n")

        with pytest.raises(ConnectionResetError):
            connection.recv(1)


@pytest.mark.parametrize(("kind", "status", "stored"), [("hang", 503, 404), ("hang-after", 201, 200)])
def test_a_hang_answers_late(client, observation, kind, status, stored):
    """It waits, and answers 503 with nothing stored, or as ever with all stored."""
    client.fault(kind, method="PUT", seconds=0.2)
    began = time.monotonic()
    answer = client.put(observation())

    assert status == answer.status_code
    assert time.monotonic() - began >= 0.2
    assert stored == client.get("Observation/o1").status_code


def test_hang_after_stores_before_it_waits(client, observation, until):
    """Others see the resource while the writer still waits for its answer."""
    client.fault("hang-after", method="PUT", seconds=30)
    with pytest.raises(requests.ReadTimeout):
        requests.put(f"{client.ehr.base_url}/Observation/o1", json=observation(), timeout=0.2)

    until(lambda: client.get("Observation/o1").status_code == 200)


def test_empty_stores_and_says_nothing(client, observation):
    """2xx without body, Location or ETag; a refusal stays a refusal."""
    client.fault("empty", method="PUT", times=2)
    answer = client.put(observation())

    assert (answer.status_code, answer.content) == (201, b"")
    assert not {"Location", "ETag", "Content-Type", "Last-Modified"} & set(answer.headers)
    assert client.get("Observation/o1").status_code == 200
    assert client.send("PUT", "Observation/o1", b"{").status_code == 400


def test_html_answers_a_page(client, observation):
    """200 with a web page, as a captive portal would; nothing is stored."""
    client.fault("html", method="PUT")
    answer = client.put(observation())

    assert (answer.status_code, answer.headers["Content-Type"].startswith("text/html")) == (200, True)
    assert client.get("Observation/o1").status_code == 404


def test_a_lie_looks_like_the_truth(client, observation):
    """The answer has body, version and headers; the store has nothing of it."""
    client.fault("lie", type="Observation", method="PUT", times=1)
    lie = client.put(observation())

    assert (lie.status_code, lie.headers["ETag"], lie.json()["meta"]["versionId"]) == (201, 'W/"1"', "1")
    assert client.get("Observation/o1").status_code == 404
    client.put(observation())
    client.fault("lie")
    assert ((lie := client.put(observation(status="amended"))).status_code, lie.headers["ETag"]) == (200, 'W/"2"')
    assert client.get("Observation/o1").json()["status"] == "final"


def test_a_lie_about_other_methods(client, observation, refused):
    """POST and DELETE are lied about too; a read is answered in earnest, a bad body refused."""
    client.put(observation())
    client.fault("lie", times=4)

    assert client.post(observation()).status_code == 201
    assert client.send("DELETE", "Observation/o1").status_code == 204
    assert client.get("Observation/o1").status_code == 200
    assert refused(client.send("PUT", "Observation/o1", b"{"), 400, "structure")
    assert client.get("Observation").json()["total"] == 1


def test_drop_loses_elements(client, observation):
    """What was kept is what is answered."""
    client.fault("drop", method="PUT", elements=["subject", "code"])
    answer = client.put(observation())

    assert {"resourceType", "id", "meta", "status"} == set(answer.json())
    assert answer.json() == client.get("Observation/o1").json()


def test_drop_leaves_bad_bodies_alone(client, refused):
    """A body that is no JSON object is refused as ever."""
    client.fault("drop", times=2)

    assert refused(client.send("PUT", "Observation/o1", b"{"), 400, "structure")
    assert refused(client.send("PUT", "Observation/o1", b"[]"), 400, "invalid")


def test_redirect_points_elsewhere(client, observation):
    """307 with the location; nothing is stored."""
    client.fault("redirect", method="PUT", location="http://127.0.0.1:1/elsewhere")
    answer = client.put(observation())

    assert (answer.status_code, answer.headers["Location"]) == (307, "http://127.0.0.1:1/elsewhere")
    assert client.get("Observation/o1").status_code == 404


@pytest.mark.parametrize(
    "order", [{"kind": "flood"}, {}, {"kind": "status", "tims": 2}, {"kind": "status", "times": 0}, ["status"]]
)
def test_a_senseless_order_is_refused(client, order):
    """Unknown kinds and words are 400, so that a typing error in a test shows."""
    answer = requests.post(f"{client.ehr.url}/sandbox/faults", json=order)

    assert (answer.status_code, "error" in answer.json()) == (400, True)


def test_an_order_that_is_not_json_is_refused(client):
    """With an error in JSON."""
    answer = requests.post(f"{client.ehr.url}/sandbox/faults", data=b"{")

    assert (answer.status_code, "error" in answer.json()) == (400, True)
