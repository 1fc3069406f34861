"""The search parameters of each type, and the words under which a resource is found by them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from fhir_alliance.sandbox.messages import FhirRequest, Refusal, Resource

Keys = Callable[[Resource], Iterator[str]]
_HISTORY = re.compile(r"/_history/[^/]+$")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One search parameter. `keys` gives every literal search value that finds the resource."""

    search_type: str
    keys: Keys


def without_version(reference: str) -> str:
    """A literal reference without its `/_history/n`."""
    return _HISTORY.sub("", reference)


def objects(value: Any) -> list[Resource]:
    """The JSON objects in an element that may repeat, whatever a client has sent in its place."""
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]


def _token_keys(system: Any, value: Any) -> Iterator[str]:
    """`value`, `system|value`, `|value` without a system, `system|`."""
    if isinstance(value, str):
        yield value
        yield f"{system or ''}|{value}"
    if system:
        yield f"{system}|"


def _identifier(resource: Resource) -> Iterator[str]:
    for one in objects(resource.get("identifier")):
        yield from _token_keys(one.get("system"), one.get("value"))


def _concept(resource: Resource) -> Iterator[str]:
    for concept in objects(resource.get("code")):
        for coding in objects(concept.get("coding")):
            yield from _token_keys(coding.get("system"), coding.get("code"))


def _plain(element: str) -> Keys:
    def keys(resource: Resource) -> Iterator[str]:
        if isinstance(value := resource.get(element), str):
            yield value

    return keys


def _endpoint(resource: Resource) -> Iterator[str]:
    for channel in objects(resource.get("channel")):
        yield str(channel.get("endpoint"))


def _reference(element: str, target: str = "") -> Keys:
    def keys(resource: Resource) -> Iterator[str]:
        for one in objects(resource.get(element)):
            literal = without_version(str(one.get("reference", "")))
            if literal.startswith(f"{target}/" if target else "") and literal:
                yield from (literal, literal.rpartition("/")[2])

    return keys


_IDENTIFIER = {"identifier": Parameter("token", _identifier)}
_STATUS = {"status": Parameter("token", _plain("status"))}
_SUBJECT = {
    "subject": Parameter("reference", _reference("subject")),
    "patient": Parameter("reference", _reference("subject", "Patient")),
}
# A version is part of the value here: `questionnaire=url` finds only what was stored without one.
_QUESTIONNAIRE = {"questionnaire": Parameter("reference", _plain("questionnaire"))}
_OBSERVATION = {
    "code": Parameter("token", _concept),
    "derived-from": Parameter("reference", _reference("derivedFrom")),
}
_CANONICAL = {
    "url": Parameter("uri", _plain("url")),
    "version": Parameter("token", _plain("version")),
    **_IDENTIFIER,
    **_STATUS,
}

PARAMETERS: dict[str, dict[str, Parameter]] = {
    "Patient": _IDENTIFIER,
    "Practitioner": _IDENTIFIER,
    "QuestionnaireResponse": {**_IDENTIFIER, **_SUBJECT, **_STATUS, **_QUESTIONNAIRE},
    "Questionnaire": _CANONICAL,
    "CodeSystem": _CANONICAL,
    "ValueSet": _CANONICAL,
    "StructureDefinition": _CANONICAL,
    "Observation": {**_IDENTIFIER, **_SUBJECT, **_STATUS, **_OBSERVATION},
    "Subscription": {"url": Parameter("uri", _endpoint), **_STATUS},
    "Encounter": {**_IDENTIFIER, **_SUBJECT, **_STATUS},
}


def search_keys(resource_type: str, resource: Resource) -> set[tuple[str, str]]:
    """Every (parameter, value) pair that finds this resource."""
    found = {("_id", str(resource["id"]))}
    for name, parameter in PARAMETERS[resource_type].items():
        found.update((name, key) for key in parameter.keys(resource))
    return found


def check_served(request: FhirRequest) -> None:
    """Raises Refusal 404 on a type that is not kept here."""
    if request.resource_type not in PARAMETERS:
        raise Refusal(404, "not-supported", f"not served here: {request.resource_type or 'the base itself'}")
