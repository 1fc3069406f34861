"""What happens to the ledger within the one transaction that takes a version in."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from fhir_alliance.ledger.database import Database
from fhir_alliance.ledger.direct import NewRow
from fhir_alliance.ledger.moves import line, move
from fhir_alliance.ledger.reasons import GUARDED, RELEASED, overrides
from fhir_alliance.ledger.records import (
    Entry,
    Submission,
    Version,
    columns,
    read_entry,
    read_submission,
    read_version,
    write_standing,
    write_statement,
)
from fhir_alliance.ledger.tables import State, alias, entry, history, notice, submission, version
from fhir_alliance.scoring.result import Standing, Statement, Withdrawn, next_standing

#: kind and value of a key
KeyPair = tuple[str, str]

# statements are built once: building one costs more than running it
_NAMED = select(alias.c.submission_id).where(
    alias.c.clinic == bindparam("of_clinic"),
    alias.c.kind == bindparam("of_kind"),
    alias.c.value == bindparam("of_value"),
)
_BY_ALIAS = select(submission).where(submission.c.id == _NAMED.scalar_subquery()).with_for_update()
_NEWEST = (
    select(version)
    .where(version.c.submission_id == bindparam("of_submission"), version.c.door == bindparam("of_door"))
    .order_by(version.c.number.desc())
    .limit(1)
)
_SAME = select(version.c.number).where(
    version.c.submission_id == bindparam("of_submission"),
    version.c.digest == bindparam("of_digest"),
    version.c.last_updated == bindparam("of_time"),
    version.c.kind != bindparam("but_kind"),
)
_ENTRIES = select(entry).where(entry.c.submission_id == bindparam("of_submission")).with_for_update()
_CHANGE_SUBMISSION = update(submission).where(submission.c.id == bindparam("of_submission"))
_CHANGE_ENTRY = update(entry).where(entry.c.id == bindparam("of_entry"))
_AT_REST = (State.SETTLED, State.DROPPED)


class Intake:
    """Reads and writes of one clinic, in one transaction."""

    def __init__(
        self,
        database: Database,
        connection: Connection,
        clinic: str,
        now: datetime,
        *,
        own_chart: bool,
        request_id: str | None = None,
    ) -> None:
        self._database = database
        self._connection = connection
        self._clinic = clinic
        self._now = now
        self._request_id = request_id
        self._own_chart = own_chart
        self._new: list[NewRow] = []

    def add_new(self) -> None:
        """Add all that is new, once everything is known: nothing of it is read before.

        Overtaken where another arrival took one of the keys since they were looked for.
        """
        self._database.add(self._connection, self._new)

    # --- submissions and versions

    def find(self, keys: Sequence[KeyPair]) -> dict[KeyPair, Submission]:
        """The submissions that ``keys`` name, by key; a key that names none is left out.

        Until the transaction ends nobody else works on them.
        """
        named = {key: {"of_clinic": self._clinic, "of_kind": key[0], "of_value": key[1]} for key in keys}
        if not any(self._database.finds(self._connection, _NAMED, one) for one in named.values()):
            return {}  # nothing to lock: who adds the same meanwhile is met on its keys
        self._database.begin(self._connection)
        rows = {key: self._connection.execute(_BY_ALIAS, one).first() for key, one in named.items()}
        return {key: read_submission(row) for key, row in rows.items() if row is not None}

    def open(self, new: Submission) -> None:
        """Begin a submission."""
        values = {**columns(new), "clinic": self._clinic, "created_at": self._now}
        self._new.append(NewRow(submission, values))

    def change(self, changed: Submission) -> None:
        """Keep what is now known of a submission."""
        values = columns(changed)
        self._connection.execute(_CHANGE_SUBMISSION, {"of_submission": values.pop("id"), **values})

    def name(self, submission_id: str, keys: Sequence[KeyPair]) -> None:
        """Know the submission by ``keys``, too; they must not name another."""
        for kind, value in keys:
            named = {"clinic": self._clinic, "kind": kind, "value": value, "submission_id": submission_id}
            self._new.append(NewRow(alias, named))

    def newest(self, submission_id: str, door: str) -> Version | None:
        """The version that came last at this door."""
        row = self._connection.execute(_NEWEST, {"of_submission": submission_id, "of_door": door}).first()
        return read_version(row) if row else None

    def has(self, submission_id: str, digest: str, last_updated: datetime, but_kind: str) -> bool:
        """Whether this very version was taken in before, and not found to be of ``but_kind``."""
        same = {"of_submission": submission_id, "of_digest": digest, "of_time": last_updated, "but_kind": but_kind}
        return self._connection.execute(_SAME, same).first() is not None

    def add(self, submission_id: str, new: Version) -> None:
        """Keep a version."""
        values = {**columns(new), "submission_id": submission_id, "clinic": self._clinic}
        self._new.append(NewRow(version, values))

    def note(self, kind: str, **what: str | None) -> None:
        """Note that something came which is no response of ours; ``what``: its id, version and questionnaire."""
        values = {"clinic": self._clinic, "received_at": self._now, "kind": kind, **what}
        self._new.append(NewRow(notice, values))

    # --- entries

    def entries(self, submission_id: str) -> list[Entry]:
        """Every entry of a submission: one for each subject it ever had."""
        rows = self._connection.execute(_ENTRIES, {"of_submission": submission_id})
        return [read_entry(row) for row in rows]

    def open_entry(
        self,
        entry_id: str,
        submission_id: str,
        wanted: Statement,
        hold: str | None,
        search: Mapping[str, Any],
    ) -> None:
        """Begin to keep something standing. ``search``: the columns that searches look at."""
        stands = None if hold or not self._own_chart else next_standing(wanted, None)
        state = State.HELD if hold else State.SETTLED if stands else State.DUE
        values = {
            "id": entry_id,
            "clinic": self._clinic,
            "submission_id": submission_id,
            "wanted": write_statement(wanted),
            "withdrawn": isinstance(wanted, Withdrawn),
            "stands": write_standing(stands),
            "ehr_id": entry_id if stands else None,
            "state": state,
            "due_at": self._now if state is State.DUE else None,
            "reason": hold,
            "hold": hold,
            "attempts": 0,
            "released": False,
            "created": False,
            "losses": [],
            "request_id": self._request_id,
            "changed_at": self._now,
            **search,
        }
        begun = line(self._clinic, entry_id, ("new", state), self._now, hold)
        self._new += [NewRow(entry, values), NewRow(history, begun)]

    def call_for(self, current: Entry, wanted: Statement, hold: str | None, search: Mapping[str, Any]) -> None:
        """Change what should stand; ``hold`` tells why a person must look before a result is written."""
        if wanted == current.wanted and not hold:
            return
        hold = hold or current.hold  # it stays until a person lets go
        changes = {
            "wanted": write_statement(wanted),
            "withdrawn": isinstance(wanted, Withdrawn),
            "hold": hold,
            "request_id": self._request_id,
            "changed_at": self._now,
            **search,
        }
        self._connection.execute(_CHANGE_ENTRY, {"of_entry": current.id, **changes})
        if current.state is State.SENDING:
            return
        if isinstance(wanted, Withdrawn):
            self._withdraw(current, wanted)
        else:
            self._restate(current, wanted, hold)

    def _withdraw(self, current: Entry, wanted: Withdrawn) -> None:
        """A withdrawal waits for nobody, but does not touch what someone else changed."""
        to_write = next_standing(wanted, current.stands)
        if to_write is None and not current.sent:
            if current.state in (State.DUE, State.HELD, State.DROPPED):
                self._move(current, State.SETTLED)
        elif current.state is State.UNKNOWN:
            return
        elif to_write and self._own_chart:
            self._stand(current, to_write)
        elif current.state in _AT_REST or (current.state is State.HELD and current.reason not in GUARDED):
            self._move(current, State.DUE, due_at=self._now, attempts=0)

    def _restate(self, current: Entry, wanted: Statement, hold: str | None) -> None:
        to_write = next_standing(wanted, current.stands)
        if current.state is State.HELD:
            if hold and hold != current.hold:  # one release lets go of both, so the graver reason is told
                self._change_reason(current, hold)
            return
        if hold and (to_write or current.state is not State.SETTLED):
            self._move(current, State.HELD, hold)
        elif current.state is State.UNKNOWN:
            return
        elif to_write and self._own_chart:
            self._stand(current, to_write)
        elif to_write and current.state in _AT_REST:
            self._move(current, State.DUE, due_at=self._now, attempts=0)
        elif not (to_write or current.sent or current.released) and current.state is State.DUE:
            self._move(current, State.SETTLED)

    def _change_reason(self, current: Entry, reason: str) -> None:
        self._connection.execute(_CHANGE_ENTRY, {"of_entry": current.id, "reason": reason})

    def let_go(self, current: Entry) -> None:
        """A person has looked at a held entry: it goes on."""
        to_write = next_standing(current.wanted, current.stands)
        if self._own_chart and to_write:
            self._stand(current, to_write, hold=None)
        elif self._own_chart:
            self._move(current, State.SETTLED, hold=None)
        else:
            over = overrides(current.reason or "")
            now = {"due_at": self._now, "attempts": 0}
            self._move(current, State.DUE, RELEASED, released=over, hold=None, **now)

    def _stand(self, current: Entry, standing: Standing, **values: Any) -> None:
        """Without an EHR what should stand stands at once."""
        kept = {"stands": write_standing(standing), "ehr_id": current.id, **values}
        self._move(current, State.SETTLED, **kept)

    def _move(self, current: Entry, state: State, reason: str | None = None, **values: Any) -> None:
        arrow = (current.state, state)
        move(self._connection, self._clinic, current.id, arrow, self._now, reason, **values)
