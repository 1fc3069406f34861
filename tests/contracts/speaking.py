"""A client that takes every answer as it is, and what it writes."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from uuid import uuid4

import requests

from tests.contracts.servers import Traits

Resource = dict[str, Any]
SYSTEM = "urn:ietf:rfc:3986"


def new_id() -> str:
    """An id that nobody used."""
    return str(uuid4())


def observation(identifier: str | None = None, **elements: Any) -> Resource:
    """A small Observation."""
    named = {"identifier": [{"system": SYSTEM, "value": f"urn:uuid:{identifier}"}]} if identifier else {}
    return {"resourceType": "Observation", "status": "final", "code": {"text": "Fit"}, **named, **elements}


def by_identifier(identifier: str) -> str:
    """The search that finds it."""
    return f"identifier={SYSTEM}|urn:uuid:{identifier}"


class Speaking:
    """Speaks FHIR to one server, which does as its ``traits`` say."""

    def __init__(self, base_url: str, traits: Traits) -> None:
        self.base_url = base_url
        self.does = traits
        self.session = requests.Session()
        self.session.headers.update(
            {
                "Accept": "application/fhir+json",
                "Content-Type": "application/fhir+json",
                "Cache-Control": "no-cache",
            }
        )

    def send(self, method: str, path: str, body: Resource | None = None, **headers: str) -> requests.Response:
        """Any request below the base, once more if it collided; `If_Match="x"` becomes a header."""
        ask = partial(
            self.session.request,
            method,
            f"{self.base_url}/{path}" if path else self.base_url,
            data=json.dumps(body).encode() if body is not None else None,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
            timeout=30,
        )
        answer = ask()
        return ask() if self.does.collided and self.does.collided in answer.text else answer

    def get(self, path: str, **headers: str) -> requests.Response:
        """Read or search."""
        return self.send("GET", path, None, **headers)

    def post(self, resource: Resource, **headers: str) -> requests.Response:
        """Create."""
        return self.send("POST", resource["resourceType"], resource, **headers)

    def put(self, resource: Resource, **headers: str) -> requests.Response:
        """Update at its own id."""
        return self.send("PUT", f"{resource['resourceType']}/{resource['id']}", resource, **headers)

    def delete(self, resource: Resource) -> requests.Response:
        """Delete at its id."""
        return self.send("DELETE", f"{resource['resourceType']}/{resource['id']}")

    def made(self, resource: Resource) -> Resource:
        """The resource as it is kept, with the id that the server gave it."""
        return told(self.post(resource), 201)

    def kept(self, resource: Resource) -> Resource:
        """The resource of this type and id as it stands now."""
        return told(self.get(f"{resource['resourceType']}/{resource['id']}"), 200)

    def found(self, search: str, **headers: str) -> list[str]:
        """The ids that a search of one page finds, sorted; a total that is told is right."""
        bundle = told(self.get(search, **headers), 200)
        entries = bundle.get("entry", [])
        assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "searchset")
        assert bundle.get("total", len(entries)) == len(entries)
        return sorted(entry["resource"]["id"] for entry in entries)

    def versions(self, resource: Resource) -> list[str]:
        """The version ids in its history, the newest first; empty for a delete that tells none."""
        history = told(self.get(f"{resource['resourceType']}/{resource['id']}/_history"), 200)
        assert (history["resourceType"], history["type"]) == ("Bundle", "history")
        return [version(entry["resource"]) if "resource" in entry else "" for entry in history["entry"]]

    @contextmanager
    def another(self) -> Iterator["Speaking"]:
        """A client of the same server with connections of its own."""
        one = Speaking(self.base_url, self.does)
        try:
            yield one
        finally:
            one.session.close()

    def unchanged(self, resource: Resource, answer: Callable[[], requests.Response]) -> requests.Response:
        """What a request is answered that leaves a resource as it is."""
        before = self.kept(resource)
        answered = answer()
        assert self.kept(resource) == before
        return answered


def told(answer: requests.Response, status: int) -> Resource:
    """The resource in an answer of this status."""
    assert answer.status_code == status, answer.text
    resource: Resource = answer.json()
    return resource


def version(resource: Resource) -> str:
    """Its version id."""
    return str(resource["meta"]["versionId"])


def etag(resource: Resource) -> str:
    """Its version, as If-Match takes it."""
    return f'W/"{version(resource)}"'
