"""``fhir-alliance release``: a person has looked at a held result."""

import click

from fhir_alliance.cli.decision import decide


@click.command("release")
@click.argument("names", metavar="ID...", nargs=-1, required=True)
def command(names: tuple[str, ...]) -> None:
    """Let a held result go on to the EHR.

    ID is told by status. The id that the EHR gave its Observation does as well, and the id of the response, or of
    its submission, where one result came of it.
    Where it is held because the chart was changed, deleted or not kept as written, what is found there is written
    over; else it is tried again. What was dropped is taken up again.
    """
    decide(names, "release", lambda decisions, *which: decisions.release(*which), "released, and goes on")
