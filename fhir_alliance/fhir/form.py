"""A Questionnaire as the validation of its responses needs it.

https://hl7.org/fhir/R4/questionnaire.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fhir_alliance.errors import Unscorable
from fhir_alliance.fhir.json_text import canonical

#: an option or an answer, comparable: the name of its value[x] and what decides equality
Value = tuple[str, object]

#: codes of a value set, as (system, code)
ValueSets = Mapping[str, frozenset[tuple[str, str]]]

CONTAINERS = frozenset({"group", "display"})

_ORDERED = frozenset({"Decimal", "Integer", "Date", "DateTime", "Time", "String"})
_EQUAL = _ORDERED | {"Boolean", "Coding"}
#: operator of an enableWhen → the kinds of answer[x] it compares here
OPERATORS: Mapping[str, frozenset[str]] = {
    "exists": frozenset({"Boolean"}),
    "=": _EQUAL,
    "!=": _EQUAL,
    **dict.fromkeys((">", "<", ">=", "<="), _ORDERED),
}

#: type of an item → the kinds of value[x] it may hold
KINDS: Mapping[str, frozenset[str]] = {
    "boolean": frozenset({"Boolean"}),
    "decimal": frozenset({"Decimal"}),
    "integer": frozenset({"Integer"}),
    "date": frozenset({"Date"}),
    "dateTime": frozenset({"DateTime"}),
    "time": frozenset({"Time"}),
    "string": frozenset({"String"}),
    "text": frozenset({"String"}),
    "url": frozenset({"Uri"}),
    "choice": frozenset({"Coding"}),
    "open-choice": frozenset({"Coding", "String"}),
    "attachment": frozenset({"Attachment"}),
    "reference": frozenset({"Reference"}),
    "quantity": frozenset({"Quantity"}),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One enableWhen."""

    question: str
    operator: str
    #: what to compare with; for ``exists`` whether there is to be an answer
    answer: Value


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the form, with the items below it."""

    link_id: str
    type: str
    text: str | None
    required: bool
    repeats: bool
    max_length: int | None
    #: allowed answers of a choice; None where any will do
    options: frozenset[Value] | None
    #: the options came from a value set
    bound: bool
    conditions: tuple[Condition, ...]
    #: one true condition is enough
    any_condition: bool
    items: tuple["Item", ...]

    @property
    def holds_answers(self) -> bool:
        """A question, rather than a group or a display."""
        return self.type not in CONTAINERS


@dataclass(frozen=True, slots=True)
class Form:
    """All items of one Questionnaire."""

    items: tuple[Item, ...]
    by_link_id: Mapping[str, Item]


def comparable(value: Mapping[str, Any]) -> Value | None:
    """The value[x] (or answer[x]) in ``value``; Codings are equal by system and code."""
    for name, found in value.items():
        kind = name.removeprefix("answer").removeprefix("value")
        if kind != name and kind[:1].isupper():
            if kind == "Coding":
                return kind, (found.get("system"), found.get("code"))
            return kind, canonical(found) if isinstance(found, dict) else found
    return None


def read_form(questionnaire: dict[str, Any], file: str, value_sets: ValueSets) -> Form:
    """Read the items; Unscorable where two share a linkId, or one asks for what is not supported."""
    by_link_id: dict[str, Item] = {}
    items = tuple(
        _item(item, f"Questionnaire.item[{index}]", file, value_sets, by_link_id)
        for index, item in enumerate(questionnaire.get("item", ()))
    )
    return Form(items, by_link_id)


def _item(item: dict[str, Any], where: str, file: str, value_sets: ValueSets, seen: dict[str, Item]) -> Item:
    link_id = item.get("linkId", "")
    for element, why in _unsupported(item):
        raise Unscorable(file, f"{where}.{element}", why)
    below = tuple(
        _item(child, f"{where}.item[{index}]", file, value_sets, seen)
        for index, child in enumerate(item.get("item", ()))
    )
    if not link_id or link_id in seen:
        raise Unscorable(file, f"{where}.linkId", f"the linkId '{link_id}' is missing or used twice")
    made = Item(
        link_id=link_id,
        type=item.get("type", ""),
        text=item.get("text"),
        required=item.get("required", False),
        repeats=item.get("repeats", False),
        max_length=item.get("maxLength"),
        options=_options(item, where, file, value_sets),
        bound="answerValueSet" in item,
        conditions=tuple(_conditions(item, where, file)),
        any_condition=item.get("enableBehavior") == "any",
        items=below,
    )
    seen[link_id] = made
    return made


def _unsupported(item: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What would change the meaning of answers unseen."""
    if "modifierExtension" in item:
        yield "modifierExtension", "modifier extensions are not supported"
    for index, extension in enumerate(item.get("extension", ())):
        if extension.get("url", "").endswith("/sdc-questionnaire-enableWhenExpression"):
            yield f"extension[{index}]", "enableWhenExpression is not supported, use enableWhen"


def _options(item: dict[str, Any], where: str, file: str, value_sets: ValueSets) -> frozenset[Value] | None:
    if "answerValueSet" in item:
        codes = value_sets.get(item["answerValueSet"].split("|")[0])
        if codes is None:
            raise Unscorable(file, f"{where}.answerValueSet", "the folder has no such ValueSet")
        return frozenset(("Coding", code) for code in codes)
    if "answerOption" not in item:
        return None
    options = (comparable(option) for option in item["answerOption"])
    return frozenset(option for option in options if option is not None)


def _conditions(item: dict[str, Any], where: str, file: str) -> Iterator[Condition]:
    for index, condition in enumerate(item.get("enableWhen", ())):
        answer = comparable({name: value for name, value in condition.items() if name.startswith("answer")})
        if answer is None or answer[0] not in OPERATORS.get(condition["operator"], ()):
            why = "it needs an operator of R4, and an answer of a type that this can compare"
            raise Unscorable(file, f"{where}.enableWhen[{index}]", why)
        yield Condition(condition["question"], condition["operator"], answer)
