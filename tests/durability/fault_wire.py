"""Requests as they come, answers as they go, and the way to the real EHR."""

import json
import re
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from http.client import HTTPConnection
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.durability.fault_kinds import Step

FHIR_JSON = "application/fhir+json"
#: the key of what is asked for no entry
METADATA = "metadata"
#: seconds in which the real EHR answers, or something is wrong with it
PATIENCE = 60
#: of one connection; and what is read here comes uncompressed
_NOT_PASSED = {
    "accept-encoding",
    "connection",
    "keep-alive",
    "transfer-encoding",
    "content-length",
    "host",
    "server",
    "date",
}
_ENTRY = re.compile(r"urn:uuid:([0-9a-f-]{36})")


@dataclass(frozen=True)
class Asked:
    """One request of the service."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""
    #: whether its sender has hung up
    is_gone: Callable[[], bool] = lambda: False

    @property
    def step(self) -> Step:
        """What it is there for."""
        if self.path.endswith("/metadata"):
            return Step.METADATA
        return Step.READ if self.method == "GET" else Step.WRITE

    @cached_property
    def resource(self) -> dict[str, Any]:
        """What it brings; empty where it brings nothing."""
        return parsed(self.body)

    @property
    def ehr_id(self) -> str | None:
        """The id in its path."""
        named = re.search(r"/Observation/([^/?]+)", self.path)
        return named[1] if named else None

    @property
    def identifier(self) -> str | None:
        """The entry that its body or its search names."""
        named = _ENTRY.search(json.dumps(self.resource.get("identifier")) + unquote(self.path))
        return named[1] if named else None


@dataclass(frozen=True)
class Answer:
    """One answer, of the EHR or made up."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def ehr_id(self) -> str | None:
        """The id of the Observation in it."""
        told = parsed(self.body)
        return str(told["id"]) if told.get("resourceType") == "Observation" and "id" in told else None


class Upstream:
    """The real EHR."""

    def __init__(self, base_url: str) -> None:
        url = urlsplit(base_url)
        assert url.hostname
        self.path = url.path
        self._address = (url.hostname, url.port or 80)

    def answer(self, asked: Asked) -> Answer:
        """Its answer, over a connection of this request's own: a reused one could lose a write unseen."""
        headers = {name: value for name, value in asked.headers.items() if name.lower() not in _NOT_PASSED}
        with closing(HTTPConnection(*self._address, timeout=PATIENCE)) as connection:
            connection.request(asked.method, asked.path, asked.body or None, headers)
            found = connection.getresponse()
            body = found.read()
        kept = {name: value for name, value in found.getheaders() if name.lower() not in _NOT_PASSED}
        return Answer(found.status, kept, body)


def parsed(body: bytes) -> dict[str, Any]:
    """The JSON object that it is; empty where it is none."""
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def outcome(status: int, **headers: str) -> Answer:
    """An OperationOutcome."""
    issue = {"severity": "error", "code": "exception", "diagnostics": "a fault of the plan"}
    body = json.dumps({"resourceType": "OperationOutcome", "issue": [issue]}).encode()
    return Answer(status, {"Content-Type": FHIR_JSON, **headers}, body)
