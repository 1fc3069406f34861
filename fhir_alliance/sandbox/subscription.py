"""A Subscription (R4, rest-hook) as the sandbox understands it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from fhir_alliance.sandbox.messages import Refusal, Resource
from fhir_alliance.sandbox.parameters import PARAMETERS, objects

DIALECT = "urn:sandbox:dialect"
SEND_DELETES = "http://hapifhir.io/fhir/StructureDefinition/subscription-send-delete-messages"
DIALECTS = ("put", "post", "empty")
_ENDPOINT = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(/[\x21-\x7e]*)?")
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e]*)")


@dataclass(frozen=True, slots=True)
class Subscription:
    """Whom to tell of what, and how."""

    resource_type: str
    questionnaire: str  # a canonical without its version; "" for any
    endpoint: str
    headers: dict[str, str]
    dialect: str
    tells_deletes: bool

    def matches(self, resource_type: str, resource: Resource) -> bool:
        """Whether a resource is to be told; the Questionnaire's version is ignored, as HAPI does."""
        if resource_type != self.resource_type:
            return False
        return self.questionnaire in {"", _unversioned(str(resource.get("questionnaire")))}


def activated(resource: Resource) -> Resource:
    """The resource as a server keeps it: what was `requested` is `active`. Raises Refusal 422."""
    read_subscription(resource)
    return {**resource, "status": "active"} if resource.get("status") == "requested" else resource


def read_subscription(resource: Resource) -> Subscription | None:
    """The subscription in a resource; None when it is off or in error. Raises Refusal 422."""
    channel: dict[str, Any] = next(iter(objects(resource.get("channel"))), {})
    if channel.get("type") != "rest-hook":
        raise Refusal(422, "not-supported", "channel.type must be rest-hook")
    resource_type, questionnaire = _criteria(str(resource.get("criteria", "")))
    endpoint, headers = _endpoint(channel), _headers(channel)
    read = Subscription(
        resource_type, questionnaire, endpoint, headers, _dialect(channel), _tells_deletes(channel)
    )
    return read if resource.get("status") in {"requested", "active"} else None


def _criteria(criteria: str) -> tuple[str, str]:
    """The type, and the questionnaire if asked for. Other parameters are ignored."""
    resource_type, _, query = criteria.partition("?")
    if resource_type not in PARAMETERS:
        raise Refusal(422, "not-supported", f"no criteria on {resource_type or 'nothing'}")
    return resource_type, _unversioned(parse_qs(query).get("questionnaire", [""])[0])


def _endpoint(channel: Resource) -> str:
    endpoint = str(channel.get("endpoint", ""))
    if not _ENDPOINT.fullmatch(endpoint):
        raise Refusal(422, "value", "channel.endpoint must be an http or https URL")
    return endpoint.rstrip("/")


def _headers(channel: Resource) -> dict[str, str]:
    lines = channel.get("header", [])
    found = [_HEADER.fullmatch(str(line)) for line in lines] if isinstance(lines, list) else [None]
    if not all(found):
        raise Refusal(422, "value", 'channel.header wants lines of "Name: value"')
    return {one[1]: one[2] for one in found if one}


def _dialect(channel: Resource) -> str:
    """As the extension says; otherwise a payload makes it `put`, and no payload `empty`, as R4 has it."""
    for extension in objects(channel.get("extension")):
        if extension.get("url") == DIALECT:
            return _known_dialect(extension.get("valueCode"))
    return "put" if channel.get("payload") else "empty"


def _tells_deletes(channel: Resource) -> bool:
    """As HAPI: only where its extension asks for it. A dialect that is named tells them always."""
    extensions = {one.get("url"): one for one in objects(channel.get("extension"))}
    return DIALECT in extensions or extensions.get(SEND_DELETES, {}).get("valueBoolean") is True


def _known_dialect(code: Any) -> str:
    if code not in DIALECTS:
        raise Refusal(422, "value", f"{DIALECT} is one of {', '.join(DIALECTS)}")
    return str(code)


def _unversioned(canonical: str) -> str:
    return canonical.partition("|")[0]
