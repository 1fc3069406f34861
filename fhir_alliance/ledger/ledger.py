"""Intake, claim and settle: each one transaction, none of which waits for anything but the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, bindparam, or_, select, update

from fhir_alliance.ledger.database import Turns
from fhir_alliance.ledger.intake import Intake
from fhir_alliance.ledger.moves import move
from fhir_alliance.ledger.reasons import CHANGED_MEANWHILE, GUARDED, LEASE_RAN_OUT
from fhir_alliance.ledger.records import Entry, read_entry, write_standing
from fhir_alliance.ledger.tables import State, entry
from fhir_alliance.scoring.result import Standing, Withdrawn, next_standing

_NEXT = (
    select(entry)
    .where(
        entry.c.clinic == bindparam("of_clinic"),
        or_(
            and_(entry.c.state.in_([State.DUE, State.UNKNOWN]), entry.c.due_at <= bindparam("by")),
            and_(entry.c.state == State.SENDING, entry.c.lease_until <= bindparam("by")),
        ),
    )
    .order_by(entry.c.due_at)
    .limit(1)
)
_ENTRY = select(entry).where(entry.c.clinic == bindparam("of_clinic"), entry.c.id == bindparam("of_entry"))
_SENDING = update(entry).where(entry.c.id == bindparam("of_entry"), entry.c.lease == bindparam("of_lease"))


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
    sent: Standing | None = None
    #: it is not known how far the attempt came: what was sent is as ``sending`` noted it
    sent_as_noted: bool = False
    #: elements that the EHR did not keep
    losses: tuple[str, ...] = ()


class Ledger:
    """The ledger of one clinic."""

    def __init__(self, engine: Engine, clinic: str, *, own_chart: bool) -> None:
        """``own_chart``: the clinic has no EHR, so what should stand stands at once."""
        self.engine = engine
        self.clinic = clinic
        self._own_chart = own_chart
        self._writing = engine.execution_options(writes=True)
        self._turns = Turns()

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with self._turns, self._writing.begin() as connection:
            yield connection

    @contextmanager
    def intake(self, now: datetime) -> Iterator[Intake]:
        """One transaction in which a version is taken in; on disk when the block ends without an error."""
        with self._write() as connection:
            yield Intake(connection, self.clinic, now, own_chart=self._own_chart)

    def claim(self, now: datetime, lease: str, length: timedelta) -> Entry | None:
        """Take the entry that has been due longest, or whose lease ran out, under the name ``lease``.

        None where there is none, or where the one found must wait for a person.
        """
        due = {"of_clinic": self.clinic, "by": now}
        with self.engine.connect() as connection:  # most looks find nothing, and need no lock
            if connection.execute(_NEXT, due).first() is None:
                return None
        with self._write() as connection:
            row = connection.execute(_NEXT, due).first()
            if row is None:
                return None
            state = self._revive(connection, row, now)
            if state is State.HELD:
                return None
            taken = {"lease": lease, "lease_until": now + length, "released": row.released}
            move(connection, self.clinic, row.id, (state, State.SENDING), now, row.reason, **taken)
            return self._entry(connection, row.id)

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

    def sending(self, claimed: Entry, standing: Standing) -> bool:
        """Note what is about to be sent; False where the lease was lost, so that it must not be sent."""
        with self._write() as connection:
            named = {"of_entry": claimed.id, "of_lease": claimed.lease}
            noted = connection.execute(_SENDING, {**named, "sent": write_standing(standing)})
            return noted.rowcount == 1

    def settle(self, claimed: Entry, outcome: Outcome, now: datetime) -> None:
        """Record how an attempt ended; nothing where the lease was lost to another worker."""
        with self._write() as connection:
            current = self._entry(connection, claimed.id)
            if current is None or current.lease != claimed.lease:
                return
            state, reason = _state_after(claimed, current, outcome)
            move(
                connection,
                self.clinic,
                claimed.id,
                (State.SENDING, state),
                now,
                reason,
                due_at=_due_at(state, outcome, now),
                attempts=0 if outcome.state is State.SETTLED else current.attempts + 1,
                stands=write_standing(outcome.stands),
                ehr_id=outcome.ehr_id if outcome.stands or outcome.sent else None,
                etag=outcome.etag,
                created=outcome.created,
                losses=list(outcome.losses),
                sent=write_standing(current.sent if outcome.sent_as_noted else outcome.sent),
                released=current.released and _is_open(outcome),
            )

    def release(self, entry_id: str, now: datetime) -> bool:
        """Let a held entry go on, whatever is found in the chart; False where it is not held."""
        with self._write() as connection:
            current = self._entry(connection, entry_id)
            if current is None or current.state is not State.HELD:
                return False
            Intake(connection, self.clinic, now, own_chart=self._own_chart).let_go(current)
            return True

    def _entry(self, connection: Connection, entry_id: str) -> Entry | None:
        row = connection.execute(_ENTRY, {"of_clinic": self.clinic, "of_entry": entry_id}).first()
        return read_entry(row) if row else None


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


def _is_open(outcome: Outcome) -> bool:
    """Nothing was written yet, and it is tried again: a release still holds."""
    return outcome.state in (State.DUE, State.UNKNOWN) and not (outcome.sent or outcome.sent_as_noted)


def _due_at(state: State, outcome: Outcome, now: datetime) -> datetime | None:
    if state not in (State.DUE, State.UNKNOWN):
        return None
    return outcome.due_at or now
