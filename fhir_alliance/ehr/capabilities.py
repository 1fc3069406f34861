"""What the EHR says it can do (https://hl7.org/fhir/R4/capabilitystatement.html)."""

from collections.abc import Callable
from enum import Enum
from typing import Any

from fhir_alliance.ehr.client import FhirClient, objects
from fhir_alliance.errors import NotNow

#: seconds after which the EHR is asked again
FRESH = 3600.0


class Way(Enum):
    """How an EHR keeps an Observation once, the best first; each with what its statement must say.

    A conditional create comes before a conditional update: carried out late, it replaces nothing.
    """

    #: https://hl7.org/fhir/R4/http.html#upsert
    UPDATE_AS_CREATE = frozenset({"updateCreate"})
    #: https://hl7.org/fhir/R4/http.html#ccreate
    CONDITIONAL_CREATE = frozenset({"create", "conditionalCreate", "search by identifier"})
    #: https://hl7.org/fhir/R4/http.html#cond-update
    CONDITIONAL_UPDATE = frozenset({"conditionalUpdate", "search by identifier"})
    #: nothing keeps two creates apart but that one follows the other
    SEARCH_THEN_CREATE = frozenset({"create", "search-type", "search by identifier"})


class Capabilities:
    """The EHR's CapabilityStatement, read when first needed and again after an hour."""

    def __init__(self, client: FhirClient, elapsed: Callable[[], float]) -> None:
        """``elapsed``: seconds on a clock that never goes back."""
        self._client = client
        self._elapsed = elapsed
        self._read_at = 0.0
        self._way: Way | None = None

    def way(self) -> Way:
        """The best way that the EHR offers; raises any ChartFault, NotNow where it offers none."""
        if self._way is None or self._elapsed() - self._read_at >= FRESH:
            self._way = self._read()
            self._read_at = self._elapsed()
        return self._way

    def _read(self) -> Way:
        statement = self._client.get("metadata").resource or {}
        if statement.get("resourceType") != "CapabilityStatement":
            raise NotNow("no-usable-metadata")
        offered = _offered(statement)
        for way in Way:
            if {"read", "update", *way.value} <= offered:
                return way
        raise NotNow("no-way-to-write-once")


def _offered(statement: dict[str, Any]) -> set[str]:
    """What may be done with Observations; elements that make no sense offer nothing."""
    resources = [one for rest in objects(statement.get("rest")) for one in objects(rest.get("resource"))]
    offered: set[str] = set()
    for resource in resources:
        if resource.get("type") == "Observation":
            offered |= {
                code for one in objects(resource.get("interaction")) if isinstance(code := one.get("code"), str)
            }
            offered |= {name for name, value in resource.items() if value is True}
            searched = [one.get("name") for one in objects(resource.get("searchParam"))]
            offered |= {"search by identifier"} if "identifier" in searched else set()
    return offered
