"""Single changes to a right response: those that break the Questionnaire's rules, each with what we say of it.

https://hl7.org/fhir/R4/questionnaireresponse.html#link
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.building import QUESTIONS, choice, response
from tests.peers.validator import every_type
from tests.peers.validator.every_type import coding

Resource = dict[str, Any]
Make = Callable[[Resource, Random], None]


@dataclass(frozen=True, slots=True)
class Change:
    """One way to change a response."""

    name: str
    #: the beginning of our diagnostics; None where we accept it
    told: str | None
    base: Callable[[Random], Resource]
    make: Make


def checklist(random: Random) -> Resource:
    """A right response to the checklist; at least the first two questions are answered."""
    codes = "".join(random.choice("YNOD") for _ in range(2)) + "".join(random.choice("YNOD.") for _ in range(7))
    return response(
        codes,
        id=f"r{random.randrange(10**9)}",
        status=random.choice(["completed", "amended"]),
        subject=random.choice(["Patient/p1", "https://ehr.example/fhir/Patient/p1", "Patient/p1/_history/2"]),
        authored=random.choice(["2026-11-12T18:30:00-05:00", "2026-11-12", "2026-11-12T18:30:00.123Z"]),
        sharing=random.choice([None, "topics", "summary", "none"]),
        contact=random.choice([None, "consultation-call", "first-session", "later-session"]),
        therapist=random.choice([None, "Dr. Rivera", "Dr. O'Neill-Zoë", "李医生"]),
        encounter=random.choice([None, "Encounter/e1"]),
        identifier=random.choice([None, ("https://forms.example/submission", "77-1")]),
        meta=random.choice([None, {"lastUpdated": "2026-11-12T23:31:00Z", "versionId": "3"}]),
    )


#: items that others depend on, and those that depend on others
_CONDITIONAL = {"agreed", "count", "other", "day", "hour", *every_type.ENABLED}
_ORDER = [item["linkId"] for item in every_type.questionnaire()["item"]]


def quiet(random: Random) -> Resource:
    """A right response to the instrument of every type, without conditional items and what they depend on."""
    made = every_type.response(random)
    return {**made, "item": [item for item in made["item"] if item["linkId"] not in _CONDITIONAL]}


def put(resource: Resource, *items: Resource) -> None:
    """Set items of the instrument of every type, in its order."""
    links = {item["linkId"] for item in items}
    kept = [item for item in resource["item"] if item["linkId"] not in links]
    resource["item"] = sorted((*kept, *items), key=lambda item: _ORDER.index(item["linkId"]))


def answer(link_id: str, *answers: Resource, **more: Any) -> Resource:
    """One answered item."""
    return {"linkId": link_id, "answer": list(answers), **more}


def row(*items: Resource) -> Resource:
    """One row of the group that repeats."""
    return {"linkId": "row", "item": list(items)}


def question(resource: Resource, random: Random) -> Resource:
    """One answered question of the checklist."""
    found: Resource = random.choice([item for item in resource["item"] if item["linkId"] in QUESTIONS])
    return found


def putting(*items: Resource) -> Make:
    """A change that sets these items."""
    return lambda resource, _: put(resource, *items)


def setting(**parts: Any) -> Make:
    """A change that sets parts of one answered question."""
    return lambda resource, random: question(resource, random).update(parts)


def recoding(**parts: Any) -> Make:
    """A change to the Coding of one answered question."""
    return lambda resource, random: question(resource, random)["answer"][0]["valueCoding"].update(parts)


TEXT, ONE, CELL = {"valueString": "x"}, coding("1"), answer("cell", {"valueInteger": 1})
UNKNOWN_LINK = "The Questionnaire has no such linkId."
ELSEWHERE = "This linkId stands elsewhere"
EARLIER = "The Questionnaire has this item earlier."
TWICE = "This item stands twice."
NEEDED = "The item '"
DISABLED = "Answered though the Questionnaire does not enable it."
NO_OPTION = "Not one of this item's options"
NO_TYPE = "Not a value of a "
NO_VALUE = "An answer has a value."
NOT_UNDERSTOOD = "It may change the meaning of the response"
MODIFIER = {"modifierExtension": [{"url": "https://clinic.example/negated", "valueBoolean": True}]}


def _swap(resource: Resource, random: Random) -> None:
    place = random.randrange(len(resource["item"]) - 1)
    resource["item"][place : place + 2] = reversed(resource["item"][place : place + 2])


def _swap_inside(resource: Resource, _: Random) -> None:
    inner = [answer("d", ONE), answer("c", ONE)]
    put(resource, {"linkId": "second", "item": inner})


def _again(resource: Resource, random: Random) -> None:
    place = random.randrange(len(resource["item"]))
    resource["item"].insert(place, resource["item"][place])


def _lacking(link_id: str) -> Make:
    def make(resource: Resource, _: Random) -> None:
        resource["item"] = [item for item in resource["item"] if item["linkId"] != link_id]

    return make


#: what breaks a rule of the checklist: name, what we say, how
_OF_CHECKLIST: list[tuple[str, str, Make]] = [
    ("unknown-link", UNKNOWN_LINK, setting(linkId="nowhere")),
    ("order", EARLIER, _swap),
    ("item-twice", TWICE, _again),
    ("text-of-another", "The text is not that of the Questionnaire.", setting(text="Do you like it here?")),
    ("answer-to-display", "A display has no answers.", lambda r, _: r["item"].insert(0, answer("intro", TEXT))),
    ("two-answers", "This question takes one answer.", setting(answer=[choice("warmth", "yes")["answer"][0]] * 2)),
    ("answer-as-text", NO_TYPE, setting(answer=[{"valueString": "yes"}])),
    ("unknown-code", NO_OPTION, recoding(code="maybe")),
    ("code-in-capitals", NO_OPTION, recoding(code="YES")),
    ("foreign-system", NO_OPTION, recoding(system="https://clinic.example/other")),
    ("modifier-of-item", NOT_UNDERSTOOD, setting(**MODIFIER)),
    (
        "modifier-of-answer",
        NOT_UNDERSTOOD,
        lambda r, x: question(r, x)["answer"][0].update(MODIFIER),
    ),
    (
        "coding-without-system",
        NO_OPTION,
        lambda r, x: question(r, x)["answer"][0]["valueCoding"].pop("system"),
    ),
    ("too-long", "At most ", lambda r, _: r.update(item=[answer("therapist", {"valueString": "x" * 81})])),
]

_OF_EVERY_TYPE: list[tuple[str, str, Make]] = [
    ("link-from-below", ELSEWHERE, lambda r, _: r["item"].append(CELL)),
    ("link-from-above", ELSEWHERE, putting(row(CELL, answer("name", TEXT)))),
    ("order-in-group", EARLIER, _swap_inside),
    ("question-twice", TWICE, putting(answer("many", ONE), answer("many", coding("2")))),
    ("group-twice", TWICE, putting(*[{"linkId": "second", "item": [answer("c", ONE)]}] * 2)),
    ("required-missing", NEEDED, _lacking("place")),
    ("required-empty", NEEDED, putting({"linkId": "place"})),
    ("required-in-row", NEEDED, putting(row(CELL), row(answer("remark", TEXT)))),
    ("required-once-enabled", NEEDED, putting(answer("agreed", {"valueBoolean": True}))),
    (
        "disabled-by-equal",
        DISABLED,
        putting(answer("agreed", {"valueBoolean": False}), answer("agreed-why", TEXT)),
    ),
    ("disabled-by-missing", DISABLED, putting(answer("agreed-why", TEXT))),
    ("disabled-by-order", DISABLED, putting(answer("count", {"valueInteger": 3}), answer("count-why", TEXT))),
    ("disabled-by-exists", DISABLED, putting(answer("other", ONE), answer("other-none", TEXT))),
    ("disabled-by-any", DISABLED, putting(answer("either", TEXT))),
    ("answer-to-group", "A group has no answers.", putting(answer("row", {"valueInteger": 1}))),
    (
        "items-of-question",
        "Items below a question",
        putting({"linkId": "parent", "item": [answer("child", TEXT)]}),
    ),
    ("items-of-display", "Items below a question", putting({"linkId": "guide", "item": [answer("name", TEXT)]})),
    ("no-string-option", NO_TYPE, putting(answer("mixed", {"valueString": "y"}))),
    ("no-integer-option", NO_TYPE, putting(answer("mixed", {"valueInteger": 4}))),
    (
        "open-choice-foreign",
        NO_OPTION,
        putting(answer("other", {"valueCoding": {"system": "urn:oid:1.2.840.9", "code": "z"}})),
    ),
    ("open-choice-display-alone", NO_OPTION, putting(answer("other", {"valueCoding": {"display": "else"}}))),
    ("not-in-value-set", NO_OPTION, putting(answer("bound", coding("9")))),
    ("second-of-many", NO_OPTION, putting(answer("many", ONE, coding("9")))),
    ("too-long-by-one", "At most ", putting(answer("name", {"valueString": "Adaline"[:6]}))),
    ("answer-with-id-alone", NO_VALUE, putting(answer("name", {"id": "x"}))),
    ("answer-with-items-alone", NO_VALUE, putting(answer("parent", {"item": [answer("child", TEXT)]}))),
    (
        "answer-with-extension-alone",
        NO_VALUE,
        putting(
            answer(
                "name",
                {
                    "extension": [
                        {
                            "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
                            "valueCode": "unknown",
                        }
                    ]
                },
            )
        ),
    ),
]

#: linkId → a value of a type that the item does not take
_WRONG_TYPES: dict[str, Resource] = {
    "name": {"valueInteger": 1},
    "story": {"valueUri": "urn:x"},
    "agreed": {"valueString": "true"},
    "ratio": {"valueString": "0.5"},
    "count": {"valueDecimal": 1.5},
    "day": {"valueDateTime": "2026-11-12T10:00:00Z"},
    "moment": {"valueDate": "2026-11-12"},
    "hour": {"valueString": "09:30:00"},
    "link": {"valueString": "https://clinic.example"},
    "amount": {"valueDecimal": 2.5},
    "scan": {"valueUri": "https://clinic.example/scan"},
    "who": {"valueString": "Patient/p1"},
    "many": {"valueString": "1"},
    "other": {"valueInteger": 1},
    "bound": {"valueString": "1"},
}


def of_items() -> Iterator[Change]:
    """Every change that breaks a rule of a Questionnaire."""
    for name, told, make in _OF_CHECKLIST:
        yield Change(name, told, checklist, make)
    for name, told, make in _OF_EVERY_TYPE:
        yield Change(name, told, quiet, make)
    for link_id, value in _WRONG_TYPES.items():
        yield Change(f"wrong-type-{link_id}", NO_TYPE, quiet, putting(answer(link_id, value)))
