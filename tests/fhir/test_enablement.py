"""Which items are enabled by the answers given."""

from typing import Any

import pytest

from fhir_alliance.fhir.enablement import answered, enabled
from fhir_alliance.fhir.form import Item, read_form

CODING = {"system": "s", "code": "a"}


def item(*when: tuple[str, str, dict[str, Any]], behavior: str | None = None) -> Item:
    """An item with these conditions."""
    conditions = [{"question": question, "operator": operator, **answer} for question, operator, answer in when]
    made: dict[str, Any] = {"linkId": "x", "type": "string", "enableWhen": conditions}
    if behavior:
        made["enableBehavior"] = behavior
    return read_form({"item": [made]}, "x.json", {}).items[0]


@pytest.mark.parametrize(
    ("given", "operator", "answer", "expected"),
    [
        ([], "exists", {"answerBoolean": True}, False),
        ([], "exists", {"answerBoolean": False}, True),
        ([("Integer", 0)], "exists", {"answerBoolean": True}, True),
        ([("Integer", 0)], "exists", {"answerBoolean": False}, False),
        ([("Coding", ("s", "a"))], "=", {"answerCoding": CODING}, True),
        ([("Coding", ("s", "b"))], "=", {"answerCoding": CODING}, False),
        ([("Coding", ("t", "a"))], "=", {"answerCoding": CODING}, False),
        ([], "=", {"answerCoding": CODING}, False),
        ([("Coding", ("s", "b")), ("Coding", ("s", "a"))], "=", {"answerCoding": CODING}, True),
        ([("Coding", ("s", "b"))], "!=", {"answerCoding": CODING}, True),
        ([("Coding", ("s", "a"))], "!=", {"answerCoding": CODING}, False),
        ([], "!=", {"answerCoding": CODING}, True),
        ([("Integer", 5)], ">", {"answerInteger": 5}, False),
        ([("Integer", 6)], ">", {"answerInteger": 5}, True),
        ([("Integer", 5)], ">=", {"answerInteger": 5}, True),
        ([("Integer", 5)], "<", {"answerInteger": 5}, False),
        ([("Integer", 4)], "<", {"answerInteger": 5}, True),
        ([("Integer", 5)], "<=", {"answerInteger": 5}, True),
        ([("Integer", 10)], ">", {"answerInteger": 9}, True),
        ([("Date", "2026-11-12")], ">", {"answerDate": "2026-11-11"}, True),
        ([("String", "6")], ">", {"answerInteger": 5}, False),
        ([], ">", {"answerInteger": 5}, False),
    ],
)
def test_operators(given: list[Any], operator: str, answer: dict[str, Any], expected: bool) -> None:
    """Each operator of R4, over no answer, one and several."""
    assert enabled(item(("q", operator, answer)), {"q": given}) is expected


@pytest.mark.parametrize(
    ("behavior", "expected"), [("any", [True, True, True, False]), ("all", [True, False, False, False])]
)
def test_any_or_all(behavior: str, expected: list[bool]) -> None:
    """Several conditions are joined as the item says."""
    made = item(("a", "=", {"answerInteger": 1}), ("b", "=", {"answerInteger": 1}), behavior=behavior)
    values = [{"a": [("Integer", a)], "b": [("Integer", b)]} for a, b in ((1, 1), (1, 0), (0, 1), (0, 0))]
    assert [enabled(made, value) for value in values] == expected


def test_without_conditions_always_enabled() -> None:
    """An item that names no condition is for everybody."""
    assert enabled(item(), {})


def test_answers_are_found_at_any_depth() -> None:
    """In groups, below answers and in repeated items; what has no value is no answer."""
    inner = {"linkId": "c", "answer": [{"valueInteger": 1}]}
    response = {
        "item": [
            {"linkId": "g", "item": [{"linkId": "a", "answer": [{"valueString": "x", "item": [inner]}]}]},
            {"linkId": "g", "item": [{"linkId": "a", "answer": [{"valueString": "y"}]}]},
            {"linkId": "d", "answer": [{"item": [inner]}]},
        ]
    }
    assert answered(response) == {
        "a": [("String", "x"), ("String", "y")],
        "c": [("Integer", 1), ("Integer", 1)],
    }
