"""``fhir-alliance status``: what is delivered, and what a person must look at."""

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from fhir_alliance.ledger.reads import Attention, Reads


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="Write JSON, for programs.")
def command(as_json: bool) -> None:
    """Tell what is delivered, and what a person must look at.

    No answer and no name is told, only ids.
    """
    from fhir_alliance.settings import read_settings
    from fhir_alliance.wiring import open_reads

    with open_reads(read_settings()) as reads:
        report = _report(reads)
    if as_json:
        import json

        click.echo(json.dumps(report, indent=2))
    else:
        from fhir_alliance.cli.status_text import show

        show(report)


def _report(reads: "Reads") -> dict[str, Any]:
    return {
        "states": reads.states(),
        "waiting": [_waiting(reason, entries) for reason, entries in reads.waiting().items()],
        "versions": reads.versions(),
        "notices": reads.notices(),
        "attention": [_attention(one) for one in reads.attention()],
    }


def _waiting(reason: str, entries: int) -> dict[str, Any]:
    from fhir_alliance.cli import advice

    return {"reason": reason, "entries": entries, "advice": advice.of_code(reason)}


def _attention(one: "Attention") -> dict[str, Any]:
    from fhir_alliance.cli import advice
    from fhir_alliance.fhir.datetimes import instant

    return {
        "kind": one.kind,
        "id": one.id,
        "response": one.response,
        "reason": one.reason,
        "since": instant(one.since),
        "advice": advice.of(one),
        "release": f"fhir-alliance release {one.id}" if one.kind == "held" else None,
    }
