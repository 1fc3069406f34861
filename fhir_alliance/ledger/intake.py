"""What happens to the ledger within the one transaction that takes a version in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from fhir_alliance.ledger.moves import log, move
from fhir_alliance.ledger.records import (
    Entry,
    Submission,
    Version,
    read_entry,
    read_submission,
    read_version,
    write_standing,
    write_statement,
)
from fhir_alliance.ledger.tables import State, alias, entry, notice, submission, version
from fhir_alliance.scoring.result import Standing, Statement, Withdrawn, next_standing

#: kind and value of a key
KeyPair = tuple[str, str]


class Intake:
    """Reads and writes of one clinic, in one transaction."""

    def __init__(self, connection: Connection, clinic: str, now: datetime, *, own_chart: bool) -> None:
        self._connection = connection
        self._clinic = clinic
        self._now = now
        self._own_chart = own_chart

    # --- submissions and versions

    def find(self, keys: Sequence[KeyPair]) -> list[Submission]:
        """The submissions that ``keys`` name, in the order of the keys, each once."""
        found: dict[str, Submission] = {}
        for kind, value in keys:
            row = self._connection.execute(
                select(submission)
                .join(alias, alias.c.submission_id == submission.c.id)
                .where(alias.c.clinic == self._clinic, alias.c.kind == kind, alias.c.value == value)
            ).first()
            if row is not None:
                found.setdefault(row.id, read_submission(row))
        return list(found.values())

    def open(self, submission_id: str) -> Submission:
        """A new submission."""
        self._connection.execute(
            insert(submission).values(id=submission_id, clinic=self._clinic, created_at=self._now, versions=0)
        )
        return Submission(submission_id)

    def name(self, submission_id: str, keys: Sequence[KeyPair]) -> None:
        """Know the submission by ``keys``, too."""
        for kind, value in keys:
            known = select(alias.c.submission_id).where(
                alias.c.clinic == self._clinic, alias.c.kind == kind, alias.c.value == value
            )
            if self._connection.execute(known).first() is None:
                self._connection.execute(
                    insert(alias).values(clinic=self._clinic, kind=kind, value=value, submission_id=submission_id)
                )

    def update(self, submission_id: str, **values: Any) -> None:
        """Set columns of a submission."""
        self._connection.execute(update(submission).where(submission.c.id == submission_id).values(**values))

    def newest(self, submission_id: str) -> Version | None:
        """The version that came last."""
        row = self._connection.execute(
            select(version)
            .where(version.c.submission_id == submission_id)
            .order_by(version.c.number.desc())
            .limit(1)
        ).first()
        return read_version(row) if row else None

    def has(self, submission_id: str, digest: str, last_updated: datetime | None) -> bool:
        """Whether this very version was taken in before."""
        same = select(version.c.number).where(
            version.c.submission_id == submission_id,
            version.c.digest == digest,
            version.c.last_updated == last_updated,
        )
        return self._connection.execute(same).first() is not None

    def add(self, submission_id: str, new: Version) -> None:
        """Keep a version."""
        self._connection.execute(
            insert(version).values(
                submission_id=submission_id,
                clinic=self._clinic,
                number=new.number,
                door=new.door,
                kind=new.kind,
                late=new.late,
                digest=new.digest,
                last_updated=new.last_updated,
                received_at=new.received_at,
                body=new.body,
                issues=new.issues,
            )
        )

    def note(self, kind: str, **what: str | None) -> None:
        """Note that something came which is no response of ours; ``what``: its id, version and questionnaire."""
        self._connection.execute(
            insert(notice).values(clinic=self._clinic, received_at=self._now, kind=kind, **what)
        )

    # --- entries

    def entries(self, submission_id: str) -> list[Entry]:
        """Every entry of a submission: one for each subject it ever had."""
        rows = self._connection.execute(select(entry).where(entry.c.submission_id == submission_id))
        return [read_entry(row) for row in rows]

    def open_entry(
        self, entry_id: str, submission_id: str, wanted: Statement, hold: str | None, **search: Any
    ) -> None:
        """Begin to keep something standing. ``search``: the columns that searches look at."""
        stands = None if hold or not self._own_chart else next_standing(wanted, None)
        state = State.HELD if hold else State.SETTLED if stands else State.DUE
        self._connection.execute(
            insert(entry).values(
                id=entry_id,
                clinic=self._clinic,
                submission_id=submission_id,
                wanted=write_statement(wanted),
                stands=write_standing(stands),
                ehr_id=entry_id if stands else None,
                state=state,
                due_at=self._now if state is State.DUE else None,
                reason=hold,
                attempts=0,
                released=False,
                losses=[],
                changed_at=self._now,
                **search,
            )
        )
        log(self._connection, self._clinic, entry_id, ("new", state), self._now, hold)

    def call_for(self, current: Entry, wanted: Statement, hold: str | None = None, **search: Any) -> None:
        """Change what should stand; ``hold`` tells why a person must look before it is written."""
        if wanted == current.wanted and not hold:
            return
        self._connection.execute(
            update(entry)
            .where(entry.c.id == current.id)
            .values(wanted=write_statement(wanted), changed_at=self._now, **search)
        )
        if current.state is State.SENDING:
            if hold:
                held = update(entry).where(entry.c.id == current.id).values(hold=hold)
                self._connection.execute(held)
            return
        self._restate(current, wanted, hold)

    def _restate(self, current: Entry, wanted: Statement, hold: str | None) -> None:
        to_write = next_standing(wanted, current.stands)
        if current.state is State.HELD:
            if isinstance(wanted, Withdrawn) and current.stands is None and current.sent is None:
                self._move(current, State.SETTLED)
        elif hold and to_write:
            self._move(current, State.HELD, hold)
        elif current.state is State.UNKNOWN:
            return
        elif to_write and self._own_chart:
            self._stand(current, to_write)
        elif to_write and current.state is State.SETTLED:
            self._move(current, State.DUE, due_at=self._now, attempts=0)
        elif not to_write and current.state is State.DUE:
            self._move(current, State.SETTLED)

    def let_go(self, current: Entry) -> None:
        """A person has looked at a held entry: it goes on, whatever is found in the chart."""
        to_write = next_standing(current.wanted, current.stands)
        if self._own_chart and to_write:
            self._stand(current, to_write)
        else:
            self._move(current, State.DUE, "released", due_at=self._now, attempts=0, released=True)

    def _stand(self, current: Entry, standing: Standing) -> None:
        """Without an EHR what should stand stands at once."""
        kept = {"stands": write_standing(standing), "ehr_id": current.id}
        self._move(current, State.SETTLED, **kept)

    def _move(self, current: Entry, state: State, reason: str | None = None, **values: Any) -> None:
        move(self._connection, self._clinic, current.id, (current.state, state), self._now, reason, **values)
