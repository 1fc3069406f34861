"""The Observation, line by line, and what an EHR kept of it."""

import copy
from dataclasses import replace
from typing import Any

import pytest

from fhir_alliance.fhir import systems
from fhir_alliance.fhir.json_text import to_bytes
from fhir_alliance.fhir.observation import is_ours, lost, misread, observation
from fhir_alliance.fhir.wording import LINE_BREAK, note, value_text
from fhir_alliance.scoring.instrument import Coding
from fhir_alliance.scoring.result import Reason, Result, Source, Standing, Status, Withdrawn
from tests.building import CANONICAL, EHR_URL, ENTRY, PROGRAM, altered, checklist, result, without

FULL = result(
    "NYYYYYYOD",
    sharing="topics",
    therapist="Dr Rivera",
    contact="first-session",
    encounter="Encounter/e1",
    meta={"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "PSY"}]},
)


def rendered(made: Result = FULL, status: Status = Status.FINAL) -> dict[str, Any]:
    """The Observation of a result, as it leaves."""
    resource = observation(Standing(made, status), ENTRY, checklist())
    to_bytes(resource)
    return resource


def withdrawn(reason: Reason) -> dict[str, Any]:
    """The Observation of a withdrawn result."""
    standing = Standing(Withdrawn(FULL, reason), Status.ENTERED_IN_ERROR)
    resource = observation(standing, ENTRY, checklist())
    to_bytes(resource)
    return resource


KEPT = rendered()


def test_who_and_what_it_is() -> None:
    """Its id, its identifier, its profile; a survey once; our code with its words as text."""
    assert (KEPT["resourceType"], KEPT["id"]) == ("Observation", ENTRY)
    assert KEPT["identifier"] == [{"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{ENTRY}"}]
    assert KEPT["meta"]["profile"] == [systems.FIT_PROFILE]
    [category] = KEPT["category"]
    assert [coding["code"] for coding in category["coding"]] == ["survey"]
    [code] = KEPT["code"]["coding"]
    assert (code["system"], code["code"]) == (systems.OBSERVATION, "predicted-alliance-fit")
    assert KEPT["code"]["text"] == "Predicted alliance fit (client's early impression)"


@pytest.mark.parametrize("status", [Status.FINAL, Status.AMENDED])
def test_status_is_by_what_stands(status: Status) -> None:
    """The response's own status says nothing of it."""
    assert rendered(result(status="amended"), status)["status"] == status.value


def test_whose_and_when() -> None:
    """Subject and encounter of the response; effective when first answered, issued when scored."""
    resource = rendered(replace(FULL, effective="2026-11-10", authored="2026-11-12"))
    assert (resource["subject"], resource["encounter"]) == (
        {"reference": "Patient/p1"},
        {"reference": "Encounter/e1"},
    )
    assert resource["effectiveDateTime"] == "2026-11-10"
    assert resource["issued"] == "2026-11-24T09:30:00.000Z"
    assert "encounter" not in rendered(result())


def test_value_is_the_fit_with_the_score_as_text() -> None:
    """The coding for machines, the text for people."""
    value = KEPT["valueCodeableConcept"]
    display = "yes to most – potential for a strong alliance"
    assert value["coding"] == [
        {"system": f"{systems.BASE}/CodeSystem/alliance-fit", "code": "yes-to-most", "display": display}
    ]
    assert value["text"] == value_text(FULL, checklist()) == f"Yes to 6 of 9 (no 1, open 2): {display}"


def test_components() -> None:
    """The counts as quantities whose unit says what they count, the contact, then the topics."""
    made = {part["code"]["coding"][0]["code"]: part for part in KEPT["component"][:4]}
    assert list(made) == ["yes-count", "no-count", "open-count", "contact"]
    counted = [made[name]["valueQuantity"] for name in ("yes-count", "no-count", "open-count")]
    units = [(quantity["value"], quantity["unit"]) for quantity in counted]
    assert units == [(6, "of 9 yes"), (1, "of 9 no"), (2, "of 9 open")]
    assert all((one["system"], one["code"]) == (systems.UCUM, "1") for one in counted)
    assert made["contact"]["valueCodeableConcept"]["text"] == "A first session"
    topics = KEPT["component"][4:]
    assert {topic["code"]["coding"][0]["code"] for topic in topics} == {"topic"}
    assert all(topic["valueCodeableConcept"]["text"].startswith("To talk about: ") for topic in topics)
    valued = [topic["valueCodeableConcept"]["coding"][0] for topic in topics]
    assert [(one["system"], one["code"]) for one in valued] == [
        (f"{systems.BASE}/CodeSystem/alliance-question", "sharing-more"),
        (f"{systems.BASE}/CodeSystem/alliance-question", "direction"),
    ]


@pytest.mark.parametrize("named", [{}, {"sharing": "summary"}])
def test_without_leave_no_topics(named: dict[str, Any]) -> None:
    """Three counts are all that stands where the client shares a summary only."""
    assert len(rendered(result("NYYYYYYOD", **named))["component"]) == 3


LITERAL = Source("urn:s", "v", "QuestionnaireResponse/r1")
LOGICAL = {"type": "QuestionnaireResponse", "identifier": {"system": "urn:s", "value": "v"}}


@pytest.mark.parametrize(
    ("source", "expected"),
    [(LITERAL, {"reference": "QuestionnaireResponse/r1"}), (replace(LITERAL, reference=None), LOGICAL)],
)
def test_derived_from(source: Source, expected: dict[str, Any]) -> None:
    """Literal where the EHR has the response, else logical."""
    assert rendered(replace(FULL, source=source))["derivedFrom"] == [expected]


def test_what_is_withdrawn_keeps_nobody_from_deleting_the_response() -> None:
    """EHRs refuse to delete what something refers to, and to write a reference to what was deleted."""
    assert withdrawn(Reason.ERROR)["derivedFrom"][0].keys() == {"type", "identifier"}


def test_by_what_it_was_made() -> None:
    """The program and its version, the rule and its version; nobody performed it."""
    assert KEPT["device"]["identifier"] == {"system": systems.PROGRAM, "value": PROGRAM}
    assert "reference" not in KEPT["device"]
    [method] = KEPT["method"]["coding"]
    assert method["code"] == "yes-to-most-rule"
    assert KEPT["method"]["text"] == f"Rule of thumb 'yes to most', 5 or more of 9; {CANONICAL}"


def test_note_and_narrative_say_the_same() -> None:
    """The narrative is value and note, escaped, and marked as generated."""
    plain = note(Standing(FULL, Status.FINAL), FULL, checklist())
    assert KEPT["note"] == [{"text": plain}]
    assert KEPT["text"]["status"] == "generated"
    assert KEPT["text"]["div"].count("<p>") == 1 + len(plain.split(LINE_BREAK))


def test_labels() -> None:
    """One confidentiality first, then what the response carried."""
    assert [label["code"] for label in KEPT["meta"]["security"]] == ["R", "PSY"]
    assert "display" not in KEPT["meta"]["security"][1]


@pytest.mark.parametrize("resource", [KEPT, withdrawn(Reason.ERROR)], ids=["stands", "withdrawn"])
def test_what_is_never_there(resource: dict[str, Any]) -> None:
    """No grade, no range, no league table of therapists, no performer."""
    never = {"interpretation", "referenceRange", "focus", "performer", "contained", "extension"}
    assert not never & resource.keys()


@pytest.mark.parametrize(("reason", "display"), [(Reason.ERROR, "Error"), (Reason.MASKED, "Masked")])
def test_withdrawn(reason: Reason, display: str) -> None:
    """Identity and subject stay; all that says something goes: many charts ignore status."""
    resource = withdrawn(reason)
    assert resource["status"] == "entered-in-error"
    [coding] = resource["dataAbsentReason"]["coding"]
    assert coding == {"system": systems.ABSENT_REASON, "code": reason.value, "display": display}
    assert resource.keys() & {"valueCodeableConcept", "method", "component", "note", "text"} == set()
    for name in ("id", "identifier", "subject", "code", "category", "meta", "effectiveDateTime"):
        assert resource[name] == KEPT[name]
    assert "Rivera" not in str(resource)


# --- what an EHR kept


@pytest.mark.parametrize("resource", [KEPT, withdrawn(Reason.ERROR)], ids=["stands", "withdrawn"])
def test_what_was_kept_whole_has_no_fault(resource: dict[str, Any]) -> None:
    """An EHR's own additions are no change of ours."""
    added: dict[str, Any] = {**resource, "id": "ehr-7", "issued": "2026-11-24T10:00:00Z", "language": "en"}
    added["meta"] = {**resource["meta"], "versionId": "3", "tag": [{"code": "x"}]}
    added["subject"] = {"reference": f"{EHR_URL}/Patient/p1", "display": "Ada"}
    added["code"] = {**resource["code"], "coding": [{"code": "local"}, *resource["code"]["coding"]]}
    added.pop("text", None)
    assert misread(resource, added, EHR_URL) == ()
    assert lost(resource, added) == ()
    assert is_ours(added, ENTRY)


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        ({**KEPT, "status": "amended"}, ("status",)),
        (without(KEPT, "status"), ("status",)),
        ({**KEPT, "subject": {"reference": "Patient/p2"}}, ("subject",)),
        ({**KEPT, "subject": {"reference": "https://other.example/Patient/p1"}}, ("subject",)),
        (without(KEPT, "subject"), ("subject",)),
        (altered(KEPT, "valueCodeableConcept", "text", to="Yes to 6 of 9"), ("value",)),
        (without(KEPT, "valueCodeableConcept", "text"), ("value",)),
        (without(KEPT, "valueCodeableConcept"), ("value",)),
        ({**without(KEPT, "valueCodeableConcept"), "valueString": "x"}, ("value",)),
        ({}, ("status", "subject", "value")),
        ({"status": None, "subject": None, "valueString": None}, ("status", "subject", "value")),
    ],
)
def test_misread(kept: dict[str, Any], expected: tuple[str, ...]) -> None:
    """What a clinician would read wrongly, by element."""
    assert misread(KEPT, kept, EHR_URL) == expected


def test_a_value_that_outlived_its_withdrawal_is_misread() -> None:
    """A chart that ignores status would go on showing it."""
    sent = withdrawn(Reason.MASKED)
    assert misread(sent, {**sent, "valueCodeableConcept": KEPT["valueCodeableConcept"]}, EHR_URL) == ("value",)


@pytest.mark.parametrize("name", ["note", "component", "device", "method", "derivedFrom", "encounter", "category"])
def test_lost(name: str) -> None:
    """An element that was dropped is told, whole or in part."""
    assert lost(KEPT, without(KEPT, name)) == (name,)
    assert lost(KEPT, {**KEPT, name: None}) == (name,)
    assert lost(KEPT, {**KEPT, name: "other"}) == (name,)


def test_a_part_is_lost_too() -> None:
    """One component less, or one label, is a loss."""
    assert lost(KEPT, {**KEPT, "component": KEPT["component"][1:]}) == ("component",)
    assert lost(KEPT, altered(KEPT, "meta", "security", to=KEPT["meta"]["security"][:1])) == ("meta",)


@pytest.mark.parametrize(
    "change",
    [
        {"identifier": []},
        {"identifier": [{"system": "urn:ietf:rfc:3986", "value": "urn:uuid:other"}]},
        {"device": {"display": PROGRAM}},
        {"device": {"identifier": {"system": "urn:other", "value": PROGRAM}}},
        {"identifier": None},
        {"identifier": {"value": f"urn:uuid:{ENTRY}"}},
        {"identifier": ["x"]},
        {"device": None},
        {"device": "x"},
        {"device": {"identifier": None}},
        {"device": {"identifier": [1]}},
    ],
)
def test_what_is_not_ours(change: dict[str, Any]) -> None:
    """Another's identifier or device; and whatever malformed thing an EHR may answer is nobody's."""
    assert not is_ours({**KEPT, **change}, ENTRY)


def test_any_version_of_the_program_is_ours() -> None:
    """A newer version takes over what an older one wrote."""
    assert is_ours(altered(KEPT, "device", "identifier", "value", to="fhir-alliance/0.0.1"), ENTRY)


def test_rendering_changes_nothing_it_is_given() -> None:
    """The same values give the same resource, again and again."""
    before = copy.deepcopy(KEPT)
    assert rendered() == rendered() == before
    assert FULL.labels[0] == Coding(systems.CONFIDENTIALITY, "R", "restricted")
