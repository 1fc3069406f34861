"""``fhir-alliance forget``: all that is held of one patient is removed."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fhir_alliance.ledger.forget import Forget, Found, Left

_NOT_TOUCHED = "the EHR, backups of this ledger, and the logs of proxies and servers in between"


@click.command("forget")
@click.argument("patient")
@click.option("--clinic", help="The clinic whose patient it is; needed where there are several.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON, one line before and one after; needs --yes.")
def command(patient: str, clinic: str | None, yes: bool, as_json: bool) -> None:
    """Remove all that is held of one patient.

    PATIENT is the id in the clinic's EHR, as 123 or Patient/123. Responses, results and their history go; what
    stands in the EHR stays there, and is told first, for the clinic to see to. There is no way back.
    """
    from functools import partial

    from fhir_alliance.fhir.patient import patient_of, patient_reference
    from fhir_alliance.ledger.forget import Sought
    from fhir_alliance.settings import read_settings
    from fhir_alliance.wiring import open_forget

    subject = patient_reference(patient)
    if subject is None:
        raise click.BadParameter("takes a FHIR id, as 123 or Patient/123", param_hint="PATIENT")
    if as_json and not yes:
        raise click.UsageError("--json needs --yes: there is nobody to ask")
    settings = read_settings()
    with open_forget(settings) as clinics:
        name = _chosen(clinics, clinic)
        forget, ehr_url = clinics[name], settings.by_name[name].ehr_url
        sought = Sought(subject, partial(patient_of, sought=subject, ehr_url=ehr_url))
        named = forget.named(sought)
        whose = f"{subject}{f' at clinic {name}' if settings.clinics else ''}"
        tell = _tell_json if as_json else partial(_tell, whose)
        found = forget.look(sought, named)
        tell(found, removed=False)
        if not found:
            return
        if not yes:
            click.confirm("Remove it? There is no way back", abort=True)
        tell(forget.remove(sought, named), removed=True)


def _chosen(clinics: "Mapping[str, Forget]", clinic: str | None) -> str:
    if clinic is None and len(clinics) == 1:
        return next(iter(clinics))
    if clinic in clinics:
        return str(clinic)
    raise click.UsageError(f"--clinic: takes one of {', '.join(clinics)}")


def _tell(whose: str, found: "Found", *, removed: bool) -> None:
    if not found:
        click.echo(f"Nothing is found of {whose}.")
        return
    how = "Removed" if removed else "Held"
    click.echo(f"{how}: submissions {found.submissions}, versions {found.versions}, results {found.entries}.")
    for one in found.left:
        click.echo(f"In the EHR: {_words(one)}")
    if removed:
        click.echo(f"Not touched: {_NOT_TOUCHED}.")


def _words(one: "Left") -> str:
    name = f"Observation/{one.ehr_id}" if one.ehr_id else "an Observation"
    doubt = "; sent, and not seen since: look for it" if one.perhaps else ""
    return f"{name}, identifier urn:uuid:{one.id}, {one.status or 'perhaps there'}, {one.state}{doubt}"


def _tell_json(found: "Found", *, removed: bool) -> None:
    import json

    left = [
        {
            "observation": f"Observation/{one.ehr_id}" if one.ehr_id else None,
            "identifier": f"urn:uuid:{one.id}",
            "status": one.status,
            "state": one.state,
            "perhaps": one.perhaps,
        }
        for one in found.left
    ]
    counts = {"submissions": found.submissions, "versions": found.versions, "results": found.entries}
    click.echo(json.dumps({"removed": removed, **counts, "in_ehr": left, "not_touched": _NOT_TOUCHED}))
