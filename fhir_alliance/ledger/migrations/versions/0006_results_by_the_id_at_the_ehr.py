"""Results by the id at the EHR"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """An index to find a result by the id that an EHR gave it, where that is not our own."""
    own = sa.text("ehr_id <> id")
    op.create_index("ix_entry_ehr_id", "entry", ["clinic", "ehr_id"], sqlite_where=own, postgresql_where=own)
