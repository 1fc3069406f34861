"""What a response says beside its items, and its answers as the rule reads them."""

from datetime import timedelta
from typing import Any

import pytest

from fhir_alliance.fhir import systems
from fhir_alliance.fhir.response import Answers, header_issues, labels, local_reference, source_of
from fhir_alliance.scoring.answers import Answer
from fhir_alliance.scoring.instrument import Coding
from fhir_alliance.scoring.result import Sharing, Source
from tests.building import EHR_URL, NOW, QUESTIONS, SUBMISSION, checklist, response

KIND = "QuestionnaireResponse"


@pytest.mark.case("subject-form")
@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("Patient/p1", "Patient/p1"),
        ("Patient/p1/_history/3", "Patient/p1"),
        (f"{EHR_URL}/Patient/p1", "Patient/p1"),
        (f"{EHR_URL}/Patient/p1/_history/3", "Patient/p1"),
        ("https://other.example/fhir/Patient/p1", None),
        (f"{EHR_URL}.evil.example/Patient/p1", None),
        (f"{EHR_URL}x/Patient/p1", None),
        ("https://ehr.example/Patient/p1", None),
        (f"{EHR_URL}/tenant/Patient/p1", None),
        ("Practitioner/p1", None),
        ("patient/p1", None),
        ("/Patient/p1", None),
        ("Patient/", None),
        ("Patient/..", None),
        ("Patient/a/b", None),
        ("Patient/p1/_history", None),
        ("Patient/p1?x=y", None),
        ("Patient/p1\n", None),
        (f"Patient/{'x' * 65}", None),
        ("#p1", None),
        ("urn:uuid:0b5a6c1e-8a52-5d7f-8d1c-2f4a9b7e6c33", None),
        ("", None),
    ],
)
def test_local_reference(reference: str, expected: str | None) -> None:
    """A patient of the clinic's own EHR, in one form; any other names nobody."""
    assert local_reference({"reference": reference}, "Patient", EHR_URL) == expected
    assert local_reference({"reference": reference}, "Patient", f"{EHR_URL}/") == expected


@pytest.mark.parametrize(
    "reference",
    [None, "Patient/p1", [], {}, {"reference": None}, {"reference": 1}, {"identifier": {"value": "x"}}],
)
def test_what_is_no_reference_names_nobody(reference: Any) -> None:
    """Malformed references are no crash."""
    assert local_reference(reference, "Patient", EHR_URL) is None


def test_without_an_ehr_only_relative() -> None:
    """A clinic that names no EHR knows no absolute URL."""
    assert local_reference({"reference": "Patient/p1"}, "Patient", None) == "Patient/p1"
    assert local_reference({"reference": f"{EHR_URL}/Patient/p1"}, "Patient", None) is None


def found(**named: Any) -> list[tuple[str, str | None]]:
    """Code and expression of what is wrong with the head of a response."""
    issues = list(header_issues(response(**named), EHR_URL, NOW))
    assert not any(issue.r4 for issue in issues)
    return [(issue.code.value, issue.expression) for issue in issues]


@pytest.mark.parametrize(
    ("named", "issue"),
    [
        pytest.param(
            {"subject": None}, ("required", f"{KIND}.subject"), marks=pytest.mark.case("finished-subject")
        ),
        ({"subject": "https://other.example/Patient/p1"}, ("value", f"{KIND}.subject.reference")),
        ({"subject": {"display": "Ada"}}, ("value", f"{KIND}.subject.reference")),
        ({"encounter": "https://other.example/Encounter/e"}, ("value", f"{KIND}.encounter.reference")),
        ({"authored": None}, ("required", f"{KIND}.authored")),
        ({"authored": "2026"}, ("value", f"{KIND}.authored")),
        ({"authored": "2026-11"}, ("value", f"{KIND}.authored")),
        ({"authored": "2016-12-31T23:59:60Z"}, ("value", f"{KIND}.authored")),
        ({"authored": "2026-11-25T09:30:01Z"}, ("business-rule", f"{KIND}.authored")),
        ({"authored": "2026-11-26"}, ("business-rule", f"{KIND}.authored")),
    ],
)
@pytest.mark.parametrize("status", ["completed", "amended"])
def test_a_finished_response_has_a_head(named: dict[str, Any], issue: tuple[str, str], status: str) -> None:
    """Whom it is about, and when it was answered: to the day, and not ahead of time."""
    assert found(status=status, **named) == [issue]


@pytest.mark.case("authored-needed")
@pytest.mark.parametrize(
    "authored", ["2026-11-25T09:30:00Z", "2026-11-25T13:30:00+04:00", "2026-11-25", "1999-01-01"]
)
def test_authored_at_the_edge(authored: str) -> None:
    """Exactly 24 hours ahead, by an exact clock, is still allowed."""
    assert found(authored=authored) == []


@pytest.mark.parametrize("status", ["in-progress", "stopped"])
def test_an_unfinished_response_may_lack_them(status: str) -> None:
    """But a subject that is there must be ours."""
    assert found(status=status, subject=None, authored=None) == []
    assert found(status=status, subject="Group/g1") == [("value", f"{KIND}.subject.reference")]


@pytest.mark.parametrize(
    ("source_id", "identifier", "expected"),
    [
        ("r1", ("urn:s", "v"), Source(systems.URI, f"urn:uuid:{SUBMISSION}", f"{KIND}/r1")),
        (None, ("urn:s", "v"), Source("urn:s", "v")),
        (None, None, Source(systems.URI, f"urn:uuid:{SUBMISSION}")),
    ],
)
def test_source(source_id: str | None, identifier: tuple[str, str] | None, expected: Source) -> None:
    """Literal where the EHR can read it, else by its identifier, else by our own UUID for it."""
    assert source_of(response(identifier=identifier), source_id, SUBMISSION) == expected


def test_answers_are_read_by_code() -> None:
    """Yes, no, not sure; what the rule does not name is declined, what is missing skipped."""
    read = Answers(response("YNOD."), checklist()).scored()
    assert list(read) == QUESTIONS
    assert list(read.values())[:5] == [Answer.YES, Answer.NO, Answer.NOT_SURE, Answer.DECLINED, Answer.SKIPPED]
    assert set(list(read.values())[5:]) == {Answer.SKIPPED}


def test_an_item_without_answer_is_skipped() -> None:
    """An empty item says the same as none."""
    resource = {**response(""), "item": [{"linkId": "warmth"}]}
    assert set(Answers(resource, checklist()).scored().values()) == {Answer.SKIPPED}


def test_what_is_said_around_the_questions() -> None:
    """Whom, how, and what may be shared; None where it was not answered."""
    read = Answers(response(therapist="Dr Rivera", contact="later-session", sharing="none"), checklist())
    assert (read.therapist(), read.sharing()) == ("Dr Rivera", Sharing.NONE)
    assert read.contact() == Coding(systems.CONTACT, "later-session", "A later session")
    unsaid = Answers(response(), checklist())
    assert (unsaid.therapist(), unsaid.sharing(), unsaid.contact()) == (None, None, None)


def confidentiality(code: str) -> dict[str, str]:
    """A label of the response."""
    return {"system": systems.CONFIDENTIALITY, "code": code}


@pytest.mark.parametrize(
    ("own", "clinic", "expected"),
    [
        ([], "R", "R"),
        ([], "N", "N"),
        (["N"], "R", "R"),
        (["V"], "R", "V"),
        (["R"], "N", "R"),
        (["U"], "L", "L"),
        (["M", "V", "N"], "R", "V"),
    ],
)
def test_confidentiality_is_the_higher(own: list[str], clinic: str, expected: str) -> None:
    """Exactly one, never below the response's own nor the clinic's."""
    security = [confidentiality(code) for code in own]
    made = labels(response(meta={"security": security} if security else None), clinic)
    ranked = [label.code for label in made if label.code in systems.CONFIDENTIALITIES]
    assert ranked == [expected]
    assert made[0] == Coding(systems.CONFIDENTIALITY, expected, systems.CONFIDENTIALITIES[expected])


def test_other_labels_are_carried_over() -> None:
    """Each once, in order, as they came, where it says of what system it is."""
    sensitive = {
        "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
        "code": "PSY",
        "display": "psychiatry",
    }
    security = [sensitive, confidentiality("V"), sensitive, {"code": "no system"}, {"display": "no code"}]
    made = labels(response(meta={"security": security}), "R")
    assert [(label.code, label.display) for label in made[1:]] == [("PSY", "psychiatry")]


def test_the_clock_is_the_callers() -> None:
    """The same response is fine a day later."""
    late = response(authored="2026-11-26")
    assert list(header_issues(late, EHR_URL, NOW + timedelta(days=1))) == []
