"""Many workers and clinics"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

#: as they were when this migration was written
ARROWS = (
    ("dropped", "due"),
    ("dropped", "held"),
    ("dropped", "settled"),
    ("due", "dropped"),
    ("due", "held"),
    ("due", "sending"),
    ("due", "settled"),
    ("held", "dropped"),
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
    ("unknown", "dropped"),
    ("unknown", "held"),
    ("unknown", "sending"),
)


def upgrade() -> None:
    """A state for what a person gave up, indexes of what is under way, and what is known of each EHR."""
    with op.batch_alter_table("entry") as entry:
        entry.drop_constraint(op.f("ck_entry_state"), type_="check")
        entry.create_check_constraint(
            op.f("ck_entry_state"), "state IN ('due', 'sending', 'unknown', 'held', 'settled', 'dropped')"
        )
        entry.add_column(sa.Column("request_id", sa.String(length=64), nullable=True))
    with op.batch_alter_table("history") as history:
        history.drop_constraint(op.f("ck_history_arrow"), type_="check")
        history.create_check_constraint(
            op.f("ck_history_arrow"), " OR ".join(f"(from_state = '{a}' AND to_state = '{b}')" for a, b in ARROWS)
        )
    _indexes()
    op.create_table(
        "ehr",
        sa.Column("clinic", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("probe_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(failures = 0) = (failing_since IS NULL)", name=op.f("ck_ehr_failing_since")),
        sa.PrimaryKeyConstraint("clinic", name=op.f("pk_ehr")),
        sqlite_with_rowid=False,
    )


def _indexes() -> None:
    op.drop_index("ix_entry_state_due_at", "entry")
    op.create_index("ix_entry_state", "entry", ["clinic", "state", "changed_at"])
    op.create_index("ix_history_entry_id", "history", ["entry_id"])
    for name, table, column, where in (
        ("ix_entry_due", "entry", "due_at", "due_at IS NOT NULL"),
        ("ix_entry_leased", "entry", "lease_until", "lease_until IS NOT NULL"),
        ("ix_version_kept", "version", "received_at", "body IS NOT NULL"),
    ):
        only: dict[str, Any] = {"sqlite_where": sa.text(where), "postgresql_where": sa.text(where)}
        op.create_index(name, table, ["clinic", column], **only)
