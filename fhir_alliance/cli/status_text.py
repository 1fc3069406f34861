"""The report of ``status`` for people: tables on a terminal, plain lines anywhere else."""

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from fhir_alliance.cli.plain import plain

WIDTH = 80
_COUNTS = {
    "states": "Results in the chart",
    "versions": "Versions of responses received",
    "notices": "Other events, only counted",
}
_NONE = "Nothing needs a person."


def show(report: Mapping[str, Any]) -> None:
    """Write the report to standard output."""
    console = Console(highlight=False)
    if console.is_terminal:
        _show_tables(console, report)
    else:
        click.echo("\n".join(_lines(report)))


def _counts(report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for part, title in _COUNTS.items():
        told = ", ".join(f"{number} {name}" for name, number in report[part].items())
        yield title, told or "none"


def _waiting(report: Mapping[str, Any]) -> Iterator[str]:
    """What keeps results from the chart for now; it is tried again without a person."""
    for one in report["waiting"]:
        yield f"Waiting: {one['entries']} because of {one['reason']}. {one['advice']}"


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    for title, told in _counts(report):
        yield f"{title}: {told}"
    yield from _waiting(report)
    if not report["attention"]:
        yield _NONE
    for one in report["attention"]:
        yield ""
        yield plain(f"{one['kind']}: {_subject(one)}, since {one['since']}: {one['reason']}")
        yield textwrap.fill(plain(one["advice"]), WIDTH, initial_indent="  ", subsequent_indent="  ")
        if one["release"]:
            yield f"  {one['release']}"


def _show_tables(console: Console, report: Mapping[str, Any]) -> None:
    counts = Table.grid(padding=(0, 2))
    for row in _counts(report):
        counts.add_row(*row)
    console.print(counts)
    for line in _waiting(report):
        console.print(line)
    if not report["attention"]:
        console.print(_NONE)
        return
    table = Table("What", "Why, and what to do", show_lines=True)
    for one in report["attention"]:
        table.add_row(Text(one["kind"]), _why(one))
    console.print(table)


def _why(one: Mapping[str, Any]) -> Text:
    lines = (f"{_subject(one)}, since {one['since']}", one["reason"], one["advice"], one["release"])
    return Text("\n").join(Text(plain(line)) for line in lines if line)


def _subject(one: Mapping[str, Any]) -> str:
    named = f"QuestionnaireResponse/{one['response']}" if one["response"] else f"submission {one['id']}"
    return named if one["kind"] == "invalid" else f"{named} → Observation/{one['id']}"
