"""One clinic's attempts and requests to its EHR: timed, counted, told."""

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

from fhir_alliance.ledger.ledger import Recorded
from fhir_alliance.ledger.records import Entry
from fhir_alliance.ledger.tables import State
from fhir_alliance.telemetry.context import belonging
from fhir_alliance.telemetry.logs import tell
from fhir_alliance.telemetry.metrics import Metrics

#: watches an attempt at an entry; what it gives is told how that ended
WatchAttempt = Callable[[Entry], AbstractContextManager[Callable[[Recorded], None]]]
#: watches a request by its method; what it gives is told the status of the answer
WatchRequest = Callable[[str], AbstractContextManager[Callable[[int], None]]]

log = logging.getLogger(__name__)


def unwatched(_: object) -> AbstractContextManager[Callable[[object], None]]:
    """Nothing is told."""
    return nullcontext(lambda _: None)


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What is needed to tell of anything."""

    metrics: Metrics
    #: seconds on a clock that never goes back
    elapsed: Callable[[], float]
    #: the id of a request that brings none
    new_id: Callable[[], str]

    @contextmanager
    def attempt(self, clinic: str, entry: Entry) -> Iterator[Callable[[Recorded], None]]:
        """An attempt to deliver ``entry``, on behalf of the request that called for it."""
        begun = self.elapsed()

        def ended(recorded: Recorded) -> None:
            self.metrics.attempted(clinic, recorded.state)
            reason = (recorded.reason or "").partition(" ")[0].rstrip(":") or None  # no more than a code
            seconds = round(self.elapsed() - begun, 3)
            level = logging.WARNING if recorded.state is State.HELD else logging.INFO
            tell(log, level, "attempt", outcome=str(recorded.state), reason=reason, seconds=seconds)

        with belonging(clinic=clinic, entry=entry.id, request_id=entry.request_id):
            yield ended

    @contextmanager
    def ehr_request(self, clinic: str, method: str) -> Iterator[Callable[[int], None]]:
        """A request to the clinic's EHR."""
        begun, told = self.elapsed(), list[int]()
        try:
            yield told.append
        finally:
            self.metrics.asked(clinic, method, told[0] if told else None, self.elapsed() - begun)
