"""Notices by their time"""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """An index to find those that are kept no longer."""
    op.create_index("ix_notice_clinic_received_at", "notice", ["clinic", "received_at"])
