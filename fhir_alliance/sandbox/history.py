"""The history of one resource (R4 http.html#history)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from fhir_alliance.sandbox.dates import instant

if TYPE_CHECKING:
    from fhir_alliance.sandbox.messages import FhirRequest, Resource
    from fhir_alliance.sandbox.store import Version


def history_bundle(request: FhirRequest, versions: list[Version]) -> Resource:
    """Every version, newest first; a delete is an entry without a resource."""
    url = f"{request.base}/{'/'.join(request.path)}"
    return {
        "resourceType": "Bundle",
        "type": "history",
        "total": len(versions),
        "link": [{"relation": "self", "url": url}],
        "entry": [_entry(request.base, version) for version in reversed(versions)],
    }


def _entry(base: str, version: Version) -> Resource:
    url = version.resource_type if version.method == "POST" else version.reference
    entry: Resource = {"fullUrl": f"{base}/{version.reference}"}
    if version.resource is not None:
        entry["resource"] = version.resource
    entry["request"] = {"method": version.method, "url": url}
    entry["response"] = {
        "status": _status(version),
        "etag": version.etag,
        "lastModified": instant(version.moment),
    }
    return entry


def _status(version: Version) -> str:
    if version.resource is None:
        status = HTTPStatus.NO_CONTENT
    else:
        status = HTTPStatus.CREATED if version.created else HTTPStatus.OK
    return f"{status.value} {status.phrase}"
