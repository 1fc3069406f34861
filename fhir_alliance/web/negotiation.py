"""Media types, preferences and versions of one request, and the answers to it.

https://hl7.org/fhir/R4/http.html#mime-type
"""

import re
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask import Response, request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.http import http_date

from fhir_alliance.fhir.issues import Code, Issue, error, operation_outcome
from fhir_alliance.fhir.json_text import FHIR_JSON, MOST_BYTES, to_bytes
from fhir_alliance.fhir.systems import FHIR_VERSION

_JSON_TYPES = frozenset({FHIR_JSON, "application/json", "text/json"})
_FORMATS = _JSON_TYPES | {"json"}
_ANY = frozenset({"*/*", "application/*"})
_OUR_VERSION = FHIR_VERSION.rpartition(".")[0]


class Return(StrEnum):
    """Prefer: return=…"""

    MINIMAL = "minimal"
    REPRESENTATION = "representation"
    OPERATION_OUTCOME = "OperationOutcome"


def refuse_format() -> Response | None:
    """406 where no JSON is acceptable, 415 where none was sent; None where both are fine."""
    wanted = request.args.get("_format")
    if wanted is not None:
        plain = wanted.split(";")[0].strip().replace(" ", "+")  # a bare + in a query is a blank
        acceptable = plain in _FORMATS
    else:
        acceptable = _acceptable(request.headers.get("Accept", "*/*"))
    if not acceptable:
        return outcome(406, error(Code.NOT_SUPPORTED, f"Only {FHIR_JSON} of FHIR {_OUR_VERSION} is spoken here."))
    if request.method in ("POST", "PUT") and not _readable():
        return outcome(415, error(Code.NOT_SUPPORTED, f"Send {FHIR_JSON} of FHIR {_OUR_VERSION}, not encoded."))
    return None


def _acceptable(accept: str) -> bool:
    return any(_is_ours(part, _JSON_TYPES | _ANY) for part in accept.split(","))


def _readable() -> bool:
    encoding = request.headers.get("Content-Encoding", "identity")
    return encoding == "identity" and _is_ours(request.headers.get("Content-Type", ""), _JSON_TYPES)


def _is_ours(media_type: str, known: frozenset[str]) -> bool:
    """Whether a media type is known, and its fhirVersion and charset, if any, are ours."""
    name, *parameters = [part.strip() for part in media_type.split(";")]
    given = dict(re.findall(r"(\w+)=\"?([\w.-]+)\"?", ";".join(parameters)))
    version = given.get("fhirVersion", _OUR_VERSION)
    return (
        name.lower() in known
        and version in (_OUR_VERSION, FHIR_VERSION)
        and given.get("charset", "utf-8").lower() in ("utf-8", "utf8")
        and not re.fullmatch(r"0(\.0*)?", given.get("q", "1"))
    )


def body() -> bytes:
    """The request's body; 413 where it is too large, 400 where it is cut off."""
    try:
        sent = request.get_data()
    except (OSError, ParseException) as fault:
        raise BadRequest from fault
    if len(sent) > MOST_BYTES:
        raise RequestEntityTooLarge
    if request.content_length is not None and len(sent) < request.content_length:
        raise BadRequest
    return sent


def preference() -> Return | None:
    """What the caller wants back after a success (https://hl7.org/fhir/R4/http.html#ops)."""
    found = re.search(r"\breturn=\"?(\w+)", request.headers.get("Prefer", ""))
    return next((one for one in Return if found and one == found[1]), None)


def if_match() -> set[str] | None:
    """The versions in If-Match, or ``*``; None where the caller does not care."""
    if "If-Match" not in request.headers:
        return None
    return {"*"} if request.if_match.star_tag else request.if_match.as_set(include_weak=True)


def outcome(status: int, *issues: Issue) -> Response:
    """An OperationOutcome."""
    return answer(status, operation_outcome(issues))


def answer(
    status: int,
    resource: dict[str, Any] | None,
    *,
    etag: str | None = None,
    modified: datetime | None = None,
    location: str | None = None,
) -> Response:
    """A resource with the headers of its version; 304 where the caller has that version already."""
    response = Response(
        to_bytes(resource) if resource else b"", status, content_type=f"{FHIR_JSON}; charset=utf-8"
    )
    if etag:
        response.set_etag(etag, weak=True)
    if modified:
        response.headers["Last-Modified"] = http_date(modified)
    if location:
        response.headers["Location"] = location
    if etag and request.method in ("GET", "HEAD") and request.if_none_match.contains_weak(etag):
        response.status_code = 304
        response.set_data(b"")
    return response
