"""Responses made from good ones by a few changes, such as form fillers, EHRs, people and bad luck make."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import strategies as st

from tests.artifacts.folder import CHECKLIST
from tests.building import Resource, response
from tests.fuzz.oddities import AGAIN, CODES, DATES, NAMES, VALUES, WORDS
from tests.fuzz.writing import written
from tests.web.bad_input import GOOD, MARKER


def with_texts(made: Resource) -> Resource:
    """The same as form fillers write it, that repeat the question beside the answer."""
    texts = {item["linkId"]: item.get("text") for item in CHECKLIST["item"]}
    return {**made, "item": [{**item, "text": texts[item["linkId"]]} for item in made["item"]]}


#: linkIds and codes are as they should be in all of these
PLAIN = (
    GOOD,
    response("YYYYYNNOO", id="r1", therapist=f"Dr {MARKER}", sharing="topics"),
    response("NNNNN....", id="r2", status="amended", sharing="summary", contact="later-session"),
    response("YYYYNNNO.", id="r3", therapist=MARKER, authored="2026-11-12"),
    response("DDDDDDDDD", id="r4", sharing="topics"),
    response("YYYYYYYYY", id="r5", sharing="none"),
    response("YNO", id="r6", status="in-progress", subject=None, authored=None),
    response("YYYYYYYYY", id="r7", status="entered-in-error", meta={"lastUpdated": "2026-11-12T10:00:00Z"}),
    response("YYNNNNNOO", id="r8", therapist=f"Dr {MARKER}", contact="consultation-call"),
    {**response("OOOONNNNN"), "_authored": {"extension": [{"url": "urn:x", "valueString": MARKER}]}},
    {**response("YYYYYNNNN"), "contained": [{"resourceType": "Patient", "id": "p", "name": [{"text": MARKER}]}]},
)
BASES = (*PLAIN, *map(with_texts, PLAIN))
Place = tuple[str | int, ...]
NUMBERS = st.integers(0, 2**16)
#: parent, step in it, and a number to choose by
Change = Callable[[Any, Any, int], None]


def places(value: Any, steps: Place = ()) -> Iterator[Place]:
    """Every place in a resource but the whole."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, child in children:
        yield (*steps, step)
        yield from places(child, (*steps, step))


def drop(parent: Any, step: Any, _: int) -> None:
    """Something is missing."""
    del parent[step]


def replace(parent: Any, step: Any, number: int) -> None:
    """Something else stands there."""
    parent[step] = copy.deepcopy(VALUES[number % len(VALUES)])


def duplicate(parent: Any, step: Any, number: int) -> None:
    """An element of an array stands there again, or many times; a key stands twice."""
    if isinstance(parent, list):
        parent[step:step] = [copy.deepcopy(parent[step]) for _ in range(1 + number % 3)]
    elif isinstance(step, str):
        parent[step + AGAIN] = copy.deepcopy(parent[step])


def move(parent: Any, step: Any, number: int) -> None:
    """An element of an array stands elsewhere in it; an element of an object at its end."""
    taken = parent.pop(step)
    if isinstance(parent, list):
        parent.insert(number % (len(parent) + 1), taken)
    else:
        parent[step] = taken


def retype(parent: Any, step: Any, number: int) -> None:
    """The same in another type."""
    value = parent[step]
    ways = (lambda: [value], lambda: str(value), lambda: {"value": value}, lambda: bool(value), lambda: None)
    parent[step] = ways[number % len(ways)]()


def rename(parent: Any, step: Any, number: int) -> None:
    """An element has another name."""
    if isinstance(parent, dict):
        parent[NAMES[number % len(NAMES)]] = parent.pop(step)


def add(parent: Any, step: Any, number: int) -> None:
    """An element beside it that was not there."""
    if isinstance(parent, dict):
        name = f"_{step}" if number % 4 == 0 else NAMES[number % len(NAMES)]
        parent[name] = copy.deepcopy(VALUES[number // 4 % len(VALUES)])


def extend(parent: Any, step: Any, number: int) -> None:
    """A primitive, or the element that holds it, has an extension."""
    extensions = [{"url": f"urn:{MARKER}", "valueString": MARKER}, {"url": "urn:y", "valueDecimal": 1.50}]
    if isinstance(parent, dict) and isinstance(parent[step], str):
        parent[f"_{step}"] = {"extension": extensions[: 1 + number % 2]}
    elif isinstance(parent[step], dict):
        parent[step]["modifierExtension" if number % 5 == 0 else "extension"] = extensions


def nest(parent: Any, step: Any, number: int) -> None:
    """It lies some levels deeper."""
    for _ in range(1 + number % 40):
        parent[step] = {"linkId": "therapist", "item": [parent[step]]} if number % 2 else [parent[step]]


def recode(parent: Any, step: Any, number: int) -> None:
    """A code is another one: an answer changed, or foreign."""
    if step == "code":
        parent[step] = CODES[number % len(CODES)]
    elif isinstance(parent[step], dict):
        for below in list(parent[step]):
            recode(parent[step], below, number)
    elif isinstance(parent[step], list):
        for place in range(len(parent[step])):
            recode(parent[step], place, number)


def redate(parent: Any, step: Any, number: int) -> None:
    """A date is an odd one."""
    parent[step] = DATES[number % len(DATES)]


def reword(parent: Any, step: Any, number: int) -> None:
    """A text is an odd one, or another."""
    parent[step] = WORDS[number // 2 % len(WORDS)] if number % 2 else MARKER


#: change → whether it can be made of the value at a place
CHANGES: dict[Change, Callable[[Place, Any], bool]] = {
    recode: lambda place, _: place[-1] in ("code", "item", "answer", "valueCoding"),
    redate: lambda place, _: place[-1] in ("authored", "lastUpdated"),
    reword: lambda _, value: isinstance(value, str),
    move: lambda place, _: len(place) < 3,
    **dict.fromkeys((drop, extend, add, rename, retype, duplicate, nest, replace), lambda *_: True),
}


def value_at(made: Any, place: Place) -> Any:
    """The value at a place."""
    for step in place:
        made = made[step]
    return made


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """The bytes of a good response after up to four changes."""
    made: Resource = copy.deepcopy(draw(st.sampled_from(BASES)))
    for _ in range(draw(st.integers(0, 4))):
        change, number = draw(st.sampled_from(list(CHANGES))), draw(NUMBERS)
        found = [place for place in places(made) if CHANGES[change](place, value_at(made, place))]
        if found:
            *above, step = found[draw(NUMBERS) % len(found)]
            change(value_at(made, tuple(above)), step, number)
    return written(made, draw(st.sampled_from(("plain", "wide", "unicode", "mark"))))
