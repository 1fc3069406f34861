"""The events that carry nothing, or nothing of ours, and an EHR that is away."""

import pytest
import requests

from fhir_alliance.sandbox import Sandbox
from tests.deliver.answers import response
from tests.deliver.ehr_desk import EhrDesk, until
from tests.end_to_end.clinic import Clinic
from tests.end_to_end.service import Service

TOKEN = "a-token-of-the-clinic"


@pytest.fixture(scope="module")
def clinic(open_clinic):
    """One clinic for all these tests."""
    return open_clinic()


@pytest.mark.case("notify-empty")
def test_an_ehr_that_sends_nothing(open_clinic):
    """An empty POST is taken once, counted in status, and changes no chart."""
    clinic = open_clinic("empty")
    clinic.file(response())

    assert clinic.ehr.hooks() == {"pending": 0, "delivered": 1, "failed": 0}
    assert clinic.ehr.observations() == []
    assert clinic.service.ask("SELECT kind, count(*) FROM notice GROUP BY kind") == [("empty", 1)]
    assert "empty" in clinic.service.command("status").stdout


@pytest.mark.case("notify-foreign")
def test_other_questionnaires(clinic):
    """A response to another Questionnaire is taken once, and nothing stands."""
    clinic.file(response("other", patient="other", questionnaire="https://example.org/phq-9|1"))

    assert clinic.ehr.hooks()["failed"] == 0
    assert clinic.ehr.observations("other") == []


@pytest.mark.case("notify-unknown-delete")
def test_deleted_before_it_was_known(clinic):
    """The deletion overtook the response: the late version does not bring it back."""
    where = f"{clinic.service.url}/notify/QuestionnaireResponse/overtaken"
    assert requests.delete(where, timeout=10).ok
    late = response("overtaken", patient="overtaken", last_updated="2026-01-01T00:00:00Z", authored="2026-01-01")
    assert clinic.service.notify(late).ok
    clinic.at_rest()

    assert clinic.ehr.observations("overtaken") == []


def test_an_event_is_told_twice(clinic):
    """The same event once more changes nothing."""
    clinic.ehr.put(response("twice", patient="twice"))
    clinic.at_rest()
    told = clinic.ehr.kept("QuestionnaireResponse/twice")
    assert clinic.service.notify(told).ok
    clinic.at_rest()

    assert [one["meta"]["versionId"] for one in clinic.ehr.observations("twice")] == ["1"]


def test_a_token_on_every_side(tmp_path):
    """Both ask for a token: events come in with theirs, results go out with ours, strangers stay out."""
    with Sandbox(token="of-the-ehr") as sandbox:
        service = Service(tmp_path, ehr_url=sandbox.base_url, ehr_token="of-the-ehr", token=TOKEN)
        clinic = Clinic(EhrDesk(sandbox, "of-the-ehr"), service)
        clinic.subscribe(header=[f"Authorization: Bearer {TOKEN}"])
        clinic.file(response())
        assert len(clinic.ehr.observations()) == 1
        assert service.notify(response("stranger", patient="stranger")).status_code == 401
        assert service.stop() == 0
        assert [word for word in ("of-the-ehr", TOKEN, "Yes to", "Patient/") if word in service.log] == []
        clinic.ehr.close()


def test_an_ehr_that_is_away_for_a_while(clinic):
    """503 two times over: delivered when it is back, once."""
    clinic.ehr.fault("status", type="Observation", status=503, times=2)
    clinic.file(response("away", patient="away"))

    assert [one["meta"]["versionId"] for one in clinic.ehr.observations("away")] == ["1"]


def test_answers_that_make_no_sense_stop_nothing(open_clinic):
    """An EHR that answers nonsense once is tried again, and the results of others go out meanwhile."""
    clinic = open_clinic()
    body = '{"resourceType":"Observation","id":"x","meta":null}'
    order = {"status": 200, "body": body, "content_type": "application/fhir+json"}
    clinic.ehr.fault("status", method="GET", type="Observation", **order)
    clinic.ehr.put(response("nonsense", patient="nonsense"))
    until(clinic.ehr.met)
    clinic.ehr.put(response("behind", patient="behind"))

    until(lambda: clinic.ehr.observations("behind"), 5)
