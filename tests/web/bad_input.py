"""Everything that may be wrong with a response, each with how it is refused.

Every text in it holds MARKER, which must appear nowhere outside the ledger.
"""

import json
from typing import Any, NamedTuple

from tests.artifacts.folder import CHECKLIST
from tests.building import Resource, altered, choice, response, without

MARKER = "zq7marker"
QR = "QuestionnaireResponse"
SYSTEM = "https://fhir-alliance.org/fhir/CodeSystem/alliance-answer"

#: a good response with a marker in every text that a client or clinic may write
GOOD = response(
    "YYYYYYYNO",
    id="r0",
    subject=f"Patient/{MARKER}-p1",
    encounter=f"Encounter/{MARKER}-e1",
    therapist=f"Dr {MARKER}",
    contact="first-session",
    sharing="topics",
    identifier=(f"urn:{MARKER}:forms", f"{MARKER}-77"),
)
#: places of items in it
THERAPIST, CONTACT, FIRST, LAST = 0, 1, 2, 11


class Bad(NamedTuple):
    """A body, and how our own server refuses it."""

    body: bytes
    status: int
    code: str
    where: str


def raw(body: bytes | str, code: str) -> Bad:
    """No JSON object within bounds."""
    return Bad(body.encode() if isinstance(body, str) else body, 400, code, "Resource")


def r4(made: Resource, code: str, where: str) -> Bad:
    """No valid R4."""
    return Bad(json.dumps(made).encode(), 400, code, f"{QR}.{where}".rstrip("."))


def ours(made: Resource, code: str, where: str) -> Bad:
    """Breaks a rule of ours, or of the Questionnaire."""
    return Bad(json.dumps(made).encode(), 422, code, f"{QR}.{where}".rstrip("."))


def put(*steps: str | int, to: Any) -> Resource:
    """The good one with one element set."""
    return altered(GOOD, *steps, to=to)


def items(*made: Resource) -> Resource:
    """The good one with these items only."""
    return {**GOOD, "item": list(made)}


def coding(**parts: str) -> Resource:
    """The good one whose first question is answered with this Coding."""
    return put("item", FIRST, "answer", to=[{"valueCoding": {"display": MARKER, **parts}}])


TEXT = json.dumps(GOOD)
YES, NEXT = choice("sharing-more", "yes"), choice("respected-heard", "yes")
VALUE = "item[0].answer[0].value"
FIRST_VALUE = f"item[{FIRST}].answer[0].value"

RAW = {
    "nothing but a brace": raw("{", "structure"),
    "cut off": raw(TEXT[:-40], "structure"),
    "two resources": raw(TEXT + TEXT, "structure"),
    "an array": raw(f"[{TEXT}]", "structure"),
    "null": raw("null", "structure"),
    "a text": raw(f'"{MARKER}"', "structure"),
    "single quotes": raw(f"{{'id': '{MARKER}'}}", "structure"),
    "XML": raw(f"<{QR}><id value='{MARKER}'/></{QR}>", "structure"),
    "a key twice": raw(TEXT.replace('"status":', '"status": "completed", "status":'), "structure"),
    "a deep key twice": raw(TEXT.replace('"linkId":', f'"linkId": "{MARKER}", "linkId":', 1), "structure"),
    "NaN": raw(TEXT.replace(f'"Dr {MARKER}"', "NaN"), "value"),
    "minus Infinity": raw(TEXT.replace(f'"Dr {MARKER}"', "-Infinity"), "value"),
    "a number too large": raw(TEXT.replace(f'"Dr {MARKER}"', "1e999"), "value"),
    "a number too long": raw(TEXT.replace(f'"Dr {MARKER}"', "9" * 10_000), "value"),
    "half a surrogate": raw(TEXT.replace("Dr ", "\\ud83d "), "value"),
    "half a surrogate in a key": raw(TEXT.replace('"status"', f'"{MARKER}\\udc00": "", "status"'), "value"),
    "half a surrogate in the Questionnaire": raw(TEXT.replace("|1.0.0", "\\ud800"), "value"),
    "a raw control character": raw(TEXT.replace("Dr ", "Dr\n"), "structure"),
    "a raw NUL": raw(TEXT.replace("Dr ", "Dr\x00"), "structure"),
    "Latin-1": raw(TEXT.replace("Dr ", "D\u00e9 ").encode("latin-1"), "structure"),
    "UTF-16": raw(TEXT.encode("utf-16"), "structure"),
    "50,000 arrays": raw("[" * 50_000, "too-costly"),
    "50,000 objects": raw('{"a":' * 50_000, "too-costly"),
    "20,000 items": raw(TEXT.replace('"item": [', '"item": [' + '{"item":[' * 20_000, 1), "too-costly"),
    "33 levels": raw(json.dumps(put("extension", to=[json.loads("[" * 32 + "]" * 32)])), "too-costly"),
    "a text that never ends": raw('"' + '\\"' * 30_000, "structure"),
}

R4 = {
    "no resourceType": raw(json.dumps(without(GOOD, "resourceType")), "invalid"),
    "another resourceType": raw(json.dumps(put("resourceType", to="Patient")), "invalid"),
    "a resourceType of no type": raw(json.dumps(put("resourceType", to=[MARKER])), "invalid"),
    "no status": r4(without(GOOD, "status"), "required", "status"),
    "an unknown status": r4(put("status", to=MARKER), "value", "status"),
    "a status that is a number": r4(put("status", to=1), "value", "status"),
    "an unknown element": r4(put("score", to=MARKER), "structure", "score"),
    "an element of another name": r4(put(f"{MARKER} \x1b[2J", to="x"), "structure", ""),
    "an element of a long name": r4(put("item", 0, MARKER * 9999, to="x"), "structure", "item[0]"),
    "an id of 65 characters": r4(put("id", to="a" * 65), "value", "id"),
    "an id with a blank": r4(put("id", to=f"{MARKER} 1"), "value", "id"),
    "an id that climbs": r4(put("id", to="../../etc/passwd"), "value", "id"),
    "a versionId with a blank": r4(put("meta", to={"versionId": f"{MARKER} 1"}), "value", "meta.versionId"),
    "null": r4(put("encounter", to=None), "structure", "encounter"),
    "an empty text": r4(put("item", 0, "answer", 0, "valueString", to=""), "structure", VALUE),
    "no answers in answer": r4(put("item", 0, "answer", to=[]), "structure", "item[0].answer"),
    "an empty item": r4(put("item", 0, to={}), "structure", "item[0]"),
    "one item instead of many": r4(put("item", to=YES), "structure", "item"),
    "a text for an item": r4(put("item", 0, to=MARKER), "value", "item[0]"),
    "no linkId": r4(without(GOOD, "item", 0, "linkId"), "required", "item[0]"),
    "answer and item at once": r4(put("item", FIRST, "item", to=[NEXT]), "structure", f"item[{FIRST}]"),
    "two values in one answer": r4(put("item", 0, "answer", 0, "valueBoolean", to=True), "structure", VALUE),
    "a number as text": r4(put("item", 0, "answer", 0, "valueString", to=7), "value", VALUE),
    "a NUL in a text": r4(put("item", 0, "answer", 0, "valueString", to=f"{MARKER}\0"), "value", VALUE),
    "an escape in a text": r4(put("item", 0, "answer", 0, "valueString", to=f"\x1b[31m{MARKER}"), "value", VALUE),
    "a Coding that is a text": r4(put("item", FIRST, "answer", 0, "valueCoding", to=MARKER), "value", FIRST_VALUE),
    "a subject that is a text": r4(put("subject", to=f"Patient/{MARKER}"), "value", "subject"),
    "authored that is a number": r4(put("authored", to=1_790_000_000), "value", "authored"),
    "authored in words": r4(put("authored", to=MARKER), "value", "authored"),
    "authored without zone": r4(put("authored", to="2026-11-12T18:30:00"), "value", "authored"),
    "30 February": r4(put("authored", to="2026-02-30"), "value", "authored"),
    "an encounter that is a patient": r4(
        put("encounter", "reference", to=f"Patient/{MARKER}"), "value", "encounter.reference"
    ),
}  # fmt: skip

OURS = {
    "no Questionnaire": ours(without(GOOD, "questionnaire"), "required", "questionnaire"),
    "an unknown Questionnaire": ours(put("questionnaire", to=f"urn:{MARKER}|1"), "not-found", "questionnaire"),
    "an unknown version": ours(put("questionnaire", to=f"{CHECKLIST['url']}|8"), "not-found", "questionnaire"),
    "an unknown linkId": ours(
        put("item", THERAPIST, "linkId", to=MARKER), "not-found", "item[0].linkId"
    ),
    "a linkId that is a path": ours(put("item", THERAPIST, "linkId", to="../x"), "not-found", "item[0].linkId"),
    "a misplaced linkId": ours(
        items(altered(YES, "answer", 0, "item", to=[NEXT])), "structure", "item[0].answer[0].item[0].linkId"
    ),
    "a repeated linkId": ours(items(YES, YES), "invalid", "item[1]"),
    "a disordered linkId": ours(items(NEXT, YES), "structure", "item[1]"),
    "an answered display": ours(items({**YES, "linkId": "intro"}), "structure", "item[0].answer"),
    "items below a question": ours(
        items({"linkId": "sharing-more", "item": [NEXT]}), "structure", "item[0].item"
    ),
    "an answer without value": ours(
        items({"linkId": "sharing-more", "answer": [{"id": "a"}]}), "structure", "item[0].answer[0]"
    ),
    "a text for a choice": ours(
        items({"linkId": "sharing-more", "answer": [{"valueString": MARKER}]}), "structure", VALUE
    ),
    "a truth for a choice": ours(
        items({"linkId": "sharing-more", "answer": [{"valueBoolean": True}]}), "structure", VALUE
    ),
    "a choice for a text": ours(items({**YES, "linkId": "therapist"}), "structure", VALUE),
    "two answers": ours(items({**YES, "answer": YES["answer"] * 2}), "invalid", "item[0].answer"),
    "a coding of another system": ours(coding(system=f"urn:{MARKER}", code="yes"), "structure", FIRST_VALUE),
    "a coding of no system": ours(coding(code="yes"), "structure", FIRST_VALUE),
    "a coding of no code": ours(coding(system=SYSTEM), "structure", FIRST_VALUE),
    "an unknown code": ours(coding(system=SYSTEM, code=MARKER), "structure", FIRST_VALUE),
    "a code in capitals": ours(coding(system=SYSTEM, code="YES"), "structure", FIRST_VALUE),
    "another text": ours(put("item", FIRST, "text", to=MARKER), "invalid", f"item[{FIRST}].text"),
    "a text too long": ours(put("item", 0, "answer", 0, "valueString", to=MARKER * 9), "too-long", VALUE),
    "no subject": ours(without(GOOD, "subject"), "required", "subject"),
    "a subject elsewhere": ours(
        put("subject", "reference", to=f"https://x.example/Patient/{MARKER}"), "value", "subject.reference"
    ),
    "a subject that climbs": ours(
        put("subject", "reference", to=f"Patient/../{MARKER}"), "value", "subject.reference"
    ),
    "a subject with a quote": ours(
        put("subject", "reference", to="Patient/' OR '1'='1"), "value", "subject.reference"
    ),
    "an encounter elsewhere": ours(
        put("encounter", "reference", to=f"https://x.example/Encounter/{MARKER}"), "value", "encounter.reference"
    ),
    "no authored": ours(without(GOOD, "authored"), "required", "authored"),
    "authored in a month": ours(put("authored", to="2026-11"), "value", "authored"),
    "authored in a leap second": ours(put("authored", to="2026-11-12T10:00:60Z"), "value", "authored"),
    "authored in the future": ours(put("authored", to="2026-11-25T09:30:01Z"), "business-rule", "authored"),
    "authored at the end of time": ours(put("authored", to="9999-12-31"), "business-rule", "authored"),
    "authored at the last second": ours(
        put("authored", to="9999-12-31T23:59:59-14:00"), "business-rule", "authored"
    ),
}  # fmt: skip

BAD = {**RAW, **R4, **OURS}
