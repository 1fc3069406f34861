"""What the sandbox says it can do (R4 CapabilityStatement)."""

from datetime import datetime

from fhir_alliance.sandbox.dates import instant
from fhir_alliance.sandbox.messages import Resource
from fhir_alliance.sandbox.offers import Offers
from fhir_alliance.sandbox.parameters import PARAMETERS

INTERACTIONS = ("read", "vread", "update", "delete", "history-instance", "create", "search-type")


def capability_statement(base: str, started: datetime, offers: Offers) -> Resource:
    """The statement of the server at `base`, running since `started` (UTC)."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": instant(started),
        "kind": "instance",
        "software": {"name": "fhir-alliance sandbox"},
        "implementation": {"description": "A small EHR in memory, for demonstrations and tests", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [_rest(offers)],
    }


def _rest(offers: Offers) -> Resource:
    rest: Resource = {"mode": "server", "resource": [_resource(one, offers) for one in PARAMETERS]}
    told = {"code": "transaction", "documentation": "of POST, PUT and DELETE, each resource once"}
    return {**rest, "interaction": [told]} if offers.transaction else rest


def _resource(resource_type: str, offers: Offers) -> Resource:
    return {
        "type": resource_type,
        "interaction": [{"code": code} for code in INTERACTIONS],
        "versioning": "versioned-update",
        "readHistory": True,
        "updateCreate": offers.update_create,
        "conditionalCreate": offers.conditional_create,
        "conditionalUpdate": offers.conditional_update,
        "conditionalDelete": "not-supported",
        **({"referencePolicy": ["literal", "enforced"]} if offers.checks_references else {}),
        "searchParam": _search_params(resource_type),
    }


def _search_params(resource_type: str) -> list[Resource]:
    own = [(name, parameter.search_type) for name, parameter in PARAMETERS[resource_type].items()]
    named = [("_id", "token"), ("_lastUpdated", "date"), *own]
    return [{"name": name, "type": search_type} for name, search_type in named]
