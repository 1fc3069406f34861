"""``fhir-alliance show``: one result, and what became of it when."""

import click

from fhir_alliance.cli.clinics import clinic_option, of_clinic
from fhir_alliance.cli.named import only_result
from fhir_alliance.cli.plain import plain


@click.command("show")
@click.argument("name", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Write JSON, for programs.")
@clinic_option
def command(name: str, as_json: bool, clinic: str | None) -> None:
    """Tell all about one result, and what became of it when.

    ID is told by status. The id that the EHR gave its Observation does as well, and the id of the response, or of
    its submission, where one result came of it.

    The patient's reference is told, since without it nobody finds the chart, and the fit with its counts; no
    answer, no topic and no name.
    """
    import json

    from fhir_alliance.cli.dossier import as_json as written
    from fhir_alliance.cli.dossier import show
    from fhir_alliance.settings import read_settings
    from fhir_alliance.wiring import now, open_oversight

    name, settings = plain(name), read_settings()
    with open_oversight(settings) as clinics:
        where, entry_id = only_result(of_clinic(clinics, clinic), name, "show")
        found = clinics[where].dossier(entry_id)
    if found is None:
        raise click.ClickException(f"{name}: there is no such result.")
    told = written(found, where, now())
    if as_json:
        click.echo(json.dumps(told, indent=2))
    else:
        show(told, name_clinic=bool(settings.clinics))
