"""``fhir-alliance publish``: the artifacts onto a FHIR server."""

import re
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from fhir_alliance.errors import ChartFault


def _base_url(_: click.Context, __: click.Parameter, url: str) -> str:
    from fhir_alliance.clinic_settings import base_of

    try:
        is_base = re.fullmatch(r"https?://[^\s?#@]+", url) and base_of(url)
    except ValueError:
        is_base = None
    if not is_base:
        told = "takes the base of a FHIR server, http(s)://…, plainly spelled, without user, query and fragment"
        raise click.BadParameter(told)
    return url


@click.command("publish")
@click.argument("url", callback=_base_url)
def command(url: str) -> None:
    """Put the checklist and its terms on a FHIR server.

    URL is the server's FHIR base. What is there already, and the same, is left alone; EHR_TOKEN is sent only where
    URL is EHR_URL.
    """
    from fhir_alliance.ehr.publish import publish
    from fhir_alliance.errors import ChartFault
    from fhir_alliance.settings import read_settings
    from fhir_alliance.wiring import make_assessor, make_client

    settings = read_settings()
    try:
        for reference, change in publish(make_client(settings, url), make_assessor(settings).catalog):
            click.echo(f"{reference}: {change}")
    except ChartFault as fault:
        raise click.ClickException(_told(fault)) from fault


def _told(fault: "ChartFault") -> str:
    from fhir_alliance.cli.advice import of_code
    from fhir_alliance.cli.plain import plain

    return plain(f"{', '.join(fault.__notes__)}: {fault.code}: {of_code(fault.code)}")
