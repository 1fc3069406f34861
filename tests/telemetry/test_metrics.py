"""Labels have few values whatever comes; what the process counted is told also where the ledger is gone."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from fhir_alliance.errors import DatabaseUnavailable
from fhir_alliance.ledger.backlog import Extent
from fhir_alliance.telemetry.ledger_gauges import LedgerGauges
from fhir_alliance.telemetry.metrics import ENDS, Metrics

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def samples(metrics: Metrics) -> Samples:
    """Name and labels → value."""
    families = text_string_to_metric_families(metrics.text().decode())
    return {(one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples}


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    """The value of one series; None where there is none."""
    return samples(metrics).get((f"fhir_alliance_{name}", frozenset(labels.items())))


def nothing() -> Extent:
    """A ledger in which nothing waits."""
    return Extent({}, {}, {})


def gone() -> Extent:
    """A ledger that cannot be asked."""
    raise DatabaseUnavailable("gone")


@pytest.fixture
def metrics() -> Metrics:
    """Of one clinic, with nothing in its ledger."""
    return Metrics(["north"], LedgerGauges(nothing))


def test_attempts_begin_at_zero(metrics: Metrics) -> None:
    """A rate over a counter that appears with its first event would miss that."""
    for end in ENDS:
        assert value(metrics, "attempts_total", clinic="north", outcome=end) == 0


@pytest.mark.parametrize(("status", "told"), [(200, "200"), (None, "none"), (999, "other"), (7, "other")])
def test_an_ehr_makes_few_statuses(metrics: Metrics, status: int | None, told: str) -> None:
    """Those that HTTP has; none where no full answer came."""
    metrics.asked("north", "GET", status, 0.2)

    series = {"clinic": "north", "method": "GET", "status": told}
    assert value(metrics, "ehr_request_seconds_count", **series) == 1


def test_a_ledger_that_is_gone_hides_nothing_else() -> None:
    """The gauges are left out, not zero; the counters are told."""
    metrics = Metrics(["north"], LedgerGauges(gone))
    metrics.answered("/readyz", "GET", 503, 0.1)
    names = {name for name, _ in samples(metrics)}

    assert value(metrics, "database_up") == 0
    assert value(metrics, "requests_total", route="/readyz", method="GET", status="503") == 1
    assert not names & {"fhir_alliance_entries", "fhir_alliance_oldest_due_seconds", "fhir_alliance_ehr_up"}


def test_no_series_tells_when_it_was_made(metrics: Metrics) -> None:
    """That would double them."""
    assert "_created" not in metrics.text().decode()
