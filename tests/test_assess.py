"""What is wrong with a response is told with its kind, code, place and status."""

import json
from collections.abc import Iterable
from typing import Any

import pytest

from fhir_alliance.assess import Kind
from fhir_alliance.fhir.issues import Code, Issue, Severity, Unreadable, errors, http_status, operation_outcome
from fhir_alliance.fhir.json_text import parse_object, to_bytes
from tests.building import CANONICAL, Resource, altered, assess, choice, response, without

KIND = "QuestionnaireResponse"
URL = CANONICAL.partition("|")[0]
SECRET = "Xyzzy"
FULL = response(
    "YYYYYYYNO",
    id="r1",
    therapist=SECRET,
    contact="first-session",
    sharing="topics",
    subject=f"Patient/{SECRET}",
    identifier=("urn:clinic", SECRET),
)
BODY = json.dumps(FULL).encode()
FIRST = f"{KIND}.item[0].answer[0].value"
THIRD = f"{KIND}.item[2].answer[0].value"


def with_items(*changed: Resource) -> Resource:
    """The full response with these items in place of its own."""
    return {**FULL, "item": list(changed)}


def coded(**coding: str) -> Resource:
    """The full response with another coding for its first question."""
    return altered(FULL, "item", 2, "answer", 0, "valueCoding", to=coding)


def told(issues: Iterable[Issue]) -> list[tuple[Code, str | None]]:
    """Code and place of each error."""
    return [(issue.code, issue.expression) for issue in errors(issues)]


def quotes_nothing(issues: Iterable[Issue]) -> bool:
    """No issue repeats what the client wrote, or whose it is; and all can be sent."""
    body = to_bytes(operation_outcome(list(issues)))
    return SECRET.encode() not in body


@pytest.mark.case("error-status")
@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", Code.STRUCTURE),
        (BODY[:-1], Code.STRUCTURE),
        (BODY + b"x", Code.STRUCTURE),
        (BODY.replace(b'"status"', b'"status": "amended", "status"'), Code.STRUCTURE),
        (BODY.replace(b'"Xyzzy"', b"NaN"), Code.VALUE),
        (BODY.replace(b'"Xyzzy"', b"1e999"), Code.VALUE),
        (BODY.replace(b'"Xyzzy"', b'"Xyzzy\\ud800"'), Code.VALUE),
        (BODY.replace(b'"Xyzzy"', b'"Xyzzy\xff"'), Code.STRUCTURE),
        (BODY.replace(b'"Xyzzy"', b'"Xyzzy\x00"'), Code.STRUCTURE),
        (BODY.replace(b'"Xyzzy"', b'{"a":' * 50_000), Code.TOO_COSTLY),
        (BODY.replace(b'"Xyzzy"', b'{"Xyzzy":' * 40 + b"1" + b"}" * 40), Code.TOO_COSTLY),
        (BODY.ljust(300_000), Code.TOO_COSTLY),
        (b"[" + BODY + b"]", Code.STRUCTURE),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else value,
)
def test_a_body_that_is_no_resource(body: bytes, code: Code) -> None:
    """It breaks R4: 400, and nothing of it comes back."""
    with pytest.raises(Unreadable) as refusal:
        parse_object(body)
    issue = refusal.value.issue
    assert (issue.severity, issue.code, issue.expression) == (Severity.ERROR, code, "Resource")
    assert http_status([issue]) == 400
    assert quotes_nothing([issue])


@pytest.mark.case("error-status")
@pytest.mark.parametrize(
    ("resource", "code", "expression"),
    [
        ({}, Code.INVALID, "Resource"),
        ({**FULL, "resourceType": "Observation"}, Code.INVALID, "Resource"),
        ({**FULL, "resourceType": SECRET}, Code.INVALID, "Resource"),
        (without(FULL, "status"), Code.REQUIRED, f"{KIND}.status"),
        ({**FULL, "status": SECRET}, Code.VALUE, f"{KIND}.status"),
        ({**FULL, "status": [SECRET]}, Code.VALUE, f"{KIND}.status"),
        ({**FULL, "id": f"{SECRET} {SECRET}"}, Code.VALUE, f"{KIND}.id"),
        ({**FULL, "id": ".."}, Code.VALUE, f"{KIND}.id"),
        ({**FULL, "id": "x" * 65}, Code.VALUE, f"{KIND}.id"),
        ({**FULL, "item": []}, Code.STRUCTURE, f"{KIND}.item"),
        ({**FULL, "authored": None}, Code.STRUCTURE, f"{KIND}.authored"),
        ({**FULL, "authored": SECRET}, Code.VALUE, f"{KIND}.authored"),
        ({**FULL, "authored": "2026-11-12T10:00:00"}, Code.VALUE, f"{KIND}.authored"),
        ({**FULL, SECRET: 1}, Code.STRUCTURE, KIND),
        (altered(FULL, "item", 0, "answer", 0, "valueString", to=f"{SECRET}\x00"), Code.VALUE, FIRST),
        (altered(FULL, "item", 0, "answer", 0, "valueString", to=5), Code.VALUE, FIRST),
        (altered(FULL, "item", 0, "answer", 0, "valueInteger", to=1), Code.STRUCTURE, FIRST),
        (altered(FULL, "item", 0, "answer", to=[]), Code.STRUCTURE, f"{KIND}.item[0].answer"),
        (altered(FULL, "item", 0, "item", to=[{"linkId": "x"}]), Code.STRUCTURE, f"{KIND}.item[0]"),
        (without(FULL, "item", 0, "linkId"), Code.REQUIRED, f"{KIND}.item[0]"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_valid_r4(resource: Resource, code: Code, expression: str) -> None:
    """400, and the Questionnaire's rules are not tried on it."""
    found = assess(resource)
    assert (found.kind, found.result, found.questionnaire) == (Kind.INVALID, None, None)
    assert (code, expression) in told(found.issues)
    assert http_status(found.issues) == 400
    if SECRET not in expression:
        assert quotes_nothing(found.issues)


MODIFIER = [{"url": f"urn:{SECRET}", "valueBoolean": True}]


@pytest.mark.case("error-status")
@pytest.mark.parametrize(
    ("resource", "code", "expression"),
    [
        # the Questionnaire
        (without(FULL, "questionnaire"), Code.REQUIRED, f"{KIND}.questionnaire"),
        ({**FULL, "questionnaire": f"urn:{SECRET}"}, Code.NOT_FOUND, f"{KIND}.questionnaire"),
        ({**FULL, "questionnaire": f"{URL}|{SECRET}"}, Code.NOT_FOUND, f"{KIND}.questionnaire"),
        # linkIds
        (with_items({"linkId": SECRET}), Code.NOT_FOUND, f"{KIND}.item[0].linkId"),
        (with_items({"linkId": "warmth"}, {"linkId": "direction-help"}), Code.STRUCTURE, f"{KIND}.item[1].linkId"),
        (with_items(choice("warmth", "yes"), choice("warmth", "no")), Code.INVALID, f"{KIND}.item[1]"),
        (with_items(choice("silences", "yes"), choice("warmth", "no")), Code.STRUCTURE, f"{KIND}.item[1]"),
        # answers
        (altered(FULL, "item", 2, "answer", 0, to={"valueString": SECRET}), Code.STRUCTURE, THIRD),
        (altered(FULL, "item", 2, "answer", 0, to={"valueBoolean": True}), Code.STRUCTURE, THIRD),
        (altered(FULL, "item", 0, "answer", 0, "valueString", to=SECRET * 20), Code.TOO_LONG, FIRST),
        (
            altered(FULL, "item", 2, "answer", to=FULL["item"][2]["answer"] * 2),
            Code.INVALID,
            f"{KIND}.item[2].answer",
        ),
        (coded(system=f"urn:{SECRET}", code="yes"), Code.STRUCTURE, THIRD),
        (coded(code="yes"), Code.STRUCTURE, THIRD),
        (coded(system=f"{URL}", code="yes"), Code.STRUCTURE, THIRD),
        (coded(display="Yes"), Code.STRUCTURE, THIRD),
        # the head
        ({**FULL, "implicitRules": f"urn:{SECRET}"}, Code.NOT_SUPPORTED, f"{KIND}.implicitRules"),
        ({**FULL, "modifierExtension": MODIFIER}, Code.NOT_SUPPORTED, f"{KIND}.modifierExtension"),
        (
            altered(FULL, "item", 2, to={**FULL["item"][2], "modifierExtension": MODIFIER}),
            Code.NOT_SUPPORTED,
            f"{KIND}.item[2].modifierExtension",
        ),
        (without(FULL, "subject"), Code.REQUIRED, f"{KIND}.subject"),
        ({**FULL, "subject": {"reference": f"Group/{SECRET}"}}, Code.VALUE, f"{KIND}.subject.reference"),
        (
            {**FULL, "encounter": {"reference": f"https://x/Encounter/{SECRET}"}},
            Code.VALUE,
            f"{KIND}.encounter.reference",
        ),
        (without(FULL, "authored"), Code.REQUIRED, f"{KIND}.authored"),
        ({**FULL, "authored": "2026"}, Code.VALUE, f"{KIND}.authored"),
        ({**FULL, "authored": "2027-01-01"}, Code.BUSINESS_RULE, f"{KIND}.authored"),
        ({**FULL, "authored": "9999-12-31"}, Code.BUSINESS_RULE, f"{KIND}.authored"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_breaks_a_rule(resource: Resource, code: Code, expression: str) -> None:
    """Ours or the Questionnaire's: 422, one error for one breach, told without a word of the client's."""
    found = assess(resource)
    assert (found.kind, found.result) == (Kind.INVALID, None)
    assert told(found.issues) == [(code, expression)]
    assert http_status(found.issues) == 422
    assert quotes_nothing(found.issues)


def test_all_issues_are_told_at_once() -> None:
    """Who mends a response can mend it in one go."""
    worst = with_items({"linkId": "x"}, choice("silences", "yes"), choice("warmth", "no"))
    worst = {**without(worst, "subject"), "authored": "2026", "questionnaire": URL}
    assert [code for code, _ in told(assess(worst).issues)] == [
        Code.REQUIRED,
        Code.VALUE,
        Code.NOT_FOUND,
        Code.STRUCTURE,
    ]


@pytest.mark.parametrize("value", [None, True, 1, 1.5, "", SECRET, [], {}, [[]], [{}], [None], {"x": 1}, 10**30])
def test_no_json_is_a_crash(value: Any) -> None:
    """Whatever stands in place of any element is answered with issues that can be sent."""
    for steps in paths({**FULL, "encounter": {"reference": "Encounter/e"}, "meta": {"security": [{"code": "c"}]}}):
        resource = {**FULL, "encounter": {"reference": "Encounter/e"}, "meta": {"security": [{"code": "c"}]}}
        to_bytes(operation_outcome(assess(altered(resource, *steps, to=value)).issues))


def paths(value: Any) -> Iterable[tuple[str | int, ...]]:
    """Yield the way to each element; of the items the first three are enough."""
    named = value.items() if isinstance(value, dict) else enumerate(value[:3]) if isinstance(value, list) else ()
    for step, inner in named:
        yield (step,)
        yield from ((step, *rest) for rest in paths(inner))
