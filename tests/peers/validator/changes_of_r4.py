"""Single changes to a right response that break R4 itself, or what we ask of a response beside its items.

https://hl7.org/fhir/R4/json.html, https://hl7.org/fhir/R4/datatypes.html
"""

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from fhir_alliance.fhir import systems
from tests.building import CANONICAL
from tests.peers.validator import every_type
from tests.peers.validator.changes import (
    MODIFIER,
    NOT_UNDERSTOOD,
    TEXT,
    Change,
    Make,
    Resource,
    answer,
    checklist,
    putting,
    question,
    quiet,
    setting,
)


def having(**parts: Any) -> Make:
    """A change that sets elements of the response; None takes one away."""

    def make(resource: Resource, _: Random) -> None:
        resource.update(parts)
        for name in [name for name, part in parts.items() if part is None]:
            del resource[name]

    return make


EMPTY = "An element has content, or is left out"
BAD_VALUE = "Not a valid value for this element in R4."
BAD_ID = "An id is 1 to 64 letters"
BAD_URI = "A uri has no blanks."
BAD_JSON = "Not a JSON value of value"
SUBJECT = "subject must be Patient/{id} in the clinic's EHR."
ENCOUNTER = "encounter must be Encounter/{id} in the clinic's EHR."
LABEL = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}
CONTROLS = "R4 allows no control characters here."


def _null(resource: Resource, random: Random) -> None:
    question(resource, random)["text"] = None


def _no_link(resource: Resource, random: Random) -> None:
    del question(resource, random)["linkId"]


def _second_value(resource: Resource, random: Random) -> None:
    question(resource, random)["answer"][0]["valueString"] = "yes"


_OF_STRUCTURE: list[tuple[str, str, Make]] = [
    ("null", EMPTY, _null),
    ("empty-string", EMPTY, setting(text="")),
    ("empty-array", EMPTY, setting(answer=[])),
    ("empty-object", EMPTY, having(meta={})),
    ("control-character", CONTROLS, setting(text="a\u0001b")),
    ("unknown-element", "R4 knows no such element here.", having(score=9)),
    ("unknown-element-of-item", "R4 knows no such element here.", setting(score=9)),
    ("item-not-repeated", "This element repeats", having(item={"linkId": "warmth"})),
    ("no-status", "A response has a status.", having(status=None)),
    ("unknown-status", "status is one of ", having(status="done")),
    ("long-id", BAD_ID, having(id="x" * 65)),
    ("id-with-underscore", BAD_ID, having(id="r_1")),
    ("bad-version-id", BAD_ID, having(meta={"versionId": "1 2"})),
    ("blank-in-label-system", BAD_URI, having(meta={"security": [{**LABEL, "system": "http://a b"}]})),
    ("blank-in-identifier-system", BAD_URI, having(identifier={"system": "http://a b", "value": "1"})),
    ("authored-as-number", "A date is a string.", having(authored=1794508200)),
    ("updated-as-number", "A date is a string.", having(meta={"lastUpdated": 1794508200})),
    ("updated-without-time", BAD_VALUE, having(meta={"lastUpdated": "2026-11-12"})),
    ("authored-in-words", BAD_VALUE, having(authored="last week")),
    ("authored-without-zone", BAD_VALUE, having(authored="2026-11-12T10:00:00")),
    (
        "encounter-of-another-type",
        "encounter refers to an Encounter.",
        having(encounter={"reference": "Patient/p1"}),
    ),
    ("encounter-not-contained", ENCOUNTER, having(encounter={"reference": "#e1"})),
    ("subject-as-text", BAD_VALUE, having(subject="Patient/p1")),
    ("no-link-id", "An item has a linkId.", _no_link),
    ("answer-and-items", "An item has answers or items, not both", setting(item=[answer("warmth", TEXT)])),
    ("two-values", "An answer has one value.", _second_value),
]

#: what we ask of a response beyond R4
_OF_HEADER: list[tuple[str, str, Make]] = [
    ("implicit-rules", NOT_UNDERSTOOD, having(implicitRules="https://clinic.example/rules")),
    ("modifier-of-response", NOT_UNDERSTOOD, having(**MODIFIER)),
    ("no-subject", "A finished response has a subject.", having(subject=None)),
    ("subject-is-practitioner", SUBJECT, having(subject={"reference": "Practitioner/p1"})),
    ("subject-elsewhere", SUBJECT, having(subject={"reference": "https://other.example/fhir/Patient/p1"})),
    ("subject-of-two-types", SUBJECT, having(subject={"reference": "Patient/p1", "type": "Group"})),
    ("subject-by-identifier", SUBJECT, having(subject={"identifier": {"value": "p1"}})),
    ("encounter-elsewhere", ENCOUNTER, having(encounter={"reference": "https://other.example/fhir/Encounter/e1"})),
    ("no-authored", "A finished response says when it was authored.", having(authored=None)),
    ("authored-in-future", "authored lies more than 24 hours", having(authored="2027-06-01T10:00:00Z")),
    ("authored-to-the-month", "authored must name at least the day.", having(authored="2026-11")),
    ("authored-on-no-day", BAD_VALUE, having(authored="2026-02-30")),
    ("authored-on-leap-second", "There is no such date.", having(authored="2026-11-12T10:00:60Z")),
    (
        "unknown-confidentiality",
        "There is no such confidentiality.",
        having(meta={"security": [{"system": systems.CONFIDENTIALITY, "code": "secret"}]}),
    ),
    (
        "identifier-no-uri",
        f"A value of {systems.URI} is a whole uri.",
        having(id=None, identifier={"system": systems.URI, "value": "77-1"}),
    ),
    ("no-questionnaire", "A response names its Questionnaire.", having(questionnaire=None)),
    (
        "unknown-questionnaire",
        "This Questionnaire is not known",
        having(questionnaire="https://clinic.example/q|1"),
    ),
    ("unknown-version", "This version of the Questionnaire is not", having(questionnaire=f"{CANONICAL}.7")),
]

#: name, linkId, a value that is no FHIR, what we say
_VALUES: list[tuple[str, str, Resource, str]] = [
    ("boolean-as-string", "agreed", {"valueBoolean": "true"}, BAD_JSON),
    ("integer-as-string", "count", {"valueInteger": "1"}, BAD_JSON),
    ("integer-as-boolean", "count", {"valueInteger": True}, BAD_JSON),
    ("integer-with-point", "count", {"valueInteger": 1.5}, BAD_VALUE),
    ("integer-too-large", "count", {"valueInteger": 2**31}, BAD_VALUE),
    ("decimal-as-string", "ratio", {"valueDecimal": "0.5"}, BAD_JSON),
    ("date-as-number", "day", {"valueDate": 20261112}, BAD_JSON),
    ("date-with-time", "day", {"valueDate": "2026-11-12T10:00:00Z"}, BAD_VALUE),
    ("no-such-month", "day", {"valueDate": "2026-13"}, BAD_VALUE),
    ("moment-without-seconds", "moment", {"valueDateTime": "2026-11-12T10:00Z"}, BAD_VALUE),
    ("moment-without-zone", "moment", {"valueDateTime": "2026-11-12T10:00:00"}, BAD_VALUE),
    ("hour-without-seconds", "hour", {"valueTime": "09:30"}, BAD_VALUE),
    ("hour-24", "hour", {"valueTime": "24:00:00"}, BAD_VALUE),
    ("quantity-as-string", "amount", {"valueQuantity": {"value": "2.5"}}, BAD_JSON),
    ("negative-size", "scan", {"valueAttachment": {"url": "https://clinic.example/a", "size": -1}}, BAD_VALUE),
    ("control-in-answer", "name", {"valueString": "a\u0000b"}, CONTROLS),
]

#: name, what we say, what becomes of the text of the response
TEXTS: list[tuple[str, str, Callable[[str], str]]] = [
    ("cut-off", "Malformed JSON at ", lambda text: text[:-1]),
    ("same-key-twice", "A JSON object has the same key twice.", lambda text: '{"status": "stopped", ' + text[1:]),
    ("not-a-number", "NaN and Infinity are not JSON.", lambda text: text[:-1] + ', "extension": NaN}'),
    ("array", "A FHIR resource is a JSON object.", lambda text: f"[{text}]"),
]


def of_r4() -> Iterator[Change]:
    """Every change that breaks R4, or what we ask beyond it."""
    for name, told, make in (*_OF_STRUCTURE, *_OF_HEADER):
        yield Change(name, told, checklist, make)
    for name, link_id, value, told in _VALUES:
        yield Change(name, told, quiet, putting(answer(link_id, value)))
    told = "Without a version the Questionnaire is not clear"
    yield Change("two-active-versions", told, quiet, having(questionnaire=every_type.URL))
    yield Change(
        "draft", "This version of the Questionnaire is a draft.", quiet, having(questionnaire=every_type.DRAFT)
    )
