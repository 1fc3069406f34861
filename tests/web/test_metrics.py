"""``/metrics``: what it tells, and to whom."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.building import EHR_URL, response
from tests.telemetry.test_metrics import value
from tests.web.desk import OBSERVATIONS, RESPONSES, Desk, issue, open_desk

TOKEN, OF_METRICS = "correct-horse-battery", "for-prometheus-alone"
CLINICS = f"""
[clinics.north]
token = "north-north-north-north"
ehr_url = "{EHR_URL}"
[clinics.south]
token = "south-south-south-south"
"""


@pytest.fixture
def clinics(tmp_path: Path) -> Iterator[Path]:
    """The file of two clinics, of which one has an EHR."""
    path = tmp_path / "settings.toml"
    path.write_text(CLINICS)
    return path


def test_on_loopback_it_is_open_like_the_rest(desk: Desk) -> None:
    """To this machine, and to no page of another site."""
    answer = desk.get("/metrics")

    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain")
    assert desk.get("/metrics", Host="clinic.example").status_code == 403
    assert desk.get("/metrics", Origin="https://evil.example").status_code == 403


def test_it_asks_for_the_token(tmp_path: Path) -> None:
    """As everything else does."""
    with open_desk(tmp_path, TOKEN=TOKEN) as desk:
        assert desk.get("/metrics").status_code == 401
        assert desk.get("/metrics", Authorization=f"Bearer {TOKEN}").status_code == 200


@pytest.mark.parametrize("settings", [{}, {"TOKEN": TOKEN}], ids=["loopback", "with-token"])
def test_it_may_have_a_token_of_its_own(tmp_path: Path, settings: dict[str, str]) -> None:
    """That opens the metrics and nothing else, and the doors' token does not open them."""
    with open_desk(tmp_path, METRICS_TOKEN=OF_METRICS, **settings) as desk:
        assert desk.get("/metrics").status_code == 401
        assert desk.get("/metrics", Authorization=f"Bearer {TOKEN}").status_code == 401
        assert desk.get("/metrics", Authorization=f"Bearer {OF_METRICS}").status_code == 200
        if settings:
            assert desk.get(OBSERVATIONS, Authorization=f"Bearer {OF_METRICS}").status_code == 401


def test_no_clinics_token_opens_what_tells_of_all(tmp_path: Path, clinics: Path) -> None:
    """With several clinics it takes METRICS_TOKEN; without that nobody is let in."""
    with open_desk(tmp_path, CONFIG=str(clinics)) as desk:
        refused = desk.get("/metrics", Authorization="Bearer north-north-north-north")
        assert refused.status_code == 403
        assert "METRICS_TOKEN" in issue(refused)["diagnostics"]
    with open_desk(tmp_path, CONFIG=str(clinics), METRICS_TOKEN=OF_METRICS) as desk:
        told = desk.get("/metrics", Authorization=f"Bearer {OF_METRICS}").text
    assert 'fhir_alliance_entries{clinic="north",state="due"} 0.0' in told
    assert 'fhir_alliance_entries{clinic="south",state="held"} 0.0' in told
    assert 'fhir_alliance_ehr_up{clinic="north"} 1.0' in told
    assert 'fhir_alliance_ehr_up{clinic="south"}' not in told


def test_requests_are_told_by_their_rule(desk: Desk) -> None:
    """Ids and queries make no series; what fits no rule is one."""
    for number in range(5):
        desk.read(f"r{number}")
        desk.get(f"/nothing/{number}")
    desk.get(f"{OBSERVATIONS}?patient=Patient/p1")
    metrics = desk.service.telemetry.metrics
    rule = f"{RESPONSES}/<response_id>"

    assert value(metrics, "requests_total", route=rule, method="GET", status="404") == 5
    assert value(metrics, "requests_total", route="none", method="GET", status="404") == 5
    assert value(metrics, "requests_total", route=OBSERVATIONS, method="GET", status="200") == 1
    assert value(metrics, "request_seconds_count", route=rule, method="GET") == 5


def test_a_method_that_nobody_knows_makes_no_series_of_its_own(desk: Desk) -> None:
    """Callers may send any word; nor does it come into a line."""
    for number in range(5):
        desk.send(f"ADA{number}", OBSERVATIONS)

    assert value(desk.service.telemetry.metrics, "requests_total", route="none", method="other", status="405") == 5
    assert "ADA" not in desk.get("/metrics").text


def test_the_clinics_own_path_is_no_other_rule(tmp_path: Path, clinics: Path) -> None:
    """``/clinics/{clinic}/fhir/…`` is counted as ``/fhir/…``."""
    with open_desk(tmp_path, CONFIG=str(clinics)) as desk:
        desk.get(f"/clinics/south{OBSERVATIONS}", Authorization="Bearer south-south-south-south")
        desk.get(f"/clinics/nobody{OBSERVATIONS}")
        metrics = desk.service.telemetry.metrics
        assert value(metrics, "requests_total", route=OBSERVATIONS, method="GET", status="200") == 1
        assert value(metrics, "requests_total", route=OBSERVATIONS, method="GET", status="404") == 1


def test_what_became_of_responses_is_counted(desk: Desk) -> None:
    """At both doors; what was kept and can be no result is invalid."""
    desk.put("r1", response())
    desk.put("r1", response())
    desk.put("r1", response("NNNNNNNNN"))
    desk.put("r1", response(), If_Match='W/"9"')
    desk.put("r2", response(subject=None))
    desk.delete("r1")
    desk.tell("e1", response(subject="Patient/p9"))
    desk.tell("e2", response(subject=None))
    desk.tell("e3", b"")
    counts = {
        outcome: value(desk.service.telemetry.metrics, "intake_total", clinic="default", outcome=outcome)
        for outcome in ("created", "unchanged", "updated", "stale", "refused", "deleted", "invalid", "noted")
    }

    assert counts == {**dict.fromkeys(counts, 1), "updated": 2}


def test_what_waits_is_told(ehr_desk: Desk) -> None:
    """Backlog by state, and the age of the oldest."""
    for number in range(3):
        ehr_desk.put(f"r{number}", response(subject=f"Patient/p{number}"))
    told = ehr_desk.get("/metrics").text

    assert 'fhir_alliance_entries{clinic="default",state="due"} 3.0' in told
    assert value(ehr_desk.service.telemetry.metrics, "oldest_due_seconds", clinic="default") > 0
