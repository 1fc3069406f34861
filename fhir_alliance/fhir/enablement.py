"""Which items of a form are enabled by the answers given.

https://hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.item.enableWhen
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import ge, gt, le, lt
from typing import Any

from fhir_alliance.fhir.form import Condition, Item, Value, comparable

#: linkId → the values answered there
Answered = Mapping[str, Sequence[Value]]

_ORDERS: dict[str, Callable[[Any, Any], bool]] = {">": gt, "<": lt, ">=": ge, "<=": le}


def answered(response: dict[str, Any]) -> Answered:
    """Every value in the response by linkId, however deep."""
    values: dict[str, list[Value]] = {}
    for item in _items(response):
        for answer in item.get("answer", ()):
            value = comparable(answer)
            if value is not None:
                values.setdefault(item["linkId"], []).append(value)
    return values


def _items(parent: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in parent.get("item", ()):
        yield item
        yield from _items(item)
        for answer in item.get("answer", ()):
            yield from _items(answer)


def enabled(item: Item, values: Answered) -> bool:
    """Whether the item's own conditions hold; one without conditions is always enabled."""
    if not item.conditions:
        return True
    hold = (_holds(condition, values.get(condition.question, ())) for condition in item.conditions)
    return any(hold) if item.any_condition else all(hold)


def _holds(condition: Condition, given: Sequence[Value]) -> bool:
    if condition.operator == "exists":
        return bool(given) is condition.answer[1]
    if condition.operator == "=":
        return condition.answer in given
    if condition.operator == "!=":
        return condition.answer not in given
    kind, bound = condition.answer
    order = _ORDERS[condition.operator]
    return any(order(value, bound) for found, value in given if found == kind)
