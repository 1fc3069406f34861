"""An EHR's events in their dialects."""

import json

import pytest

from fhir_alliance.ledger.tables import notice
from tests.building import response
from tests.web.desk import NOTIFY, Desk, resource, updated

OTHER = "https://example.org/fhir/Questionnaire/phq9|2"


@pytest.mark.case("notify-errors")
@pytest.mark.parametrize(
    "body",
    [
        response(id="r1"),
        response(id="r1", status="in-progress"),
        response(id="r1", subject=None),
        response(id="r1", questionnaire=OTHER),
        {"resourceType": "Bundle", "type": "history"},
        {"resourceType": "Patient", "id": "p1"},
        {},
        b"",
        b" \n",
        b"{",
        b"\xff\xfe",
        b"[1]",
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/notify"), ("POST", NOTIFY), ("PUT", f"{NOTIFY}/r1")])
def test_all_is_answered_with_200_and_a_fhir_resource(
    desk: Desk, body: bytes | dict[str, object], method: str, path: str
) -> None:
    """Whatever came is on disk by then."""
    answer = desk.send(method, path, body)
    assert answer.status_code == 200
    assert resource(answer)["resourceType"] == "OperationOutcome"
    assert not desk.is_empty()


@pytest.mark.case("notify-if-match")
def test_if_match_is_ignored(desk: Desk) -> None:
    """Senders pass on the ETag of their own server; it says nothing of ours."""
    desk.tell("r1", response((5, 0, 0)))
    for tag in ('W/"44"', "*", '"x"'):
        assert desk.tell("r1", response((6, 0, 0)), If_Match=tag).status_code == 200
    assert desk.send("DELETE", f"{NOTIFY}/r1", If_Match='W/"44"').status_code == 200
    assert [one["status"] for one in desk.search()] == ["entered-in-error"]
    assert desk.tell("r2", response(subject="Patient/p2"), If_None_Exist="x", If_None_Match="*").status_code == 200


@pytest.mark.case("notify-path-id")
@pytest.mark.parametrize("own_id", ["r2", None])
def test_the_paths_id_wins(desk: Desk, own_id: str | None) -> None:
    """The submission and the source are those of the path."""
    desk.tell("r1", response(id=own_id))
    desk.send("DELETE", f"{NOTIFY}/r2")
    (observation,) = desk.search()
    assert observation["status"] == "final"
    assert observation["derivedFrom"] == [{"reference": "QuestionnaireResponse/r1"}]
    desk.send("DELETE", f"{NOTIFY}/r1")
    assert [one["status"] for one in desk.search()] == ["entered-in-error"]


@pytest.mark.case("notify-medplum")
@pytest.mark.parametrize("path", ["/notify", NOTIFY])
@pytest.mark.parametrize("body", [b"{}", b"", json.dumps(response(id="r1")).encode()])
def test_medplums_deleted_header_is_a_deletion(desk: Desk, path: str, body: bytes) -> None:
    """A POST with whatever body, of the response that the header names."""
    desk.tell("r1", response())
    answer = desk.send("POST", path, body, X_Medplum_Deleted_Resource="QuestionnaireResponse/r1")
    assert answer.status_code == 200
    assert [one["status"] for one in desk.search()] == ["entered-in-error"]


@pytest.mark.case("notify-medplum")
@pytest.mark.parametrize("named", ["Patient/p1", "", "QuestionnaireResponse/../r1", "QuestionnaireResponse/r1/x"])
def test_a_deleted_header_of_something_else_does_nothing(desk: Desk, named: str) -> None:
    """200 all the same, so that the sender does not repeat it."""
    desk.tell("r1", response())
    before = desk.contents()
    assert desk.send("POST", "/notify", b"{}", X_Medplum_Deleted_Resource=named).status_code == 200
    assert desk.contents() == before


@pytest.mark.case("notify-empty")
def test_an_empty_post_is_counted(desk: Desk) -> None:
    """An EHR set up to send no payload shows in status; HAPI's event bears a condition that means nothing."""
    for body in (b"", b" ", b"\n\n"):
        answer = desk.send("POST", "/notify", body, If_None_Exist="http://127.0.0.1/notify")
        assert answer.status_code == 200
    assert desk.clinic.reads.notices() == {"empty": 3}
    assert desk.versions() == []


@pytest.mark.case("notify-bundle")
def test_a_bundle_is_counted(desk: Desk) -> None:
    """The R5 backport's notifications are not read, but seen; nothing in them is."""
    bundle = {"resourceType": "Bundle", "type": "history", "entry": [{"resource": response(id="r1")}]}
    desk.send("POST", "/notify", bundle)
    assert desk.clinic.reads.notices() == {"bundle": 1}
    assert desk.entries() == {}


@pytest.mark.case("notify-foreign")
@pytest.mark.parametrize("by_path", [True, False])
def test_of_another_questionnaire_only_that_it_came_is_kept(desk: Desk, by_path: bool) -> None:
    """Id, version and url; none of its answers, which are none of our business."""
    made = response(
        id="r1", questionnaire=OTHER, therapist="zq7marker", subject="Patient/zq7", meta=updated(0, versionId="4")
    )
    desk.tell("r1", made) if by_path else desk.send("POST", "/notify", made)
    (row,) = desk.rows(notice)
    kept = (row.kind, row.response_id, row.version_id, row.questionnaire)
    assert kept == ("other-questionnaire", "r1", "4", OTHER)
    assert "zq7" not in str(desk.contents())


@pytest.mark.case("notify-foreign")
def test_what_is_kept_of_it_is_bounded(desk: Desk) -> None:
    """It was not checked, so it may be anything."""
    made = {**response(id="i" * 999, questionnaire="urn:" + "x" * 999), "meta": {"versionId": "v" * 999}}
    assert desk.send("POST", "/notify", made).status_code == 200
    (row,) = desk.rows(notice)
    assert (len(row.response_id), len(row.version_id), len(row.questionnaire)) == (64, 64, 300)
    odd = {"resourceType": "QuestionnaireResponse", "id": 7, "meta": [1], "questionnaire": {"a": 1}}
    assert desk.send("POST", "/notify", odd).status_code == 200
    assert desk.rows(notice)[1].questionnaire is None


@pytest.mark.case("notify-foreign")
def test_a_later_version_of_ours_that_names_another_is_invalid(desk: Desk) -> None:
    """A known submission stays ours: what stands stays, and a person is told."""
    desk.tell("r1", response())
    desk.tell("r1", response((5, 0, 0), questionnaire=OTHER))
    assert desk.versions()[1] == ("notify", "invalid", False)
    assert [one["status"] for one in desk.search()] == ["final"]


@pytest.mark.case("notify-unknown-delete")
def test_a_deletion_that_overtakes_its_response_counts(desk: Desk) -> None:
    """The response that comes after it, but was updated before it, opens nothing."""
    assert desk.send("DELETE", f"{NOTIFY}/r1").status_code == 200
    assert desk.versions() == [("notify", "deleted", False)]
    desk.tell("r1", response(meta=updated(0)))
    assert desk.entries() == {}


@pytest.mark.case("notify-unknown-delete")
def test_a_deletion_told_twice_is_one(desk: Desk) -> None:
    """Senders repeat themselves."""
    for _ in range(2):
        desk.send("DELETE", f"{NOTIFY}/r1")
    assert desk.versions() == [("notify", "deleted", False)]
    assert desk.clinic.reads.attention() == []


def test_a_name_that_is_markup_does_no_harm(desk: Desk) -> None:
    """HTML, a link or a turned text direction stays in the response; the chart is told of the letters."""
    name = "<script>alert('x')</script> & \"Ray\" \u202e \u00e9 http://evil.example/x"
    desk.tell("r1", response(therapist=name))
    desk.put("r2", response(therapist=name, subject="Patient/p2"))
    for observation in desk.search():
        told = observation["text"]["div"] + observation["note"][0]["text"]
        assert "Ray" in told
        assert "\u00e9" in told
        for harm in ("<script", "&lt;script", "\u202e", "http://evil", "evil.example"):
            assert harm not in told
    kept = resource(desk.read("r2"))["item"][0]["answer"][0]["valueString"]
    assert kept == name
