"""The tables. States and their arrows stand here, so that the database refuses what the program must not do."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
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
)


class State(StrEnum):
    """Where an entry is between what should stand and what does."""

    DUE = "due"
    SENDING = "sending"
    UNKNOWN = "unknown"
    HELD = "held"
    SETTLED = "settled"


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
    Column("body", LargeBinary),
    Column("issues", JSON, nullable=False),
    Index("ix_version_clinic_kind", "clinic", "kind"),
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
    # what was last sent
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
    Column("changed_at", Instant, nullable=False),
    # for searches
    Column("code", String(200), nullable=False),
    Column("questionnaire", Text, nullable=False),
    Column("effective_from", Instant, nullable=False),
    Column("effective_until", Instant, nullable=False),
    Column("issued", Instant, nullable=False),
    UniqueConstraint("submission_id", "subject"),
    CheckConstraint("state IN ('due', 'sending', 'unknown', 'held', 'settled')", name="state"),
    CheckConstraint("(state = 'sending') = (lease IS NOT NULL)", name="lease"),
    CheckConstraint("(lease IS NULL) = (lease_until IS NULL)", name="lease_until"),
    CheckConstraint("(state IN ('due', 'unknown')) = (due_at IS NOT NULL)", name="due_at"),
    CheckConstraint("state <> 'held' OR reason IS NOT NULL", name="reason"),
    CheckConstraint("stands IS NULL OR ehr_id IS NOT NULL", name="stands"),
    Index("ix_entry_state_due_at", "state", "due_at"),
    Index("ix_entry_clinic_issued", "clinic", "issued", "id"),
    Index("ix_entry_clinic_subject", "clinic", "subject", "issued"),
    Index("ix_entry_clinic_effective", "clinic", "effective_from"),
)

#: every change of state; rows are only added
history = Table(
    "history",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("clinic", String(64), nullable=False),
    Column("entry_id", ForeignKey("entry.id"), nullable=False),
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
    Column("id", Integer, primary_key=True),
    Column("clinic", String(64), nullable=False),
    Column("received_at", Instant, nullable=False),
    # empty, bundle, other-resource, other-questionnaire
    Column("kind", String(32), nullable=False),
    Column("response_id", String(64)),
    Column("version_id", String(64)),
    Column("questionnaire", String(300)),
    Index("ix_notice_clinic_kind", "clinic", "kind"),
)
