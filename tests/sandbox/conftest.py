"""A sandbox on a free port, a client for it, and a receiver for its rest-hooks."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from threading import Condition, Thread
from typing import TYPE_CHECKING, Any

import pytest
import requests

from fhir_alliance.sandbox import Sandbox
from tests.schema import faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def check(answer: requests.Response) -> None:
    """What the sandbox says by itself is valid R4; what it was given to keep is the giver's."""
    if answer.headers.get("Content-Type", "").startswith("application/fhir+json") and answer.content:
        resource = answer.json()
        if resource["resourceType"] in ("OperationOutcome", "CapabilityStatement"):
            assert faults(resource) == []


class Client:
    """Speaks FHIR, and to the control surface, over one kept connection."""

    def __init__(self, ehr: Sandbox) -> None:
        self.ehr = ehr
        self.session = requests.Session()

    def send(self, method: str, path: str, body: object = None, **headers: str) -> requests.Response:
        """Sends a request below the FHIR base; `If_Match="x"` becomes a header."""
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.session.request(
            method,
            f"{self.ehr.base_url}/{path}",
            data=data,
            headers={"Content-Type": "application/fhir+json", **named},
            timeout=10,
            allow_redirects=False,
        )
        check(answer)
        return answer

    def get(self, path: str, **headers: str) -> requests.Response:
        """Reads or searches."""
        return self.send("GET", path, **headers)

    def put(self, resource: dict[str, Any], **headers: str) -> requests.Response:
        """Updates a resource at its own id."""
        return self.send("PUT", f"{resource['resourceType']}/{resource['id']}", resource, **headers)

    def post(self, resource: dict[str, Any], **headers: str) -> requests.Response:
        """Creates a resource."""
        return self.send("POST", resource["resourceType"], resource, **headers)

    def control(self, method: str, path: str, body: object = None) -> Any:
        """Asks the control surface; its JSON."""
        answer = self.session.request(method, f"{self.ehr.url}/sandbox/{path}", json=body, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def fault(self, kind: str, **order: Any) -> None:
        """Orders a fault."""
        self.control("POST", "faults", {"kind": kind, **order})


Reply = tuple[int, bytes] | tuple[int, bytes, str]


@dataclass
class Received:
    """One message that reached the receiver."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float


@dataclass
class Receiver:
    """Keeps what it is sent, and answers the replies it was told to, then 200 with nothing.

    A reply: status, body, and the content type that it says, FHIR's JSON where it says none.
    """

    url: str = ""
    received: list[Received] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    changed: Condition = field(default_factory=Condition)

    def take(self, message: Received) -> Reply:
        """Notes a message and picks its reply; status 0 hangs up."""
        with self.changed:
            self.received.append(message)
            self.changed.notify_all()
            return self.replies.pop(0) if self.replies else (200, b"")

    def wait_for(self, count: int, seconds: float = 10) -> list[Received]:
        """Returns once this many messages came."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.received) >= count, seconds), self.received
            return list(self.received)


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            message = Received(self.command, self.path, dict(self.headers), body, time.monotonic())
            status, reply, *said = receiver.take(message)
            if status:
                self.send_response(status)
                self.send_header("Content-Type", said[0] if said else "application/fhir+json")
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

        do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """An HTTP server that a Subscription can name as its endpoint."""
    receiver = Receiver()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(receiver))
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/notify"
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield receiver
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def ehr() -> Iterator[Sandbox]:
    """An empty sandbox that gives up a rest-hook after one second."""
    with Sandbox(retry_for=1.0) as ehr:
        yield ehr


@pytest.fixture
def client(ehr: Sandbox) -> Iterator[Client]:
    """A client of the sandbox."""
    client = Client(ehr)
    yield client
    client.session.close()


@pytest.fixture
def until() -> Callable[..., None]:
    """Polls until something is true, for ten seconds."""

    def until(holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 10
        while not holds():
            assert time.monotonic() < deadline, "it never came true"
            time.sleep(0.005)

    return until


@pytest.fixture
def observation() -> Callable[..., dict[str, Any]]:
    """Makes an Observation with an id, a patient p1, and whatever else is given."""

    def make(id_: str = "o1", **elements: Any) -> dict[str, Any]:
        return {
            "resourceType": "Observation",
            "id": id_,
            "status": "final",
            "code": {"coding": [{"system": "urn:test", "code": "fit"}], "text": "Fit"},
            "subject": {"reference": "Patient/p1"},
            **elements,
        }

    return make


@pytest.fixture
def response() -> Callable[..., dict[str, Any]]:
    """Makes a completed QuestionnaireResponse."""

    def make(id_: str = "r1", **elements: Any) -> dict[str, Any]:
        return {
            "resourceType": "QuestionnaireResponse",
            "id": id_,
            "questionnaire": "https://example.org/q|1",
            "status": "completed",
            "subject": {"reference": "Patient/p1"},
            "authored": "2026-11-12T14:05:00+04:00",
            **elements,
        }

    return make


@pytest.fixture
def is_valid() -> Callable[[dict[str, Any]], bool]:
    """Raises unless a resource is structurally valid."""

    def check(resource: dict[str, Any]) -> bool:
        name = resource["resourceType"]
        model = getattr(import_module(f"fhir.resources.R4B.{name.lower()}"), name)
        return bool(model.model_validate(resource))

    return check


@pytest.fixture
def refused(is_valid: Callable[..., bool]) -> Callable[..., bool]:
    """Whether an answer is a valid OperationOutcome with this status and issue code."""

    def check(answer: requests.Response, status: int, code: str) -> bool:
        outcome = answer.json()
        assert is_valid(outcome)
        assert answer.headers["Content-Type"] == "application/fhir+json"
        return (answer.status_code, outcome["issue"][0]["code"]) == (status, code)

    return check
