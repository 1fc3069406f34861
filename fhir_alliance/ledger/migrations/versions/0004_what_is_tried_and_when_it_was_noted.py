"""What is tried, and when it was noted"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

#: as it was when this migration was written
NOT_WHOLE = "state = 'settled' AND json_array_length(losses) > 0"


def upgrade() -> None:
    """A row to write when asked whether writing works, when an EHR was noted, and what was not kept whole."""
    op.create_table(
        "trial",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial")),
    )
    op.add_column("ehr", sa.Column("noted_at", sa.DateTime(timezone=True), nullable=True))
    only: dict[str, Any] = {"sqlite_where": sa.text(NOT_WHOLE), "postgresql_where": sa.text(NOT_WHOLE)}
    op.create_index("ix_entry_not_whole", "entry", ["clinic", "state", "changed_at"], **only)
