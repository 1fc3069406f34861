"""What a clinic's people and programs do at the demo's EHR, all of it over HTTP."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import requests

from fhir_alliance.ehr.client import FhirClient
from fhir_alliance.fhir.json_text import FHIR_JSON
from fhir_alliance.fhir.systems import URI

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DemoEhr:
    """The EHR, seen from outside. Every method may raise any ChartFault."""

    #: where its pages are
    url: str
    fhir: FhirClient

    def enter(self, resources: Iterable[Resource]) -> int:
        """Put each under its id; how many there were."""
        entered = [self.fhir.put(f"{one['resourceType']}/{one['id']}", one, None) for one in resources]
        return len(entered)

    def subscribe(self, endpoint: str) -> None:
        """Tell ``endpoint`` of every response (https://hl7.org/fhir/R4/subscription.html)."""
        subscription = {
            "resourceType": "Subscription",
            "id": "demo-responses",
            "status": "requested",
            "reason": "Score the alliance checklist",
            "criteria": "QuestionnaireResponse?",
            "channel": {"type": "rest-hook", "endpoint": endpoint, "payload": FHIR_JSON},
        }
        self.enter([subscription])

    def hooks(self) -> dict[str, int]:
        """How many messages are pending, delivered and failed."""
        answer = requests.get(f"{self.url}/sandbox/hooks", timeout=10)
        counts: dict[str, int] = answer.json()
        return counts

    def read(self, reference: str) -> Resource:
        """One resource; empty where there is none."""
        return self.fhir.get(reference).resource or {}

    def observation(self, entry_id: str) -> Resource | None:
        """The Observation that stands for an entry."""
        asked = {"identifier": f"{URI}|urn:uuid:{entry_id}"}
        entries = (self.fhir.get("Observation", asked).resource or {}).get("entry", [])
        return entries[0]["resource"] if entries else None
