"""``fhir-alliance release``: a person has looked at a held result."""

import click


@click.command("release")
@click.argument("entry_id", metavar="ID")
def command(entry_id: str) -> None:
    """Let a held result go on to the EHR.

    ID is told by status. Where it is held because the chart was changed, deleted or not kept as written, what is
    found there is written over; else it is tried again.
    """
    from fhir_alliance.settings import read_settings
    from fhir_alliance.wiring import now, open_ledger

    settings = read_settings()
    with open_ledger(settings) as ledger:
        released = ledger.release(entry_id, now())
    if not released:
        raise click.ClickException(f"{entry_id} is not held: fhir-alliance status tells what is.")
    if settings.ehr_url is None:
        click.echo(f"Observation/{entry_id} is released, and stands now.")
    else:
        click.echo(f"Observation/{entry_id} is released: it goes to the EHR with the next attempt.")
