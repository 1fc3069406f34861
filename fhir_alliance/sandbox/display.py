"""FHIR values as the short texts that charts show."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from fhir_alliance.sandbox.parameters import objects

if TYPE_CHECKING:
    from fhir_alliance.sandbox.messages import Resource


def concept_text(concept: Any) -> str:
    """A CodeableConcept: its text, or else its codings' displays or codes."""
    for one in objects(concept):
        codings = [str(coding.get("display") or coding.get("code", "")) for coding in objects(one.get("coding"))]
        return str(one.get("text") or ", ".join(codings))
    return ""


def value_text(observation: Resource) -> str:
    """The value[x] of an Observation; empty where there is none."""
    for element, value in observation.items():
        if element.startswith("value"):
            return _value(value)
    return ""


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case {"value": number}:
            return f"{number} {value.get('unit') or value.get('code') or ''}".strip()
        case {"start": _} | {"end": _}:
            return f"{value.get('start', '')} – {value.get('end', '')}"
        case dict():
            return concept_text(value)
        case _:
            return str(value)


def person_name(patient: Resource) -> str:
    """The first HumanName: its text, or else given and family names."""
    for name in objects(patient.get("name")):
        given = [str(one) for one in name.get("given") or ()]
        return str(name.get("text") or " ".join([*given, str(name.get("family", ""))]).strip())
    return ""


def date_text(date: str) -> str:
    """A dateTime for the eye, in the zone in which it was written: "12 Nov 2026, 14:05"."""
    try:
        moment = datetime.fromisoformat(date)
    except ValueError:
        return date
    day = f"{moment.day} {moment:%b %Y}"
    return f"{day}, {moment:%H:%M}" if "T" in date else day
