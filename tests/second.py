"""A second instrument: five questions in groups, a threshold of four, its own words and its own codes."""

import json
from pathlib import Path
from typing import Any

from fhir_alliance.fhir import systems

Resource = dict[str, Any]

HOME = "https://clinic.example/fhir"
URL = f"{HOME}/Questionnaire/team-check"
CANONICAL = f"{URL}|2.1"
ANSWER, QUESTION, FIT = (f"{HOME}/CodeSystem/team-{name}" for name in ("answer", "question", "fit"))
LINKS = ["a", "b", "c", "d", "e"]


def _code_system(name: str, concepts: dict[str, str], **more: Any) -> Resource:
    return {
        "resourceType": "CodeSystem",
        "id": f"team-{name}",
        "url": f"{HOME}/CodeSystem/team-{name}",
        "version": "2.1",
        "title": f"Team {name}",
        "status": "active",
        "content": "complete",
        "concept": [{"code": code, "display": display, **more} for code, display in concepts.items()],
    }


def _scored(link_id: str) -> Resource:
    return {
        "extension": [
            {"url": systems.SCORED, "valueBoolean": True},
            {"url": systems.OPENER, "valueString": f"What about {link_id}?"},
        ],
        "linkId": link_id,
        "code": [{"system": QUESTION, "code": f"q-{link_id}"}],
        "text": f"Is {link_id} right?",
        "type": "choice",
        "answerOption": [{"valueCoding": {"system": ANSWER, "code": code}} for code in ("1", "2", "3", "4", "5")],
    }


def _rule() -> Resource:
    counted = {"yes": ("4", "5"), "no": ("1",), "not-sure": ("3",)}
    answers = [
        {"url": name, "valueCoding": {"system": ANSWER, "code": code}}
        for name, codes in counted.items()
        for code in codes
    ]
    observation = {"system": systems.OBSERVATION, "code": "predicted-alliance-fit"}
    return {
        "url": systems.SCORING_RULE,
        "extension": [
            *answers,
            {"url": "threshold", "valueInteger": 4},
            {"url": "fit", "valueCanonical": FIT},
            {"url": "observation", "valueCoding": observation},
            {"url": "method", "valueCoding": {"system": systems.OBSERVATION, "code": "yes-to-most-rule"}},
        ],
    }


def questionnaire() -> Resource:
    """The Questionnaire: two groups, a place that is required, a reason that only a no to ``a`` opens."""
    when = {"question": "a", "operator": "=", "answerCoding": {"system": ANSWER, "code": "1"}}
    reason = {"linkId": "reason", "type": "string", "enableWhen": [when]}
    return {
        "resourceType": "Questionnaire",
        "id": "team-check",
        "url": URL,
        "version": "2.1",
        "title": "Team check",
        "status": "active",
        "extension": [
            _rule(),
            {"url": systems.GENERAL_TOPIC, "valueString": "What else?"},
            {"url": systems.LIMITS, "valueString": "Only a try."},
        ],
        "item": [
            {"linkId": "place", "type": "string", "required": True},
            {"linkId": "first", "type": "group", "item": [_scored("a"), reason, _scored("b")]},
            {"linkId": "second", "type": "group", "item": [_scored("c"), _scored("d"), _scored("e")]},
        ],
    }


def resources() -> list[Resource]:
    """Everything that goes into the folder."""
    answers = {"1": "Never", "2": "I would rather not say", "3": "Sometimes", "4": "Often", "5": "Always"}
    fits = {"yes-to-most": "mostly there", "no-to-most": "not there", "not-yet-clear": "too early"}
    noted = [{"code": "note", "valueString": "At {threshold}."}]
    return [
        questionnaire(),
        _code_system("answer", answers),
        _code_system("question", {f"q-{link_id}": f"topic {link_id}" for link_id in LINKS}),
        _code_system("fit", fits, property=noted),
    ]


def write(folder: Path) -> None:
    """Drop the instrument into the folder."""
    for resource in resources():
        (folder / f"{resource['resourceType']}-{resource['id']}.json").write_text(json.dumps(resource))


def response(codes: str, place: str | None = "here", reason: str | None = None) -> Resource:
    """A completed response; ``codes``: one a question, ``.`` for skipped."""
    items: dict[str, Resource] = {
        link_id: {"linkId": link_id, "answer": [{"valueCoding": {"system": ANSWER, "code": code}}]}
        for link_id, code in zip(LINKS, codes, strict=True)
        if code != "."
    }
    if reason:
        items["reason"] = {"linkId": "reason", "answer": [{"valueString": reason}]}
    groups = {"first": ["a", "reason", "b"], "second": ["c", "d", "e"]}
    given = [{"linkId": "place", "answer": [{"valueString": place}]}] if place else []
    for group, links in groups.items():
        inner = [items[link_id] for link_id in links if link_id in items]
        given += [{"linkId": group, "item": inner}] if inner else []
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": CANONICAL,
        "status": "completed",
        "subject": {"reference": "Patient/p1"},
        "authored": "2026-11-12",
        "item": given,
    }
