"""``fhir-alliance retry``: what waits, or was refused, is tried again now."""

import click

from fhir_alliance.cli.decision import decide


@click.command("retry")
@click.argument("names", metavar="ID...", nargs=-1, required=True)
def command(names: tuple[str, ...]) -> None:
    """Try results again now that what was wrong is mended.

    ID is told by status. The id that the EHR gave its Observation does as well, and the id of the response, or of
    its submission, where one result came of it.
    Nothing that someone else changed in the chart is written over; an EHR that is left alone since it failed is
    asked again.
    """
    decide(names, "retry", lambda decisions, *which: decisions.retry(*which), "tried again with the next attempt")
