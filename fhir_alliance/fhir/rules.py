"""A response against the items of its Questionnaire: one rule, one function; every issue is reported.

The rules are those of HL7's own validator and of SDC:
https://hl7.org/fhir/R4/questionnaireresponse.html#link (linkIds, order, nesting),
https://hl7.org/fhir/R4/questionnaire-definitions.html (required, repeats, type, answerOption, maxLength),
http://hl7.org/fhir/uv/sdc/STU3/behavior.html (text, disabled items).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fhir_alliance.fhir.enablement import Answered, answered, enabled
from fhir_alliance.fhir.form import KINDS, Form, Item, Value, comparable
from fhir_alliance.fhir.issues import Code, Issue, error, warning
from fhir_alliance.fhir.systems import TRANSLATION

NOT_UNDERSTOOD = "It may change the meaning of the response, and is not understood here."


@dataclass(frozen=True, slots=True)
class Context:
    """What the rules look at beside one item."""

    form: Form
    values: Answered
    #: the response's status
    status: str


def item_issues(form: Form, response: dict[str, Any]) -> Iterator[Issue]:
    """Every issue of every item of ``response``, a valid R4 resource."""
    context = Context(form, answered(response), response["status"])
    yield from _level(context, response.get("item", ()), form.items, "QuestionnaireResponse")


def _level(
    context: Context, items: Sequence[dict[str, Any]], definitions: Sequence[Item], where: str
) -> Iterator[Issue]:
    """The items that share one parent, and all below them."""
    own = {definition.link_id: definition for definition in definitions}
    for level_rule in LEVEL_RULES:
        yield from level_rule(context, items, definitions, where)
    for index, item in enumerate(items):
        definition = own.get(item["linkId"])
        if definition is not None:
            at = f"{where}.item[{index}]"
            for item_rule in ITEM_RULES:
                yield from item_rule(context, item, definition, at)
            yield from _below(context, item, definition, at)


def _below(context: Context, item: dict[str, Any], definition: Item, where: str) -> Iterator[Issue]:
    if definition.type == "group":
        yield from _level(context, item.get("item", ()), definition.items, where)
    for number, answer in enumerate(item.get("answer", ()) if definition.holds_answers else ()):
        at = f"{where}.answer[{number}]"
        value = comparable(answer)
        for answer_rule in ANSWER_RULES:
            yield from answer_rule(definition, value, at)
        if definition.items or "item" in answer:
            yield from _level(context, answer.get("item", ()), definition.items, at)


# --- rules of a level: the items that share one parent


def known_link_id(
    context: Context, items: Sequence[dict[str, Any]], definitions: Sequence[Item], where: str
) -> Iterator[Issue]:
    """A linkId is the Questionnaire's, and stands below the same parent."""
    own = {definition.link_id for definition in definitions}
    for index, item in enumerate(items):
        if item["linkId"] in own:
            continue
        at = f"{where}.item[{index}].linkId"
        if item["linkId"] in context.form.by_link_id:
            yield error(Code.STRUCTURE, "This linkId stands elsewhere in the Questionnaire.", at)
        else:
            yield error(Code.NOT_FOUND, "The Questionnaire has no such linkId.", at)


def item_order(
    _: Context, items: Sequence[dict[str, Any]], definitions: Sequence[Item], where: str
) -> Iterator[Issue]:
    """Items come in the Questionnaire's order."""
    order = {definition.link_id: place for place, definition in enumerate(definitions)}
    last = -1
    for index, item in enumerate(items):
        place = order.get(item["linkId"], last)
        if place < last:
            yield error(Code.STRUCTURE, "The Questionnaire has this item earlier.", f"{where}.item[{index}]")
        last = max(last, place)


def item_once(
    _: Context, items: Sequence[dict[str, Any]], definitions: Sequence[Item], where: str
) -> Iterator[Issue]:
    """Only a group that repeats stands twice; a question that repeats has one item with many answers."""
    groups = {item.link_id for item in definitions if item.type == "group" and item.repeats}
    seen = set()
    for index, item in enumerate(items):
        if item["linkId"] in seen and item["linkId"] not in groups:
            yield error(Code.INVALID, "This item stands twice.", f"{where}.item[{index}]")
        seen.add(item["linkId"])


def required_answer(
    context: Context, items: Sequence[dict[str, Any]], definitions: Sequence[Item], where: str
) -> Iterator[Issue]:
    """A required and enabled item has content; an unfinished response may still lack it."""
    if context.status == "stopped":
        return
    tell = warning if context.status == "in-progress" else error
    present = {item["linkId"] for item in items if _has_content(item)}
    for definition in definitions:
        if definition.required and definition.link_id not in present and enabled(definition, context.values):
            yield tell(Code.REQUIRED, f"The item '{definition.link_id}' needs an answer.", where)


def _has_content(item: dict[str, Any]) -> bool:
    """An item without answer and items is the same as none."""
    return bool(item.get("answer") or item.get("item"))


# --- rules of one item


def enabled_item(context: Context, item: dict[str, Any], definition: Item, where: str) -> Iterator[Issue]:
    """A disabled item has no content."""
    if _has_content(item) and not enabled(definition, context.values):
        yield error(Code.INVALID, "Answered though the Questionnaire does not enable it.", where)


def modifier_extension(_: Context, item: dict[str, Any], __: Item, where: str) -> Iterator[Issue]:
    """https://hl7.org/fhir/R4/extensibility.html#modifierExtension: it must not be passed over."""
    places = [(item, where), *((one, f"{where}.answer[{n}]") for n, one in enumerate(item.get("answer", ())))]
    for part, at in places:
        if "modifierExtension" in part:
            yield error(Code.NOT_SUPPORTED, NOT_UNDERSTOOD, f"{at}.modifierExtension")


def item_text(_: Context, item: dict[str, Any], definition: Item, where: str) -> Iterator[Issue]:
    """The text, if given, is the Questionnaire's, unless it is marked as a translation."""
    marks = item.get("_text", {}).get("extension", ())
    if "text" not in item or definition.text is None or any(mark["url"] == TRANSLATION for mark in marks):
        return
    if item["text"].split() != definition.text.split():
        yield error(Code.INVALID, "The text is not that of the Questionnaire.", f"{where}.text")


def nesting(_: Context, item: dict[str, Any], definition: Item, where: str) -> Iterator[Issue]:
    """Only questions have answers, only groups have items; a question's items stand in its answers."""
    if "answer" in item and not definition.holds_answers:
        yield error(Code.STRUCTURE, f"A {definition.type} has no answers.", f"{where}.answer")
    if "item" in item and definition.type != "group":
        yield error(Code.STRUCTURE, "Items below a question stand in its answer.", f"{where}.item")


def answer_once(_: Context, item: dict[str, Any], definition: Item, where: str) -> Iterator[Issue]:
    """One answer, unless the question repeats."""
    if len(item.get("answer", ())) > 1 and not definition.repeats:
        yield error(Code.INVALID, "This question takes one answer.", f"{where}.answer")


# --- rules of one answer


def answer_type(definition: Item, value: Value | None, where: str) -> Iterator[Issue]:
    """The value is of the item's type."""
    if not definition.holds_answers:
        return
    if value is None:
        yield error(Code.STRUCTURE, "An answer has a value.", where)
    elif value[0] not in KINDS.get(definition.type, ()) and not _is_option(value, definition):
        yield error(Code.STRUCTURE, f"Not a value of a {definition.type} item.", f"{where}.value")


def answer_option(definition: Item, value: Value | None, where: str) -> Iterator[Issue]:
    """A coded answer is one of the options, by system and code; an open choice may be a text instead."""
    if definition.options is None or value is None or value[0] != "Coding":
        return
    if value not in definition.options:
        code = Code.CODE_INVALID if definition.bound else Code.STRUCTURE
        yield error(code, "Not one of this item's options (system and code).", f"{where}.value")


def answer_length(definition: Item, value: Value | None, where: str) -> Iterator[Issue]:
    """A text is no longer than maxLength."""
    if definition.max_length and value and isinstance(value[1], str) and len(value[1]) > definition.max_length:
        yield error(Code.TOO_LONG, f"At most {definition.max_length} characters.", f"{where}.value")


def _is_option(value: Value, definition: Item) -> bool:
    return definition.options is not None and value in definition.options


LevelRule = Callable[[Context, Sequence[dict[str, Any]], Sequence[Item], str], Iterator[Issue]]
ItemRule = Callable[[Context, dict[str, Any], Item, str], Iterator[Issue]]
AnswerRule = Callable[[Item, Value | None, str], Iterator[Issue]]

LEVEL_RULES: tuple[LevelRule, ...] = (known_link_id, item_order, item_once, required_answer)
ITEM_RULES: tuple[ItemRule, ...] = (
    enabled_item,
    modifier_extension,
    item_text,
    nesting,
    answer_once,
)
ANSWER_RULES: tuple[AnswerRule, ...] = (answer_type, answer_option, answer_length)
