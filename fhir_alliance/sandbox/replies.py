"""What is answered to a read and to a write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.http import http_date

from fhir_alliance.sandbox.messages import FHIR_JSON, Refusal, Reply

if TYPE_CHECKING:
    from fhir_alliance.sandbox.messages import FhirRequest
    from fhir_alliance.sandbox.store import Version, Written


def written_reply(request: FhirRequest, written: Written) -> Reply:
    """The answer to a write; a delete has no body, and no version where nothing stood."""
    version = written.version
    if version is None or version.resource is None:
        return Reply(204, headers={"ETag": version.etag} if version else {})
    location = f"{request.base}/{version.reference}/_history/{version.number}"
    headers = {**_version_headers(version), "Location": location}
    status = 201 if written.changed and version.created else 200
    if "return=minimal" in request.headers.get("Prefer", "").replace(" ", ""):
        return Reply(status, b"", headers)
    return Reply(status, version.body, {"Content-Type": FHIR_JSON, **headers})


def read_reply(version: Version) -> Reply:
    """The answer to a read. Raises Refusal 410 where the version is a delete."""
    if version.resource is None:
        raise Refusal(410, "deleted", f"{version.reference} was deleted")
    return Reply(200, version.body, {"Content-Type": FHIR_JSON, **_version_headers(version)})


def _version_headers(version: Version) -> dict[str, str]:
    return {"ETag": version.etag, "Last-Modified": http_date(version.moment)}
