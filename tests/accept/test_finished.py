"""What a finished response must say, and an unfinished one need not."""

import pytest

from tests.building import Resource, response, without
from tests.web.desk import Desk, issue

FINISHED = ("completed", "amended")
UNFINISHED = ("in-progress", "stopped")
SUBJECT, AUTHORED = "QuestionnaireResponse.subject", "QuestionnaireResponse.authored"


def refused(desk: Desk, made: Resource, code: str, where: str) -> None:
    """422 with that issue by fhir; by notify invalid, and told."""
    answer = desk.post(made)
    assert (answer.status_code, issue(answer)["code"], issue(answer)["expression"]) == (422, code, [where])
    assert desk.is_empty()
    assert desk.tell("r1", made).status_code == 200
    (told,) = desk.clinic.reads.attention()
    assert told.reason == f"{code} {where}"
    assert desk.entries() == {}


@pytest.mark.case("finished-subject")
@pytest.mark.parametrize("status", FINISHED)
def test_a_finished_response_has_a_subject(desk: Desk, status: str) -> None:
    """Without one nobody knows whose chart it belongs in."""
    refused(desk, response(status=status, subject=None), "required", SUBJECT)


@pytest.mark.case("authored-needed")
@pytest.mark.parametrize("status", FINISHED)
def test_a_finished_response_says_when(desk: Desk, status: str) -> None:
    """Without it the Observation would have no effective time."""
    refused(desk, response(status=status, authored=None), "required", AUTHORED)


@pytest.mark.case("finished-subject")
@pytest.mark.case("authored-needed")
@pytest.mark.parametrize("status", UNFINISHED)
def test_an_unfinished_response_need_not(desk: Desk, status: str) -> None:
    """It is kept, and calls for nothing."""
    made = without(response(status=status, authored=None), "subject")
    assert desk.put("r1", made).status_code == 201
    assert desk.entries() == {}


@pytest.mark.case("authored-needed")
@pytest.mark.parametrize("authored", ["2026", "2026-11", "1990-01"])
def test_authored_names_at_least_the_day(desk: Desk, authored: str) -> None:
    """A month is no time of a first impression."""
    refused(desk, response(authored=authored), "value", AUTHORED)


#: it is 24 November 2026, 09:30 in UTC; the last place on earth where it is still the 23rd, or already the 25th
NOT_AHEAD = [
    "2026-11-24",
    "2026-11-25",
    "2026-11-25T09:30:00Z",
    "2026-11-25T13:30:00+04:00",
    "2026-11-24T23:30:00-10:00",
    "1926-11-24",
]
AHEAD = ["2026-11-25T09:30:01Z", "2026-11-25T00:00:01-10:00", "2026-11-27", "2027-01-01", "9999-12-31T00:00:00Z"]


@pytest.mark.case("authored-needed")
@pytest.mark.parametrize("authored", NOT_AHEAD)
def test_authored_may_be_a_day_ahead(desk: Desk, authored: str) -> None:
    """Clocks drift, and a date has no zone."""
    assert desk.post(response(authored=authored)).status_code == 201
    assert desk.search()[0]["effectiveDateTime"] == authored


@pytest.mark.case("authored-needed")
@pytest.mark.parametrize("authored", AHEAD)
def test_authored_is_no_more_than_a_day_ahead(desk: Desk, authored: str) -> None:
    """Nobody answered tomorrow's session."""
    refused(desk, response(authored=authored), "business-rule", AUTHORED)
