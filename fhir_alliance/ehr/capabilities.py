"""What the EHR says it can do (https://hl7.org/fhir/R4/capabilitystatement.html)."""

from collections.abc import Callable
from typing import Any

from fhir_alliance.ehr.client import FhirClient, objects
from fhir_alliance.errors import NotNow

#: seconds after which the EHR is asked again
FRESH = 3600.0


class Capabilities:
    """The EHR's CapabilityStatement, read when first needed and again after an hour."""

    def __init__(self, client: FhirClient, elapsed: Callable[[], float]) -> None:
        """``elapsed``: seconds on a clock that never goes back."""
        self._client = client
        self._elapsed = elapsed
        self._read_at: float | None = None

    def require(self) -> None:
        """Raise NotNow where the EHR offers no way that we know to write an Observation once."""
        if self._read_at is not None and self._elapsed() - self._read_at < FRESH:
            return
        statement = self._client.get("metadata").resource or {}
        if statement.get("resourceType") != "CapabilityStatement":
            raise NotNow("no-usable-metadata")
        if not any(_takes_observations(rest) for rest in objects(statement.get("rest"))):
            raise NotNow("no-update-as-create")
        self._read_at = self._elapsed()


def _takes_observations(rest: dict[str, Any]) -> bool:
    for resource in objects(rest.get("resource")):
        if resource.get("type") == "Observation":
            codes = [one.get("code") for one in objects(resource.get("interaction"))]
            return "read" in codes and "update" in codes and resource.get("updateCreate") is True
    return False
