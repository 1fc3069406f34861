"""Rows ↔ values."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, bindparam, select

from fhir_alliance.ledger.tables import State, entry
from fhir_alliance.scoring.result import Standing, Statement

_STATEMENT: TypeAdapter[Statement] = TypeAdapter(Statement)
_STANDING: TypeAdapter[Standing] = TypeAdapter(Standing)
_LOCKED_ENTRY = (
    select(entry)
    .where(entry.c.clinic == bindparam("of_clinic"), entry.c.id == bindparam("of_entry"))
    .with_for_update()
)


@dataclass(frozen=True, slots=True)
class Submission:
    """One response through all its versions."""

    id: str
    #: ``url|version`` of its first version
    questionnaire: str | None = None
    fhir_id: str | None = None
    subject: str | None = None
    #: of the newest version that called for anything
    last_updated: datetime | None = None
    #: how many versions there are
    versions: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a response, as received; ``body`` is None where it was deleted or purged."""

    number: int
    door: str
    kind: str
    late: bool
    digest: str | None
    last_updated: datetime | None
    received_at: datetime
    body: bytes | None
    issues: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent to the EHR, and was not seen in the chart since."""

    standing: Standing
    #: no answer came: it may still be carried out
    under_way: bool = True


_SENT: TypeAdapter[tuple[Sent, ...]] = TypeAdapter(tuple[Sent, ...])


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What we keep standing in one patient's chart for one submission."""

    #: the Observation's id
    id: str
    submission_id: str
    subject: str
    wanted: Statement
    stands: Standing | None
    sent: tuple[Sent, ...]
    ehr_id: str | None
    etag: str | None
    created: bool
    state: State
    attempts: int
    lease: str | None
    lease_until: datetime | None
    reason: str | None
    hold: str | None
    released: bool
    losses: tuple[str, ...]
    #: of the request that called for what is wanted
    request_id: str | None
    changed_at: datetime
    questionnaire: str


def columns(record: Submission | Version) -> dict[str, Any]:
    """The fields of a record, which are named as their columns are."""
    return {field.name: getattr(record, field.name) for field in fields(record)}


def read_submission(row: Row[Any]) -> Submission:
    """A submission from its row."""
    return Submission(**{field.name: getattr(row, field.name) for field in fields(Submission)})


def read_version(row: Row[Any]) -> Version:
    """A version from its row."""
    return Version(**{field.name: getattr(row, field.name) for field in fields(Version)})


def read_entry(row: Row[Any]) -> Entry:
    """An entry from its row."""
    return Entry(
        id=row.id,
        submission_id=row.submission_id,
        subject=row.subject,
        wanted=_STATEMENT.validate_python(row.wanted),
        stands=_standing(row.stands),
        sent=_SENT.validate_python(row.sent or ()),
        ehr_id=row.ehr_id,
        etag=row.etag,
        created=row.created,
        state=State(row.state),
        attempts=row.attempts,
        lease=row.lease,
        lease_until=row.lease_until,
        reason=row.reason,
        hold=row.hold,
        released=row.released,
        losses=tuple(row.losses),
        request_id=row.request_id,
        changed_at=row.changed_at,
        questionnaire=row.questionnaire,
    )


def locked_entry(connection: Connection, clinic: str, entry_id: str) -> Entry | None:
    """The entry of this id; nobody else works on it until the transaction ends."""
    row = connection.execute(_LOCKED_ENTRY, {"of_clinic": clinic, "of_entry": entry_id}).first()
    return read_entry(row) if row else None


def _standing(kept: Any) -> Standing | None:
    return _STANDING.validate_python(kept) if kept is not None else None


def write_statement(statement: Statement) -> Any:
    """A statement as the ledger keeps it."""
    return _STATEMENT.dump_python(statement, mode="json")


def write_standing(standing: Standing | None) -> Any:
    """What stands, as the ledger keeps it."""
    return _STANDING.dump_python(standing, mode="json") if standing else None


def write_sent(sent: tuple[Sent, ...]) -> Any:
    """What was sent, as the ledger keeps it."""
    return _SENT.dump_python(sent, mode="json") or None
