"""Whatever may be wrong with a response, through both doors: refused or told, never lost, never half-written."""

import time

import pytest

from fhir_alliance.fhir.json_text import MOST_BYTES
from tests.building import Resource, altered
from tests.web.bad_input import BAD, GOOD, MARKER, OURS, R4, RAW, Bad
from tests.web.desk import NOTIFY, RESPONSES, Desk, issue, resource, updated

#: what by notify is no response of ours, so that only its coming is noted
NOTED = {"no resourceType", "another resourceType", "a resourceType of no type"}
FOREIGN = {"no Questionnaire", "an unknown Questionnaire"}
#: what is wrong only in id or meta is no new version
SAME = {"an id of 65 characters", "an id with a blank", "an id that climbs", "a versionId with a blank"}
PATIENCE = 2.0


@pytest.fixture(autouse=True)
def prompt_and_silent(caplog: pytest.LogCaptureFixture) -> object:
    """No input takes long, and none is quoted in a log."""
    caplog.set_level("INFO")
    began = time.monotonic()
    yield
    assert time.monotonic() - began < PATIENCE
    assert MARKER not in caplog.text.lower()
    assert "unexpected" not in caplog.text


def issues(outcome: Resource) -> list[tuple[str, str]]:
    """Code and expression of every issue."""
    assert outcome["resourceType"] == "OperationOutcome"
    assert MARKER not in str(outcome).lower()
    return [(one["code"], *one.get("expression", [""])) for one in outcome["issue"]]


@pytest.mark.case("error-status")
@pytest.mark.parametrize("name", BAD)
def test_our_own_server_refuses_it(desk: Desk, name: str) -> None:
    """400 or 422 with code and expression, by POST, by PUT and by $extract; nothing of it is kept."""
    bad: Bad = BAD[name]
    assert desk.post(GOOD).status_code == 201
    before, stood = desk.contents(), desk.search()
    for method, path in (("POST", RESPONSES), ("POST", f"{RESPONSES}/$extract")):
        answer = desk.send(method, path, bad.body)
        assert (answer.status_code, (bad.code, bad.where) in issues(resource(answer))) == (bad.status, True), path
    answer = desk.send("PUT", f"{RESPONSES}/r0", bad.body)
    assert answer.status_code == bad.status
    issues(resource(answer))
    assert (desk.contents(), desk.search()) == (before, stood)
    assert desk.post(altered(GOOD, "status", to="amended")).status_code == 200


@pytest.mark.case("notify-errors")
@pytest.mark.parametrize("name", BAD)
def test_by_notify_it_is_kept_and_told(desk: Desk, name: str) -> None:
    """200; the good version before it stands, it is told in status, and a good one after it counts."""
    bad: Bad = BAD[name]
    desk.tell("r0", {**GOOD, "meta": updated(0)})
    stood = desk.search()
    answer = desk.tell("r0", bad.body)
    assert answer.status_code == 200
    found = issues(resource(answer))
    assert desk.search() == stood
    reads = desk.clinic.reads
    if name in NOTED:
        assert reads.notices() == {"other-resource": 1}
        assert reads.attention() == []
    elif name in SAME:
        assert (bad.code, bad.where) in found
        assert reads.versions() == {"scored": 1}
    else:
        assert (bad.code, bad.where) in found
        (told,) = reads.attention()
        assert (told.kind, told.response, told.reason) == ("invalid", "r0", " ".join(found[0]))
        assert reads.versions() == {"scored": 1, "invalid": 1}
    desk.tell("r0", {**altered(GOOD, "status", to="amended"), "meta": updated(1)})
    assert reads.attention() == []
    assert len(desk.search()) == 1


@pytest.mark.parametrize("name", BAD)
def test_by_notify_it_is_kept_though_it_is_the_first(desk: Desk, name: str) -> None:
    """Nothing stands, and it is counted: as invalid, or as none of ours."""
    assert desk.send("POST", "/notify", BAD[name].body).status_code == 200
    counted = {**desk.clinic.reads.versions(), **desk.clinic.reads.notices()}
    if name in FOREIGN:
        assert counted == {"other-questionnaire": 1}
    else:
        assert counted == ({"other-resource": 1} if name in NOTED else {"invalid": 1})
    assert (desk.entries(), desk.search()) == ({}, [])


@pytest.mark.parametrize("size", [MOST_BYTES + 1, 50_000_000])
def test_a_body_that_is_too_large(desk: Desk, size: int) -> None:
    """413 at both doors, whatever is in it."""
    desk.tell("r0", GOOD)
    before = desk.contents()
    for method, path in (
        ("POST", RESPONSES),
        ("PUT", f"{RESPONSES}/r0"),
        ("POST", "/notify"),
        ("PUT", f"{NOTIFY}/r0"),
    ):
        answer = desk.send(method, path, b"x" * size)
        assert (answer.status_code, issue(answer)["code"]) == (413, "too-costly")
    assert desk.contents() == before


def test_r4_is_told_before_our_rules(desk: Desk) -> None:
    """Where both are broken it is 400: the Questionnaire's rules need a valid resource."""
    both = altered(altered(GOOD, "status", to="foo"), "questionnaire", to="urn:other")
    answer = desk.post(both)
    assert answer.status_code == 400
    assert {where for _, where in issues(resource(answer))} == {"QuestionnaireResponse.status"}


def test_every_fault_is_told_at_once(desk: Desk) -> None:
    """A sender that mends one thing at a time would never end."""
    made = altered(altered(GOOD, "authored", to="2027-01-01"), "subject", "reference", to="Patient/_")
    made = altered(made, "item", 2, "linkId", to="nowhere")
    found = issues(resource(desk.post(made)))
    assert {code for code, _ in found} >= {"business-rule", "value", "not-found"}


def test_the_list_is_whole() -> None:
    """Each group has its cases: a mistake in the list would test nothing."""
    assert (len(RAW), len(R4), len(OURS)) >= (20, 25, 25)
    assert all(MARKER.encode() in bad.body for bad in (*R4.values(), *OURS.values()))
