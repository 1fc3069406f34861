"""The published artifacts and the CapabilityStatement: read and search."""

import hashlib
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, request

from fhir_alliance import PROGRAM
from fhir_alliance.catalog import Catalog
from fhir_alliance.fhir.bundle import searchset
from fhir_alliance.fhir.capability import ARTIFACT_SEARCH, ARTIFACT_TYPES, capability_statement
from fhir_alliance.fhir.issues import Code, error
from fhir_alliance.fhir.json_text import to_bytes
from fhir_alliance.fhir.systems import PUBLICATION_STATUS
from fhir_alliance.web.clinic import clinic
from fhir_alliance.web.negotiation import answer, outcome, refuse_format
from fhir_alliance.web.search import count, criteria, page_url


def blueprint(catalog: Catalog) -> Blueprint:
    """``/fhir/metadata``, ``/fhir/Questionnaire`` and their like."""
    door = Blueprint("artifacts", __name__, url_prefix="/fhir")
    door.before_request(refuse_format)

    @door.get("/metadata")
    def metadata() -> Response:
        url = f"{request.root_url}fhir"
        return answer(200, capability_statement(PROGRAM, url, secured=clinic().settings.token is not None))

    @door.get(f"/<any({','.join(ARTIFACT_TYPES)}):kind>")
    def search(kind: str) -> Response:
        return _search(catalog, kind)

    @door.get(f"/<any({','.join(ARTIFACT_TYPES)}):kind>/<artifact_id>")
    def read(kind: str, artifact_id: str) -> Response:
        resource = catalog.artifacts.get((kind, artifact_id))
        if resource is None:
            return outcome(404, error(Code.NOT_FOUND, f"There is no such {kind}."))
        return answer(200, resource, etag=hashlib.sha256(to_bytes(resource)).hexdigest()[:16])

    return door


def _search(catalog: Catalog, kind: str) -> Response:
    wanted = criteria(ARTIFACT_SEARCH)
    found = [
        resource
        for (type_, _), resource in catalog.artifacts.items()
        if type_ == kind and all(_matches(resource, name, values) for name, values in wanted)
    ]
    page = [(f"{request.base_url}/{one['id']}", one) for one in found[: count()]]
    return answer(200, searchset(page, len(found), page_url(), None))


def _matches(resource: dict[str, Any], name: str, values: Sequence[str]) -> bool:
    if name == "name":
        return any(resource.get("name", "").lower().startswith(value.lower()) for value in values)
    if name == "url":
        return any(value in (resource["url"], f"{resource['url']}|{resource['version']}") for value in values)
    if name == "status":
        return any(value.removeprefix(f"{PUBLICATION_STATUS}|") == resource["status"] for value in values)
    return any(value == resource["id" if name == "_id" else name] for value in values)
