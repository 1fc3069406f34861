"""By what a response is known again, and the ids made from it."""

import hashlib
import json
import re
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from fhir_alliance.fhir.enablement import answered
from fhir_alliance.fhir.json_text import canonical
from fhir_alliance.fhir.r4 import is_id

_NAMESPACE = UUID("8f5c6f0e-5d0f-5a44-9d0b-6b1f6f0a7c3e")


class Door(StrEnum):
    """Where a response came in."""

    FHIR = "fhir"
    NOTIFY = "notify"


class Key(NamedTuple):
    """One way to know a submission: an id at a door, an identifier, or the content itself."""

    kind: str
    value: str


def id_key(door: Door, response_id: str) -> Key:
    """The response's id, as the door knows it."""
    return Key(door, response_id)


def identifier_of(resource: dict[str, Any]) -> tuple[str, str] | None:
    """The business identifier, where it has both system and value."""
    identifier = resource.get("identifier")
    if not isinstance(identifier, dict):
        return None
    system, value = identifier.get("system"), identifier.get("value")
    return (system, value) if isinstance(system, str) and isinstance(value, str) else None


def keys(resource: dict[str, Any], door: Door, response_id: str | None) -> tuple[Key, ...]:
    """All keys of a response, the strongest first: (door, id), identifier, and only with neither its content.

    ``resource`` is valid R4, except where it is withdrawn or invalid: then its identity is all that is read.
    """
    found = [id_key(door, response_id)] if response_id and is_id(response_id) else []
    identifier = identifier_of(resource)
    if identifier:
        found.append(Key("identifier", _digest(identifier)))
    return tuple(found) or (Key("content", _content_digest(resource)),)


def bytes_key(body: bytes) -> Key:
    """The key of a body in which no response can be read."""
    return Key("content", hashlib.sha256(body).hexdigest())


def _content_digest(resource: dict[str, Any]) -> str:
    parts = [resource.get(name) for name in ("questionnaire", "encounter", "authored")]
    subject = resource.get("subject")
    try:
        answers: Any = {str(link_id): values for link_id, values in answered(resource).items()}
    except (AttributeError, KeyError, TypeError):  # not valid R4, kept all the same
        answers = resource.get("item")
    return _digest([_relative(subject), *parts, answers])


def _relative(subject: Any) -> Any:
    """``Patient/{id}`` of any reference to a patient: what is of another server is refused elsewhere."""
    text = subject.get("reference") if isinstance(subject, dict) else None
    found = re.search(r"Patient/[^/]+(?=/_history/[^/]+$|$)", text) if isinstance(text, str) else None
    return found[0] if found else subject


def version_digest(resource: dict[str, Any]) -> str:
    """Equal for two copies of one version: all but id and meta counts, and of meta the security labels."""
    labels = resource["meta"].get("security") if isinstance(resource.get("meta"), dict) else None
    kept = {name: value for name, value in resource.items() if name not in ("id", "meta")}
    return _digest([kept, labels])


def _digest(value: Any) -> str:
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def submission_id(clinic: str, key: Key) -> str:
    """The submission's own UUID, from the key it was first known by."""
    return str(uuid5(_NAMESPACE, json.dumps([clinic, key.kind, key.value])))


def observation_id(clinic: str, submission: str, subject: str) -> str:
    """The UUID of the Observation that stands for a submission in one patient's chart."""
    return str(uuid5(_NAMESPACE, json.dumps([clinic, submission, subject])))
