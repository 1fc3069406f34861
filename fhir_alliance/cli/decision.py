"""What a person decided about results, told to the ledger one by one."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from fhir_alliance.cli.named import only_result
from fhir_alliance.cli.plain import plain

if TYPE_CHECKING:
    from datetime import datetime

    from fhir_alliance.ledger.decisions import Answer, Decisions
    from fhir_alliance.ledger.oversight import Oversight

    Decide = Callable[[Decisions, str, datetime], Answer]

#: why nothing was decided
_REFUSALS = {
    "unknown": "there is no such result",
    "under way": "an attempt is under way: try again in a minute",
    "needs release": "a person must judge it first: see fhir-alliance status, then release or drop it",
}


def decide(names: Sequence[str], command: str, how: "Decide", done: str) -> None:
    """Decide about each; ``done`` says what became of it. Exit status 1 where one could not be decided.

    ``command``: the one that was typed.
    """
    from fhir_alliance.settings import read_settings
    from fhir_alliance.wiring import now, open_decisions, open_oversight

    refused = False
    settings = read_settings()
    with open_oversight(settings) as known, open_decisions(settings) as decisions:
        for name in map(plain, names):
            try:
                where, entry_id = only_result(known, name, command)
                _accept(how(decisions[where], entry_id, now()), known[where], entry_id, command)
                click.echo(f"Observation/{entry_id}: {done}.")
            except click.ClickException as fault:
                refused = True
                click.echo(fault.message, err=True)
    if refused:
        raise click.exceptions.Exit(1)


def _accept(answer: "Answer", known: "Oversight", entry_id: str, command: str) -> None:
    """ClickException where it could not be decided."""
    from fhir_alliance.ledger.decisions import Answer

    if answer is not Answer.DONE:
        why = _REFUSALS.get(answer) or _not_open(known, entry_id, command)
        raise click.ClickException(f"Observation/{entry_id}: {why}.")


def _not_open(known: "Oversight", entry_id: str, command: str) -> str:
    """In which state it is, in which nothing is to be decided so."""
    found = known.dossier(entry_id)
    if found is None:
        return _REFUSALS["unknown"]
    state = found.entry.state
    if (state, command) == ("dropped", "retry"):
        return "it is dropped: release takes it up again"
    return f"it is {state}: there is nothing to {command}"
