"""What only a real server shows: large, slow and chunked bodies, many clients at once, a stop."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from fhir_alliance.fhir.json_text import MOST_BYTES
from tests.building import response
from tests.web.running import Running, serve

JSON = {"Content-Type": "application/fhir+json"}
DOORS = [("POST", "/fhir/QuestionnaireResponse"), ("PUT", "/fhir/QuestionnaireResponse/r1"), ("POST", "/notify")]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server for this module."""
    with serve(tmp_path_factory.mktemp("served")) as running:
        yield running


def body(number: int, yes: int = 7) -> bytes:
    """A response of a patient of its own."""
    return json.dumps(response((yes, 0, 0), id=f"r{number}", subject=f"Patient/p{number}")).encode()


def exchange(running: Running, *parts: bytes, seconds: float = 10) -> bytes:
    """What a server says to these bytes, until it closes."""
    with socket.create_connection(running.address, timeout=seconds) as line:
        for part in parts:
            line.sendall(part)
        line.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: line.recv(65536), b""))


def head(method: str, path: str, *more: str) -> bytes:
    """The head of a request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close"]
    return "\r\n".join([*lines, "Content-Type: application/fhir+json", *more, "", ""]).encode()


@pytest.mark.parametrize(("method", "path"), DOORS)
def test_a_body_of_50_megabytes_is_413(running: Running, method: str, path: str) -> None:
    """An answer, not a hang; and the server goes on."""
    answer = requests.request(method, running.url + path, data=b"x" * 50_000_000, headers=JSON, timeout=10)
    assert answer.status_code == 413
    assert answer.json()["issue"][0]["code"] == "too-costly"
    assert requests.get(f"{running.url}/healthz", timeout=5).status_code == 200


@pytest.mark.parametrize(("method", "path"), DOORS)
def test_a_chunked_body_of_50_megabytes_is_413(running: Running, method: str, path: str) -> None:
    """Its length is not known before it ends, so what is read of it is bounded."""
    chunks = (b"x" * 65536 for _ in range(800))
    answer = requests.request(method, running.url + path, data=chunks, headers=JSON, timeout=10)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("path", "more", "status"),
    [
        ("/fhir/QuestionnaireResponse", {"Origin": "https://evil.example"}, 403),
        ("/fhir/Patient", {}, 404),
        ("/healthz", {}, 405),
        ("/fhir/QuestionnaireResponse", {"Content-Type": "text/plain"}, 415),
    ],
)
def test_what_is_refused_unread_is_told(running: Running, path: str, more: dict[str, str], status: int) -> None:
    """The sender of a large body gets the answer, not a broken line."""
    sent = b"x" * 50_000_000
    answer = requests.post(running.url + path, data=sent, headers={**JSON, **more}, timeout=10)
    assert answer.status_code == status


def test_what_is_beyond_the_limit_is_not_cut_off(running: Running) -> None:
    """A good response, blanks to the limit, and more: that is too large, not a good response."""
    pieces = iter([body(101).ljust(MOST_BYTES), b"and more"])
    answer = requests.post(f"{running.url}/fhir/QuestionnaireResponse", data=pieces, headers=JSON, timeout=10)
    assert answer.status_code == 413


def test_a_chunked_body_is_read_whole(running: Running) -> None:
    """In as many pieces as the sender likes."""
    made = body(100)
    pieces = (made[start : start + 7] for start in range(0, len(made), 7))
    answer = requests.post(f"{running.url}/notify", data=pieces, headers=JSON, timeout=10)
    assert answer.status_code == 200
    found = requests.get(f"{running.url}/fhir/Observation?patient=p100", timeout=10).json()
    assert found["total"] == 1


MADE = body(200)
BROKEN = {
    "a body cut off": (f"Content-Length: {len(MADE)}", MADE[:200]),
    "a chunk cut off": ("Transfer-Encoding: chunked", b"c8\r\n" + MADE[:100]),
    "no last chunk": ("Transfer-Encoding: chunked", b"c8\r\n" + MADE[:200]),
    "no last chunk after a whole response": ("Transfer-Encoding: chunked", f"{len(MADE):x}\r\n".encode() + MADE),
    "a chunk of no size": ("Transfer-Encoding: chunked", b"zz\r\n" + MADE),
    "a chunk of negative size": ("Transfer-Encoding: chunked", b"-5\r\n" + MADE),
    "a chunk longer than it says": ("Transfer-Encoding: chunked", b"5\r\n" + MADE + b"\r\n0\r\n\r\n"),
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("path", ["/fhir/QuestionnaireResponse", "/notify"])
def test_a_body_that_did_not_come_whole_is_refused(running: Running, name: str, path: str) -> None:
    """No 2xx, since the sender did not send it; no 5xx, since it is not our fault; and nothing kept."""
    more, sent = BROKEN[name]
    said = exchange(running, head("POST", path, more), sent)
    assert not said.startswith((b"HTTP/1.1 2", b"HTTP/1.1 5")), said[:60]
    found = requests.get(f"{running.url}/fhir/Observation?patient=p200", timeout=10).json()
    assert found["total"] == 0


def test_a_slow_body_keeps_nobody_waiting(running: Running) -> None:
    """Some clients send half and wait; others are answered meanwhile, and the slow ones when they go on."""
    made = body(300)
    slow = [socket.create_connection(running.address, timeout=10) for _ in range(4)]
    for line in slow:
        line.sendall(head("POST", "/notify", f"Content-Length: {len(made)}") + made[:100])
    assert requests.get(f"{running.url}/fhir/metadata", timeout=5).status_code == 200
    assert requests.post(f"{running.url}/notify", data=body(301), headers=JSON, timeout=5).status_code == 200
    for line in slow:
        line.sendall(made[100:])
        assert line.recv(100).startswith(b"HTTP/1.1 200")
        line.close()
    found = requests.get(f"{running.url}/fhir/Observation?patient=p300", timeout=10).json()
    assert found["total"] == 1


@pytest.mark.parametrize(
    "request_", [b"\r\n\r\n", b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00", b"A" * 20_000 + b"\r\n"]
)
def test_what_is_no_http_is_refused(running: Running, request_: bytes) -> None:
    """And the server goes on."""
    said = exchange(running, request_)
    assert not said.startswith((b"HTTP/1.1 2", b"HTTP/1.1 5"))
    assert requests.get(f"{running.url}/healthz", timeout=5).status_code == 200


@pytest.mark.parametrize("door", ["fhir", "notify"])
def test_eight_clients_at_once(running: Running, door: str) -> None:
    """Every 2xx is on disk, and none meets a locked database."""
    start = 1000 if door == "fhir" else 2000
    path = "/fhir/QuestionnaireResponse" if door == "fhir" else "/notify/QuestionnaireResponse"

    def send(number: int) -> int:
        url = f"{running.url}{path}/r{number}"
        return requests.put(url, data=body(number), headers=JSON, timeout=20).status_code

    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(send, range(start, start + 64)))
    assert set(answers) == {201 if door == "fhir" else 200}
    subjects = ",".join(f"p{number}" for number in range(start, start + 64))
    found = requests.get(f"{running.url}/fhir/Observation?patient={subjects}&_count=0", timeout=10).json()
    assert found["total"] == 64


def test_eight_clients_send_the_same(running: Running) -> None:
    """One is told that it created it, the others that it is there: one submission, one result."""
    made = json.dumps(response(subject="Patient/same")).encode()

    def send(_: int) -> tuple[int, str]:
        answer = requests.post(f"{running.url}/fhir/QuestionnaireResponse", data=made, headers=JSON, timeout=20)
        return answer.status_code, answer.headers["Location"]

    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(send, range(8)))
    assert sorted(status for status, _ in answers) == [200] * 7 + [201]
    assert len({location for _, location in answers}) == 1


def test_eight_clients_replace_the_same_version(running: Running) -> None:
    """With If-Match exactly one succeeds."""
    url = f"{running.url}/fhir/QuestionnaireResponse/r400"
    requests.put(url, data=body(400), headers=JSON, timeout=10)

    def send(yes: int) -> int:
        named = {**JSON, "If-Match": 'W/"1"'}
        return requests.put(url, data=body(400, yes % 7), headers=named, timeout=20).status_code

    with ThreadPoolExecutor(8) as clients:
        answers = sorted(clients.map(send, range(8)))
    assert answers == [200] + [412] * 7


@pytest.mark.case("serve-migrates")
def test_it_stops_and_starts_again_with_what_it_had(tmp_path: Path) -> None:
    """A 2xx means on disk: the next process serves it; nothing of the patient is on stderr."""
    with serve(tmp_path) as first:
        requests.put(f"{first.url}/fhir/QuestionnaireResponse/r1", data=body(1), headers=JSON, timeout=10)
        requests.put(f"{first.url}/fhir/QuestionnaireResponse/r1", data=b"{zq7", headers=JSON, timeout=10)
        told = first.stop()
    assert "Patient" not in told
    assert "zq7" not in told
    with serve(tmp_path) as second:
        assert requests.get(f"{second.url}/fhir/QuestionnaireResponse/r1", timeout=10).status_code == 200
