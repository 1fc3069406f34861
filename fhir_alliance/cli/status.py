"""``fhir-alliance status``: what is delivered, and what a person must look at."""

from typing import TYPE_CHECKING, Any

import click

from fhir_alliance.cli.clinics import clinic_option, of_clinic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fhir_alliance.ledger.oversight import Oversight
    from fhir_alliance.settings import Settings

#: seconds between two looks, where --watch does not say
_INTERVAL = 2.0


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="Write JSON, for programs.")
@click.option(
    "--watch",
    "interval",
    type=click.FloatRange(min=0.1),
    is_flag=False,
    flag_value=_INTERVAL,
    metavar="[SECONDS]",
    help="Look again every 2 seconds, or every SECONDS, until Ctrl-C.",
)
@clinic_option
def command(as_json: bool, interval: float | None, clinic: str | None) -> None:
    """Tell what is delivered, and what a person must look at.

    No answer and no name is told, only ids.
    """
    from fhir_alliance.settings import read_settings
    from fhir_alliance.wiring import LEFT_OVER, open_oversight, results_left_over

    if as_json and interval:
        raise click.UsageError("--json and --watch do not go together.")
    settings = read_settings()
    for name, number in results_left_over(settings).items():
        click.echo(f"Warning: {LEFT_OVER.format(name, number)}.", err=True)
    with open_oversight(settings) as clinics:
        chosen = of_clinic(clinics, clinic)
        if interval:
            from fhir_alliance.cli.watch import watch

            watch(lambda: _reports(settings, chosen), interval)
        elif as_json:
            _write_json(settings, _reports(settings, chosen))
        else:
            from fhir_alliance.cli.status_text import show

            show(_reports(settings, chosen))


def _reports(settings: "Settings", clinics: "Mapping[str, Oversight]") -> dict[str, Any]:
    """Name → report; the clinic that is alone and has no name goes by an empty one."""
    from fhir_alliance.cli.report import report
    from fhir_alliance.wiring import now

    return {
        name if settings.clinics else "": report(one, now(), has_ehr=settings.by_name[name].ehr_url is not None)
        for name, one in clinics.items()
    }


def _write_json(settings: "Settings", reports: dict[str, Any]) -> None:
    import json

    click.echo(json.dumps({"clinics": reports} if settings.clinics else reports[""], indent=2))
