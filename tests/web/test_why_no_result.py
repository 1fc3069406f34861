"""``$extract`` of what was entered in error: told why there is no result, and that nothing failed."""

import pytest

from tests.building import Resource, response, without
from tests.web.desk import RESPONSES, Desk, resource

WITHDRAWN = response(status="entered-in-error", id="r1")


@pytest.mark.case("no-result")
@pytest.mark.parametrize(
    ("made", "severities"),
    [
        (WITHDRAWN, ["information"]),
        (without(WITHDRAWN, "subject"), ["information"]),
        ({**WITHDRAWN, "authored": "yesterday"}, ["warning", "information"]),
        ({**WITHDRAWN, "questionnaire": "https://other.example/q"}, ["warning", "information"]),
    ],
    ids=["sound", "no-subject", "broken", "other-questionnaire"],
)
@pytest.mark.parametrize("wrapped", [False, True])
def test_a_withdrawal_has_no_result(desk: Desk, made: Resource, severities: list[str], wrapped: bool) -> None:
    """An OperationOutcome, 200, whose last issue gives the reason; other faults are warnings."""
    parameter = {"name": "questionnaire-response", "resource": made}
    body = {"resourceType": "Parameters", "parameter": [parameter]} if wrapped else made
    answer = desk.send("POST", f"{RESPONSES}/$extract", body)
    issues = resource(answer)["issue"]

    assert answer.status_code == 200
    assert {one["severity"] for one in issues} == set(severities)
    assert issues[-1]["severity"] == "information"
    assert "entered in error" in issues[-1]["diagnostics"]
    assert desk.is_empty()
