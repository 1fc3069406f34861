"""``fhir-alliance migrate``: the database's tables, brought to this program's version."""

import click


@click.command("migrate")
def command() -> None:
    """Bring the database's tables to this version.

    Every row is kept. Needed once for a new PostgreSQL database, and after each update of the program; every serve
    and work must be stopped meanwhile. An SQLite file is migrated by serve, too.
    """
    from fhir_alliance.settings import read_settings
    from fhir_alliance.wiring import migrate_database

    before, now = migrate_database(read_settings())
    told = "already" if before == now else f"now; before: {before or 'none'}"
    click.echo(f"The tables are at version {now} {told}.")
