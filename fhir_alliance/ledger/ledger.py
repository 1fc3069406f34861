"""Intake, claim and settle: each one transaction, none of which waits for anything but the database."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pydantic import ValidationError
from sqlalchemy import Connection, Row, Select, bindparam, select, update

from fhir_alliance.ledger.breaker import Breaker, is_left_alone
from fhir_alliance.ledger.database import Database
from fhir_alliance.ledger.intake import Intake
from fhir_alliance.ledger.moves import move
from fhir_alliance.ledger.reasons import CHANGED_MEANWHILE, GUARDED, LEASE_RAN_OUT, NOT_KEPT, UNEXPECTED
from fhir_alliance.ledger.records import Entry, Sent, locked_entry, write_sent, write_standing
from fhir_alliance.ledger.tables import State, entry
from fhir_alliance.scoring.result import Standing, Withdrawn, next_standing

# what another worker has in its hands is passed over
_CLAIMABLE = (
    select(entry).where(entry.c.clinic == bindparam("of_clinic")).limit(1).with_for_update(skip_locked=True)
)
_DUE = _CLAIMABLE.where(entry.c.due_at <= bindparam("by")).order_by(entry.c.due_at)
# what fails for reasons of its own must not take every probe
_LEAST_TRIED = _CLAIMABLE.where(entry.c.due_at <= bindparam("by")).order_by(entry.c.attempts, entry.c.due_at)
_LEASE_OVER = _CLAIMABLE.where(entry.c.lease_until <= bindparam("by")).order_by(entry.c.lease_until)
_SENDING = update(entry).where(entry.c.id == bindparam("of_entry"))

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one attempt to deliver ended."""

    #: settled, due (surely not written), unknown (perhaps written) or held
    state: State
    #: what now stands, as far as the EHR confirmed it
    stands: Standing | None
    ehr_id: str | None = None
    etag: str | None = None
    #: the EHR accepted a create, and what it made was not seen since
    created: bool = False
    reason: str | None = None
    #: when to try again, for due and unknown
    due_at: datetime | None = None
    #: what was sent and may have arrived without our knowing
    sent: tuple[Sent, ...] = ()
    #: it is not known how far the attempt came: what was sent is as ``sending`` noted it
    sent_as_noted: bool = False
    #: nothing was sent since a person let it write over what is there: it still may
    released: bool = False
    #: elements that the EHR did not keep
    losses: tuple[str, ...] = ()
    #: how the EHR failed; None where it answered as a FHIR server at work does
    ehr_fault: str | None = None
    #: whether that may say something of the EHR as a whole
    is_sign: bool = True
    #: how long the EHR asks everyone to wait
    patience: timedelta = timedelta()


class Recorded(NamedTuple):
    """What an entry has become."""

    state: State
    reason: str | None


class Ledger:
    """The ledger of one clinic."""

    def __init__(self, database: Database, clinic: str, *, own_chart: bool, rate: float | None = None) -> None:
        """``own_chart``: the clinic has no EHR, so what should stand stands at once.

        ``rate``: the most attempts a second, by all workers together; None for as many as they can.
        """
        self.database = database
        self.clinic = clinic
        self._own_chart = own_chart
        self._breaker = Breaker(clinic, rate)

    @contextmanager
    def intake(self, now: datetime, request_id: str | None) -> Iterator[Intake]:
        """One transaction in which a version is taken in; on disk when the block ends without an error."""
        with self.database.adding() as connection:
            intake = Intake(
                self.database, connection, self.clinic, now, own_chart=self._own_chart, request_id=request_id
            )
            yield intake
            intake.add_new()

    def claim(self, now: datetime, lease: str, length: timedelta) -> Entry | None:
        """Take the entry that has been due longest, or whose lease ran out, under the name ``lease``.

        None where there is none, where the one found must wait for a person, or where the EHR is left alone.
        """
        with self.database.writing() as connection:
            condition = self._breaker.condition(connection)
            row = self._next(connection, now, _LEAST_TRIED if is_left_alone(condition) else _DUE)
            if row is None:
                return None
            state = self._revive(connection, row, now)
            if state is State.HELD or not self._breaker.lets(connection, condition, now, length):
                return None
            taken = {"lease": lease, "lease_until": now + length, "released": row.released}
            move(connection, self.clinic, row.id, (state, State.SENDING), now, row.reason, **taken)
            return self._claimed(connection, row.id, now)

    def _next(self, connection: Connection, now: datetime, due: Select[Any]) -> Row[Any] | None:
        wanted = {"of_clinic": self.clinic, "by": now}
        return connection.execute(due, wanted).first() or connection.execute(_LEASE_OVER, wanted).first()

    def _claimed(self, connection: Connection, entry_id: str, now: datetime) -> Entry | None:
        """The entry; one whose row cannot be read waits for a person, and holds up no other."""
        try:
            return locked_entry(connection, self.clinic, entry_id)
        except ValidationError:
            log.error("the row of entry %s cannot be read", entry_id)
            move(connection, self.clinic, entry_id, (State.SENDING, State.HELD), now, UNEXPECTED)
            return None

    def _revive(self, connection: Connection, row: Row[Any], now: datetime) -> State:
        """The state to claim from: where the lease of another ran out, it is unknown what was done under it."""
        if row.state != State.SENDING:
            return State(row.state)
        kept = {"due_at": now, "released": row.released}
        move(connection, self.clinic, row.id, (State.SENDING, State.UNKNOWN), now, LEASE_RAN_OUT, **kept)
        if not row.hold or row.withdrawn:
            return State.UNKNOWN
        move(connection, self.clinic, row.id, (State.UNKNOWN, State.HELD), now, row.hold)
        return State.HELD

    def sending(self, claimed: Entry, until: datetime) -> str | None:
        """Note what is about to be sent, and may be under way until ``until``; else why it must not be sent.

        Whether a person's release still holds is noted with it: it outlives no write, even where we do not.
        """
        with self.database.writing() as connection:
            current = locked_entry(connection, self.clinic, claimed.id)
            if current is None or current.lease != claimed.lease or _ends_before(current.lease_until, until):
                return LEASE_RAN_OUT
            if (current.wanted, current.hold) != (claimed.wanted, claimed.hold):
                return CHANGED_MEANWHILE
            noted = {"sent": write_sent(claimed.sent), "released": claimed.released}
            connection.execute(_SENDING, {"of_entry": claimed.id, **noted})
            return None

    def settle(self, claimed: Entry, outcome: Outcome, now: datetime) -> Recorded | None:
        """Record how an attempt ended; nothing, and None, where the lease was lost to another worker."""
        with self.database.writing() as connection:
            current = locked_entry(connection, self.clinic, claimed.id)
            if current is None or current.lease != claimed.lease:
                return None
            state, reason = _state_after(claimed, current, outcome)
            move(
                connection,
                self.clinic,
                claimed.id,
                (State.SENDING, state),
                now,
                reason,
                due_at=_due_at(state, outcome, now),
                attempts=_attempts(claimed, outcome),
                stands=write_standing(outcome.stands),
                ehr_id=outcome.ehr_id if outcome.stands or outcome.sent else None,
                etag=outcome.etag,
                created=outcome.created,
                losses=list(outcome.losses),
                sent=write_sent(current.sent if outcome.sent_as_noted else outcome.sent),
                released=current.released and outcome.released and state in (State.DUE, State.UNKNOWN),
            )
            self._breaker.note(
                connection,
                outcome.ehr_fault,
                outcome.patience,
                now,
                current.lease_until,
                is_sign=outcome.is_sign,
            )
            return Recorded(state, reason)


def _ends_before(lease_until: datetime | None, moment: datetime) -> bool:
    return lease_until is not None and lease_until < moment


def _attempts(claimed: Entry, outcome: Outcome) -> int:
    """How many attempts in a row have not settled it; those at what an EHR does not show are counted apart."""
    if outcome.state is State.SETTLED:
        return 0
    is_first = outcome.reason == NOT_KEPT and claimed.reason != NOT_KEPT
    return 1 if is_first else claimed.attempts + 1


def _state_after(claimed: Entry, current: Entry, outcome: Outcome) -> tuple[State, str | None]:
    """What came in while the attempt was under way counts, too."""
    if current.hold and not isinstance(current.wanted, Withdrawn):
        return State.HELD, current.hold
    left = next_standing(current.wanted, outcome.stands)
    withdrawn_meanwhile = isinstance(current.wanted, Withdrawn) and current.wanted != claimed.wanted
    if outcome.state is State.HELD and withdrawn_meanwhile and outcome.reason not in GUARDED:
        return (State.DUE, CHANGED_MEANWHILE) if left or outcome.sent else (State.SETTLED, None)
    if outcome.state is State.SETTLED and left:
        return State.DUE, CHANGED_MEANWHILE
    return outcome.state, outcome.reason


def _due_at(state: State, outcome: Outcome, now: datetime) -> datetime | None:
    if state not in (State.DUE, State.UNKNOWN):
        return None
    return outcome.due_at or now
