"""The resource in the body of a request, checked as far as a lenient server does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fhir_alliance.sandbox.messages import FHIR_JSON, Refusal, dump, parse
from fhir_alliance.sandbox.subscription import activated

if TYPE_CHECKING:
    from fhir_alliance.sandbox.messages import FhirRequest, Resource

LARGEST_BODY = 1_000_000  # bytes
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_JSON_TYPES = {FHIR_JSON, "application/json", "text/json"}


def is_id(text: object) -> bool:
    """Whether it is a FHIR id."""
    return isinstance(text, str) and bool(_ID.fullmatch(text))


def read_resource(request: FhirRequest, resource_type: str) -> Resource:
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
    if not isinstance(resource, dict) or resource.get("resourceType") != resource_type:
        raise Refusal(400, "invalid", f"the body must be a {resource_type}")
    if not isinstance(resource.get("meta", {}), dict):
        raise Refusal(400, "structure", "meta must be an object")
    return activated(resource) if resource_type == "Subscription" else resource
