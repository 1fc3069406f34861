"""What an operator asks of the ledger: how long what waits has waited, how the EHR does, all about one entry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CompoundSelect, Row, ScalarSelect, exists, func, or_, select, union

from fhir_alliance.ledger.reads import Reads, first_issue, response_name, submissions_of
from fhir_alliance.ledger.records import Entry, read_entry
from fhir_alliance.ledger.tables import WAITING, State, ehr, entry, history, submission, version

_HELD = (State.HELD,)


@dataclass(frozen=True, slots=True)
class Oldest:
    """The entry of a state that has waited longest."""

    id: str
    #: when it last began to wait; attempts do not count anew
    since: datetime


@dataclass(frozen=True, slots=True)
class Condition:
    """What is known of the EHR as a whole."""

    #: attempts in a row that it did not answer as a FHIR server at work does
    failures: int = 0
    failing_since: datetime | None = None
    reason: str | None = None
    #: it is left alone until then; None where it is asked freely
    probe_at: datetime | None = None
    #: whether any attempt is known
    asked: bool = False
    #: a probe is under way: ``probe_at`` is when its lease ends, not when the next one is
    probing: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One change of an entry's state."""

    at: datetime
    before: str
    after: State
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """All that the ledger tells of one entry."""

    entry: Entry
    #: the response as its door knows it
    response: str
    due_at: datetime | None
    history: Sequence[Step]


class Oversight(Reads):
    """An operator's questions about one clinic, beside those that the doors ask."""

    def oldest(self) -> Mapping[State, Oldest]:
        """State → what has waited longest in it, for each state that is no rest and has any."""
        groups = {**dict.fromkeys(WAITING, WAITING), State.HELD: _HELD}
        found = {state: self._oldest(state, group) for state, group in groups.items()}
        return {state: one for state, one in found.items() if one}

    def _oldest(self, state: State, group: Sequence[State]) -> Oldest | None:
        since = _since(group).label("since")
        found = (
            select(entry.c.id, since)
            .where(entry.c.clinic == self._clinic, entry.c.state == state)
            .order_by(since, entry.c.id)
            .limit(1)
        )
        with self._database.reading() as connection:
            row = connection.execute(found).first()
        return Oldest(row.id, row.since) if row else None

    def untried(self) -> int:
        """How many entries are due, and no attempt at them has ended."""
        never = (entry.c.clinic == self._clinic, entry.c.state == State.DUE, entry.c.reason.is_(None))
        with self._database.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(entry).where(*never)).scalar_one())

    def condition(self, now: datetime) -> Condition:
        """How the EHR does, as far as the last attempts tell."""
        under_way = entry.c.state.in_([State.SENDING, State.UNKNOWN])
        tried = or_(entry.c.ehr_id.is_not(None), entry.c.attempts > 0, under_way)
        asked = exists().where(entry.c.clinic == self._clinic, tried)
        probe = (entry.c.lease_until == ehr.c.probe_at, entry.c.lease_until > now)
        probing = exists().where(entry.c.clinic == self._clinic, *probe)
        found = select(ehr.c.failures, ehr.c.failing_since, ehr.c.reason, ehr.c.probe_at, asked, probing)
        with self._database.reading() as connection:
            row = connection.execute(found.where(ehr.c.clinic == self._clinic)).first()
        return Condition(*row) if row else Condition()

    # --- one entry

    def known_as(self, name: str) -> list[str]:
        """The ids of the entries with this id, here or at the EHR, or of the submission or response with it."""
        own = select(entry.c.id).where(entry.c.clinic == self._clinic)
        itself = own.where(entry.c.id == name)
        at_ehr = own.where(entry.c.ehr_id == name, entry.c.ehr_id != entry.c.id)
        came_of = select(entry.c.id).where(entry.c.submission_id.in_(self._submissions(name)))
        found = union(itself, at_ehr, came_of).order_by("id")
        with self._database.reading() as connection:
            return list(connection.execute(found).scalars())

    def newest_version(self, name: str) -> tuple[str, str] | None:
        """Kind, and where it is invalid the first issue, of the newest version of what has this id."""
        found = (
            select(version.c.kind, version.c.issues)
            .join(submission, submission.c.id == version.c.submission_id)
            .where(submission.c.id.in_(self._submissions(name)))
            .order_by(version.c.received_at.desc(), version.c.number.desc())
            .limit(1)
        )
        with self._database.reading() as connection:
            row = connection.execute(found).first()
        if row is None:
            return None
        return row.kind, first_issue(row.issues) if row.kind == "invalid" else ""

    def _submissions(self, name: str) -> CompoundSelect[tuple[str]]:
        """The clinic's submissions that have this id or go by it; apart, since each is found by an index."""
        itself = select(submission.c.id).where(submission.c.clinic == self._clinic, submission.c.id == name)
        return union(itself, submissions_of(self._clinic, [name]))

    def dossier(self, entry_id: str) -> Dossier | None:
        """All about one entry; None where the clinic has none of this id."""
        found = select(entry, response_name(entry.c.submission_id).label("response"))
        steps = select(history).where(history.c.entry_id == entry_id).order_by(history.c.id)
        with self._database.reading() as connection:
            row = connection.execute(found.where(entry.c.clinic == self._clinic, entry.c.id == entry_id)).first()
            lines = connection.execute(steps).all() if row else []
        if row is None:
            return None
        return Dossier(
            entry=read_entry(row),
            response=row.response,
            due_at=row.due_at,
            history=[_step(line) for line in lines],
        )


def _since(group: Sequence[State]) -> ScalarSelect[datetime]:
    """When an entry last came into one of these states from another."""
    came = (history.c.to_state.in_(group), history.c.from_state.not_in(group))
    return select(func.max(history.c.at)).where(history.c.entry_id == entry.c.id, *came).scalar_subquery()


def _step(line: Row[Any]) -> Step:
    return Step(line.at, line.from_state, State(line.to_state), line.reason)
