"""Create, read, update, delete at our own server, as https://hl7.org/fhir/R4/http.html says."""

import json

import pytest

from tests.building import response, without
from tests.web.desk import RESPONSES, Desk, issue, resource, updated


def test_create_answers_with_id_version_and_place(desk: Desk) -> None:
    """201, Location of the version, ETag, Last-Modified, and what was kept."""
    answer = desk.post(response())
    made = resource(answer)
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"http://localhost{RESPONSES}/{made['id']}/_history/1"
    assert answer.headers["ETag"] == 'W/"1"'
    assert answer.headers["Last-Modified"] == "Tue, 24 Nov 2026 09:30:00 GMT"
    assert made["meta"] == {"versionId": "1", "lastUpdated": "2026-11-24T09:30:00.000Z"}
    assert without(without(made, "id"), "meta") == response()


@pytest.mark.case("post-id")
def test_post_checks_the_id_and_does_not_use_it(desk: Desk) -> None:
    """The server gives the id; one in the body must be a FHIR id all the same."""
    made = resource(desk.post(response(id="mine")))
    assert made["id"] != "mine"
    assert desk.read("mine").status_code == 404
    refused = desk.post(response(id="not an id"))
    assert (refused.status_code, issue(refused)["expression"]) == (400, ["QuestionnaireResponse.id"])


@pytest.mark.case("put-creates")
def test_put_creates_under_the_clients_id(desk: Desk) -> None:
    """201 at first, 200 then; the id stays the client's."""
    first, second = desk.put("r-1.A", response()), desk.put("r-1.A", response((6, 0, 0)))
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.headers["Location"].endswith(f"{RESPONSES}/r-1.A/_history/2")
    assert resource(second)["id"] == "r-1.A"


@pytest.mark.parametrize("body_id", [None, "r2", "R1", ""])
def test_put_asks_for_the_id_in_the_body(desk: Desk, body_id: str | None) -> None:
    """The id in the resource must be that in the URL: 400."""
    body = {**response(), **({} if body_id is None else {"id": body_id})}
    answer = desk.send("PUT", f"{RESPONSES}/r1", body)
    assert (answer.status_code, issue(answer)["expression"]) == (400, ["QuestionnaireResponse.id"])
    assert desk.is_empty()


@pytest.mark.case("put-bad-id")
@pytest.mark.parametrize(
    "bad",
    [
        "a" * 65,
        "a_b",
        "a%20b",
        "%C3%A9",
        "a'b",
        "'%20OR%201=1--",
        "%00",
        "r1%00",
        "r1%0A",
        "..",
        ".",
        "%2e%2e",
        "%2e",
        "..%2f..%2fetc",
        "..%2F",
        "$extract",
        "a;b",
        "a%25",
    ],
)
def test_an_id_that_fhir_does_not_allow_is_refused(desk: Desk, bad: str) -> None:
    """PUT and DELETE refuse it, GET finds nothing, and none of it reaches the ledger."""
    body = json.dumps(response(id="r1")).encode()
    for method in ("PUT", "DELETE"):
        answer = desk.send(method, f"{RESPONSES}/{bad}", body)
        assert answer.status_code in (400, 404, 405), answer.text
        assert resource(answer)["resourceType"] == "OperationOutcome"
    assert desk.get(f"{RESPONSES}/{bad}").status_code in (400, 404, 405)
    assert desk.is_empty()


@pytest.mark.case("put-bad-id")
@pytest.mark.parametrize("bad", ["a" * 65, "a_b", "..", ".", "a'b"])
def test_an_id_that_fhir_does_not_allow_is_400(desk: Desk, bad: str) -> None:
    """Where the path holds it whole, the refusal names the id."""
    for method in ("PUT", "DELETE"):
        answer = desk.send(method, f"{RESPONSES}/{bad}", response(id=bad))
        assert (answer.status_code, issue(answer)["expression"]) == (400, ["QuestionnaireResponse.id"])


@pytest.mark.case("delete-always")
def test_delete_always_answers_204(desk: Desk) -> None:
    """Known, repeated and unknown alike; with nothing in it."""
    desk.put("r1", response())
    for response_id in ("r1", "r1", "nobody", "nobody"):
        answer = desk.delete(response_id)
        assert (answer.status_code, answer.data) == (204, b"")


@pytest.mark.case("delete-gone")
def test_after_a_deletion_get_answers_410(desk: Desk) -> None:
    """The response and its result are gone; its earlier versions can be read."""
    desk.put("r1", response())
    desk.delete("r1")
    answer = desk.read("r1")
    assert (answer.status_code, issue(answer)["code"]) == (410, "deleted")
    assert desk.read("r1/_history/1").status_code == 200
    assert desk.read("r1/_history/2").status_code == 410
    assert [one["status"] for one in desk.search()] == ["entered-in-error"]


@pytest.mark.case("delete-gone")
def test_a_deletion_of_the_unknown_is_remembered(desk: Desk) -> None:
    """It may overtake the PUT of another sender: the id is gone, not unknown."""
    desk.delete("r1")
    assert desk.read("r1").status_code == 410
    assert desk.read("r2").status_code == 404


@pytest.mark.case("delete-return")
def test_a_put_after_a_deletion_creates_again(desk: Desk) -> None:
    """201 with the same id, and the numbers go on."""
    desk.put("r1", response())
    desk.delete("r1")
    answer = desk.put("r1", response())
    assert (answer.status_code, answer.headers["ETag"]) == (201, 'W/"3"')
    assert desk.read("r1").status_code == 200
    assert [one["status"] for one in desk.search()] == ["amended"]


@pytest.mark.case("delete-return")
def test_an_equal_post_after_a_deletion_creates_again(desk: Desk) -> None:
    """It is the same submission still, so it gets the same id."""
    made = resource(desk.post(response()))
    desk.delete(made["id"])
    answer = desk.post(response())
    assert (answer.status_code, resource(answer)["id"]) == (201, made["id"])


@pytest.mark.case("fhir-reads")
def test_get_serves_what_came_with_our_id_and_meta(desk: Desk) -> None:
    """Everything that was sent is given back, labels and profile included."""
    security = [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "V"}]
    sent = response(therapist="Dr Łucja O'Neill", meta=updated(5, versionId="77", security=security))
    made = resource(desk.post(sent))
    read = resource(desk.read(made["id"]))
    assert read == made
    assert read["meta"] == {"security": security, "versionId": "1", "lastUpdated": "2026-11-24T09:30:00.000Z"}
    assert read["item"] == sent["item"]


@pytest.mark.case("fhir-reads")
def test_get_serves_nothing_that_came_by_notify(desk: Desk) -> None:
    """What the EHR told of stands in the EHR."""
    desk.tell("r1", response())
    assert desk.read("r1").status_code == 404


@pytest.mark.case("fhir-reads")
def test_what_came_here_stays_current_when_the_ehr_tells_of_it(desk: Desk) -> None:
    """A client that reads, and replaces what it read, succeeds: 200, whatever notify brought meanwhile."""
    identifier = ("urn:clinic:forms", "7731")
    desk.put("r1", response(identifier=identifier))
    desk.tell("e1", response((6, 0, 0), identifier=identifier))
    tag = desk.read("r1").headers["ETag"]
    answer = desk.put("r1", response((8, 0, 0), identifier=identifier), If_Match=tag)
    assert answer.status_code == 200


def test_vread_serves_each_version(desk: Desk) -> None:
    """As it was, with its own number and time."""
    for yes in (5, 6):
        desk.put("r1", response((yes, 0, 0)))
        desk.clock.go(60)
    one, two = desk.read("r1/_history/1"), desk.read("r1/_history/2")
    assert (one.headers["ETag"], two.headers["ETag"]) == ('W/"1"', 'W/"2"')
    assert len(resource(one)["item"]) == 5
    assert resource(two)["meta"]["lastUpdated"] == "2026-11-24T09:31:00.000Z"
    assert resource(two) == resource(desk.read("r1"))


@pytest.mark.parametrize("number", ["0", "3", "99999999999999999999"])
def test_vread_of_no_version_finds_nothing(desk: Desk, number: str) -> None:
    """404 with an OperationOutcome, however large the number."""
    desk.put("r1", response())
    answer = desk.read(f"r1/_history/{number}")
    assert (answer.status_code, issue(answer)["code"]) == (404, "not-found")


@pytest.mark.parametrize("number", ["x", "-1", "1.0", "1%00", "", "1%20OR%201", "../1"])
def test_vread_of_what_is_no_number_is_refused(desk: Desk, number: str) -> None:
    """No version has such a number."""
    desk.put("r1", response())
    answer = desk.read(f"r1/_history/{number}")
    assert answer.status_code in (404, 405)
    assert issue(answer)["severity"] == "error"


@pytest.mark.parametrize(
    ("prefer", "kind"),
    [
        ("return=minimal", None),
        ("return=representation", "QuestionnaireResponse"),
        ("return=OperationOutcome", "OperationOutcome"),
        ('return="minimal"', None),
        ("respond-async, return=minimal", None),
        ("return=nonsense", "QuestionnaireResponse"),
        ("handling=strict", "QuestionnaireResponse"),
    ],
)
def test_prefer_chooses_the_body(desk: Desk, prefer: str, kind: str | None) -> None:
    """Three values; the headers are the same for all."""
    answers = [desk.put("r1", response((n, 0, 0)), Prefer=prefer) for n in (5, 6)]
    assert [answer.status_code for answer in answers] == [201, 200]
    for number, answer in enumerate(answers, 1):
        assert answer.headers["ETag"] == f'W/"{number}"'
        assert (resource(answer)["resourceType"] if answer.data else None) == kind


def test_a_warning_is_told_without_a_preference(desk: Desk) -> None:
    """Where there is something to say, it is said unless the caller asked for something else."""
    desk.put("r1", response())
    told = desk.put("r1", response(status="entered-in-error", authored=None, subject=None))
    assert resource(told)["resourceType"] in ("OperationOutcome", "QuestionnaireResponse")
    faulty = {**response(status="entered-in-error"), "authored": "x"}
    assert issue(desk.put("r2", faulty))["severity"] == "warning"


def test_a_response_with_a_bom_is_read(desk: Desk) -> None:
    """Some senders begin UTF-8 with a mark."""
    assert desk.post(b"\xef\xbb\xbf" + json.dumps(response()).encode()).status_code == 201
