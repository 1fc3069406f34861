"""By what a response is known again, and when two are one version."""

import json

import pytest

from tests.building import QUESTIONS, Resource, response
from tests.web.desk import Desk, issue, resource, updated

IDENTIFIER = ("urn:clinic:forms", "7731")


def submissions(desk: Desk) -> int:
    """How many submissions the ledger knows."""
    return len({row.submission_id for row in desk.contents()["version"]})


@pytest.mark.case("same-by-id")
def test_put_to_the_same_id_is_the_same_submission(desk: Desk) -> None:
    """Whatever else changed, the id in the path names the submission at our own server."""
    assert desk.put("r1", response("YYYYYYYYY")).status_code == 201
    assert desk.put("r1", response("NNNNNNNNN", authored="2026-11-13")).status_code == 200
    assert (submissions(desk), len(desk.versions()), len(desk.entries())) == (1, 2, 1)


@pytest.mark.case("same-by-id")
def test_events_of_the_same_id_are_one_submission(desk: Desk) -> None:
    """The id an EHR gives names the submission, in the path and in the body alike."""
    desk.tell("r1", response("YYYYYYYYY", meta=updated(0)))
    desk.send("POST", "/notify", response("NNNNNNNNN", id="r1", meta=updated(1), authored="2026-11-13"))
    assert (submissions(desk), len(desk.versions())) == (1, 2)


@pytest.mark.case("same-by-id")
def test_an_id_is_known_at_its_own_door_only(desk: Desk) -> None:
    """The ids of our server and those of the EHR are two name spaces."""
    desk.put("r1", response("YYYYYYYYY"))
    desk.tell("r1", response("NNNNNNNNN", subject="Patient/p2"))
    assert submissions(desk) == 2
    assert set(desk.entries()) == {"Patient/p1", "Patient/p2"}


@pytest.mark.case("same-by-identifier")
def test_an_identifier_is_known_at_either_door(desk: Desk) -> None:
    """A response posted here and told of by the EHR under an id of its own is one submission."""
    desk.post(response("YYYYYYYYY", identifier=IDENTIFIER))
    desk.tell("r9", response("NNNNNNNNN", identifier=IDENTIFIER))
    assert (submissions(desk), len(desk.versions()), len(desk.entries())) == (1, 2, 1)


@pytest.mark.case("same-by-identifier")
@pytest.mark.parametrize("identifier", [{"value": "7731"}, {"system": "urn:clinic:forms"}])
def test_half_an_identifier_is_none(desk: Desk, identifier: Resource) -> None:
    """Without system or value an identifier says nothing: the content decides."""
    desk.post({**response("YYYYYYYYY"), "identifier": identifier})
    desk.post({**response("NNNNNNNNN"), "identifier": identifier})
    assert submissions(desk) == 2
    desk.post(response("NNNNNNNNN"))
    assert submissions(desk) == 2


@pytest.mark.case("same-by-identifier")
def test_another_system_is_another_identifier(desk: Desk) -> None:
    """The value alone does not make two identifiers one."""
    desk.post(response(identifier=IDENTIFIER))
    desk.post(response(identifier=("urn:other:forms", IDENTIFIER[1])))
    assert submissions(desk) == 2


@pytest.mark.case("same-by-content")
def test_equal_content_is_one_submission(desk: Desk) -> None:
    """With neither id nor identifier what a response says names it: a POST sent twice is one."""
    first, second = desk.post(response()), desk.post(response())
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.headers["Location"] == second.headers["Location"]
    assert len(desk.versions()) == 1


@pytest.mark.case("same-by-content")
@pytest.mark.parametrize(
    "other",
    [
        response("NYYYYYYNO"),
        response(subject="Patient/p2"),
        response(authored="2026-11-13T18:30:00-05:00"),
        response(encounter="Encounter/e1"),
    ],
)
def test_other_content_is_another_submission(desk: Desk, other: Resource) -> None:
    """Answers, subject, authored and encounter each make another submission."""
    assert [desk.post(response()).status_code, desk.post(other).status_code] == [201, 201]
    assert submissions(desk) == 2


@pytest.mark.case("same-by-content")
def test_content_does_not_name_what_has_an_identifier(desk: Desk) -> None:
    """Two clients may answer alike: an identifier keeps their responses apart."""
    desk.post(response(identifier=("urn:a", "1")))
    desk.post(response(identifier=("urn:a", "2")))
    desk.post(response())
    assert submissions(desk) == 3


@pytest.mark.case("same-alias")
def test_what_matched_is_an_alias(desk: Desk) -> None:
    """Once told under id and identifier, either alone names the submission."""
    desk.tell("r1", response("YYYYYYYYY", identifier=IDENTIFIER))
    desk.tell("r1", response("YYYYYYYYN"))
    desk.tell("r2", response("YYYYYYYNN", identifier=IDENTIFIER))
    desk.tell("r2", response("YYYYYYNNN"))
    assert (submissions(desk), len(desk.versions())) == (1, 4)


@pytest.mark.case("same-two-fhir")
def test_two_submissions_at_our_own_server_are_a_conflict(desk: Desk) -> None:
    """Where id and identifier name two, nothing tells which is meant: 409, and nothing kept."""
    desk.put("r1", response("YYYYYYYYY"))
    desk.post(response("NNNNNNNNN", identifier=IDENTIFIER, subject="Patient/p2"))
    before = desk.contents()
    answer = desk.put("r1", response("YYYYYYYYN", identifier=IDENTIFIER))
    assert answer.status_code == 409
    assert issue(answer)["code"] == "conflict"
    assert issue(answer)["expression"] == ["QuestionnaireResponse.identifier"]
    assert desk.contents() == before


@pytest.mark.case("same-two-notify")
def test_two_submissions_by_notify_are_held(ehr_desk: Desk) -> None:
    """An event that names two is kept with the submission of its id; a person decides."""
    ehr_desk.tell("r1", response("YYYYYYYYY"))
    ehr_desk.tell("r2", response("NNNNNNNNN", identifier=IDENTIFIER, subject="Patient/p2"))
    answer = ehr_desk.tell("r1", response("YYYYYYYYN", identifier=IDENTIFIER))
    assert answer.status_code == 200
    entries = ehr_desk.entries()
    assert (entries["Patient/p1"].state, entries["Patient/p1"].reason) == ("held", "two-submissions")
    assert entries["Patient/p2"].state == "due"
    assert [told.response for told in ehr_desk.clinic.reads.attention()] == ["r1"]


@pytest.mark.case("same-two-notify")
def test_two_submissions_by_notify_are_held_without_an_ehr(desk: Desk) -> None:
    """The same where this service is the chart: what stood before is no longer told."""
    desk.tell("r1", response("YYYYYYYYY"))
    desk.tell("r2", response("NNNNNNNNN", identifier=IDENTIFIER, subject="Patient/p2"))
    desk.tell("r1", response("YYYYYYYYN", identifier=IDENTIFIER))
    assert [one["subject"]["reference"] for one in desk.search()] == ["Patient/p2"]


@pytest.mark.case("same-version")
def test_order_of_keys_and_blanks_make_no_version(desk: Desk) -> None:
    """JSON is compared as parsed."""
    made = response(identifier=IDENTIFIER)
    desk.post(made)
    again = dict(reversed(made.items()))
    answer = desk.post(json.dumps(again, indent=4).encode())
    assert (answer.status_code, answer.headers["ETag"]) == (200, 'W/"1"')
    assert len(desk.versions()) == 1


@pytest.mark.case("same-version")
def test_id_and_meta_make_no_version(desk: Desk) -> None:
    """What the server itself writes does not count, the answer's own copy included."""
    first = resource(desk.post(response(identifier=IDENTIFIER)))
    assert first["meta"]["versionId"] == "1"
    assert desk.put(first["id"], first).headers["ETag"] == 'W/"1"'
    assert len(desk.versions()) == 1


@pytest.mark.case("same-version")
def test_security_labels_make_a_version(desk: Desk) -> None:
    """A label added later raises the Observation's confidentiality, so it counts."""
    system = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
    desk.put("r1", response())
    answer = desk.put("r1", response(meta={"security": [{"system": system, "code": "V"}]}))
    assert answer.headers["ETag"] == 'W/"2"'
    (observation,) = desk.search()
    assert observation["meta"]["security"][0]["code"] == "V"
    assert observation["status"] == "amended"


@pytest.mark.case("same-version")
def test_an_event_sent_again_changes_nothing(desk: Desk) -> None:
    """A sender that retries finds the ledger as it was, with and without lastUpdated, valid or not."""
    events: list[Resource | bytes] = [
        response("YYYYYYYYY", meta=updated(0)),
        {**response("YYYYYYYYN"), "status": "foo"},
        b"{not json",
    ]
    for number, event in enumerate(events):
        desk.tell(f"r{number}", event)
    before = desk.contents()
    for number, event in enumerate(events):
        assert desk.tell(f"r{number}", event).status_code == 200
    assert desk.contents() == before


@pytest.mark.case("same-version")
def test_a_value_that_returns_is_a_new_version(desk: Desk) -> None:
    """Answers changed and changed back are three versions: the last one counts."""
    for answers in ("YYYYYYYYY", "NNNNNNNNN", "YYYYYYYYY"):
        desk.put("r1", response(answers))
    assert len(desk.versions()) == 3
    assert desk.search()[0]["component"][0]["valueQuantity"]["value"] == len(QUESTIONS)
