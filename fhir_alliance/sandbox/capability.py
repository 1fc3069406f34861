"""What the sandbox says it can do (R4 CapabilityStatement)."""

from datetime import datetime

from fhir_alliance.sandbox.dates import instant
from fhir_alliance.sandbox.messages import Resource
from fhir_alliance.sandbox.parameters import PARAMETERS

INTERACTIONS = ("read", "vread", "update", "delete", "history-instance", "create", "search-type")


def capability_statement(base: str, started: datetime) -> Resource:
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
        "rest": [{"mode": "server", "resource": [_resource(one) for one in PARAMETERS]}],
    }


def _resource(resource_type: str) -> Resource:
    return {
        "type": resource_type,
        "interaction": [{"code": code} for code in INTERACTIONS],
        "versioning": "versioned-update",
        "readHistory": True,
        "updateCreate": True,
        "conditionalCreate": False,
        "conditionalUpdate": False,
        "conditionalDelete": "not-supported",
        "searchParam": _search_params(resource_type),
    }


def _search_params(resource_type: str) -> list[Resource]:
    own = [(name, parameter.search_type) for name, parameter in PARAMETERS[resource_type].items()]
    named = [("_id", "token"), ("_lastUpdated", "date"), *own]
    return [{"name": name, "type": search_type} for name, search_type in named]
