"""All about one entry, for programs and for people: what its chart needs, and nothing that the client answered."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from fhir_alliance.cli import advice
from fhir_alliance.cli.age import age
from fhir_alliance.cli.plain import plain
from fhir_alliance.cli.report import seconds_between
from fhir_alliance.fhir.datetimes import instant
from fhir_alliance.ledger.reads import Attention
from fhir_alliance.ledger.tables import State
from fhir_alliance.scoring.result import Reason, Standing, Statement, Withdrawn

if TYPE_CHECKING:
    from datetime import datetime

    from fhir_alliance.ledger.oversight import Dossier, Step
    from fhir_alliance.ledger.records import Entry

_WIDTH = 80
#: of a FHIR dateTime
_DAY = len("2026-11-12")
_WITHDRAWN = {
    Reason.ERROR: "withdrawn, since the response was entered in error, deleted or emptied",
    Reason.MASKED: "withdrawn, since the client no longer shares it",
}


def as_json(found: "Dossier", clinic: str, now: "datetime") -> dict[str, Any]:
    """Every field of the entry that an operator may need; moments are FHIR instants in UTC."""
    entry = found.entry
    return {
        "clinic": clinic,
        "id": entry.id,
        "response": found.response,
        "submission": entry.submission_id,
        "subject": entry.subject,
        "state": str(entry.state),
        "seconds": seconds_between(found.history[-1].at, now),
        "reason": entry.reason,
        "hold": entry.hold,
        "advice": _advice(entry),
        "should_stand": _statement(entry.wanted),
        "stands": _standing(entry.stands),
        "perhaps_written": bool(entry.sent),
        "ehr_id": entry.ehr_id,
        "etag": entry.etag,
        "losses": list(entry.losses),
        "attempts": entry.attempts,
        "next_due": instant(found.due_at) if found.due_at else None,
        "lease_until": instant(entry.lease_until) if entry.lease_until else None,
        "history": [_step(one) for one in found.history],
    }


def _step(step: "Step") -> dict[str, Any]:
    return {"at": instant(step.at), "from": step.before, "to": str(step.after), "reason": step.reason}


def _advice(entry: "Entry") -> str | None:
    if entry.state is State.HELD and entry.reason:
        return advice.of(Attention("held", entry.id, "", entry.reason, entry.changed_at, entry.hold))
    return advice.of_code(entry.reason) if entry.reason and entry.state in (State.DUE, State.UNKNOWN) else None


def _statement(statement: Statement) -> dict[str, Any]:
    """Of what is withdrawn only that it is: nobody should read the rest any more."""
    if isinstance(statement, Withdrawn):
        return {"withdrawn": str(statement.reason)}
    counts = statement.counts
    told = {"yes": counts.yes, "no": counts.no, "open": counts.open}
    return {"fit": str(statement.fit), **told, "authored": statement.authored}


def _standing(standing: Standing | None) -> dict[str, Any] | None:
    return {"status": str(standing.status), **_statement(standing.statement)} if standing else None


# --- for people


def show(told: Mapping[str, Any], *, name_clinic: bool) -> None:
    """Write it to standard output; the history is a table on a terminal, and lines anywhere else."""
    console = Console(highlight=False)
    for name, text in _facts(told, name_clinic=name_clinic):
        click.echo(textwrap.fill(plain(f"{name}: {text}"), _WIDTH, subsequent_indent="  ", break_on_hyphens=False))
    click.echo()
    if console.is_terminal:
        console.print(_table(told["history"]))
    else:
        click.echo("\n".join(_lines(told["history"])))


def _facts(told: Mapping[str, Any], *, name_clinic: bool) -> Iterator[tuple[str, str]]:
    yield "Result", f"Observation/{told['id']}"
    if name_clinic:
        yield "Clinic", told["clinic"]
    yield (
        "Of",
        f"QuestionnaireResponse/{told['response']}" if told["response"] else f"submission {told['submission']}",
    )
    yield "Chart", told["subject"]
    reason = f", because of {told['reason']}" if told["reason"] else ""
    yield "State", f"{told['state']} for {age(told['seconds'])}{reason}"
    if told["hold"] and told["hold"] != told["reason"]:
        yield "Hold", f"{told['hold']}, until a person releases it"
    yield "Should stand", _in_words(told["should_stand"])
    yield "Stands", f"{told['stands']['status']}: {_in_words(told['stands'])}" if told["stands"] else "nothing"
    if told["perhaps_written"]:
        yield "Perhaps written", "what was sent and not seen in the chart since; the next attempt looks first"
    if told["ehr_id"]:
        version = f", ETag {told['etag']}" if told["etag"] else ""
        yield "In the EHR", f"Observation/{told['ehr_id']}{version}"
    if told["losses"]:
        yield "Left out by the EHR", ", ".join(told["losses"])
    if told["attempts"]:
        yield "Attempts since it was last settled", str(told["attempts"])
    if told["next_due"]:
        yield "Next attempt", f"not before {told['next_due']}"
    if told["lease_until"]:
        yield "Under way", f"by a worker, until {told['lease_until']} at the latest"
    yield from _to_do(told)


def _to_do(told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if told["advice"]:
        yield "What to do", told["advice"]
    for command in _commands(told):
        yield f"To {command} it", f"fhir-alliance {command} {told['id']}"


def _commands(told: Mapping[str, Any]) -> Sequence[str]:
    """What a person may decide about it now."""
    if told["state"] == State.HELD:
        return advice.command(told["reason"], told["hold"]), "drop"
    return ("retry",) if told["state"] in (State.DUE, State.UNKNOWN) else ()


def _in_words(statement: Mapping[str, Any]) -> str:
    if "withdrawn" in statement:
        return _WITHDRAWN[Reason(statement["withdrawn"])]
    counts = f"{statement['yes']} yes, {statement['no']} no, {statement['open']} open"
    return f"{statement['fit']} ({counts}), answered {statement['authored'][:_DAY]}"


def _lines(history: list[dict[str, Any]]) -> Iterator[str]:
    for one in history:
        yield plain(f"{one['at']}  {one['from']:>7} → {one['to']:<7}  {one['reason'] or ''}").rstrip()


def _table(history: list[dict[str, Any]]) -> Table:
    table = Table("When", "From", "To", "Reason")
    for one in history:
        table.add_row(one["at"], one["from"], one["to"], Text(plain(one["reason"] or "")))
    return table
