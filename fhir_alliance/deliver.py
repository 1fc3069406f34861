"""Makes what stands in the chart equal to what should: look, compare, write, read back.

Every attempt begins with a look, so a repeated or interrupted attempt changes nothing twice, and what someone
else changed is never overwritten.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from fhir_alliance.catalog import Catalog
from fhir_alliance.errors import ChartFault, NotNow, Refused, Unanswered
from fhir_alliance.fhir.observation import is_ours, lost, misread, observation
from fhir_alliance.ledger.ledger import Ledger, Outcome
from fhir_alliance.ledger.records import Entry
from fhir_alliance.ledger.tables import State
from fhir_alliance.scoring.result import Standing, Status, Withdrawn, next_standing, restated, result_of

FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=5)
#: the longest that an EHR may ask us to wait
MOST_PATIENCE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Kept:
    """An Observation as the EHR has it."""

    id: str
    #: to name this version in If-Match; None where the EHR has no versions
    etag: str | None
    resource: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Gone:
    """The EHR had it, and deleted it."""


class Chart(Protocol):
    """Where Observations stand. Every method may raise any ChartFault."""

    def look(self, observation_id: str, *, by_identifier: bool) -> Kept | Gone | None:
        """What the EHR has under this id, past its caches; None where it has nothing.

        ``by_identifier``: where there is nothing by id, look for our identifier, too.
        """

    def write(self, resource: dict[str, Any], etag: str | None) -> str:
        """Create, or replace the version ``etag``; the id under which the EHR has it."""


@dataclass(frozen=True, slots=True)
class Timing:
    """When an attempt ends, and when the next one is due."""

    clock: Callable[[], datetime]
    #: a number of at least 0 and below 1, at random
    random: Callable[[], float]
    #: the time limit of one request
    request: timedelta

    @property
    def lease(self) -> timedelta:
        """Longer than any attempt: a look by id and by identifier, a write, a read, with time to spare."""
        return self.request * 6

    def backoff(self, attempts: int) -> timedelta:
        """Exponential, with full jitter: anything from nothing to 1, 2, 4 … 300 seconds."""
        return min(LONGEST_WAIT, FIRST_WAIT * (1 << min(attempts, 16))) * self.random()


class Delivery:
    """Delivers the entries of one clinic to its EHR."""

    def __init__(self, ledger: Ledger, chart: Chart, catalog: Catalog, ehr_url: str, timing: Timing) -> None:
        self._ledger = ledger
        self._chart = chart
        self._catalog = catalog
        self._ehr_url = ehr_url
        self._timing = timing

    def deliver_one(self, lease: str) -> bool:
        """Attempt the entry that has been due longest, under the name ``lease``; False where none is due."""
        entry = self._ledger.claim(self._timing.clock(), lease, self._timing.lease)
        if entry is None:
            return False
        outcome = self._attempt(entry)
        self._ledger.settle(entry, outcome, self._timing.clock())
        return True

    def _attempt(self, entry: Entry) -> Outcome:
        try:
            unsure = entry.sent is not None
            found = self._chart.look(entry.ehr_id or entry.id, by_identifier=unsure)
            return self._reconcile(entry, found)
        except Refused as fault:
            return self._held(entry, fault.code)
        except ChartFault as fault:  # only looked: nothing is known to have changed
            return self._again(entry, fault)

    def _reconcile(self, entry: Entry, found: Kept | Gone | None) -> Outcome:
        if not isinstance(found, Kept):
            return self._missing(entry, was_deleted=entry.stands is not None or isinstance(found, Gone))
        known = self._known(entry, found)
        if known:
            to_write = next_standing(entry.wanted, known)
            return self._write(entry, to_write, found) if to_write else self._settled(entry, known, found)
        adopted = entry.stands is None and is_ours(found.resource, entry.id)
        if adopted or entry.released:
            return self._write(entry, restated(entry.wanted), found)
        return self._held(entry, "changed-in-chart")

    def _missing(self, entry: Entry, *, was_deleted: bool) -> Outcome:
        if was_deleted and not entry.released:
            return self._held(entry, "deleted-in-chart")
        if isinstance(entry.wanted, Withdrawn):
            return Outcome(state=State.SETTLED, stands=None)
        first = restated(entry.wanted) if was_deleted else Standing(entry.wanted, Status.FINAL)
        return self._write(entry, first, None)

    def _known(self, entry: Entry, found: Kept) -> Standing | None:
        """What ``found`` says, as far as it is ours and as we left it, or as we may have left it."""
        if entry.stands and not entry.released and self._as_we_left_it(entry.stands, entry, found):
            return entry.stands
        if entry.sent and self._reads_as(entry, entry.sent, found):
            return entry.sent
        wanted = _with_status(entry, found.resource.get("status"))
        if wanted and self._reads_as(entry, wanted, found):
            whole = not lost(self._render(entry, wanted), found.resource)
            return wanted if whole and (entry.stands is None or entry.released) else None
        return None

    def _as_we_left_it(self, stands: Standing, entry: Entry, found: Kept) -> bool:
        if entry.etag is not None and found.etag is not None:
            return found.etag == entry.etag
        return self._reads_as(entry, stands, found)

    def _reads_as(self, entry: Entry, standing: Standing, found: Kept) -> bool:
        """Whether ``found`` is ours and a clinician would read the same in it."""
        wrong = misread(self._render(entry, standing), found.resource, self._ehr_url)
        return not wrong and is_ours(found.resource, entry.id)

    def _write(self, entry: Entry, to_write: Standing, found: Kept | None) -> Outcome:
        self._ledger.sending(entry, to_write)
        rendered = {**self._render(entry, to_write), "id": found.id if found else entry.id}
        try:
            ehr_id = self._chart.write(rendered, found.etag if found else None)
        except Unanswered as fault:
            return self._unsure(entry, to_write, fault.code)
        except Refused as fault:
            return self._held(entry, fault.code, sent=None)
        except ChartFault as fault:
            return self._again(entry, fault)
        return self._read_back(entry, to_write, ehr_id, found)

    def _read_back(self, entry: Entry, written: Standing, ehr_id: str, before: Kept | None) -> Outcome:
        """A 2xx is not yet a chart: see what was kept."""
        try:
            found = self._chart.look(ehr_id, by_identifier=False)
        except ChartFault as fault:
            return self._unsure(entry, written, fault.code)
        unchanged = isinstance(found, Kept) and before and found.etag and found.etag == before.etag
        if not isinstance(found, Kept) or unchanged:
            return self._unsure(entry, written, "not-kept")
        return self._settled(entry, written, found)

    def _settled(self, entry: Entry, standing: Standing, found: Kept) -> Outcome:
        sent = self._render(entry, standing)
        wrong = misread(sent, found.resource, self._ehr_url)
        return Outcome(
            state=State.HELD if wrong else State.SETTLED,
            stands=standing,
            ehr_id=found.id,
            etag=found.etag,
            reason=f"not-kept: {', '.join(wrong)}" if wrong else None,
            losses=lost(sent, found.resource),
        )

    def _held(self, entry: Entry, reason: str, **changes: Any) -> Outcome:
        return _outcome(entry, State.HELD, reason, **changes)

    def _again(self, entry: Entry, fault: ChartFault) -> Outcome:
        """Surely not written, or only looked at: due once more."""
        asked = fault.retry_after or 0 if isinstance(fault, NotNow) else 0
        patience = timedelta(seconds=min(asked, MOST_PATIENCE.total_seconds()))
        wait = max(self._timing.backoff(entry.attempts), patience)
        return _outcome(entry, State.DUE, fault.code, due_at=self._timing.clock() + wait)

    def _unsure(self, entry: Entry, sent: Standing, reason: str) -> Outcome:
        """Perhaps written: not before the request can have ended, and then look first."""
        wait = self._timing.request + self._timing.backoff(entry.attempts)
        return _outcome(entry, State.UNKNOWN, reason, due_at=self._timing.clock() + wait, sent=sent)

    def _render(self, entry: Entry, standing: Standing) -> dict[str, Any]:
        instrument = self._catalog.instrument(result_of(standing.statement).questionnaire)
        return observation(standing, entry.id, instrument)


def _outcome(entry: Entry, state: State, reason: str, **changes: Any) -> Outcome:
    """What stands is as it was."""
    kept = {"stands": entry.stands, "ehr_id": entry.ehr_id, "etag": entry.etag, "sent": entry.sent}
    return Outcome(state=state, reason=reason, **{**kept, **changes})


def _with_status(entry: Entry, status: object) -> Standing | None:
    """What should stand, with the status that is found; None where that is no status of it."""
    withdrawn = isinstance(entry.wanted, Withdrawn)
    fitting = (Status.ENTERED_IN_ERROR,) if withdrawn else (Status.FINAL, Status.AMENDED)
    return next((Standing(entry.wanted, one) for one in fitting if one == status), None)
