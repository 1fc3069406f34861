"""The first tables"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

#: as they were when this migration was written
ARROWS = (
    ("due", "held"),
    ("due", "sending"),
    ("due", "settled"),
    ("held", "due"),
    ("held", "settled"),
    ("new", "due"),
    ("new", "held"),
    ("new", "settled"),
    ("sending", "due"),
    ("sending", "held"),
    ("sending", "settled"),
    ("sending", "unknown"),
    ("settled", "due"),
    ("settled", "held"),
    ("settled", "settled"),
    ("unknown", "held"),
    ("unknown", "sending"),
)


#: SQLite numbers rows only by its own INTEGER
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """The first tables."""
    op.create_table(
        "notice",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("clinic", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("response_id", sa.String(length=64), nullable=True),
        sa.Column("version_id", sa.String(length=64), nullable=True),
        sa.Column("questionnaire", sa.String(length=300), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index("ix_notice_clinic_kind", "notice", ["clinic", "kind"], unique=False)
    op.create_table(
        "submission",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("clinic", sa.String(length=64), nullable=False),
        sa.Column("questionnaire", sa.Text(), nullable=True),
        sa.Column("fhir_id", sa.String(length=64), nullable=True),
        sa.Column("subject", sa.String(length=80), nullable=True),
        sa.Column("last_updated", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("versions", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "alias",
        sa.Column("clinic", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("value", sa.String(length=64), nullable=False),
        sa.Column("submission_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_alias_submission_id")),
        sa.PrimaryKeyConstraint("clinic", "kind", "value", name=op.f("pk_alias")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_alias_submission_id", "alias", ["submission_id"], unique=False)
    op.create_table(
        "entry",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("clinic", sa.String(length=64), nullable=False),
        sa.Column("submission_id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("stands", sa.JSON(), nullable=True),
        sa.Column("sent", sa.JSON(), nullable=True),
        sa.Column("ehr_id", sa.String(length=64), nullable=True),
        sa.Column("etag", sa.String(length=200), nullable=True),
        sa.Column("created", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease", sa.String(length=36), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("hold", sa.String(length=200), nullable=True),
        sa.Column("released", sa.Boolean(), nullable=False),
        sa.Column("losses", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.String(length=200), nullable=False),
        sa.Column("questionnaire", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("effective_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(state = 'sending') = (lease IS NOT NULL)", name=op.f("ck_entry_lease")),
        sa.CheckConstraint("(state IN ('due', 'unknown')) = (due_at IS NOT NULL)", name=op.f("ck_entry_due_at")),
        sa.CheckConstraint("state <> 'held' OR reason IS NOT NULL", name=op.f("ck_entry_reason")),
        sa.CheckConstraint(
            "state IN ('due', 'sending', 'unknown', 'held', 'settled')", name=op.f("ck_entry_state")
        ),
        sa.CheckConstraint("(lease IS NULL) = (lease_until IS NULL)", name=op.f("ck_entry_lease_until")),
        sa.CheckConstraint("stands IS NULL OR ehr_id IS NOT NULL", name=op.f("ck_entry_stands")),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_entry_submission_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry")),
        sa.UniqueConstraint("submission_id", "subject", name=op.f("uq_entry_submission_id_subject")),
    )
    op.create_index("ix_entry_clinic_effective", "entry", ["clinic", "effective_from"], unique=False)
    op.create_index("ix_entry_clinic_issued", "entry", ["clinic", "issued", "id"], unique=False)
    op.create_index("ix_entry_clinic_subject", "entry", ["clinic", "subject", "issued"], unique=False)
    op.create_index("ix_entry_state_due_at", "entry", ["state", "due_at"], unique=False)
    op.create_table(
        "version",
        sa.Column("submission_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("clinic", sa.String(length=64), nullable=False),
        sa.Column("door", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("last_updated", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("issues", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_version_submission_id")),
        sa.PrimaryKeyConstraint("submission_id", "number", name=op.f("pk_version")),
    )
    op.create_index("ix_version_clinic_kind", "version", ["clinic", "kind"], unique=False)
    op.create_table(
        "history",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("clinic", sa.String(length=64), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_state", sa.String(length=8), nullable=False),
        sa.Column("to_state", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.CheckConstraint(
            " OR ".join(f"(from_state = '{a}' AND to_state = '{b}')" for a, b in ARROWS),
            name=op.f("ck_history_arrow"),
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_history_entry_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history")),
    )
