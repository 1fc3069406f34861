"""The demo's last word: the table of what stands, and how many of each."""

from collections import Counter
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from fhir_alliance.cli.demo.rows import NONE, Outcome, Row
from fhir_alliance.cli.plain import plain

#: columns where the output is no terminal
WIDTH = 100
#: heading → width; an Observation's reference fits into the last
_COLUMNS = {"Client": 11, "Yes/no/open": 11, "Fit": 7, "Status": 8, "What stands, and where": 48}


def show(rows: Sequence[Row]) -> None:
    """Write the table to standard output."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDTH)
    console.print(Text("\nRead back from the EHR:\n"))
    console.print(_table(rows))
    console.print(Text(summary(rows)))


def _table(rows: Sequence[Row]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, leading=1, show_edge=False, pad_edge=False)
    for heading, width in _COLUMNS.items():
        table.add_column(heading, width=width, overflow="fold")
    for row in rows:
        where = "" if row.where == NONE else f"\n{plain(row.where)}"
        cells = [row.client, row.answers, row.fit, row.status]
        table.add_row(*(Text(plain(cell)) for cell in cells), Text(plain(row.stands) + where))
    return table


def summary(rows: Sequence[Row]) -> str:
    """How many there are of each outcome."""
    counts = Counter(row.outcome for row in rows)
    told = ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome if counts[outcome])
    return f"{len(rows)} in all: {told}."
