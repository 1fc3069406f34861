"""What the ledger tells when Prometheus asks: what waits, for how long, and which EHR is left alone."""

from collections.abc import Callable, Iterator

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from fhir_alliance.errors import DatabaseFault
from fhir_alliance.ledger.backlog import Extent


class LedgerGauges(Collector):
    """Read anew each time, so that all processes on one ledger tell the same."""

    def __init__(self, extent: Callable[[], Extent]) -> None:
        self._extent = extent

    def collect(self) -> Iterator[Metric]:
        """The gauges; where the database does not answer, that alone: what the process counted is told anyway."""
        up = GaugeMetricFamily("fhir_alliance_database_up", "Whether the ledger's database answers")
        try:
            extent = self._extent()
        except DatabaseFault:
            up.add_metric((), 0)
            yield up
            return
        up.add_metric((), 1)
        yield up
        yield from _gauges(extent)


def _gauges(extent: Extent) -> Iterator[Metric]:
    entries = GaugeMetricFamily(
        "fhir_alliance_entries", "Results that are not where they should be", labels=("clinic", "state")
    )
    for (clinic, state), number in extent.entries.items():
        entries.add_metric((clinic, state), number)
    oldest = GaugeMetricFamily(
        "fhir_alliance_oldest_due_seconds", "How long a result could have been sent", labels=("clinic",)
    )
    for clinic, seconds in extent.oldest_due.items():
        oldest.add_metric((clinic,), seconds)
    up = GaugeMetricFamily("fhir_alliance_ehr_up", "0 while the EHR fails and is left alone", labels=("clinic",))
    for clinic, is_up in extent.ehr_up.items():
        up.add_metric((clinic,), is_up)
    yield from (entries, oldest, up)
