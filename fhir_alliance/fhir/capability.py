"""What our own FHIR server supports, exactly (https://hl7.org/fhir/R4/capabilitystatement.html)."""

from collections.abc import Iterable
from typing import Any

from fhir_alliance.fhir.systems import BASE, FHIR_VERSION, FIT_PROFILE

_DATE = "2026-11-24"
_SDC = "http://hl7.org/fhir/uv/sdc/OperationDefinition/"
#: resource type → the operation offered on it
_OPERATIONS = {
    "Questionnaire": {"name": "process-response", "definition": f"{_SDC}Questionnaire-process-response"},
    "QuestionnaireResponse": {"name": "extract", "definition": f"{_SDC}QuestionnaireResponse-extract"},
}

#: the published types, all searched alike, in the order in which a server should receive them
ARTIFACT_TYPES = ("CodeSystem", "ValueSet", "StructureDefinition", "Questionnaire")
#: search parameter → its type
ARTIFACT_SEARCH = {"_id": "token", "url": "uri", "version": "token", "name": "string", "status": "token"}
OBSERVATION_SEARCH = {
    "_id": "token",
    "identifier": "token",
    "subject": "reference",
    "patient": "reference",
    "code": "token",
    "date": "date",
    "derived-from": "reference",
}


def capability_statement(program: str, url: str, *, secured: bool) -> dict[str, Any]:
    """The CapabilityStatement of the server at ``url``; ``program`` is name/version."""
    name, _, version = program.partition("/")
    security = "A bearer token is asked for, but for this statement and the published artifacts."
    return {
        "resourceType": "CapabilityStatement",
        "url": f"{BASE}/CapabilityStatement/{name}",
        "version": version,
        "name": "FhirAlliance",
        "title": "fhir-alliance",
        "status": "active",
        "date": _DATE,
        "publisher": "fhir-alliance",
        "description": "Receives, checks and scores responses to the alliance checklist.",
        "kind": "instance",
        "software": {"name": name, "version": version},
        "implementation": {"description": "This clinic's fhir-alliance", "url": url},
        "fhirVersion": FHIR_VERSION,
        "format": ["application/fhir+json", "json"],
        "rest": [
            {
                "mode": "server",
                "security": {
                    "cors": False,
                    "description": security if secured else "Loopback only; no token is asked for.",
                },
                "resource": sorted(_resources(), key=lambda one: str(one["type"])),
            }
        ],
    }


def _resources() -> Iterable[dict[str, Any]]:
    for kind in ARTIFACT_TYPES:
        yield _resource(kind, ("read", "search-type"), ARTIFACT_SEARCH)
    yield {
        **_resource("Observation", ("read", "search-type"), OBSERVATION_SEARCH),
        "supportedProfile": [FIT_PROFILE],
    }
    yield {
        **_resource("QuestionnaireResponse", ("read", "vread", "create", "update", "delete"), {}),
        "versioning": "versioned-update",
        "readHistory": True,
        "updateCreate": True,
        "conditionalCreate": False,
        "conditionalRead": "not-match",
        "conditionalUpdate": False,
        "conditionalDelete": "not-supported",
    }


def _resource(kind: str, interactions: Iterable[str], search: dict[str, str]) -> dict[str, Any]:
    resource: dict[str, Any] = {"type": kind, "interaction": [{"code": code} for code in interactions]}
    if search:
        resource["searchParam"] = [{"name": name, "type": type_} for name, type_ in search.items()]
    if kind in _OPERATIONS:
        resource["operation"] = [_OPERATIONS[kind]]
    return resource
