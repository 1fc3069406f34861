"""``fhir-alliance drop``: a person gives a result up."""

import click

from fhir_alliance.cli.decision import decide


@click.command("drop")
@click.argument("names", metavar="ID...", nargs=-1, required=True)
def command(names: tuple[str, ...]) -> None:
    """Give results up: nothing more is written for them.

    ID is told by status. The id that the EHR gave its Observation does as well, and the id of the response, or of
    its submission, where one result came of it.
    What stands in the chart stays; a new version of the response, or release, takes it up again.
    """
    decide(
        names, "drop", lambda decisions, *which: decisions.drop(*which), "dropped; what stands in the chart stays"
    )
