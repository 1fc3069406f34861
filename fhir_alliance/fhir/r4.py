"""The rules of R4 that the models let pass, for all that is read of a response.

https://hl7.org/fhir/R4/json.html, https://hl7.org/fhir/R4/datatypes.html
"""

import re
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

from fhir_alliance.fhir.issues import Code, Issue, bounded, r4_error
from fhir_alliance.fhir.systems import URI

Path = tuple[int | str, ...]

ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_NAME = re.compile(r"_{0,2}[a-z][A-Za-z]{0,39}(__)?|resource_type")
STATUSES = ("amended", "completed", "entered-in-error", "in-progress", "stopped")

#: what no R4 string may hold: controls other than tab, CR and LF
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def is_id(text: object) -> bool:
    """Whether ``text`` is an R4 id. ``.`` and ``..`` are, but no path may hold them, so they are refused."""
    return isinstance(text, str) and ID.fullmatch(text) is not None and text not in (".", "..")


def path(root: str, steps: Path) -> str:
    """A FHIRPath expression; ``valueCoding`` is written ``value``, as FHIRPath has it."""
    written = root
    for step in steps:
        if isinstance(step, int):
            written += f"[{step}]"
        elif not _NAME.fullmatch(step):  # a sender's own invention is not repeated
            break
        elif step not in ("root", "__root__"):
            written += f".{_fhirpath_name(step)}"
    return written


def _fhirpath_name(name: str) -> str:
    name = name.removeprefix("_")
    return "value" if re.fullmatch(r"value[A-Z]\w*", name) else name


def response_issues(resource: dict[str, Any]) -> tuple[Issue, ...]:
    """Every breach of R4 in a QuestionnaireResponse that its model lets pass."""
    root = "QuestionnaireResponse"
    return bounded(
        chain(
            _empty_parts(resource, root),
            _status(resource),
            _ids(resource),
            _instants(resource),
            _uris(resource),
            _encounter(resource),
            (issue for item, where in _items(resource, root) for issue in _item(item, where)),
        )
    )


def _empty_parts(resource: dict[str, Any], root: str) -> Iterator[Issue]:
    """JSON 2.6.2: no null, no empty string, array or object; no control characters."""
    if not _is_whole(resource):  # paths are made only for what needs one
        yield from _parts_issues(resource, root)


def _is_whole(value: Any) -> bool:
    if isinstance(value, str):
        return value != "" and _FORBIDDEN.search(value) is None
    if isinstance(value, dict):
        return bool(value) and all(map(_is_whole, value.values()))
    if isinstance(value, list):
        return bool(value) and all(map(_is_whole, value))
    return value is not None


def _parts_issues(resource: dict[str, Any], root: str) -> Iterator[Issue]:
    pending: list[tuple[Any, Path]] = [(resource, ())]
    while pending:
        value, steps = pending.pop()
        if isinstance(value, dict):
            pending += [(part, (*steps, name)) for name, part in value.items() if not _paired(value, name)]
        elif isinstance(value, list):
            pending += [(part, (*steps, index)) for index, part in enumerate(value)]
        elif isinstance(value, str) and _FORBIDDEN.search(value):
            yield r4_error(Code.VALUE, "R4 allows no control characters here.", path(root, steps))
        if value is None or value in ("", [], {}):
            text = "An element has content, or is left out; it is never null."
            yield r4_error(Code.STRUCTURE, text, path(root, steps))


def _paired(parent: dict[str, Any], name: str) -> bool:
    """A primitive array and its extensions fill each other's places with null."""
    other = name[1:] if name.startswith("_") else f"_{name}"
    return isinstance(parent[name], list) and other in parent


def _status(resource: dict[str, Any]) -> Iterator[Issue]:
    """https://hl7.org/fhir/R4/valueset-questionnaire-answers-status.html"""
    where = "QuestionnaireResponse.status"
    if "status" not in resource:
        yield r4_error(Code.REQUIRED, "A response has a status.", where)
    elif resource["status"] not in STATUSES:
        yield r4_error(Code.VALUE, f"status is one of {', '.join(STATUSES)}.", where)


def _ids(resource: dict[str, Any]) -> Iterator[Issue]:
    """https://hl7.org/fhir/R4/datatypes.html#id"""
    meta = resource.get("meta")
    for holder, name, where in ((resource, "id", "id"), (meta, "versionId", "meta.versionId")):
        if isinstance(holder, dict) and name in holder and not is_id(holder[name]):
            yield r4_error(
                Code.VALUE, "An id is 1 to 64 letters, digits, - and dots.", f"QuestionnaireResponse.{where}"
            )


def _instants(resource: dict[str, Any]) -> Iterator[Issue]:
    """A number is read by the models as seconds since 1970."""
    meta = resource.get("meta")
    for holder, name, where in (
        (resource, "authored", "authored"),
        (meta, "lastUpdated", "meta.lastUpdated"),
    ):
        if isinstance(holder, dict) and name in holder and not isinstance(holder[name], str):
            yield r4_error(Code.VALUE, "A date is a string.", f"QuestionnaireResponse.{where}")


def _uris(resource: dict[str, Any]) -> Iterator[Issue]:
    """https://hl7.org/fhir/R4/datatypes.html#uri, for those that are carried over to the Observation."""
    meta, identifier = resource.get("meta"), resource.get("identifier")
    labels = _dicts(meta.get("security")) if isinstance(meta, dict) else []
    holders = [(label, f"meta.security[{index}]") for index, label in enumerate(labels)]
    holders += [(identifier, "identifier")] if isinstance(identifier, dict) else []
    for holder, where in holders:
        if re.search(r"\s", str(holder.get("system", ""))):
            yield r4_error(Code.VALUE, "A uri has no blanks.", f"QuestionnaireResponse.{where}.system")
    if isinstance(identifier, dict) and identifier.get("system") == URI and not _is_uri(identifier.get("value")):
        told = f"A value of {URI} is a whole uri."
        yield r4_error(Code.VALUE, told, "QuestionnaireResponse.identifier.value")


def _is_uri(value: Any) -> bool:
    return value is None or (
        isinstance(value, str) and re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:\S+", value) is not None
    )


def _encounter(resource: dict[str, Any]) -> Iterator[Issue]:
    """https://hl7.org/fhir/R4/questionnaireresponse-definitions.html#QuestionnaireResponse.encounter"""
    encounter = resource.get("encounter")
    reference = encounter.get("reference") if isinstance(encounter, dict) else None
    if isinstance(reference, str) and not re.search(r"(^#)|(^urn:)|(^|/)Encounter/", reference):
        yield r4_error(
            Code.VALUE, "encounter refers to an Encounter.", "QuestionnaireResponse.encounter.reference"
        )


def _items(parent: dict[str, Any], where: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Every item below ``parent``, however deep, with its path."""
    for index, item in enumerate(_dicts(parent.get("item"))):
        at = f"{where}.item[{index}]"
        yield item, at
        yield from _items(item, at)
        for number, answer in enumerate(_dicts(item.get("answer"))):
            yield from _items(answer, f"{at}.answer[{number}]")


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def _item(item: dict[str, Any], where: str) -> Iterator[Issue]:
    """qrs-1, and one value of the right JSON type in each answer."""
    if "answer" in item and "item" in item:
        yield r4_error(Code.STRUCTURE, "An item has answers or items, not both (qrs-1).", where)
    if "linkId" not in item:
        yield r4_error(Code.REQUIRED, "An item has a linkId.", where)
    for number, answer in enumerate(_dicts(item.get("answer"))):
        yield from _answer(answer, f"{where}.answer[{number}]")


def _answer(answer: dict[str, Any], where: str) -> Iterator[Issue]:
    values = [name for name in answer if name.startswith("value")]
    if len(values) > 1:
        yield r4_error(Code.STRUCTURE, "An answer has one value.", f"{where}.value")
    for name in values:
        fits = _JSON_TYPES.get(name)
        if fits is not None and not fits(answer[name]):
            yield r4_error(Code.VALUE, f"Not a JSON value of {name}.", f"{where}.value")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_string(value: object) -> bool:
    return isinstance(value, str)


_JSON_TYPES: dict[str, Callable[[object], bool]] = {
    "valueBoolean": lambda value: isinstance(value, bool),
    "valueInteger": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "valueDecimal": _is_number,
    "valueQuantity": lambda value: not isinstance(value, dict) or _is_number(value.get("value", 0)),
    "valueDate": _is_string,
    "valueDateTime": _is_string,
    "valueTime": _is_string,
    "valueString": _is_string,
    "valueUri": _is_string,
}
