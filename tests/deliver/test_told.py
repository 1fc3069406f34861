"""What is told of deliveries: to the EHR the id of the request, to the operator counts and lines."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from fhir_alliance.ledger.tables import State
from fhir_alliance.sandbox import Sandbox
from fhir_alliance.telemetry.logs import Line
from tests.building import response
from tests.deliver.ehr_desk import EhrDesk
from tests.telemetry.test_metrics import value
from tests.web.desk import Desk, open_desk


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[tuple[Desk, EhrDesk]]:
    """A service as the wiring makes it, and its EHR."""
    with Sandbox() as sandbox, open_desk(tmp_path, EHR_URL=sandbox.base_url) as desk:
        ehr = EhrDesk(sandbox)
        yield desk, ehr
        ehr.close()


def deliver(desk: Desk) -> None:
    """One attempt."""
    assert desk.clinic.delivery is not None
    assert desk.clinic.delivery.deliver_one("a lease")


def test_the_ehr_is_told_the_id(clinic: tuple[Desk, EhrDesk]) -> None:
    """On every request of a delivery, that of the request that called for it; on no other."""
    desk, ehr = clinic
    desk.tell("r1", response(subject="Patient/p1"), X_Request_Id="first")
    deliver(desk)
    assert {line["requestId"] for line in ehr.log()} == {"first"}
    assert {line["method"] for line in ehr.log()} == {"GET", "PUT"}

    ehr.forget()
    desk.tell("r1", response("NNNNNNNNN", subject="Patient/p1"), X_Request_Id="amended")
    desk.tell("r2", response(subject="Patient/p2"), X_Request_Id="second")
    deliver(desk)
    assert {line["requestId"] for line in ehr.log()} == {"amended"}


def test_without_one_none_is_told(clinic: tuple[Desk, EhrDesk]) -> None:
    """Entries of before ids were kept."""
    desk, ehr = clinic
    desk.tell("r1", response())
    with desk.service.database.writing() as connection:
        connection.exec_driver_sql("UPDATE entry SET request_id = NULL")
    deliver(desk)

    assert {line["requestId"] for line in ehr.log()} == {None}


def test_attempts_and_requests_are_counted(clinic: tuple[Desk, EhrDesk]) -> None:
    """By how the attempt ended, and by what the EHR answered."""
    desk, ehr = clinic
    desk.tell("r1", response())
    ehr.fault("status", status=503, method="PUT")
    deliver(desk)
    metrics = desk.service.telemetry.metrics
    assert value(metrics, "attempts_total", clinic="default", outcome="due") == 1
    asked = {"clinic": "default", "method": "PUT", "status": "503"}
    assert value(metrics, "ehr_request_seconds_count", **asked) == 1

    desk.tell("r2", response(subject="Patient/p2"))
    deliver(desk)
    assert value(metrics, "attempts_total", clinic="default", outcome="settled") == 1
    assert value(metrics, "ehr_request_seconds_count", **{**asked, "status": "201"}) == 1


def test_a_request_that_is_cut_off_is_counted_too(clinic: tuple[Desk, EhrDesk]) -> None:
    """With no status; the result is unknown."""
    desk, ehr = clinic
    desk.tell("r1", response())
    ehr.fault("reset-after", method="PUT")
    deliver(desk)
    metrics = desk.service.telemetry.metrics

    assert value(metrics, "attempts_total", clinic="default", outcome="unknown") == 1
    asked = {"clinic": "default", "method": "PUT", "status": "none"}
    assert value(metrics, "ehr_request_seconds_count", **asked) == 1


def test_an_attempt_is_one_line(clinic: tuple[Desk, EhrDesk], caplog: pytest.LogCaptureFixture) -> None:
    """Clinic, request, entry, how it ended and why, in a word: an EHR may choose the rest of its words."""
    desk, ehr = clinic
    desk.tell("r1", response(), X_Request_Id="r-1")
    issue = {"severity": "error", "code": "ada-lovelace", "expression": ["Observation.subject"]}
    told = json.dumps({"resourceType": "OperationOutcome", "issue": [issue]})
    ehr.fault("status", status=422, method="PUT", body=told)
    with caplog.at_level(logging.INFO, logger="fhir_alliance.telemetry"):
        deliver(desk)
    told_of = [one for one in caplog.records if one.name.startswith("fhir_alliance.telemetry")]
    (line,) = [json.loads(Line().format(one)) for one in told_of]

    assert desk.entry().state is State.HELD
    assert (line["event"], line["clinic"], line["request_id"]) == ("attempt", "default", "r-1")
    assert (line["level"], line["outcome"], line["reason"]) == ("warning", "held", "http-422")
    assert line["entry"] == desk.entry().id
    assert line["seconds"] >= 0
