"""What a person decides about an entry."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, bindparam, update

from fhir_alliance.ledger.breaker import Breaker
from fhir_alliance.ledger.database import Database
from fhir_alliance.ledger.intake import Intake
from fhir_alliance.ledger.moves import move
from fhir_alliance.ledger.reasons import DROPPED, RETRIED, needs_release
from fhir_alliance.ledger.records import Entry, locked_entry
from fhir_alliance.ledger.tables import State, entry

_NOW_DUE = update(entry).where(entry.c.id == bindparam("of_entry"))


class Answer(StrEnum):
    """What became of a decision."""

    DONE = "done"
    #: there is no such entry
    UNKNOWN = "unknown"
    #: a worker has it in its hands: try again soon
    UNDER_WAY = "under way"
    #: it is not in a state in which this can be decided
    NOT_OPEN = "not open"
    #: it is held for a reason that a person must judge: release it
    NEEDS_RELEASE = "needs release"


class Decisions:
    """Decisions about the entries of one clinic, each one transaction."""

    def __init__(self, database: Database, clinic: str, *, own_chart: bool, request: timedelta) -> None:
        """``request``: the longest that a request to the EHR may be under way."""
        self._request = request
        self._database = database
        self._clinic = clinic
        self._own_chart = own_chart

    def release(self, entry_id: str, now: datetime) -> Answer:
        """Let a held or dropped entry go on, whatever is found in the chart."""
        with self._database.writing() as connection:
            current, answer = self._open(connection, entry_id, State.HELD, State.DROPPED)
            if current:
                intake = Intake(self._database, connection, self._clinic, now, own_chart=self._own_chart)
                intake.let_go(current)
            return answer

    def retry(self, entry_id: str, now: datetime) -> Answer:
        """Try again now what waits, or what the EHR refused; nothing of someone else's is written over.

        What was sent without an answer is left until it must have ended.
        """
        with self._database.writing() as connection:
            current, answer = self._open(connection, entry_id, State.DUE, State.UNKNOWN, State.HELD)
            if current is None:
                return answer
            if current.state is not State.HELD:
                is_sent = current.state is State.UNKNOWN
                soon = max(now, current.changed_at + self._request) if is_sent else now
                connection.execute(_NOW_DUE, {"of_entry": entry_id, "due_at": soon, "attempts": 0})
            elif current.hold or needs_release(current.reason or ""):
                return Answer.NEEDS_RELEASE
            else:
                arrow = (current.state, State.DUE)
                move(connection, self._clinic, entry_id, arrow, now, RETRIED, due_at=now, attempts=0)
            Breaker(self._clinic, None).open(connection, now)
            return answer

    def drop(self, entry_id: str, now: datetime) -> Answer:
        """Give an entry up: what stands stays, until the response changes."""
        with self._database.writing() as connection:
            current, answer = self._open(connection, entry_id, State.DUE, State.UNKNOWN, State.HELD)
            if current:
                arrow = (current.state, State.DROPPED)
                move(connection, self._clinic, entry_id, arrow, now, DROPPED, hold=None)
            return answer

    def _open(self, connection: Connection, entry_id: str, *states: State) -> tuple[Entry | None, Answer]:
        """The entry, where it is in one of ``states``."""
        current = locked_entry(connection, self._clinic, entry_id)
        if current is None:
            return None, Answer.UNKNOWN
        if current.state in states:
            return current, Answer.DONE
        return None, Answer.UNDER_WAY if current.state is State.SENDING else Answer.NOT_OPEN
