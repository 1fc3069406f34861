"""All that was sent"""

from alembic import op

revision = "0003"
down_revision = "0002"

_AS_LIST = {
    "sqlite": "json_array(json_object('standing', json(sent), 'under_way', json('true')))",
    "postgresql": "json_build_array(json_build_object('standing', sent, 'under_way', true))",
}


def upgrade() -> None:
    """What was last sent becomes the first of all that was; whether it may still arrive is not known."""
    as_list = _AS_LIST[op.get_bind().dialect.name]
    op.execute(f"UPDATE entry SET sent = {as_list} WHERE sent IS NOT NULL")  # noqa: S608
