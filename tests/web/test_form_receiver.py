"""SDC $process-response: a form filler hands in a response, alone or in Parameters."""

import json
from collections.abc import Callable

import pytest

from tests.building import Resource, response
from tests.web.desk import OBSERVATIONS, RESPONSES, Desk, issue, resource

PATH = "/fhir/Questionnaire/$process-response"
COMPLETED = response(identifier=("urn:filler", "1"))


def wrapped(made: object, name: str = "in") -> Resource:
    """Parameters with one resource."""
    return {"resourceType": "Parameters", "parameter": [{"name": name, "resource": made}]}


@pytest.mark.parametrize("sent", [COMPLETED, wrapped(COMPLETED)], ids=["alone", "in Parameters"])
def test_a_response_is_taken_in(desk: Desk, sent: Resource) -> None:
    """200 with an OperationOutcome, and its Observation is due, as with POST /fhir/QuestionnaireResponse."""
    answer = desk.send("POST", PATH, sent)
    assert (answer.status_code, issue(answer)["severity"]) == (200, "information")
    (entry,) = resource(desk.get(OBSERVATIONS))["entry"]
    assert entry["resource"]["valueCodeableConcept"]["text"].startswith("Yes to 7 of 9 (no 1, open 1)")


def test_it_can_be_amended_where_it_is(desk: Desk) -> None:
    """Location names the response, so that one without an identifier is amended there."""
    where = desk.send("POST", PATH, response()).headers["Location"].rpartition("/_history/")[0]
    assert desk.put(where.rpartition("/")[2], response((5, 4, 0), status="amended")).status_code == 200
    (entry,) = resource(desk.get(OBSERVATIONS))["entry"]
    assert entry["resource"]["valueCodeableConcept"]["text"].startswith("Yes to 5 of 9")


def test_it_is_the_same_door(desk: Desk) -> None:
    """What came this way and what is posted are one submission, known by its identifier."""
    desk.send("POST", PATH, wrapped(COMPLETED))
    again = desk.send("POST", RESPONSES, COMPLETED)
    amended = desk.send("POST", PATH, response((5, 4, 0), identifier=("urn:filler", "1"), status="amended"))
    assert (again.status_code, amended.status_code) == (200, 200)
    (entry,) = resource(desk.get(OBSERVATIONS))["entry"]
    assert entry["resource"]["valueCodeableConcept"]["text"].startswith("Yes to 5 of 9")


def test_what_is_kept_is_what_came(desk: Desk) -> None:
    """Read back at our own server, it says the same."""
    sent = response(identifier=("urn:filler", "1"), therapist='Dr. "Ñ" 🌿')
    desk.send("POST", PATH, wrapped(sent))
    again = resource(desk.post(sent))
    kept = resource(desk.read(again["id"]))
    assert {**kept, "id": None, "meta": None} == {**sent, "id": None, "meta": None}


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (response(questionnaire="https://other.example/Questionnaire/q"), 422),
        (response(status="done"), 400),
        ({"resourceType": "Patient"}, 400),
    ],
)
@pytest.mark.parametrize("wrap", [lambda one: one, wrapped], ids=["alone", "in Parameters"])
def test_a_bad_response_is_refused(
    desk: Desk, sent: Resource, status: int, wrap: Callable[[Resource], Resource]
) -> None:
    """The same words as for POST, and nothing is kept."""
    answer, posted = desk.send("POST", PATH, wrap(sent)), desk.send("POST", RESPONSES, sent)
    assert (answer.status_code, resource(answer)) == (status, resource(posted))
    assert desk.is_empty()


@pytest.mark.parametrize("parameter", [None, [], [{"name": "in"}], [{"name": "response", "resource": COMPLETED}]])
def test_other_parameters_are_refused(desk: Desk, parameter: object) -> None:
    """400: a parameter that is not understood would be ignored."""
    answer = desk.send("POST", PATH, {"resourceType": "Parameters", "parameter": parameter})
    assert (answer.status_code, issue(answer)["expression"]) == (400, ["Parameters.parameter"])


def test_a_conditional_create_is_refused(desk: Desk) -> None:
    """As at the type."""
    sent = json.dumps(COMPLETED)
    headers = {"Content-Type": "application/fhir+json", "If-None-Exist": "identifier=1"}
    assert desk.client.post(PATH, data=sent, headers=headers).status_code == 400
    assert desk.is_empty()
