"""What the demo says where something does not become as expected."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from fhir_alliance.assess import Assessor, Clinic
from fhir_alliance.catalog import Catalog
from fhir_alliance.cli.demo import play as play_module
from fhir_alliance.cli.demo.ehr import DemoEhr
from fhir_alliance.cli.demo.play import Play
from fhir_alliance.cli.demo.rows import Outcome, Reading
from fhir_alliance.cli.demo.samples import Samples
from fhir_alliance.cli.demo.service import RunningService, running_service
from fhir_alliance.cli.demo.table import summary
from fhir_alliance.ehr.client import FhirClient
from fhir_alliance.fhir.identity import Door, id_key, observation_id, submission_id
from fhir_alliance.ledger.reads import Attention
from fhir_alliance.sandbox import Sandbox
from fhir_alliance.scoring.result import Sharing
from fhir_alliance.settings import DEFAULT_CLINIC, read_settings
from fhir_alliance.wiring import make_service
from tests.building import NOW, PROGRAM, response

RESPONSE = response(id="r1")


@pytest.fixture
def ehr() -> Iterator[DemoEhr]:
    """An EHR with one response and nobody who scores it; a message is tried for a quarter of a second."""
    with Sandbox(retry_for=0.25) as sandbox:
        demo = DemoEhr(sandbox.url, FhirClient(sandbox.base_url, None, 10))
        demo.enter([RESPONSE])
        yield demo


@pytest.fixture
def judge(ehr: DemoEhr, catalog: Catalog) -> Assessor:
    """What should become of a response."""
    return Assessor(catalog, Clinic("default", ehr.fhir.base_url, Sharing.SUMMARY, "R"), PROGRAM)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[RunningService]:
    """Something that runs, and has said something, but serves nothing."""
    log = tmp_path / "service.log"
    log.write_text("a last word\n")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield RunningService(process, log)
        process.kill()


@pytest.fixture
def play(ehr: DemoEhr, judge: Assessor, service: RunningService) -> Iterator[Play]:
    """The demo with that service, and an empty ledger."""
    made = make_service(read_settings())
    yield Play(ehr, service, judge, made.clinics[DEFAULT_CLINIC].reads)
    made.database.engine.dispose()


def test_missing_result(ehr: DemoEhr, judge: Assessor) -> None:
    """A response that was scored by nobody is not as it should be."""
    row = Reading(ehr, judge, []).row("r1", "Patient/p1")

    assert (row.outcome, row.stands) == (Outcome.WRONG, "nothing, though there is a result")
    assert summary([row]) == "1 in all: 1 not as it should be."


def test_another_result(ehr: DemoEhr, judge: Assessor) -> None:
    """An Observation that says something else than the answers do is not as it should be."""
    clinic = judge.clinic.name
    entry_id = observation_id(clinic, submission_id(clinic, id_key(Door.NOTIFY, "r1")), "Patient/p1")
    observation = {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "code": {"text": "Fit"},
        "subject": {"reference": "Patient/p1"},
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{entry_id}"}],
        "valueCodeableConcept": {"coding": [{"system": "urn:x", "code": "yes-to-most"}], "text": "Yes to 9 of 9"},
    }
    ehr.enter([observation])
    row = Reading(ehr, judge, []).row("r1", "Patient/p1")

    assert (row.outcome, row.stands, row.where) == (Outcome.WRONG, "Yes to 9 of 9", "Observation/o1")


def test_invalid_and_unknown_to_the_service(ehr: DemoEhr, judge: Assessor) -> None:
    """An invalid response that the service does not tell of is not as it should be; one that it tells of is."""
    ehr.enter([response(id="r2", questionnaire="urn:other")])
    told = Attention("invalid", "s", "r2", "not-found", NOW)
    rows = [Reading(ehr, judge, attention).row("r2", "Patient/p1") for attention in ([], [told])]

    assert [row.outcome for row in rows] == [Outcome.WRONG, Outcome.INVALID]
    assert rows[1].stands == "nothing: the response is invalid. This Questionnaire is not known here."


def test_not_settled_in_time(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the charts are not done in time, it is told what is under way, with the service's last words."""
    monkeypatch.setattr(play_module, "PATIENCE", 0.0)
    play.ehr.subscribe("http://127.0.0.1:9/notify")
    with pytest.raises(click.ClickException) as raised:
        play.enter(Samples((), ((response(id="r3"),),)))

    assert raised.value.message == "Not settled in time: 1 messages.\nThe service's last words:\na last word"


def test_message_given_up(play: Play) -> None:
    """Where the EHR gave up telling the service, the demo ends."""
    play.ehr.subscribe("http://127.0.0.1:9/notify")
    with pytest.raises(click.ClickException, match="The EHR gave up 1 messages"):
        play.enter(Samples((), ((response(id="r3"),),)))


def test_service_that_cannot_start(tmp_path: Path) -> None:
    """A service that ends by itself is told with its own words."""
    settings = {"FHIR_ALLIANCE_SHARING": "some"}
    with running_service(settings, tmp_path) as service, pytest.raises(click.ClickException) as raised:
        service.url()

    assert raised.value.message.startswith("The service ended by itself.\nThe service's last words:\n")
    assert "FHIR_ALLIANCE_SHARING: takes" in raised.value.message
