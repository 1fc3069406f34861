"""What is not there, not offered, or too large: always an OperationOutcome with a code."""

import json
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from fhir_alliance.fhir.json_text import MOST_BYTES
from tests.building import response
from tests.web.desk import NOTIFY, RESPONSES, Desk, issue, resource

NOTHING = [
    "/",
    "/fhir",
    "/fhir/",
    "/notify/x",
    "/health",
    "/static/x",
    "/fhir/Patient",
    "/fhir/Patient/p1",
    "/fhir/$x",
]


@pytest.mark.parametrize(
    "path", [*NOTHING, "/fhir/questionnaire", f"{RESPONSES}/r1/_history", "/fhir/Bundle", "/etc/passwd", "/%00"]
)
def test_nothing_is_there(desk: Desk, path: str) -> None:
    """404 with not-found, or not-supported where the type is none of ours."""
    answer = desk.get(path)
    assert answer.status_code == 404
    assert issue(answer)["code"] in ("not-found", "not-supported")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", RESPONSES),
        ("PATCH", f"{RESPONSES}/r1"),
        ("POST", f"{RESPONSES}/r1"),
        ("POST", f"{RESPONSES}/_search"),
        ("PUT", f"{RESPONSES}/r1/_history/1"),
        ("PUT", RESPONSES),
        ("DELETE", RESPONSES),
        ("POST", "/fhir/Observation"),
        ("PUT", "/fhir/Observation/o1"),
        ("DELETE", "/fhir/Observation/o1"),
        ("POST", "/fhir/Questionnaire"),
        ("PUT", "/fhir/Questionnaire/alliance-checklist"),
        ("DELETE", "/fhir/CodeSystem/alliance-answer"),
        ("PATCH", "/fhir/ValueSet/alliance-answer"),
        ("TRACE", RESPONSES),
        ("PURGE", f"{RESPONSES}/r1"),
        ("POST", "/healthz"),
        ("GET", "/notify"),
    ],
)
def test_an_interaction_is_not_offered(desk: Desk, method: str, path: str) -> None:
    """405 with not-supported, and nothing is kept."""
    answer = desk.send(method, path, response())
    assert (answer.status_code, issue(answer)["code"]) == (405, "not-supported")
    assert desk.is_empty()


def test_what_is_offered_instead_is_told(desk: Desk) -> None:
    """A 405 names the methods that are offered, and no others (RFC 9110, 15.5.6)."""
    assert allowed(desk.send("POST", "/healthz")) == {"GET", "HEAD"}
    assert allowed(desk.get("/notify")) == {"POST"}
    assert allowed(desk.get(RESPONSES)) == {"POST"}
    assert allowed(desk.send("PATCH", f"{RESPONSES}/r1", response())) == {"GET", "HEAD", "PUT", "DELETE"}
    assert allowed(desk.send("PUT", "/fhir/Questionnaire/x", response())) == {"GET", "HEAD"}


def allowed(answer: TestResponse) -> set[str]:
    """The methods in Allow, without the one that any path has."""
    return {name.strip() for name in answer.headers.get("Allow", "").split(",")} - {"OPTIONS"}


def test_a_body_of_exactly_the_limit_is_read(desk: Desk) -> None:
    """Blanks may pad a response to the limit; one more is too large, at both doors."""
    body = json.dumps(response()).encode()
    for sent in (desk.post(body.ljust(MOST_BYTES)), desk.tell("r1", body.ljust(MOST_BYTES))):
        assert sent.status_code in (200, 201)
    before = desk.contents()
    for sent in (
        desk.post(body.ljust(MOST_BYTES + 1)),
        desk.tell("r1", body.ljust(MOST_BYTES + 1)),
        desk.send("POST", f"{RESPONSES}/$extract", body.ljust(MOST_BYTES + 1)),
        desk.send("PUT", f"{RESPONSES}/r1", body.ljust(MOST_BYTES + 1)),
    ):
        assert (sent.status_code, issue(sent)["code"]) == (413, "too-costly")
    assert desk.contents() == before


@pytest.mark.parametrize(
    "path",
    [
        "/fhir/../etc/passwd",
        "/fhir/Questionnaire/../../etc/passwd",
        "/fhir/Questionnaire/..%2f..%2fpyproject.toml",
        "/fhir/Questionnaire/%2e%2e",
        "/fhir/Questionnaire/alliance-checklist.json",
        "/fhir/Observation/'%20OR%20'1'='1",
        "/fhir/Observation/%25",
        "/fhir/Observation/%00",
        "/fhir/Observation/" + "a" * 5000,
        "/fhir/QuestionnaireResponse/r1%00",
        "/fhir/QuestionnaireResponse/r1/../r1/x",
        "/fhir/QuestionnaireResponse/%ff%fe",
        "/fhir/QuestionnaireResponse/%ED%A0%80",
    ],
)
def test_path_and_sql_tricks_find_nothing(desk: Desk, path: str) -> None:
    """Ids are compared, never built into a path or a statement."""
    desk.put("r1", response())
    before = desk.contents()
    answer = desk.get(path)
    assert answer.status_code in (404, 405)
    assert resource(answer)["resourceType"] == "OperationOutcome"
    assert desk.contents() == before


def test_an_unexpected_error_tells_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """500 with an OperationOutcome that quotes nothing; where it happened goes to the log."""
    monkeypatch.setattr(desk.clinic.reads, "response", lambda *_: 1 / 0)
    answer = desk.read("r1")
    assert (answer.status_code, issue(answer)["code"]) == (500, "exception")
    assert "division" not in answer.text


@pytest.mark.parametrize("response_id", ["..", "a_b", "a" * 65, "a%20b", "%00", "x/y", "QuestionnaireResponse/r9"])
def test_notify_takes_no_bad_id(desk: Desk, response_id: str) -> None:
    """By PUT the body's own id is used then; a deletion of such an id does nothing."""
    assert desk.send("DELETE", f"{NOTIFY}/{response_id}").status_code == 200
    assert desk.is_empty()
    assert desk.send("PUT", f"{NOTIFY}/{response_id}", response(id="r9")).status_code == 200
    desk.tell("r9", response((6, 0, 0)))
    assert len(desk.entries()) == 1


def test_why_there_is_no_database_is_in_the_log(
    desk: Desk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The sender is told to try again, the operator what is wrong."""
    (tmp_path / "ledger.sqlite").rename(tmp_path / "away")
    answer = desk.post(response())

    assert (answer.status_code, "SQLITE" in answer.text) == (503, False)
    (told,) = (one for one in caplog.messages if one.startswith("the database does not answer: "))
    assert told.endswith("(SQLITE_CANTOPEN)")
