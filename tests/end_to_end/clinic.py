"""A clinic: its EHR, the service beside it, and the Subscription that joins them."""

from dataclasses import dataclass
from typing import Any

from tests.deliver.ehr_desk import EhrDesk
from tests.end_to_end.service import Service


@dataclass
class Clinic:
    """Both, joined."""

    ehr: EhrDesk
    service: Service

    def subscribe(self, dialect: str = "put", **channel: Any) -> None:
        """Ask the EHR for events, as its administrator would."""
        told = {
            "type": "rest-hook",
            "endpoint": f"{self.service.url}/notify",
            "payload": "application/fhir+json",
            "extension": [{"url": "urn:sandbox:dialect", "valueCode": dialect}],
            **channel,
        }
        subscription = {"resourceType": "Subscription", "id": "alliance", "status": "requested"}
        wanted = {"reason": "Predicted alliance fit", "criteria": "QuestionnaireResponse?", "channel": told}
        self.ehr.put({**subscription, **wanted})

    def file(self, response: dict[str, Any]) -> None:
        """A response is filed in the EHR; return when its chart is at rest."""
        self.ehr.put(response)
        self.at_rest()

    def delete(self, response_id: str) -> None:
        """A response is deleted in the EHR; return when its chart is at rest."""
        self.ehr.delete(f"QuestionnaireResponse/{response_id}")
        self.at_rest()

    def at_rest(self, seconds: float = 20) -> None:
        """Return when nothing is left to do."""
        self.service.at_rest(self.ehr, seconds)
