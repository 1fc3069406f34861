"""The tables. States and their arrows stand here, so that the database refuses what the program must not do."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)


class State(StrEnum):
    """Where an entry is between what should stand and what does."""

    DUE = "due"
    SENDING = "sending"
    UNKNOWN = "unknown"
    HELD = "held"
    SETTLED = "settled"
    DROPPED = "dropped"


#: the chart does not say yet what it should, and the program sees to it
WAITING: Final = (State.DUE, State.SENDING, State.UNKNOWN)
#: that, or a person must; what is settled or dropped grows with the years
UNFINISHED: Final = (*WAITING, State.HELD)

#: the arrows; an entry begins at "new"
ARROWS = frozenset(
    {
        ("new", State.DUE),
        ("new", State.HELD),
        ("new", State.SETTLED),
        (State.DUE, State.SENDING),  # claimed by a worker
        (State.DUE, State.SETTLED),  # nothing is left to write
        (State.DUE, State.HELD),
        (State.UNKNOWN, State.SENDING),
        (State.UNKNOWN, State.HELD),
        (State.SENDING, State.SETTLED),
        (State.SENDING, State.DUE),  # surely not written, or changed meanwhile
        (State.SENDING, State.UNKNOWN),  # no answer, or the lease ran out
        (State.SENDING, State.HELD),
        (State.SETTLED, State.DUE),
        (State.SETTLED, State.HELD),
        (State.SETTLED, State.SETTLED),  # no EHR: settled at once
        (State.HELD, State.DUE),  # released by a person
        (State.HELD, State.SETTLED),  # withdrawn before anything was written, or released without an EHR
        (State.DUE, State.DROPPED),  # given up by a person
        (State.UNKNOWN, State.DROPPED),
        (State.HELD, State.DROPPED),
        (State.DROPPED, State.DUE),  # called for anew, or taken up again by a person
        (State.DROPPED, State.HELD),
        (State.DROPPED, State.SETTLED),
    }
)


class Instant(TypeDecorator[datetime]):
    """A moment with time zone; SQLite keeps it as UTC without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Store in UTC; a naive moment is a mistake of the program."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Give it back in UTC."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if dialect.name == "sqlite" else moment.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: as many rows as there will ever be; SQLite numbers rows only by its own INTEGER
_NUMBER = BigInteger().with_variant(Integer, "sqlite")


def _where(condition: str) -> dict[str, Any]:
    """An index of the few rows that meet ``condition``: it stays small, however long the history."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


#: the entries of which the EHR left something out; ``losses`` is an empty array where all was kept
NOT_WHOLE = "state = 'settled' AND json_array_length(losses) > 0"

#: one response through all its versions
submission = Table(
    "submission",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("clinic", String(64), nullable=False),
    # url|version of its first version, kept for later ones that name no version
    Column("questionnaire", Text),
    # its id at our own FHIR server, where it came in there
    Column("fhir_id", String(64)),
    # the patient of the newest version that called for anything
    Column("subject", String(80)),
    # lastUpdated of the newest version that called for anything
    Column("last_updated", Instant),
    Column("created_at", Instant, nullable=False),
    # how many versions there are; the next one gets the next number
    Column("versions", Integer, nullable=False),
    sqlite_with_rowid=False,
)

#: all by which a submission is known again
alias = Table(
    "alias",
    metadata,
    Column("clinic", String(64), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("value", String(64), primary_key=True),
    Column("submission_id", ForeignKey("submission.id"), nullable=False, index=True),
    sqlite_with_rowid=False,
)

#: every version of a response, as received
version = Table(
    "version",
    metadata,
    Column("submission_id", ForeignKey("submission.id"), primary_key=True),
    # 1, 2, 3 … in the order of arrival
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("clinic", String(64), nullable=False),
    Column("door", String(16), nullable=False),
    # what was found in it, or "deleted"
    Column("kind", String(16), nullable=False),
    # older than what was already known when it came
    Column("late", Boolean, nullable=False),
    Column("digest", String(64)),
    Column("last_updated", Instant),
    Column("received_at", Instant, nullable=False),
    # empty for a deletion, and once purged
    Column("body", LargeBinary),
    Column("issues", JSON, nullable=False),
    Index("ix_version_clinic_kind", "clinic", "kind"),
    Index("ix_version_kept", "clinic", "received_at", **_where("body IS NOT NULL")),
)

#: what we keep standing in one patient's chart for one submission
entry = Table(
    "entry",
    metadata,
    # the Observation's id
    Column("id", String(36), primary_key=True),
    Column("clinic", String(64), nullable=False),
    Column("submission_id", ForeignKey("submission.id"), nullable=False),
    Column("subject", String(80), nullable=False),
    # what should stand
    Column("wanted", JSON, nullable=False),
    # whether that is a withdrawal
    Column("withdrawn", Boolean, nullable=False),
    # what does stand, as the EHR confirmed
    Column("stands", JSON(none_as_null=True)),
    # what was sent and not seen since; no answer came to what is under way
    Column("sent", JSON(none_as_null=True)),
    # the EHR's id and ETag of what stands; the id also of what was sent, where the EHR told it
    Column("ehr_id", String(64)),
    Column("etag", String(200)),
    # the EHR accepted a create, and what it made was not seen since
    Column("created", Boolean, nullable=False),
    Column("state", String(8), nullable=False),
    Column("due_at", Instant),
    Column("attempts", Integer, nullable=False),
    Column("lease", String(36)),
    Column("lease_until", Instant),
    # why it is held, or what the last attempt met
    Column("reason", String(200)),
    # why a person must let go before a result of it may be written; until then it stays
    Column("hold", String(200)),
    # a person has looked: what is found in the chart may be overwritten
    Column("released", Boolean, nullable=False),
    # elements the EHR did not keep
    Column("losses", JSON, nullable=False),
    # the request that called for what should stand; the EHR is told it, too
    Column("request_id", String(64)),
    Column("changed_at", Instant, nullable=False),
    # for searches
    Column("code", String(200), nullable=False),
    Column("questionnaire", Text, nullable=False),
    Column("effective_from", Instant, nullable=False),
    Column("effective_until", Instant, nullable=False),
    Column("issued", Instant, nullable=False),
    UniqueConstraint("submission_id", "subject"),
    CheckConstraint("state IN ('due', 'sending', 'unknown', 'held', 'settled', 'dropped')", name="state"),
    CheckConstraint("(state = 'sending') = (lease IS NOT NULL)", name="lease"),
    CheckConstraint("(lease IS NULL) = (lease_until IS NULL)", name="lease_until"),
    CheckConstraint("(state IN ('due', 'unknown')) = (due_at IS NOT NULL)", name="due_at"),
    CheckConstraint("state <> 'held' OR reason IS NOT NULL", name="reason"),
    CheckConstraint("stands IS NULL OR ehr_id IS NOT NULL", name="stands"),
    Index("ix_entry_due", "clinic", "due_at", **_where("due_at IS NOT NULL")),
    Index("ix_entry_leased", "clinic", "lease_until", **_where("lease_until IS NOT NULL")),
    Index("ix_entry_state", "clinic", "state", "changed_at"),
    Index("ix_entry_clinic_issued", "clinic", "issued", "id"),
    Index("ix_entry_clinic_subject", "clinic", "subject", "issued"),
    Index("ix_entry_clinic_effective", "clinic", "effective_from"),
    Index("ix_entry_not_whole", "clinic", "state", "changed_at", **_where(NOT_WHOLE)),
    Index("ix_entry_ehr_id", "clinic", "ehr_id", **_where("ehr_id <> id")),
)

#: every change of state; rows are only added
history = Table(
    "history",
    metadata,
    Column("id", _NUMBER, primary_key=True),
    Column("clinic", String(64), nullable=False),
    Column("entry_id", ForeignKey("entry.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("from_state", String(8), nullable=False),
    Column("to_state", String(8), nullable=False),
    Column("reason", String(200)),
    CheckConstraint(
        " OR ".join(f"(from_state = '{a}' AND to_state = '{b}')" for a, b in sorted(ARROWS)), name="arrow"
    ),
)

#: an event that is no response of ours: only that it came
notice = Table(
    "notice",
    metadata,
    Column("id", _NUMBER, primary_key=True),
    Column("clinic", String(64), nullable=False),
    Column("received_at", Instant, nullable=False),
    # empty, bundle, other-resource, other-questionnaire
    Column("kind", String(32), nullable=False),
    Column("response_id", String(64)),
    Column("version_id", String(64)),
    Column("questionnaire", String(300)),
    Index("ix_notice_clinic_kind", "clinic", "kind"),
    Index("ix_notice_clinic_received_at", "clinic", "received_at"),
)

#: what is known of each clinic's EHR as a whole
ehr = Table(
    "ehr",
    metadata,
    Column("clinic", String(64), primary_key=True),
    # attempts in a row that it did not answer as a FHIR server at work does
    Column("failures", Integer, nullable=False),
    # nothing is sent before, then one attempt alone; empty where it works
    Column("probe_at", Instant),
    # where the rate is limited, nothing is sent before
    Column("next_at", Instant),
    # what the last failure was, and when the first one was
    Column("reason", String(200)),
    Column("failing_since", Instant),
    # when it was last said how long to wait
    Column("noted_at", Instant),
    CheckConstraint("(failures = 0) = (failing_since IS NULL)", name="failing_since"),
    sqlite_with_rowid=False,
)

#: written anew when somebody asks whether writing works
trial = Table("trial", metadata, Column("id", Integer, primary_key=True, autoincrement=False))
