"""A clinic whose EHR is Medplum, with our service beside it, joined by a Subscription."""

from typing import Any

import requests

from tests.deliver.ehr_desk import until
from tests.end_to_end.service import Service
from tests.peers.medplum.server import Medplum

#: seconds until nothing is left to do
PATIENCE = 20

Resource = dict[str, Any]


class MedplumClinic:
    """People who write in Medplum, and know nothing of us; the chart they read; the one who runs the service."""

    def __init__(self, medplum: Medplum, service: Service) -> None:
        self.medplum = medplum
        self.service = service
        self._session = requests.Session()
        self.subscribe()

    def close(self) -> None:
        """Hang up, and end the service."""
        self._session.close()
        if self.service.process.poll() is None:
            self.service.kill()

    def subscribe(self) -> None:
        """Have Medplum tell of every response, also of a deletion, as the operators' page says."""
        where = f"{self.service.url}/notify/QuestionnaireResponse"
        channel = {"type": "rest-hook", "endpoint": where, "payload": "application/fhir+json"}
        wanted = {"status": "active", "reason": "Predicted alliance fit", "criteria": "QuestionnaireResponse?"}
        self.write("POST", "Subscription", {"resourceType": "Subscription", **wanted, "channel": channel})

    # --- people and programs of the clinic

    def write(self, method: str, path: str, resource: Resource | None = None) -> Resource:
        """One write; what Medplum answers."""
        headers = {"Content-Type": "application/fhir+json"}
        url = f"{self.medplum.base_url}/{path}"
        answer = self._session.request(method, url, json=resource, headers=headers, timeout=PATIENCE)
        assert answer.ok, answer.text
        kept: Resource = answer.json()
        return kept

    def file(self, response: Resource) -> Resource:
        """A response is filed; it, under Medplum's own id, when the chart is at rest."""
        filed = self.write("POST", "QuestionnaireResponse", response)
        self.at_rest()
        return filed

    def change(self, kept: Resource, **elements: Any) -> Resource:
        """A resource is changed; it, when the chart is at rest."""
        changed = self.write("PUT", f"{kept['resourceType']}/{kept['id']}", {**kept, **elements})
        self.at_rest()
        return changed

    def delete(self, kept: Resource) -> None:
        """A resource is deleted; return when the chart is at rest."""
        self.write("DELETE", f"{kept['resourceType']}/{kept['id']}")
        self.at_rest()

    # --- what they see

    def search(self, query: str) -> list[Resource]:
        """What a search finds."""
        answer = self._session.get(f"{self.medplum.base_url}/{query}", timeout=PATIENCE)
        return [one["resource"] for one in answer.json().get("entry", [])]

    def observations(self, patient: str) -> list[Resource]:
        """Every Observation of a patient."""
        return self.search(f"Observation?subject=Patient/{patient}")

    def rows(self, patient: str) -> list[tuple[str, str]]:
        """Status and the beginning of the value of each."""
        found = self.observations(patient)
        return [(one["status"], one.get("valueCodeableConcept", {}).get("text", "")[:13]) for one in found]

    # --- what the one who runs the service sees

    def at_rest(self) -> None:
        """Return when nothing that came in is left to deliver."""
        moving = "SELECT 1 FROM entry WHERE state IN ('due', 'sending', 'unknown') LIMIT 1"
        until(lambda: not self.service.ask(moving), PATIENCE)

    def entry(self, patient: str) -> tuple[str, str, str | None]:
        """Our id, state and reason of the patient's one entry."""
        query = f"SELECT id, state, reason FROM entry WHERE subject = 'Patient/{patient}'"  # noqa: S608
        ((entry_id, state, reason),) = self.service.ask(query)
        return entry_id, state, reason

    def release(self, patient: str) -> None:
        """Let the patient's held entry go on; return when the chart is at rest."""
        done = self.service.command("release", self.entry(patient)[0])
        assert done.returncode == 0, done.stderr
        self.at_rest()
