"""A response that moves to another patient: the old result is withdrawn, the new one waits for a person."""

import pytest

from fhir_alliance.ledger.decisions import Answer
from tests.building import Resource, response, without
from tests.web.desk import Desk, issue, updated

P1, P2 = "Patient/p1", "Patient/p2"


def states(desk: Desk) -> dict[str, tuple[str, str]]:
    """Subject → the entry's state, and what should stand."""
    return {
        subject: (entry.state, type(entry.wanted).__name__) for subject, entry in sorted(desk.entries().items())
    }


@pytest.mark.case("subject-changed-fhir")
def test_a_changed_subject_is_answered_with_a_warning(desk: Desk) -> None:
    """The version is kept, and the sender told that a person must look."""
    desk.put("r1", response())
    answer = desk.put("r1", response(subject=P2))
    assert answer.status_code == 200
    assert issue(answer)["severity"] == "warning"
    assert issue(answer)["code"] == "business-rule"
    assert issue(answer)["expression"] == ["QuestionnaireResponse.subject"]
    assert answer.headers["ETag"] == 'W/"2"'


@pytest.mark.case("subject-changed-fhir")
def test_a_changed_subject_is_held(desk: Desk) -> None:
    """The old patient's result is withdrawn at once, the new patient's not told to anyone."""
    desk.put("r1", response())
    desk.put("r1", response(subject=P2))
    assert states(desk) == {P1: ("settled", "Withdrawn"), P2: ("held", "Result")}
    (told,) = desk.search()
    assert (told["subject"]["reference"], told["status"]) == (P1, "entered-in-error")
    assert desk.search(f"patient={P2}") == []


def test_a_changed_subject_by_notify_is_held(ehr_desk: Desk) -> None:
    """The same by notify, where nobody reads a warning: status tells it."""
    ehr_desk.tell("r1", response(meta=updated(0)))
    ehr_desk.tell("r1", response(subject=P2, meta=updated(1)))
    assert states(ehr_desk) == {P1: ("settled", "Withdrawn"), P2: ("held", "Result")}
    (told,) = ehr_desk.clinic.reads.attention()
    assert (told.kind, told.response, told.reason) == ("held", "r1", "subject-changed")
    assert told.id == ehr_desk.entries()[P2].id


def test_an_earlier_subject_that_comes_back_is_held(desk: Desk) -> None:
    """Back and forth is no less strange than forth."""
    for subject in (P1, P2, P1):
        desk.put("r1", response(subject=subject))
    assert states(desk) == {P1: ("held", "Result"), P2: ("settled", "Withdrawn")}


def test_a_later_version_stays_held(desk: Desk) -> None:
    """What comes for the new patient waits with what came before it, and is what then goes on."""
    for answers, subject in ((5, P1), (6, P2), (7, P2)):
        desk.put("r1", response((answers, 0, 0), subject=subject))
    assert states(desk)[P2] == ("held", "Result")
    assert desk.decisions.release(desk.entries()[P2].id, desk.clock()) is Answer.DONE
    (told,) = desk.search(f"patient={P2}")
    assert told["component"][0]["valueQuantity"]["value"] == 7


@pytest.mark.parametrize("between", [response(status="entered-in-error", subject=P2), response("", subject=P2)])
def test_a_withdrawal_in_between_releases_nothing(ehr_desk: Desk, between: Resource) -> None:
    """Only a person lets a result into another patient's chart, not a withdrawal and a return."""
    for version in (response(), response(subject=P2), between, response(subject=P2)):
        ehr_desk.put("r1", version)
    assert states(ehr_desk)[P2] == ("held", "Result")


def test_a_deletion_in_between_releases_nothing(ehr_desk: Desk) -> None:
    """The same where the response is deleted and comes back."""
    for version in (response(), response(subject=P2)):
        ehr_desk.put("r1", version)
    ehr_desk.delete("r1")
    ehr_desk.put("r1", response(subject=P2))
    assert states(ehr_desk)[P2] == ("held", "Result")


def test_a_release_lets_it_go_on(ehr_desk: Desk) -> None:
    """With an EHR it is due then; a second release finds nothing held."""
    ehr_desk.put("r1", response())
    ehr_desk.put("r1", response(subject=P2))
    entry = ehr_desk.entries()[P2]
    assert ehr_desk.decisions.release(entry.id, ehr_desk.clock()) is Answer.DONE
    assert states(ehr_desk)[P2] == ("due", "Result")
    assert ehr_desk.decisions.release(entry.id, ehr_desk.clock()) is not Answer.DONE
    assert ehr_desk.decisions.release("no-such-entry", ehr_desk.clock()) is not Answer.DONE


@pytest.mark.case("withdrawn-by-identity")
@pytest.mark.parametrize(
    "fault",
    [
        {"questionnaire": "https://example.org/other"},
        {"item": [{"linkId": "no-such"}]},
        {"item": [{"answer": [{"valueCoding": 3}]}]},
        {"authored": "yesterday"},
        {"encounter": {"reference": "Patient/p1"}},
    ],
)
def test_a_faulty_response_can_be_withdrawn(desk: Desk, fault: Resource) -> None:
    """Entered in error is judged by identity; what else is wrong comes back as warnings."""
    desk.put("r1", response())
    answer = desk.put("r1", {**response(status="entered-in-error"), **fault})
    assert answer.status_code == 200
    assert issue(answer)["severity"] == "warning"
    assert states(desk) == {P1: ("settled", "Withdrawn")}


@pytest.mark.case("withdrawn-subject")
@pytest.mark.parametrize("subject", [None, P2, "Group/g1"])
def test_a_withdrawal_changes_no_subject(desk: Desk, subject: str | None) -> None:
    """A missing or another subject in what is entered in error moves nothing, then or later."""
    desk.put("r1", response())
    assert desk.put("r1", response(status="entered-in-error", subject=subject)).status_code == 200
    assert states(desk) == {P1: ("settled", "Withdrawn")}
    desk.put("r1", response((6, 0, 0)))
    assert states(desk) == {P1: ("settled", "Result")}


@pytest.mark.case("withdrawn-subject")
def test_a_new_subject_after_a_withdrawal_is_held(desk: Desk) -> None:
    """The subject that counts is that of the last version that called for a result."""
    desk.put("r1", response())
    desk.put("r1", without(response(status="entered-in-error"), "subject"))
    desk.put("r1", response(subject=P2))
    assert states(desk)[P2] == ("held", "Result")


@pytest.mark.case("subject-form")
def test_the_ehrs_own_url_is_no_change_of_subject(ehr_desk: Desk) -> None:
    """Relative, absolute or of a version: one patient, and written relative."""
    for reference in (P1, f"https://ehr.example/fhir/{P1}", f"{P1}/_history/4"):
        assert ehr_desk.put("r1", response(subject=reference)).status_code in (200, 201)
    assert states(ehr_desk) == {P1: ("due", "Result")}


@pytest.mark.case("subject-form")
@pytest.mark.parametrize(
    "subject",
    [
        "https://other.example/fhir/Patient/p1",
        "https://ehr.example/fhir/../Patient/p1",
        "Practitioner/p1",
        "Patient/",
        "Patient/..",
        "Patient/p1/x",
        "Patient/p 1",
        "#p1",
        "urn:uuid:0b5a6c1e-8a52-5d7f-8d1c-2f4a9b7e6c33",
        {"identifier": {"system": "urn:mrn", "value": "1"}},
        {"display": "Ana"},
    ],
)
def test_any_other_form_of_subject_is_refused(ehr_desk: Desk, subject: str | Resource) -> None:
    """What does not name a patient of the clinic's EHR cannot be written there: 422."""
    answer = ehr_desk.post(response(subject=subject))
    assert answer.status_code == 422
    assert issue(answer)["expression"] == ["QuestionnaireResponse.subject.reference"]
    assert ehr_desk.is_empty()
