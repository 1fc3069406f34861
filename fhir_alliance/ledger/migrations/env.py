"""Alembic's entry: migrations run on the connection they are given."""

from alembic import context

from fhir_alliance.ledger.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
