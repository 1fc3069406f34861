"""A Questionnaire as its responses are checked against it."""

from typing import Any

import pytest

from fhir_alliance.errors import Unscorable
from fhir_alliance.fhir.form import Condition, Form, comparable, read_form

CODES = {"https://x.example/vs": frozenset({("s", "a"), ("s", "b")})}
WHEN = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-enableWhenExpression"


def form(*items: dict[str, Any]) -> Form:
    """The form of these items."""
    return read_form({"item": list(items)}, "Questionnaire-x.json", CODES)


def test_an_item_is_read_whole() -> None:
    """Every element that a rule looks at."""
    group = {
        "linkId": "g",
        "type": "group",
        "repeats": True,
        "item": [{"linkId": "q", "type": "text", "maxLength": 9}],
    }
    made = form(group, {"linkId": "r", "type": "string", "required": True, "text": "Why?"})
    assert [item.link_id for item in made.items] == ["g", "r"]
    assert set(made.by_link_id) == {"g", "q", "r"}
    assert made.by_link_id["g"].items == (made.by_link_id["q"],)
    assert (made.by_link_id["g"].repeats, made.by_link_id["q"].max_length) == (True, 9)
    assert (made.by_link_id["r"].required, made.by_link_id["r"].text) == (True, "Why?")
    assert not made.by_link_id["q"].required


@pytest.mark.parametrize(
    ("kind", "expected"), [("group", False), ("display", False), ("choice", True), ("string", True)]
)
def test_questions_hold_answers(kind: str, expected: bool) -> None:
    """Groups and displays do not."""
    assert form({"linkId": "q", "type": kind}).items[0].holds_answers is expected


def test_options_by_list_or_by_value_set() -> None:
    """Codings are compared by system and code; other options by type and value."""
    listed = [
        {"valueCoding": {"system": "s", "code": "a", "display": "A"}},
        {"valueString": "b"},
        {"valueInteger": 1},
    ]
    made = form(
        {"linkId": "a", "type": "choice", "answerOption": listed},
        {"linkId": "b", "type": "choice", "answerValueSet": "https://x.example/vs|1.0"},
        {"linkId": "c", "type": "string"},
    )
    assert made.items[0].options == frozenset({("Coding", ("s", "a")), ("String", "b"), ("Integer", 1)})
    assert made.items[1].options == frozenset({("Coding", ("s", "a")), ("Coding", ("s", "b"))})
    assert made.items[2].options is None
    assert [item.bound for item in made.items] == [False, True, False]


def test_conditions() -> None:
    """EnableWhen is read with its operator, and any or all."""
    when = [
        {"question": "a", "operator": "exists", "answerBoolean": True},
        {"question": "a", "operator": "=", "answerCoding": {"system": "s", "code": "c"}},
    ]
    made = form({"linkId": "a", "type": "choice"}, {"linkId": "b", "type": "string", "enableWhen": when})
    expected = (Condition("a", "exists", ("Boolean", True)), Condition("a", "=", ("Coding", ("s", "c"))))
    assert made.items[1].conditions == expected
    assert not made.items[1].any_condition
    anyway = form({"linkId": "b", "type": "string", "enableWhen": when, "enableBehavior": "any"})
    assert anyway.items[0].any_condition


@pytest.mark.parametrize(
    ("item", "element"),
    [
        ({"type": "string"}, "item[0].linkId"),
        ({"linkId": "a", "type": "group", "item": [{"linkId": "a", "type": "string"}]}, "item[0].linkId"),
        ({"linkId": "a", "type": "choice", "answerValueSet": "https://x.example/no"}, "item[0].answerValueSet"),
        ({"linkId": "a", "modifierExtension": [{"url": "x"}]}, "item[0].modifierExtension"),
        ({"linkId": "a", "extension": [{"url": "x"}, {"url": WHEN}]}, "item[0].extension[1]"),
        (
            {"linkId": "a", "item": [{"linkId": "b", "modifierExtension": [{}]}]},
            "item[0].item[0].modifierExtension",
        ),
    ],
)
def test_what_cannot_be_checked_faithfully_is_refused(item: dict[str, Any], element: str) -> None:
    """The refusal names the file and the element."""
    with pytest.raises(Unscorable) as refusal:
        form(item)
    assert str(refusal.value).startswith(f"Questionnaire-x.json: Questionnaire.{element}: ")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"valueString": "a"}, ("String", "a")),
        ({"answerInteger": 1}, ("Integer", 1)),
        ({"id": "x", "valueCoding": {"code": "c"}}, ("Coding", (None, "c"))),
        ({"valueDateTime": "2026-11-12"}, ("DateTime", "2026-11-12")),
        ({"item": []}, None),
        ({"_valueString": {"id": "x"}}, None),
        ({"value": 1}, None),
        ({}, None),
    ],
)
def test_comparable(value: dict[str, Any], expected: object) -> None:
    """A value's type counts: the string "1" is not the number."""
    assert comparable(value) == expected


def test_what_is_passed_over() -> None:
    """What a filler needs, and the answers do not depend on, is read over."""
    calculated = {
        "url": "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression",
        "valueExpression": {"language": "text/fhirpath", "expression": "1"},
    }
    plain = {"linkId": "q", "type": "integer"}
    shown = {
        **plain,
        "prefix": "1.",
        "readOnly": True,
        "initial": [{"valueInteger": 1}],
        "extension": [calculated],
    }
    assert form(shown) == form(plain)
