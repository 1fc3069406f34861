"""Makes what stands in the chart equal to what should: look, compare, write, read back.

Every attempt begins with a look, so a repeated or interrupted attempt changes nothing twice, and what someone
else changed is never overwritten.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from fhir_alliance.chart import ANY_VERSION, Chart, Gone, Kept, Written
from fhir_alliance.errors import ChartFault, Conflict, DatabaseFault, NotNow, NoWayToLook, Refused, Unanswered
from fhir_alliance.fhir.observation import is_ours
from fhir_alliance.ledger.database import BUSY_SECONDS
from fhir_alliance.ledger.ledger import Ledger, Outcome, Recorded
from fhir_alliance.ledger.reasons import (
    CHANGED_IN_CHART,
    DELETED_IN_CHART,
    NOT_KEPT,
    UNEXPECTED,
)
from fhir_alliance.ledger.records import Entry, Sent
from fhir_alliance.ledger.tables import State
from fhir_alliance.recognise import Recognition, is_other
from fhir_alliance.scoring.result import Standing, Status, Withdrawn, next_standing, restated
from fhir_alliance.telemetry.watch import WatchAttempt, unwatched

FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=5)
#: the longest that an EHR may ask us to wait
MOST_PATIENCE = timedelta(hours=24)
#: how often an EHR may answer a write with the version from before it
SAME_VERSION_ATTEMPTS = 3
#: faults of an EHR that is down, busy, or does not know us
_OF_THE_WHOLE = (
    "no-connection",
    "no-answer",
    "too-slow",
    "no-usable-metadata",
    "http-401",
    "http-408",
    "http-429",
    "http-5",
)


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

    @property
    def longest(self) -> timedelta:
        """Neither a lease nor a wait lasts longer, but one that the EHR asks for."""
        return max(self.lease, self.request + LONGEST_WAIT)

    def backoff(self, attempts: int) -> timedelta:
        """Exponential, with full jitter: anything from nothing to 1, 2, 4 … 300 seconds."""
        return min(LONGEST_WAIT, FIRST_WAIT * (1 << min(attempts, 16))) * self.random()


class Delivery:
    """Delivers the entries of one clinic to its EHR."""

    def __init__(
        self,
        ledger: Ledger,
        chart: Chart,
        recognition: Recognition,
        timing: Timing,
        watch: WatchAttempt = unwatched,
    ) -> None:
        self._ledger = ledger
        self._chart = chart
        self._recognition = recognition
        self._timing = timing
        self._watch = watch

    def deliver_one(self, lease: str) -> bool:
        """Attempt the entry that has been due longest, under the name ``lease``; False where none was begun."""
        entry = self._ledger.claim(self._timing.clock(), lease, self._timing.lease)
        if entry is None:
            return False
        with self._watch(entry) as told:
            try:
                outcome = self._attempt(entry)
            except DatabaseFault:
                raise  # there is no telling the ledger: the lease will run out
            except Exception:
                self._settle(entry, self._unexpected(entry), told)
                raise
            self._settle(entry, outcome, told)
        return True

    def _settle(self, entry: Entry, outcome: Outcome, told: Callable[[Recorded], None]) -> None:
        recorded = self._ledger.settle(entry, outcome, self._timing.clock())
        if recorded:
            told(recorded)

    def _unexpected(self, entry: Entry) -> Outcome:
        error_of_ours = {"ehr_fault": UNEXPECTED, "is_sign": False}
        return self._later(entry, State.UNKNOWN, UNEXPECTED, sent_as_noted=True, **error_of_ours)

    def _attempt(self, entry: Entry) -> Outcome:
        try:
            found = self._chart.look(entry.id, entry.ehr_id, by_identifier=bool(entry.sent))
            return self._reconcile(entry, found)
        except Refused as fault:
            return _outcome(entry, State.HELD, fault.code)
        except ChartFault as fault:  # only looked: nothing is known to have changed
            if isinstance(fault, NoWayToLook) and entry.sent:
                return _outcome(entry, State.HELD, fault.code)
            return self._later(entry, State.DUE, fault.code, **_blame(entry, fault))

    def _reconcile(self, entry: Entry, found: Kept | Gone | None) -> Outcome:
        if not isinstance(found, Kept):
            if found is None and _is_created_elsewhere(entry) and not entry.released:
                return self._not_there_yet(entry)
            return self._missing(entry, was_deleted=entry.stands is not None or isinstance(found, Gone))
        known = self._recognition.known(entry, found)
        if known:
            seen = replace(entry, stands=known, ehr_id=found.id, etag=found.etag, created=False)
            to_write = next_standing(entry.wanted, known)
            return self._write(seen, to_write, found) if to_write else self._settled(seen, known, found)
        unknown_here = entry.stands is None and not entry.sent
        if entry.released or (unknown_here and is_ours(found.resource, entry.id)):
            return self._write(entry, restated(entry.wanted), found)
        return _outcome(entry, State.HELD, CHANGED_IN_CHART)

    def _missing(self, entry: Entry, *, was_deleted: bool) -> Outcome:
        if was_deleted and not entry.released:
            return _outcome(entry, State.HELD, DELETED_IN_CHART)
        is_withdrawn = isinstance(entry.wanted, Withdrawn)
        may_arrive = entry.created or any(one.under_way for one in entry.sent)
        if is_withdrawn and (was_deleted or not may_arrive):
            return Outcome(state=State.SETTLED, stands=None)
        # a withdrawal takes the place before a result comes late, and stands there unknown to us
        first = restated(entry.wanted) if was_deleted or is_withdrawn else Standing(entry.wanted, Status.FINAL)
        nothing = replace(entry, stands=None, ehr_id=None, etag=None, created=False)
        return self._write(nothing, first, None)

    def _not_there_yet(self, entry: Entry) -> Outcome:
        """The EHR accepted a create, and does not show what it made: never a second one, a person looks."""
        if _times_not_kept(entry) < SAME_VERSION_ATTEMPTS:
            return self._later(entry, State.UNKNOWN, NOT_KEPT)
        return _outcome(entry, State.HELD, NOT_KEPT)

    def _write(self, entry: Entry, to_write: Standing, found: Kept | None) -> Outcome:
        before, entry = entry, replace(entry, sent=_with(entry.sent, to_write), released=False)
        stop = self._ledger.sending(entry, self._timing.clock() + self._timing.request)
        if stop:
            return self._later(before, State.DUE, stop)
        answered = replace(entry, sent=_with(before.sent, to_write, under_way=False))
        rendered = {**self._recognition.render(entry, to_write), "id": found.id if found else entry.id}
        try:
            written = self._chart.write(rendered, (found.etag or ANY_VERSION) if found else None)
        except Unanswered as fault:
            return self._later(entry, State.UNKNOWN, fault.code, **_blame(entry, fault))
        except Refused as fault:
            return _outcome(entry, State.HELD, fault.code, sent=before.sent)
        except ChartFault as fault:  # surely not written, if the EHR is right; the next look will tell
            return self._later(answered, State.DUE, fault.code, **_blame(entry, fault))
        return self._read_back(answered, to_write, written, found)

    def _read_back(self, entry: Entry, standing: Standing, written: Written, before: Kept | None) -> Outcome:
        """A 2xx is not yet a chart: see what was kept."""
        unseen: dict[str, Any] = {
            "ehr_id": written.id or entry.ehr_id,
            "created": before is None,
        }
        try:
            found = self._chart.look(entry.id, written.id, by_identifier=written.id is None)
        except ChartFault as fault:
            return self._later(entry, State.UNKNOWN, fault.code, **unseen, **_blame(entry, fault))
        if not isinstance(found, Kept) or self._is_unchanged(entry, standing, written, found, before):
            return self._later(entry, State.UNKNOWN, NOT_KEPT, **unseen)
        if is_other(written.etag, found.etag) or self._recognition.difference(entry, standing, found).added:
            ours = {
                "stands": standing,
                "ehr_id": found.id,
                "etag": written.etag,
                "sent": (),
                "created": False,
            }  # the one before theirs
            return _outcome(entry, State.HELD, CHANGED_IN_CHART, **ours)
        return self._settled(entry, standing, found)

    def _is_unchanged(
        self, entry: Entry, standing: Standing, written: Written, found: Kept, before: Kept | None
    ) -> bool:
        """The version from before the write; an EHR may make no new one where it kept nothing of the change.

        Where it names a new one and shows the old, it lies, or lags behind.
        """
        if before is None or found.etag is None or before.etag is None or is_other(before.etag, found.etag):
            return False
        wrong = self._recognition.difference(entry, standing, found).misread
        is_new = is_other(written.etag, found.etag)
        return bool(wrong) or is_new or _times_not_kept(entry) < SAME_VERSION_ATTEMPTS

    def _settled(self, entry: Entry, standing: Standing, found: Kept) -> Outcome:
        differs = self._recognition.difference(entry, standing, found)
        return Outcome(
            state=State.HELD if differs.misread else State.SETTLED,
            stands=standing,
            ehr_id=found.id,
            etag=found.etag,
            reason=f"{NOT_KEPT}: {', '.join(differs.misread)}" if differs.misread else None,
            losses=differs.lost,
        )

    def _later(self, entry: Entry, state: State, reason: str, **changes: Any) -> Outcome:
        """Tried again: due after a random wait, or after the EHR's own; unknown when a request must have ended."""
        ended = self._timing.request if state is State.UNKNOWN else timedelta()
        wait = max(ended + self._timing.backoff(entry.attempts), changes.get("patience", timedelta()))
        return _outcome(entry, state, reason, due_at=self._timing.clock() + wait, **changes)


def _outcome(entry: Entry, state: State, reason: str, **changes: Any) -> Outcome:
    """What stands is as it was."""
    kept = {
        "stands": entry.stands,
        "ehr_id": entry.ehr_id,
        "etag": entry.etag,
        "sent": entry.sent,
        "created": entry.created,
        "losses": entry.losses,
        "released": entry.released,
    }
    return Outcome(state=state, reason=reason, **{**kept, **changes})


def _with(sent: tuple[Sent, ...], standing: Standing, *, under_way: bool = True) -> tuple[Sent, ...]:
    """What was sent, and ``standing``; what was under way before may arrive still."""
    before = any(one.under_way for one in sent if one.standing == standing)
    return (*(one for one in sent if one.standing != standing), Sent(standing, under_way or before))


def _is_created_elsewhere(entry: Entry) -> bool:
    """Whether the EHR made something at an id of its own, not seen yet; at ours it can be made again."""
    return entry.created and entry.ehr_id != entry.id


def _times_not_kept(entry: Entry) -> int:
    """How often in a row the EHR did not show what it took; the ledger counts those attempts apart."""
    return entry.attempts if entry.reason == NOT_KEPT else 0


def _blame(entry: Entry, fault: ChartFault) -> dict[str, Any]:
    """How the EHR failed, and how long it asks to wait, within reason.

    What may be the trouble of one patient or one Observation counts once for each.
    """
    if isinstance(fault, Conflict):
        return {}
    seconds = fault.retry_after if isinstance(fault, NotNow) else None
    is_sign = not entry.attempts or fault.code.startswith(_OF_THE_WHOLE)
    most = MOST_PATIENCE if is_sign else LONGEST_WAIT
    patience = timedelta(seconds=min(seconds or 0, most.total_seconds()))
    return {"ehr_fault": fault.code, "patience": patience, "is_sign": is_sign}
