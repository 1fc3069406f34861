"""What a FHIR server says it can do (https://hl7.org/fhir/R4/capabilitystatement.html)."""

from collections.abc import Callable, Iterator
from typing import Any

from fhir_alliance.ehr.client import FhirClient, objects
from fhir_alliance.ehr.once import SEARCHED, Way
from fhir_alliance.errors import NotNow

#: seconds after which the EHR is asked again
FRESH = 3600.0


class Capabilities:
    """The EHR's CapabilityStatement, read when first needed and again after an hour."""

    def __init__(self, client: FhirClient, elapsed: Callable[[], float]) -> None:
        """``elapsed``: seconds on a clock that never goes back."""
        self._client = client
        self._elapsed = elapsed
        self._read_at = 0.0
        self._way: Way | None = None

    def way(self) -> Way:
        """The best way that the EHR offers for Observations; raises any ChartFault, NotNow without any."""
        if self._way is None or self._elapsed() - self._read_at >= FRESH:
            self._way = best_way(self._client, "Observation", "identifier")
            self._read_at = self._elapsed()
        return self._way


def best_way(client: FhirClient, kind: str, parameter: str) -> Way:
    """How the server keeps a ``kind`` once that can be read, updated, and found by ``parameter``; as ``way``."""
    statement = client.get("metadata").resource or {}
    if statement.get("resourceType") != "CapabilityStatement":
        raise NotNow("no-usable-metadata")
    offered = set(_offered(statement, kind, parameter))
    for way in Way:
        if {"read", "update", *way.value} <= offered:
            return way
    raise NotNow("no-way-to-write-once")


def _offered(statement: dict[str, Any], kind: str, parameter: str) -> Iterator[str]:
    """Interactions and abilities; what makes no sense offers nothing."""
    resources = [one for rest in objects(statement.get("rest")) for one in objects(rest.get("resource"))]
    for resource in resources:
        if resource.get("type") != kind:
            continue
        yield from (str(one.get("code")) for one in objects(resource.get("interaction")))
        yield from (name for name, value in resource.items() if value is True)
        if any(one.get("name") == parameter for one in objects(resource.get("searchParam"))):
            yield SEARCHED
