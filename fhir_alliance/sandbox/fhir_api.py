"""The FHIR REST interactions (R4 http.html), from request to reply, without the network."""

from __future__ import annotations

import hmac
import re
from datetime import UTC, datetime
from uuid import uuid4

from werkzeug.http import http_date

from fhir_alliance.sandbox.capability import capability_statement
from fhir_alliance.sandbox.history import history_bundle
from fhir_alliance.sandbox.messages import (
    FHIR_JSON,
    FhirRequest,
    Refusal,
    Reply,
    Resource,
    dump,
    parse,
    resource_reply,
)
from fhir_alliance.sandbox.parameters import PARAMETERS
from fhir_alliance.sandbox.search import search
from fhir_alliance.sandbox.store import Store, Version, Written
from fhir_alliance.sandbox.subscription import activated

LARGEST_BODY = 1_000_000  # bytes
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_JSON_TYPES = {FHIR_JSON, "application/json", "text/json"}


class FhirApi:
    """Answers FHIR requests from a store."""

    def __init__(self, store: Store, token: str | None = None) -> None:
        self._store = store
        self._token = token
        self._started = datetime.now(UTC)

    def authorize(self, request: FhirRequest) -> None:
        """Raises Refusal 401 without the right bearer token; only the metadata are open."""
        if self._token is None or request.path == ("metadata",):
            return
        sent = request.headers.get("Authorization", "")
        if not hmac.compare_digest(sent.encode(), f"Bearer {self._token}".encode()):
            raise Refusal(401, "login", "a bearer token is asked for")

    def answer(self, request: FhirRequest) -> Reply:
        """The reply to a request; every refusal is an OperationOutcome."""
        try:
            return self._route(request)
        except Refusal as refusal:
            return refusal.reply()

    def pretend(self, request: FhirRequest) -> Reply:
        """What a write would answer, with nothing kept; a read is answered as ever."""
        try:
            if request.method == "DELETE":
                return Reply(204)
            return self._pretended(request) if request.method in {"POST", "PUT"} else self._route(request)
        except Refusal as refusal:
            return refusal.reply()

    def _pretended(self, request: FhirRequest) -> Reply:
        resource = _resource(request)
        id_ = request.path[1] if request.method == "PUT" else str(uuid4())
        current = self._store.living(request.resource_type, id_)
        draft = self._store.draft(request.method, request.resource_type, id_, resource, None)
        return _written(request, Written(draft, draft is not current))

    def _route(self, request: FhirRequest) -> Reply:
        if (request.method, *request.path) == ("GET", "metadata"):
            return resource_reply(200, capability_statement(request.base, self._started))
        if request.resource_type not in PARAMETERS:
            raise Refusal(404, "not-supported", f"not served here: {request.resource_type or 'the base itself'}")
        match (request.method, *request.path):
            case ("GET", _):
                return resource_reply(200, search(self._store, request))
            case ("POST", _):
                return self._create(request)
            case ("GET", _, id_):
                return self._read(request, id_)
            case ("PUT", _, id_):
                return self._update(request, id_)
            case ("DELETE", _, id_):
                return self._delete(request, id_)
            case ("GET", _, id_, "_history"):
                return self._history(request, id_)
            case ("GET", _, id_, "_history", number):
                return self._vread(request, id_, number)
        raise Refusal(405, "not-supported", f"{request.method} is not served here")

    def _create(self, request: FhirRequest) -> Reply:
        if "If-None-Exist" in request.headers:
            raise Refusal(400, "not-supported", "conditional create is not served")
        resource = _resource(request)
        return _written(request, self._store.write("POST", request.resource_type, str(uuid4()), resource))

    def _read(self, request: FhirRequest, id_: str) -> Reply:
        return _current(self._versions(request, id_)[-1])

    def _vread(self, request: FhirRequest, id_: str, number: str) -> Reply:
        for version in self._versions(request, id_):
            if str(version.number) == number:
                return _current(version)
        raise Refusal(404, "not-found", f"{request.resource_type}/{id_} has no version {number}")

    def _history(self, request: FhirRequest, id_: str) -> Reply:
        return resource_reply(200, history_bundle(request, self._versions(request, id_)))

    def _update(self, request: FhirRequest, id_: str) -> Reply:
        resource = _resource(request)
        if resource.get("id") != id_ or not _ID.fullmatch(id_):
            raise Refusal(400, "invalid", "the body's id must be a FHIR id, and the path's")
        if request.headers.get("If-None-Match") == "*" and self._store.stands(request.resource_type, id_):
            raise Refusal(412, "conflict", "there is such a resource already")
        if_match = request.headers.get("If-Match")
        return _written(request, self._store.write("PUT", request.resource_type, id_, resource, if_match))

    def _delete(self, request: FhirRequest, id_: str) -> Reply:
        version = self._store.delete(request.resource_type, id_, request.headers.get("If-Match"))
        return Reply(204, headers={"ETag": version.etag} if version else {})

    def _versions(self, request: FhirRequest, id_: str) -> list[Version]:
        versions = self._store.history(request.resource_type, id_)
        if not versions:
            raise Refusal(404, "not-found", f"{request.resource_type}/{id_} is not known")
        return versions


def _resource(request: FhirRequest) -> Resource:
    """The resource in the body. Raises Refusal 400, 413, 415 or, for a Subscription, 422."""
    if len(request.body) > LARGEST_BODY:
        raise Refusal(413, "too-long", f"more than {LARGEST_BODY} bytes")
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() not in _JSON_TYPES:
        raise Refusal(415, "not-supported", f"Content-Type must be {FHIR_JSON}")
    try:
        resource = parse(request.body)
        dump(resource)  # what cannot be written again, such as 1e999 or half a surrogate pair, is refused
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "structure", f"not JSON: {error}") from error
    if not isinstance(resource, dict) or resource.get("resourceType") != request.resource_type:
        raise Refusal(400, "invalid", f"the body must be a {request.resource_type}")
    if not isinstance(resource.get("meta", {}), dict):
        raise Refusal(400, "structure", "meta must be an object")
    return activated(resource) if request.resource_type == "Subscription" else resource


def _written(request: FhirRequest, written: Written) -> Reply:
    version = written.version
    location = f"{request.base}/{version.reference}/_history/{version.number}"
    headers = {**_version_headers(version), "Location": location}
    status = 201 if written.changed and version.created else 200
    if "return=minimal" in request.headers.get("Prefer", "").replace(" ", ""):
        return Reply(status, b"", headers)
    return Reply(status, version.body, {"Content-Type": FHIR_JSON, **headers})


def _current(version: Version) -> Reply:
    if version.resource is None:
        raise Refusal(410, "deleted", f"{version.reference} was deleted")
    return Reply(200, version.body, {"Content-Type": FHIR_JSON, **_version_headers(version)})


def _version_headers(version: Version) -> dict[str, str]:
    return {"ETag": version.etag, "Last-Modified": http_date(version.moment)}
