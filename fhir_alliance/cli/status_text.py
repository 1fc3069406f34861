"""The report of ``status`` for people: tables on a terminal, plain lines anywhere else."""

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

import click
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from fhir_alliance.cli.age import age
from fhir_alliance.cli.plain import plain
from fhir_alliance.ledger.tables import WAITING

WIDTH = 80
_COUNTS = {
    "versions": "Versions of responses received",
    "notices": "Other events, only counted",
}
_NONE = "Nothing needs a person."

Report = Mapping[str, Any]


def show(reports: Mapping[str, Report]) -> None:
    """Write what is told of each clinic to standard output."""
    console = Console(highlight=False)
    if console.is_terminal:
        for part in tables(reports):
            console.print(part)
    else:
        click.echo("\n".join(lines(reports)))


# --- lines


def lines(reports: Mapping[str, Report]) -> Iterator[str]:
    """Plain lines, clinic by clinic; one without a name is alone."""
    for name, report in reports.items():
        if name:
            yield f"\nClinic {name}"
        yield from _lines(report)


def _lines(report: Report) -> Iterator[str]:
    yield f"Results in the chart: {_numbers(report['states'])}"
    if report["oldest"]:
        ages = ", ".join(f"{state} {age(one['seconds'])}" for state, one in report["oldest"].items())
        yield f"Oldest: {ages}"
    for title, told in _counts(report):
        yield f"{title}: {told}"
    yield from _on_its_way(report)
    if _is_well(report):
        yield _NONE
    for one in report["attention"]:
        yield ""
        yield plain(f"{one['kind']}: {_subject(one)}, since {one['since']}: {one['reason']}")
        yield textwrap.fill(plain(one["advice"]), WIDTH, initial_indent="  ", subsequent_indent="  ")
        yield from (f"  {command}" for command in _commands(one))


def _counts(report: Report) -> Iterator[tuple[str, str]]:
    for part, title in _COUNTS.items():
        yield title, _numbers(report[part]) or "none"


def _numbers(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.items())


def _on_its_way(report: Report) -> Iterator[str]:
    """The EHR, and what keeps results from the chart for now; both are tried again without a person."""
    if report["ehr"]:
        yield f"EHR: {plain(_ehr(report['ehr']))}"
    for one in report["waiting"]:
        yield plain(f"Waiting: {one['entries']} because of {one['reason']}. {one['advice']}")
    oldest = {state: report["oldest"][state] for state in WAITING if state in report["oldest"]}
    if oldest:
        state = max(oldest, key=lambda state: float(oldest[state]["seconds"]))
        first = oldest[state]["id"]
        yield f"To look at what has waited longest: fhir-alliance show {first}"
        if state != "sending":
            yield f"To try it now: fhir-alliance retry {first}"


def _is_well(report: Report) -> bool:
    """Whether nothing needs a person, as far as can be told."""
    return not (report["attention"] or (report["ehr"] and report["ehr"]["failures"]))


def _ehr(ehr: Report) -> str:
    if not ehr["failures"]:
        return "answers, as far as the last attempt tells." if ehr["asked"] else "not asked yet."
    since = f"since {ehr['failing_since']} ({age(ehr['failing_seconds'])}): {ehr['reason']}. {ehr['advice']}"
    if ehr["up"]:
        times = f"{ehr['failures']} time{'s' if ehr['failures'] > 1 else ''}"
        return f"failed {times} in a row, {since}"
    if ehr["probing"]:
        return f"left alone, failing {since} A probe is under way."
    return f"left alone, failing {since} Next probe in {age(ehr['next_probe_seconds'])}, at {ehr['next_probe']}."


# --- tables


def tables(reports: Mapping[str, Report]) -> Iterator[RenderableType]:
    """The same for a terminal."""
    for name, report in reports.items():
        if name:
            yield Text(f"\nClinic {name}", style="bold")
        yield from _tables(report)


def _tables(report: Report) -> Iterator[RenderableType]:
    states = Table("Results in the chart", "Entries", "Oldest")
    for state, number in report["states"].items():
        oldest = report["oldest"].get(state)
        states.add_row(state, str(number), age(oldest["seconds"]) if oldest else "")
    yield states
    counts = Table.grid(padding=(0, 2))
    for row in _counts(report):
        counts.add_row(*row)
    yield counts
    for line in _on_its_way(report):
        yield Text(line)
    if _is_well(report):
        yield Text(_NONE)
    if not report["attention"]:
        return
    table = Table("What", "Why, and what to do", show_lines=True)
    for one in report["attention"]:
        table.add_row(Text(one["kind"]), _why(one))
    yield table


def _why(one: Mapping[str, Any]) -> Text:
    told = (f"{_subject(one)}, since {one['since']}", one["reason"], one["advice"], *_commands(one))
    return Text("\n").join(Text(plain(line)) for line in told)


def _commands(one: Mapping[str, Any]) -> Iterator[str]:
    """What to type, to look and then to decide."""
    if one["kind"] != "invalid":
        yield f"fhir-alliance show {one['id']}"
    if one["command"]:
        yield str(one["command"])


def _subject(one: Mapping[str, Any]) -> str:
    named = f"QuestionnaireResponse/{one['response']}" if one["response"] else f"submission {one['id']}"
    return named if one["kind"] == "invalid" else f"{named} → Observation/{one['id']}"
