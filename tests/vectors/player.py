"""Plays one vector to this program: its doors, its ledger, its clock; README.md says how for any other."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from werkzeug.test import TestResponse

from fhir_alliance import PROGRAM
from fhir_alliance.accept import Reception
from fhir_alliance.assess import Assessor, Clinic
from fhir_alliance.ledger.ledger import Ledger
from fhir_alliance.ledger.reads import Reads
from fhir_alliance.scoring.result import Sharing
from fhir_alliance.settings import DEFAULT_CLINIC
from fhir_alliance.web.app import create_app
from tests.web.desk import FHIR_JSON, Desk, open_desk

Json = Any


def play(vector: Json, questionnaires: Path, folder: Path) -> list[str]:
    """Where this program differs from the vector."""
    with open_desk(folder, QUESTIONNAIRES=str(questionnaires)) as opened:
        desk = _at(opened, vector["clinic"])
        answers: list[TestResponse] = []
        found: list[str] = []
        for number, step in enumerate(vector["steps"], 1):
            answers.append(_take(desk, step))
            found += [f"step {number}: {fault}" for fault in _answer_faults(step["expect"], answers)]
        found += _differences(vector["then"]["observations"], desk.search())
        held = sorted(subject for subject, entry in desk.entries().items() if entry.state == "held")
        return found + _told("held", vector["then"].get("held", []), held)


def _at(desk: Desk, settings: Json) -> Desk:
    """The clinic of the vector, in whose chart everything stands at once."""
    name, service = settings["name"], desk.service
    clinic = Clinic(name, settings["ehr_url"], Sharing(settings["sharing"]), settings["confidentiality"])
    assessor = Assessor(service.catalog, clinic, PROGRAM)
    ledger = Ledger(service.database, name, own_chart=True)
    reception = Reception(ledger, assessor, desk.clock)
    reads = Reads(service.database, name)
    one = replace(desk.clinic, assessor=assessor, ledger=ledger, reception=reception, reads=reads)
    made = replace(service, clinics={DEFAULT_CLINIC: one})
    return Desk(made, desk.clock, create_app(made).test_client())


def _take(desk: Desk, step: Json) -> TestResponse:
    desk.clock.at = datetime.fromisoformat(step["now"])
    body = step["raw"] if "raw" in step else json.dumps(step["body"]) if "body" in step else ""
    headers = {"Content-Type": FHIR_JSON, **step.get("headers", {})}
    path = f"/{step['door']}{step['path']}"
    return desk.client.open(path, method=step["method"], data=body.encode(), headers=headers)


def _answer_faults(expect: Json, answers: list[TestResponse]) -> Iterator[str]:
    answer = answers[-1]
    resource = json.loads(answer.data) if answer.data else {}
    yield from _told("status", expect["status"], answer.status_code)
    yield from _issue_faults(expect, resource)
    if "version" in expect:
        yield from _told("version", f'W/"{expect["version"]}"', answer.headers.get("ETag"))
    if "id_of_step" in expect:
        yield from _told("id", _id(answers[expect["id_of_step"] - 1]), _id(answer))
    if "extracted" in expect:
        yield from _differences(expect["extracted"], [entry["resource"] for entry in resource.get("entry", ())])


def _id(answer: TestResponse) -> str:
    return answer.headers["Location"].partition("/_history/")[0].rpartition("/")[2]


def _told(what: str, wanted: Json, found: Json) -> list[str]:
    return [] if found == wanted else [f"{what}: {wanted} is expected, there is {found}"]


def _issue_faults(expect: Json, resource: Json) -> Iterator[str]:
    """Errors and warnings that lack, and those that are too many."""
    issues = resource.get("issue", []) if resource.get("resourceType") == "OperationOutcome" else []
    left = [issue for issue in issues if issue["severity"] != "information"]
    for wanted in expect["issues"]:
        match = next((issue for issue in left if _is_issue(wanted, issue)), None)
        if match is None:
            yield f"no issue {wanted} among {issues}"
        else:
            left.remove(match)
    if left and not expect.get("others"):
        yield f"unexpected: {left}"


def _is_issue(wanted: Json, issue: Json) -> bool:
    told = {**issue, "expression": ", ".join(issue.get("expression", ()))}
    return all(told.get(name) == value for name, value in wanted.items())


def _differences(wanted: list[Json], found: list[Json]) -> Iterator[str]:
    """Each that is expected stands once, whatever the order."""
    left = list(found)
    for one in wanted:
        match = next((other for other in left if _expected_of(one, other) == other), None)
        if match is None:
            yield from (_apart(_expected_of(one, other), other) for other in found or [{}])
        else:
            left.remove(match)
    if len(found) != len(wanted):
        yield f"{len(wanted)} Observations are expected, there are {len(found)}"


def _expected_of(wanted: Json, found: Json) -> Json:
    """The expected Observation with the ids and the program of the one found."""
    source = found.get("derivedFrom", [{}])[0].get("identifier", {}).get("value", "")
    own = {
        "{id}": found.get("id", ""),
        "{submission}": source.removeprefix("urn:uuid:"),
        "{program}": found.get("device", {}).get("identifier", {}).get("value", ""),
    }
    text = json.dumps(wanted)
    for placeholder, value in own.items():
        text = text.replace(placeholder, value)
    return json.loads(text)


def _apart(wanted: Json, found: Json) -> str:
    names = [name for name in {**wanted, **found} if wanted.get(name) != found.get(name)]
    return "\n".join(f"{name}: {wanted.get(name)} is expected, there is {found.get(name)}" for name in names)
