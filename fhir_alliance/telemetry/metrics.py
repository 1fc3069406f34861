"""What one process counts, in Prometheus' words; every label has few values, and none is anybody's.

https://prometheus.io/docs/practices/naming/
"""

from collections.abc import Iterable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.registry import Collector

from fhir_alliance.ledger.tables import State

#: how an attempt may end
ENDS = (State.SETTLED, State.DUE, State.UNKNOWN, State.HELD)
_OTHER = "other"
#: upper bounds in seconds: an answer of ours; and one of an EHR, which may take as long as EHR_TIMEOUT
_OWN = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_EHR = (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)

disable_created_metrics()  # type: ignore[no-untyped-call]  # they would double the series, and nobody asks for them


class Metrics:
    """The metrics of one process, and of the ledger that it works on."""

    def __init__(self, clinics: Iterable[str], ledger: Collector) -> None:
        """``clinics``: those that the settings name; ``ledger``: what is read when it is asked for."""
        self._registry = CollectorRegistry()
        self._registry.register(ledger)
        ProcessCollector(registry=self._registry)
        self._attempts = self._counter("attempts", "Attempts to deliver, by how they ended", "clinic", "outcome")
        self._intake = self._counter("intake", "Responses that came, by what became of them", "clinic", "outcome")
        self._requests = self._counter("requests", "Requests answered", "route", "method", "status")
        self._seconds = self._histogram("request", "Seconds to an answer", _OWN, "route", "method")
        told = "Seconds to a full answer of the EHR, or to none"
        self._ehr = self._histogram("ehr_request", told, _EHR, "clinic", "method", "status")
        for clinic in clinics:  # a rate needs a zero to begin from
            for end in ENDS:
                self._attempts.labels(clinic, end)

    def _counter(self, name: str, told: str, *labels: str) -> Counter:
        return Counter(f"fhir_alliance_{name}", told, labels, registry=self._registry)

    def _histogram(self, name: str, told: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        name = f"fhir_alliance_{name}_seconds"
        return Histogram(name, told, labels, registry=self._registry, buckets=buckets)

    def attempted(self, clinic: str, outcome: str) -> None:
        """An attempt to deliver ended."""
        self._attempts.labels(clinic, outcome).inc()

    def taken_in(self, clinic: str, outcome: str) -> None:
        """A response came to a door, or its deletion did."""
        self._intake.labels(clinic, outcome).inc()

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """A request was answered. ``route`` is a rule, never a path; ``method`` is a known one."""
        self._requests.labels(route, method, status).inc()
        self._seconds.labels(route, method).observe(seconds)

    def asked(self, clinic: str, method: str, status: int | None, seconds: float) -> None:
        """The EHR was asked; ``status`` is None where no full answer came."""
        told = "none" if status is None else str(status) if 100 <= status <= 599 else _OTHER
        self._ehr.labels(clinic, method, told).observe(seconds)

    def text(self) -> bytes:
        """All of it, in Prometheus' text format."""
        return generate_latest(self._registry)
