"""An instrument with every type of item and every way to bind one; and responses to it that are right."""

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from shutil import copy
from typing import Any

from tests import second
from tests.building import FOLDER

Resource = dict[str, Any]
Answer = dict[str, Any]

URL = f"{second.HOME}/Questionnaire/every-type"
CANONICAL = f"{URL}|3.0"
DRAFT = f"{URL}|4.0"
VALUE_SET = f"{second.HOME}/ValueSet/team-answer"


def coding(code: str) -> Answer:
    """An answer of the second instrument's code system."""
    return {"valueCoding": {"system": second.ANSWER, "code": code}}


def _item(link_id: str, kind: str, **more: Any) -> Resource:
    return {"linkId": link_id, "text": f"About {link_id}?", "type": kind, **more}


def _when(question: str, operator: str, **answer: Any) -> Resource:
    return {"question": question, "operator": operator, **answer}


OPTIONS = [coding("1"), coding("2"), coding("3")]

ITEMS = [
    _item("guide", "display"),
    _item("name", "string", maxLength=5),
    _item("story", "text"),
    _item("agreed", "boolean"),
    _item("ratio", "decimal"),
    _item("count", "integer"),
    _item("day", "date"),
    _item("moment", "dateTime"),
    _item("hour", "time"),
    _item("link", "url"),
    _item("amount", "quantity"),
    _item("scan", "attachment"),
    _item("who", "reference"),
    _item("many", "choice", repeats=True, answerOption=OPTIONS),
    _item("other", "open-choice", answerOption=OPTIONS),
    _item("mixed", "choice", answerOption=[{"valueString": "x"}, {"valueInteger": 3}]),
    _item("bound", "choice", answerValueSet=VALUE_SET),
    _item("parent", "choice", answerOption=OPTIONS, item=[_item("child", "string")]),
    _item("row", "group", repeats=True, item=[_item("cell", "integer", required=True), _item("remark", "string")]),
    _item("agreed-why", "string", enableWhen=[_when("agreed", "=", answerBoolean=True)], required=True),
    _item("count-why", "string", enableWhen=[_when("count", ">", answerInteger=3)]),
    _item("other-none", "string", enableWhen=[_when("other", "exists", answerBoolean=False)]),
    _item(
        "either",
        "string",
        enableBehavior="any",
        enableWhen=[_when("day", "exists", answerBoolean=True), _when("hour", "exists", answerBoolean=True)],
    ),
]

#: linkId → answers that may be given
ANSWERS: dict[str, list[Answer]] = {
    "name": [{"valueString": "Ada"}, {"valueString": "Zoë"}, {"valueString": "李小龙"}],
    "story": [{"valueString": "One line.\nAnother; a tab\tand more."}, {"valueString": "x" * 500}],
    "agreed": [{"valueBoolean": True}, {"valueBoolean": False}],
    "ratio": [{"valueDecimal": 0.5}, {"valueDecimal": -3}, {"valueDecimal": 1e-3}],
    "count": [{"valueInteger": 0}, {"valueInteger": -7}, {"valueInteger": 4}, {"valueInteger": 2147483647}],
    "day": [{"valueDate": "2026-11-12"}, {"valueDate": "2026-11"}, {"valueDate": "2026"}],
    "moment": [{"valueDateTime": "2026-11-12T10:00:00Z"}, {"valueDateTime": "2026-11-12T10:00:00.5+04:00"}],
    "hour": [{"valueTime": "09:30:00"}, {"valueTime": "23:59:59"}],
    "link": [{"valueUri": "https://clinic.example/a?b=c"}, {"valueUri": "urn:oid:1.2.840.10008"}],
    "amount": [{"valueQuantity": {"value": 2.5, "unit": "h", "system": "http://unitsofmeasure.org", "code": "h"}}],
    "scan": [{"valueAttachment": {"contentType": "text/plain", "data": "aGVsbG8="}}],
    "who": [{"valueReference": {"reference": "Patient/p1"}}, {"valueReference": {"display": "a friend"}}],
    "other": [coding("1"), coding("3"), {"valueString": "else"}],
    "mixed": [{"valueString": "x"}, {"valueInteger": 3}],
    "bound": [coding("1"), coding("5")],
}

#: linkId of a conditional item → whether the answers given enable it
ENABLED: dict[str, Callable[[dict[str, Answer]], bool]] = {
    "agreed-why": lambda given: given.get("agreed") == {"valueBoolean": True},
    "count-why": lambda given: "count" in given and given["count"]["valueInteger"] > 3,
    "other-none": lambda given: "other" not in given,
    "either": lambda given: "day" in given or "hour" in given,
}


def questionnaire(version: str = "3.0", status: str = "active") -> Resource:
    """The second instrument, longer."""
    made = second.questionnaire()
    more = {"id": f"every-type-{version}", "url": URL, "version": version, "title": "Every type", "status": status}
    return {**made, **more, "name": "EveryType", "item": [*made["item"], *ITEMS]}


def value_set() -> Resource:
    """All codes of the second instrument's answers."""
    return {
        "resourceType": "ValueSet",
        "id": "team-answer",
        "url": VALUE_SET,
        "version": "2.1",
        "title": "Team answers",
        "status": "active",
        "compose": {"include": [{"system": second.ANSWER}]},
    }


def write(folder: Path) -> None:
    """The shipped artifacts, the second instrument, and this one: twice active, and as a draft."""
    for path in FOLDER.glob("*.json"):
        copy(path, folder)
    second.write(folder)
    for made in (questionnaire(), questionnaire("3.1"), questionnaire("4.0", "draft"), value_set()):
        (folder / f"{made['resourceType']}-{made['id']}.json").write_text(json.dumps(made))


def response(random: Random) -> Resource:
    """A completed response in which anything optional may lack."""
    codes = "".join(random.choice("12345.") for _ in second.LINKS)
    reason = "it hurts" if codes[0] == "1" and random.random() < 0.5 else None
    made = second.response(codes, reason=reason)
    given = {link_id: random.choice(offered) for link_id, offered in ANSWERS.items() if random.random() < 0.6}
    listed = [_given(item, given, random) for item in ITEMS]
    return {
        **made,
        "questionnaire": CANONICAL,
        "item": made["item"] + [item for items in listed for item in items],
    }


def _given(item: Resource, given: dict[str, Answer], random: Random) -> list[Resource]:
    """What a response holds for one item of the form."""
    link_id = item["linkId"]
    if link_id in given:
        text = {"text": item["text"]} if random.random() < 0.3 else {}
        return [{"linkId": link_id, **text, "answer": [given[link_id]]}]
    if link_id in ENABLED:
        wanted = ENABLED[link_id](given) and (item.get("required") or random.random() < 0.5)
        return [{"linkId": link_id, "answer": [{"valueString": "because"}]}] if wanted else []
    made = _SPECIAL.get(link_id)
    return made(random) if made and random.random() < 0.7 else []


def _many(random: Random) -> list[Resource]:
    return [{"linkId": "many", "answer": random.sample(OPTIONS, random.randint(1, 3))}]


def _parent(random: Random) -> list[Resource]:
    child = {"item": [{"linkId": "child", "answer": [{"valueString": "below"}]}]}
    return [
        {"linkId": "parent", "answer": [{**random.choice(OPTIONS), **(child if random.random() < 0.7 else {})}]}
    ]


def _rows(random: Random) -> list[Resource]:
    cell = {"linkId": "cell", "answer": [{"valueInteger": 1}]}
    remark = {"linkId": "remark", "answer": [{"valueString": "noted"}]}
    return [
        {"linkId": "row", "item": [cell, remark] if random.random() < 0.5 else [cell]}
        for _ in range(random.randint(1, 3))
    ]


_SPECIAL: dict[str, Callable[[Random], list[Resource]]] = {
    "guide": lambda _: [{"linkId": "guide"}],
    "many": _many,
    "parent": _parent,
    "row": _rows,
}
