"""SDC $extract: the Observation for the caller to write; nothing is kept."""

import pytest

from tests.building import Resource, response
from tests.web.desk import RESPONSES, Desk, issue, resource

PATH = f"{RESPONSES}/$extract"


@pytest.mark.parametrize("wrapped", [False, True])
def test_it_answers_with_a_transaction(desk: Desk, wrapped: bool) -> None:
    """The response itself, or in Parameters; one PUT of one Observation, and nothing in the ledger."""
    made: Resource = response(id="r1")
    if wrapped:
        parameter = {"name": "questionnaire-response", "resource": made}
        made = {"resourceType": "Parameters", "parameter": [parameter]}
    bundle = resource(desk.send("POST", PATH, made))
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "transaction")
    (entry,) = bundle["entry"]
    observation = entry["resource"]
    assert entry["request"] == {"method": "PUT", "url": f"Observation/{observation['id']}"}
    assert observation["valueCodeableConcept"]["text"].startswith("Yes to 7 of 9 (no 1, open 1)")
    assert observation["derivedFrom"] == [{"reference": "QuestionnaireResponse/r1"}]
    assert desk.is_empty()


def test_it_gives_the_id_that_notify_would(desk: Desk) -> None:
    """Who extracts and who is told of the response write one Observation."""
    (entry,) = resource(desk.send("POST", PATH, response(id="r1")))["entry"]
    desk.tell("r1", response(id="r1"))
    assert desk.entry().id == entry["resource"]["id"]


def test_without_an_id_the_source_is_logical(desk: Desk) -> None:
    """There is nothing to refer to."""
    (entry,) = resource(desk.send("POST", PATH, response(identifier=("urn:a", "1"))))["entry"]
    (source,) = entry["resource"]["derivedFrom"]
    assert source["identifier"] == {"system": "urn:a", "value": "1"}


@pytest.mark.case("no-result")
@pytest.mark.parametrize(
    "made",
    [
        response(""),
        response("DDDDDDDDD"),
        response(sharing="none"),
        response(status="in-progress"),
        response(status="stopped"),
    ],
)
def test_no_result_is_no_failure(desk: Desk, made: Resource) -> None:
    """200 with an informational OperationOutcome."""
    answer = desk.send("POST", PATH, made)
    assert answer.status_code == 200
    assert (issue(answer)["severity"], issue(answer)["code"]) == ("information", "informational")


def test_a_withdrawn_response_has_no_result(desk: Desk) -> None:
    """Entered in error: 200, and no Observation is proposed."""
    answer = desk.send("POST", PATH, response(status="entered-in-error"))
    assert answer.status_code == 200
    assert resource(answer)["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize(
    "parameters",
    [
        None,
        [],
        {},
        [{"name": "questionnaire-response"}],
        [{"name": "other", "resource": response()}],
        [{"name": "questionnaire-response", "resource": response()}, {"name": "data"}],
        [{"name": "questionnaire-response", "resource": [response()]}],
        ["questionnaire-response"],
    ],
)
def test_other_parameters_are_refused(desk: Desk, parameters: object) -> None:
    """400: a parameter that is not understood would be ignored."""
    made: Resource = {"resourceType": "Parameters"}
    if parameters is not None:
        made["parameter"] = parameters
    answer = desk.send("POST", PATH, made)
    assert (answer.status_code, issue(answer)["expression"]) == (400, ["Parameters.parameter"])


def test_a_resource_of_another_type_in_parameters_is_refused(desk: Desk) -> None:
    """400, as without Parameters."""
    parameter = {"name": "questionnaire-response", "resource": {"resourceType": "Patient"}}
    answer = desk.send("POST", PATH, {"resourceType": "Parameters", "parameter": [parameter]})
    assert answer.status_code == 400
