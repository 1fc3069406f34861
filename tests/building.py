"""What tests are made of: responses to the shipped checklist, an assessor, and a fixed time."""

import copy
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from fhir_alliance.assess import Assessment, Assessor, Clinic
from fhir_alliance.catalog import Catalog, read_catalog
from fhir_alliance.scoring.instrument import Instrument
from fhir_alliance.scoring.result import Result, Sharing
from tests.artifacts.folder import CHECKLIST, ROOT, items, scored

Resource = dict[str, Any]
#: letters, one a question; or counts of yes, no and not sure; or linkId → code
Answers = str | tuple[int, int, int] | Mapping[str, str]

FOLDER = ROOT / "questionnaires"
CANONICAL = f"{CHECKLIST['url']}|{CHECKLIST['version']}"
QUESTIONS = [item["linkId"] for item in scored()]
LETTERS = {"Y": "yes", "N": "no", "O": "not-sure", "D": "prefer-not-to-say"}

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
AUTHORED = "2026-11-12T18:30:00-05:00"
EHR_URL = "https://ehr.example/fhir"
SUBMISSION = "6f1e0f0a-3f7c-5b0e-9a53-0c7d4c1f2a11"
ENTRY = "0b5a6c1e-8a52-5d7f-8d1c-2f4a9b7e6c33"
PROGRAM = "fhir-alliance/test"
CLINIC = Clinic("default", EHR_URL, Sharing.SUMMARY, "R")

_ITEMS = {item["linkId"]: item for item in items()}


def clock() -> datetime:
    """The time, which stands still."""
    return NOW


def response(
    answers: Answers = "YYYYYYYNO",
    *,
    status: str = "completed",
    subject: str | Resource | None = "Patient/p1",
    authored: str | None = AUTHORED,
    id: str | None = None,  # noqa: A002
    sharing: str | None = None,
    therapist: str | None = None,
    contact: str | None = None,
    identifier: tuple[str, str] | None = None,
    meta: Resource | None = None,
    encounter: str | None = None,
    questionnaire: str = CANONICAL,
) -> Resource:
    """A valid response to the checklist; what is None is left out.

    ``answers``: Y yes, N no, O not sure, D prefer not to say, anything else (and what is missing) skipped.
    """
    given = {
        "resourceType": "QuestionnaireResponse",
        "id": id,
        "meta": meta,
        "identifier": {"system": identifier[0], "value": identifier[1]} if identifier else None,
        "questionnaire": questionnaire,
        "status": status,
        "subject": {"reference": subject} if isinstance(subject, str) else subject,
        "encounter": {"reference": encounter} if encounter else None,
        "authored": authored,
        "item": _given_items(_codes(answers), sharing, therapist, contact) or None,
    }
    return {name: value for name, value in given.items() if value is not None}


def _given_items(
    codes: Mapping[str, str], sharing: str | None, therapist: str | None, contact: str | None
) -> list[Resource]:
    chosen = {"contact": contact, **codes, "sharing": sharing}
    named = [{"linkId": "therapist", "answer": [{"valueString": therapist}]}] if therapist is not None else []
    return named + [choice(link_id, code) for link_id, code in chosen.items() if code is not None]


def _codes(answers: Answers) -> Mapping[str, str]:
    if isinstance(answers, tuple):
        yes, no, unsure = answers
        answers = "Y" * yes + "N" * no + "O" * unsure
    if isinstance(answers, str):
        letters = zip(QUESTIONS, answers, strict=False)
        return {link_id: LETTERS[letter] for link_id, letter in letters if letter in LETTERS}
    return {link_id: answers[link_id] for link_id in QUESTIONS if link_id in answers}


def choice(link_id: str, code: str) -> Resource:
    """One item of the checklist, answered with the option of that code."""
    options = [option["valueCoding"] for option in _ITEMS[link_id]["answerOption"]]
    coding = next(option for option in options if option["code"] == code)
    return {"linkId": link_id, "answer": [{"valueCoding": dict(coding)}]}


def altered(resource: Resource, *steps: str | int, to: Any) -> Resource:
    """A copy with one element set: ``altered(made, "item", 0, "linkId", to="x")``."""
    made = copy.deepcopy(resource)
    parent: Any = made
    for step in steps[:-1]:
        parent = parent[step]
    parent[steps[-1]] = to
    return made


def without(resource: Resource, *steps: str | int) -> Resource:
    """A copy that lacks one element."""
    made = copy.deepcopy(resource)
    parent: Any = made
    for step in steps[:-1]:
        parent = parent[step]
    del parent[steps[-1]]
    return made


@cache
def shipped() -> Catalog:
    """The shipped folder, read once."""
    return read_catalog(FOLDER)


def checklist() -> Instrument:
    """The shipped instrument."""
    return shipped().instrument(CANONICAL)


def assess(resource: Resource, clinic: Clinic = CLINIC, catalog: Catalog | None = None) -> Assessment:
    """Check and score ``resource`` as one that the EHR can read as ``r1``."""
    return Assessor(catalog or shipped(), clinic, PROGRAM).assess(resource, SUBMISSION, "r1", NOW)


def result(answers: Answers = "YYYYYYYNO", clinic: Clinic = CLINIC, **named: Any) -> Result:
    """The result of a response that is scored; takes what ``response`` takes."""
    found = assess(response(answers, **named), clinic).result
    assert found is not None
    return found
