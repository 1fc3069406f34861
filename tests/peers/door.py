"""The real service, as a form filler's host talks to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.building import CANONICAL, Resource
from tests.end_to_end.service import PATIENCE, Service

FHIR_JSON = {"Content-Type": "application/fhir+json"}
#: what tells one result from another that says the same
OWN = ("id", "identifier", "derivedFrom", "issued", "meta")


@dataclass(frozen=True)
class Door:
    """Its FHIR server."""

    url: str

    def checklist(self) -> Resource:
        """The Questionnaire, as it is published."""
        (entry,) = self._ask("GET", f"Questionnaire?url={CANONICAL}")["entry"]
        return dict(entry["resource"])

    def extract(self, response: Resource) -> Resource | None:
        """The Observation that would be written; nothing is kept."""
        answer = self._ask("POST", "QuestionnaireResponse/$extract", response)
        return answer["entry"][0]["resource"] if answer["resourceType"] == "Bundle" else None

    def file(self, response: Resource) -> Resource:
        """Keep a response, new or, where it has an id, again; as it is kept."""
        response_id = response.get("id")
        where = f"QuestionnaireResponse/{response_id}" if response_id else "QuestionnaireResponse"
        return self._ask("PUT" if response_id else "POST", where, response)

    def chart(self, subject: str) -> list[Resource]:
        """The results that stand for a patient."""
        bundle = self._ask("GET", f"Observation?subject={subject}")
        return [entry["resource"] for entry in bundle.get("entry", [])]

    def refusal(self, response: Resource) -> tuple[int, str]:
        """Why a response is not taken: the status, and the element that is at fault."""
        answer = self._send("POST", "QuestionnaireResponse", response)
        (issue,) = answer.json()["issue"]
        return answer.status_code, issue["expression"][0]

    def _ask(self, method: str, path: str, body: Resource | None = None) -> dict[str, Any]:
        answer = self._send(method, path, body)
        assert answer.ok, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def _send(self, method: str, path: str, body: Resource | None) -> requests.Response:
        return requests.request(method, f"{self.url}/fhir/{path}", json=body, headers=FHIR_JSON, timeout=PATIENCE)


@contextmanager
def open_door(folder: Path) -> Iterator[Door]:
    """``fhir-alliance serve`` over one folder, without an EHR."""
    service = Service(folder)
    try:
        yield Door(service.url)
    finally:
        service.kill()


def said(result: Resource | None) -> Resource | None:
    """What a result says, whichever it is."""
    return result and {name: value for name, value in result.items() if name not in OWN}
