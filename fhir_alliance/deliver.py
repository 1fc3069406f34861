"""Makes what stands in the chart equal to what should: look, compare, write, read back.

Every attempt begins with a look, so a repeated or interrupted attempt changes nothing twice, and what someone
else changed is never overwritten.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy.exc import SQLAlchemyError

from fhir_alliance.catalog import Catalog
from fhir_alliance.errors import ChartFault, Conflict, DatabaseBusy, NotNow, Refused, Unanswered
from fhir_alliance.fhir.observation import added, is_ours, lost, misread, observation
from fhir_alliance.ledger.database import BUSY_SECONDS
from fhir_alliance.ledger.ledger import Ledger, Outcome
from fhir_alliance.ledger.reasons import (
    CHANGED_IN_CHART,
    DELETED_IN_CHART,
    LEASE_RAN_OUT,
    NOT_KEPT,
    UNEXPECTED,
)
from fhir_alliance.ledger.records import Entry
from fhir_alliance.ledger.tables import State
from fhir_alliance.scoring.result import Standing, Status, Withdrawn, next_standing, restated, result_of

FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=5)
#: the longest that an EHR may ask us to wait
MOST_PATIENCE = timedelta(hours=24)
#: what is there has no version that could be named
ANY_VERSION = "*"
#: how often an EHR may answer a write with the version from before it
SAME_VERSION_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Kept:
    """An Observation as the EHR has it."""

    id: str
    #: to name this version in If-Match; None where the EHR has no versions
    etag: str | None
    resource: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Written:
    """What the EHR said of a write."""

    #: None where it accepted a create, and told no id
    id: str | None
    etag: str | None


@dataclass(frozen=True, slots=True)
class Gone:
    """The EHR had it, and deleted it."""


class Chart(Protocol):
    """Where Observations stand. Every method may raise any ChartFault."""

    def look(self, observation_id: str, ehr_id: str | None, *, by_identifier: bool) -> Kept | Gone | None:
        """What the EHR has of our Observation, past its caches; None where it has nothing.

        ``ehr_id``: the id under which the EHR is known to have it. ``by_identifier``: where there is nothing
        by id, look for our identifier, too.
        """

    def write(self, resource: dict[str, Any], etag: str | None) -> Written:
        """Replace the version ``etag``, or whatever is there (ANY_VERSION); None creates, and replaces nothing."""


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
        """Longer than any attempt: metadata twice, three for the look, a write, a read, the ledger's own waits."""
        return self.request * 7 + timedelta(seconds=5 * BUSY_SECONDS)

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
        try:
            outcome = self._attempt(entry)
        except (SQLAlchemyError, DatabaseBusy):
            raise  # there is no telling the ledger: the lease will run out
        except Exception:
            self._settle(entry, self._later(entry, State.UNKNOWN, UNEXPECTED, sent_as_noted=True))
            raise
        self._settle(entry, outcome)
        return True

    def _settle(self, entry: Entry, outcome: Outcome) -> None:
        self._ledger.settle(entry, outcome, self._timing.clock())

    def _attempt(self, entry: Entry) -> Outcome:
        try:
            unsure = entry.sent is not None
            found = self._chart.look(entry.id, entry.ehr_id, by_identifier=unsure)
            return self._reconcile(entry, found)
        except Refused as fault:
            return _outcome(entry, State.HELD, fault.code)
        except ChartFault as fault:  # only looked: nothing is known to have changed
            return self._later(entry, State.DUE, fault.code, _patience(fault))

    def _reconcile(self, entry: Entry, found: Kept | Gone | None) -> Outcome:
        if not isinstance(found, Kept):
            if found is None and _is_created_elsewhere(entry) and not entry.released:
                return self._not_there_yet(entry)
            return self._missing(entry, was_deleted=entry.stands is not None or isinstance(found, Gone))
        known = self._known(entry, found)
        if known:
            to_write = next_standing(entry.wanted, known)
            return self._write(entry, to_write, found) if to_write else self._settled(entry, known, found)
        unknown_here = entry.stands is None and entry.sent is None
        if entry.released or (unknown_here and is_ours(found.resource, entry.id)):
            return self._write(entry, restated(entry.wanted), found)
        return _outcome(entry, State.HELD, CHANGED_IN_CHART)

    def _missing(self, entry: Entry, *, was_deleted: bool) -> Outcome:
        if was_deleted and not entry.released:
            return _outcome(entry, State.HELD, DELETED_IN_CHART)
        if isinstance(entry.wanted, Withdrawn):
            return Outcome(state=State.SETTLED, stands=None)
        first = restated(entry.wanted) if was_deleted else Standing(entry.wanted, Status.FINAL)
        return self._write(replace(entry, stands=None, ehr_id=None, etag=None, created=False), first, None)

    def _not_there_yet(self, entry: Entry) -> Outcome:
        """The EHR accepted a create, and does not show what it made: never a second one, a person looks."""
        if entry.attempts < SAME_VERSION_ATTEMPTS:
            return self._later(entry, State.UNKNOWN, NOT_KEPT)
        return _outcome(entry, State.HELD, NOT_KEPT)

    def _known(self, entry: Entry, found: Kept) -> Standing | None:
        """What ``found`` says: as we left it, as we may have left it, or what should stand anyway."""
        if entry.stands and not entry.released and self._as_we_left_it(entry.stands, entry, found):
            return entry.stands
        likely = (entry.sent, _with_status(entry, found.resource.get("status")))
        return next((one for one in likely if one and self._says(entry, one, found)), None)

    def _as_we_left_it(self, stands: Standing, entry: Entry, found: Kept) -> bool:
        if entry.etag is not None and found.etag is not None:
            return found.id == entry.ehr_id and not _is_other(entry.etag, found.etag)
        return self._says(entry, stands, found)

    def _says(self, entry: Entry, standing: Standing, found: Kept) -> bool:
        """Whether ``found`` is ours and says all of it, but for what this EHR is known to leave out."""
        sent = self._render(entry, standing)
        kept = found.resource
        whole = set(lost(sent, kept)) <= set(entry.losses) and not added(sent, kept)
        return whole and not misread(sent, kept, self._ehr_url) and is_ours(kept, entry.id)

    def _write(self, entry: Entry, to_write: Standing, found: Kept | None) -> Outcome:
        if not self._ledger.sending(entry, to_write):
            return self._later(entry, State.UNKNOWN, LEASE_RAN_OUT)
        rendered = {**self._render(entry, to_write), "id": found.id if found else entry.id}
        try:
            written = self._chart.write(rendered, (found.etag or ANY_VERSION) if found else None)
        except Unanswered as fault:
            return self._later(entry, State.UNKNOWN, fault.code, sent=to_write)
        except Refused as fault:
            return _outcome(entry, State.HELD, fault.code, sent=None)
        except ChartFault as fault:  # surely not written, if the EHR is right; the next look will tell
            # after a conflict, what was sent earlier may be what is there
            before = entry.sent if isinstance(fault, Conflict) else None
            return self._later(entry, State.DUE, fault.code, _patience(fault), sent=before or to_write)
        return self._read_back(entry, to_write, written, found)

    def _read_back(self, entry: Entry, standing: Standing, written: Written, before: Kept | None) -> Outcome:
        """A 2xx is not yet a chart: see what was kept."""
        unseen: dict[str, Any] = {
            "sent": standing,
            "ehr_id": written.id or entry.ehr_id,
            "created": before is None,
        }
        try:
            found = self._chart.look(entry.id, written.id, by_identifier=written.id is None)
        except ChartFault as fault:
            return self._later(entry, State.UNKNOWN, fault.code, **unseen)
        if not isinstance(found, Kept) or self._is_unchanged(entry, standing, found, before):
            return self._later(entry, State.UNKNOWN, NOT_KEPT, **unseen)
        if _is_other(written.etag, found.etag) or added(self._render(entry, standing), found.resource):
            ours = {
                "stands": standing,
                "ehr_id": found.id,
                "etag": written.etag,
                "sent": None,
                "created": False,
            }  # the one before theirs
            return _outcome(entry, State.HELD, CHANGED_IN_CHART, **ours)
        return self._settled(entry, standing, found)

    def _is_unchanged(self, entry: Entry, standing: Standing, found: Kept, before: Kept | None) -> bool:
        """The version from before the write; an EHR may make no new one where it kept nothing of the change."""
        if before is None or found.etag is None or before.etag is None or _is_other(before.etag, found.etag):
            return False
        wrong = misread(self._render(entry, standing), found.resource, self._ehr_url)
        return bool(wrong) or entry.attempts < SAME_VERSION_ATTEMPTS

    def _settled(self, entry: Entry, standing: Standing, found: Kept) -> Outcome:
        sent = self._render(entry, standing)
        wrong = misread(sent, found.resource, self._ehr_url)
        return Outcome(
            state=State.HELD if wrong else State.SETTLED,
            stands=standing,
            ehr_id=found.id,
            etag=found.etag,
            reason=f"{NOT_KEPT}: {', '.join(wrong)}" if wrong else None,
            losses=lost(sent, found.resource),
        )

    def _later(
        self, entry: Entry, state: State, reason: str, patience: timedelta = timedelta(), **changes: Any
    ) -> Outcome:
        """Tried again: due after a random wait, or after the EHR's own; unknown when a request must have ended."""
        ended = self._timing.request if state is State.UNKNOWN else timedelta()
        wait = max(ended + self._timing.backoff(entry.attempts), patience)
        return _outcome(entry, state, reason, due_at=self._timing.clock() + wait, **changes)

    def _render(self, entry: Entry, standing: Standing) -> dict[str, Any]:
        instrument = self._catalog.instrument(result_of(standing.statement).questionnaire)
        return observation(standing, entry.id, instrument)


def _outcome(entry: Entry, state: State, reason: str, **changes: Any) -> Outcome:
    """What stands is as it was."""
    kept = {
        "stands": entry.stands,
        "ehr_id": entry.ehr_id,
        "etag": entry.etag,
        "sent": entry.sent,
        "created": entry.created,
        "losses": entry.losses,
    }
    return Outcome(state=state, reason=reason, **{**kept, **changes})


def _is_created_elsewhere(entry: Entry) -> bool:
    """Whether the EHR made something at an id of its own, not seen yet; at ours it can be made again."""
    return entry.created and entry.ehr_id != entry.id


def _is_other(etag: str | None, found: str | None) -> bool:
    """Whether two ETags, both known, name two versions; an EHR may call one weak and the other strong."""
    return None not in (etag, found) and str(etag).removeprefix("W/") != str(found).removeprefix("W/")


def _patience(fault: ChartFault) -> timedelta:
    """How long the EHR asks to wait, within reason."""
    seconds = fault.retry_after if isinstance(fault, NotNow) else None
    return timedelta(seconds=min(seconds or 0, MOST_PATIENCE.total_seconds()))


def _with_status(entry: Entry, status: object) -> Standing | None:
    """What should stand, with the status that is found; None where that is no status of it."""
    withdrawn = isinstance(entry.wanted, Withdrawn)
    fitting = (Status.ENTERED_IN_ERROR,) if withdrawn else (Status.FINAL, Status.AMENDED)
    return next((Standing(entry.wanted, one) for one in fitting if one == status), None)
