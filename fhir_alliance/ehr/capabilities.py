"""What a FHIR server says it can do (https://hl7.org/fhir/R4/capabilitystatement.html)."""

from collections.abc import Callable, Iterator
from typing import Any

from fhir_alliance.ehr.client import FhirClient, objects
from fhir_alliance.ehr.once import SEARCHED, Way
from fhir_alliance.errors import NotNow, NoWayToLook

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
            self._way = best_way(read_statement(self._client), "Observation", "identifier")
            self._read_at = self._elapsed()
        return self._way


def read_statement(client: FhirClient) -> dict[str, Any]:
    """The CapabilityStatement of a server; raises any ChartFault."""
    # some servers make it anew for who asks past their caches, which takes seconds
    statement = client.get("metadata", past_caches=False).resource or {}
    if statement.get("resourceType") != "CapabilityStatement":
        raise NotNow("no-usable-metadata")
    return statement


def best_way(statement: dict[str, Any], kind: str, *parameters: str) -> Way:
    """How the server keeps a ``kind`` once that ``parameters`` find; NotNow where it offers no way.

    NoWayToLook where it offers neither to read nor to search.
    """
    offers = [_offered(resource, parameters) for resource in _resources(statement, kind)]
    for way in Way:
        if any({"read", "update", *way.value} <= offered for offered in offers):
            return way
    if offers and not any({"read", "search-type"} & offered for offered in offers):
        raise NoWayToLook("no-way-to-look")
    raise NotNow("no-way-to-write-once")


def _resources(statement: dict[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    for rest in objects(statement.get("rest")):
        if rest.get("mode") == "server":
            yield from (one for one in objects(rest.get("resource")) if one.get("type") == kind)


def _offered(resource: dict[str, Any], parameters: tuple[str, ...]) -> set[str]:
    """Interactions and abilities; what makes no sense offers nothing."""
    interactions = {str(one.get("code")) for one in objects(resource.get("interaction"))}
    abilities = {name for name, value in resource.items() if value is True}
    searched = {str(one.get("name")) for one in objects(resource.get("searchParam"))}
    return interactions | abilities | ({SEARCHED} if searched.issuperset(parameters) else set())
