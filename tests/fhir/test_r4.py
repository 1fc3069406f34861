"""The rules of R4 that the models let pass: one case each, with its code and its place."""

from typing import Any

import pytest

from fhir_alliance.fhir.issues import Code
from fhir_alliance.fhir.r4 import is_id, path, response_issues
from fhir_alliance.fhir.systems import URI
from tests.building import altered, response, without

KIND = "QuestionnaireResponse"
GOOD = response(
    id="r1",
    therapist="Dr Rivera",
    contact="first-session",
    identifier=("urn:s", "v"),
    encounter="Encounter/e1",
    meta={"versionId": "1", "lastUpdated": "2026-11-12T10:00:00Z"},
)
ANSWER = f"{KIND}.item[0].answer[0].value"


def answer(**value: Any) -> dict[str, Any]:
    """The good response with another first answer."""
    return altered(GOOD, "item", 0, "answer", 0, to=value)


@pytest.mark.parametrize(
    "resource",
    [
        GOOD,
        {**GOOD, "encounter": {"reference": "https://ehr.example/fhir/Encounter/e1/_history/2"}},
        {**GOOD, "encounter": {"reference": "#visit"}},
        {**GOOD, "encounter": {"reference": "urn:uuid:0b5a6c1e-8a52-5d7f-8d1c-2f4a9b7e6c33"}},
        answer(valueString="tab\tand\nline"),
        answer(valueString="שלום 😀"),
        answer(valueDecimal=1),
        answer(valueQuantity={"value": 1.5}),
    ],
)
def test_what_is_right_has_no_issue(resource: dict[str, Any]) -> None:
    """None of the rules finds anything in a valid response."""
    assert response_issues(resource) == ()


@pytest.mark.parametrize(
    ("resource", "code", "expression"),
    [
        ({**GOOD, "author": None}, Code.STRUCTURE, f"{KIND}.author"),
        ({**GOOD, "item": []}, Code.STRUCTURE, f"{KIND}.item"),
        ({**GOOD, "meta": {}}, Code.STRUCTURE, f"{KIND}.meta"),
        ({**GOOD, "language": ""}, Code.STRUCTURE, f"{KIND}.language"),
        ({**GOOD, "basedOn": [None]}, Code.STRUCTURE, f"{KIND}.basedOn[0]"),
        (altered(GOOD, "item", 0, "answer", to=[]), Code.STRUCTURE, f"{KIND}.item[0].answer"),
        (answer(), Code.STRUCTURE, f"{KIND}.item[0].answer[0]"),
        (answer(valueString="a\x00b"), Code.VALUE, ANSWER),
        (answer(valueString="a\x1bb"), Code.VALUE, ANSWER),
        (without(GOOD, "status"), Code.REQUIRED, f"{KIND}.status"),
        ({**GOOD, "status": "done"}, Code.VALUE, f"{KIND}.status"),
        ({**GOOD, "status": "Completed"}, Code.VALUE, f"{KIND}.status"),
        ({**GOOD, "status": ["completed"]}, Code.VALUE, f"{KIND}.status"),
        ({**GOOD, "status": {"value": "completed"}}, Code.VALUE, f"{KIND}.status"),
        ({**GOOD, "id": "x" * 65}, Code.VALUE, f"{KIND}.id"),
        ({**GOOD, "id": "a_b"}, Code.VALUE, f"{KIND}.id"),
        ({**GOOD, "id": ".."}, Code.VALUE, f"{KIND}.id"),
        ({**GOOD, "id": 7}, Code.VALUE, f"{KIND}.id"),
        ({**GOOD, "meta": {"versionId": "a b"}}, Code.VALUE, f"{KIND}.meta.versionId"),
        ({**GOOD, "authored": 1_731_400_000}, Code.VALUE, f"{KIND}.authored"),
        ({**GOOD, "meta": {"lastUpdated": 1}}, Code.VALUE, f"{KIND}.meta.lastUpdated"),
        ({**GOOD, "encounter": {"reference": "Patient/p1"}}, Code.VALUE, f"{KIND}.encounter.reference"),
        ({**GOOD, "identifier": {"system": "a b", "value": "v"}}, Code.VALUE, f"{KIND}.identifier.system"),
        ({**GOOD, "identifier": {"system": URI, "value": "no uri"}}, Code.VALUE, f"{KIND}.identifier.value"),
        (
            {**GOOD, "meta": {"security": [{"system": "a b", "code": "c"}]}},
            Code.VALUE,
            f"{KIND}.meta.security[0].system",
        ),
        (altered(GOOD, "item", 0, "item", to=[{"linkId": "x"}]), Code.STRUCTURE, f"{KIND}.item[0]"),
        (without(GOOD, "item", 2, "linkId"), Code.REQUIRED, f"{KIND}.item[2]"),
        (answer(valueString="a", valueInteger=1), Code.STRUCTURE, ANSWER),
        (answer(valueBoolean="true"), Code.VALUE, ANSWER),
        (answer(valueInteger="1"), Code.VALUE, ANSWER),
        (answer(valueInteger=True), Code.VALUE, ANSWER),
        (answer(valueInteger=1.5), Code.VALUE, ANSWER),
        (answer(valueDecimal="1.5"), Code.VALUE, ANSWER),
        (answer(valueQuantity={"value": "1"}), Code.VALUE, ANSWER),
        (answer(valueDate=20261112), Code.VALUE, ANSWER),
        (answer(valueDateTime=1_731_400_000), Code.VALUE, ANSWER),
        (answer(valueTime=36_000), Code.VALUE, ANSWER),
        (answer(valueString=5), Code.VALUE, ANSWER),
        (answer(valueUri=["x"]), Code.VALUE, ANSWER),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_breaks_r4(resource: dict[str, Any], code: Code, expression: str) -> None:
    """Each breach is an error of R4 (400), named by FHIRPath."""
    found = response_issues(resource)
    assert (code, expression) in [(issue.code, issue.expression) for issue in found]
    assert all(issue.r4 for issue in found)


def test_null_may_pair_with_an_extension() -> None:
    """A primitive array and its extensions fill each other's places with null (JSON 2.6.2.1)."""
    paired = {"given": [None, "A"], "_given": [{"id": "x"}, None]}
    assert response_issues({**GOOD, "contained": [{"resourceType": "Patient", "name": [paired]}]}) == ()


def test_rules_reach_every_level() -> None:
    """Items below answers and groups are looked at, too."""
    deep = {"linkId": "a", "item": [{"linkId": "b", "answer": [{"valueString": "x", "item": [{"text": "c"}]}]}]}
    [issue] = response_issues({**GOOD, "item": [deep]})
    assert issue.expression == f"{KIND}.item[0].item[0].answer[0].item[0]"


def test_breaches_are_all_told() -> None:
    """One breach does not hide another."""
    resource = {**GOOD, "status": "done", "id": "a_b", "authored": 1, "language": ""}
    told = {issue.expression for issue in response_issues(resource)}
    assert told == {f"{KIND}.{name}" for name in ("status", "id", "authored", "language")}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", True),
        ("A-1.b", True),
        ("x" * 64, True),
        ("...", True),
        ("x" * 65, False),
        ("", False),
        (".", False),
        ("..", False),
        ("a/b", False),
        ("a\n", False),
        ("é", False),
        ("٣", False),
        (7, False),
        (None, False),
    ],
)
def test_is_id(text: object, expected: bool) -> None:
    """1 to 64 letters, digits, hyphens and dots, but nothing that a path would climb by."""
    assert is_id(text) is expected


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ((), KIND),
        (("item", 2, "answer", 0, "valueCoding", "code"), f"{KIND}.item[2].answer[0].value.code"),
        (("root", "_status"), f"{KIND}.status"),
        (("item", 0, "Dr Rivera", "code"), f"{KIND}.item[0]"),
        (("value",), f"{KIND}.value"),
    ],
)
def test_path(steps: tuple[int | str, ...], expected: str) -> None:
    """FHIRPath knows no value types and no underscores; a sender's own names are not repeated."""
    assert path(KIND, steps) == expected
