"""``status --watch``: the report again and again, until Ctrl-C or SIGTERM."""

import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import click
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from fhir_alliance.cli.status_text import lines, tables
from fhir_alliance.errors import DatabaseFault

_NO_DATABASE = "The database does not answer: {}; looking again."

Look = Callable[[], Mapping[str, Any]]


def watch(look: Look, interval: float) -> None:
    """Tell what ``look`` finds every ``interval`` seconds; a database that is away for a while ends nothing."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = Console(highlight=False)
    with suppress(KeyboardInterrupt):
        if console.is_terminal:
            _redraw(console, look, interval)
        else:
            _repeat(look, interval)


def _redraw(console: Console, look: Look, interval: float) -> None:
    """In place; what does not fit on the terminal is cut off at its end."""
    with Live(console=console, auto_refresh=False) as live:
        while True:
            live.update(Group(*_seen(look), Text(f"\n{_told(interval)}", style="dim")), refresh=True)
            time.sleep(interval)


def _seen(look: Look) -> list[RenderableType]:
    try:
        return list(tables(look()))
    except DatabaseFault as fault:
        return [Text(_NO_DATABASE.format(fault.cause))]


def _told(interval: float) -> str:
    return f"{time.strftime('%H:%M:%S')}, again every {interval:g} s; Ctrl-C ends."


def _repeat(look: Look, interval: float) -> None:
    """One after another, each behind its time."""
    while True:
        click.echo(f"--- {time.strftime('%Y-%m-%dT%H:%M:%S%z')}")
        try:
            click.echo("\n".join(lines(look())))
        except DatabaseFault as fault:
            click.echo(_NO_DATABASE.format(fault.cause))
        time.sleep(interval)
