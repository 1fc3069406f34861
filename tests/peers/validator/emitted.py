"""Every kind of resource that leaves the program, made by the program itself."""

from collections.abc import Iterator
from itertools import product
from typing import Any

from werkzeug.test import TestResponse

from fhir_alliance.assess import Assessor
from fhir_alliance.fhir.observation import observation
from fhir_alliance.scoring.result import Reason, Result, Standing, Status, Withdrawn, restated
from tests.building import CLINIC, ENTRY, NOW, PROGRAM, SUBMISSION, checklist, response, result, shipped
from tests.deliver.rehearsal import Rehearsal
from tests.web.desk import OBSERVATIONS, RESPONSES, Desk, resource

Resource = dict[str, Any]
Named = Iterator[tuple[str, Resource]]

#: what the references of an Observation lead to
BESIDE: list[Resource] = [
    {"resourceType": "Patient", "id": "p1"},
    {"resourceType": "Encounter", "id": "e1"},
    {"resourceType": "QuestionnaireResponse", "id": "r1"},
]
#: labels beyond a confidentiality
LABELS = {
    "security": [
        {
            "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
            "code": "V",
            "display": "very restricted",
        },
        {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "PSY"},
        {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"},
    ]
}


def final(made: Result) -> Resource:
    """The Observation as it first stands."""
    return observation(Standing(made, Status.FINAL), ENTRY, checklist())


def observations() -> Named:
    """Every score, then every part that may be there or not, then every status."""
    for yes, no in product(range(10), repeat=2):
        if yes + no <= 9:
            yield f"{yes} yes, {no} no", final(result((yes, no, 9 - yes - no), sharing="topics"))
    yield from _parts()
    for reason in Reason:
        withdrawn = restated(Withdrawn(result(sharing="topics", contact="first-session"), reason))
        yield f"withdrawn, {reason}", observation(withdrawn, ENTRY, checklist())
    yield "amended", observation(restated(result(sharing="topics")), ENTRY, checklist())


def _parts() -> Named:
    for contact in ("consultation-call", "first-session", "later-session"):
        yield contact, final(result(contact=contact, encounter="Encounter/e1"))
    for sharing in ("topics", "summary"):
        yield sharing, final(result(sharing=sharing, therapist='Dr. <b>O\'Neill</b> & "Zoë" 李'))
    for authored in ("2026-11-12", "2026-11-12T18:30:00.123-05:00"):
        yield authored, final(result(authored=authored))
    yield "labels", final(result(meta=LABELS))
    yield "derived from an identifier", final(_derived(identifier=("https://forms.example/submission", "77-1")))
    yield "derived from a submission", final(_derived())


def _derived(**named: Any) -> Result:
    """The result of a response that has no id at the EHR."""
    found = Assessor(shipped(), CLINIC, PROGRAM).assess(response(**named), SUBMISSION, None, NOW).result
    assert found is not None
    return found


def served(desk: Desk) -> Named:
    """What our own server answers through the life of a response."""
    steps: list[tuple[str, TestResponse]] = [
        ("created", desk.put("r1", response(sharing="topics", encounter="Encounter/e1"))),
        ("result", desk.get(OBSERVATIONS)),
        ("updated", desk.put("r1", response("YYYYYYYYY", sharing="topics", contact="later-session"))),
        ("amended result", desk.get(OBSERVATIONS)),
        ("version", desk.get(f"{RESPONSES}/r1/_history/1")),
        ("unshared", desk.put("r1", response(sharing="none"))),
        ("masked result", desk.get(OBSERVATIONS)),
        ("deleted result", (desk.delete("r1"), desk.get(OBSERVATIONS))[1]),
        ("gone", desk.read("r1")),
        ("another", desk.post(response("NNNNNN"))),
        ("page", desk.get(f"{OBSERVATIONS}?_count=1")),
        ("no page", desk.get(f"{OBSERVATIONS}?patient=Patient/none")),
        *_refusals(desk),
        *_operations(desk),
    ]
    for name, answered in steps:
        yield name, resource(answered)


def _refusals(desk: Desk) -> Iterator[tuple[str, TestResponse]]:
    yield "malformed", desk.post(b"{")
    yield "no R4", desk.post({**response(), "status": "done"})
    yield "breaks our rules", desk.post({**response(authored=None), "questionnaire": "https://clinic.example/q"})
    yield "stale", desk.put("r2", response(), If_Match='W/"7"')
    yield "unknown", desk.read("nothing")
    yield "bad search", desk.get(f"{OBSERVATIONS}?colour=red")
    yield "no such type", desk.get("/fhir/Patient/p1")
    yield "not offered", desk.get(RESPONSES)


def _operations(desk: Desk) -> Iterator[tuple[str, TestResponse]]:
    extract = f"{RESPONSES}/$extract"
    yield "capability", desk.get("/fhir/metadata")
    yield "processed", desk.send("POST", "/fhir/Questionnaire/$process-response", response("NNNNNNN"))
    yield "extracted", desk.send("POST", extract, response(id="r1", sharing="topics", encounter="Encounter/e1"))
    yield "extracted without id", desk.send("POST", extract, response())
    yield "nothing to extract", desk.send("POST", extract, response("DDDD"))
    yield "no extract", desk.send("POST", extract, response(questionnaire="https://clinic.example/q"))
    yield "outcome wanted", desk.put("r3", response(), Prefer="return=OperationOutcome")
    for kind in ("CodeSystem", "ValueSet", "StructureDefinition", "Questionnaire"):
        yield f"published {kind}", desk.get(f"/fhir/{kind}")


def delivered(rehearsal: Rehearsal) -> Named:
    """What the EHR keeps: each version of one entry."""
    rehearsal.settle(response(id="r1", sharing="topics", contact="first-session"))
    rehearsal.settle(response("YYYYYYYYY", id="r1", meta={"lastUpdated": "2026-11-13T10:00:00Z"}))
    rehearsal.settle(response(id="r1", status="entered-in-error", meta={"lastUpdated": "2026-11-14T10:00:00Z"}))
    history = rehearsal.ehr.kept(f"Observation/{rehearsal.entry.id}/_history")
    for entry in history["entry"]:
        yield f"delivered, {entry['resource']['status']}", entry["resource"]
