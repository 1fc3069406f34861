"""The files that a command was given, one after another, with a bar where a person waits for them."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from fhir_alliance.cli.documents import Found, Stream, read_documents

#: what gives each stream that is read to the bar
Watch = Callable[[Stream], Stream]


def read_files(names: Sequence[str]) -> Iterator[tuple[str, Iterator[Found]]]:
    """Each file's name (``-``: standard input) and its resources, to be taken before the next file."""
    with _watch(names) as watched:
        for name in names:
            with click.open_file(name, "rb") as stream:
                yield name, read_documents(watched(stream))


@dataclass(frozen=True, slots=True)
class _Watched:
    """A stream that tells how much of it was read."""

    stream: Stream
    advance: Callable[[int], None]

    def readline(self, size: int, /) -> bytes:
        line = self.stream.readline(size)
        self.advance(len(line))
        return line

    def read(self, size: int, /) -> bytes:
        part = self.stream.read(size)
        self.advance(len(part))
        return part


@contextmanager
def _watch(names: Sequence[str]) -> Iterator[Watch]:
    """A bar on stderr; none where what is written would run through it."""
    if not sys.stderr.isatty() or sys.stdout.isatty():
        yield lambda stream: stream
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, redirect_stdout=False, redirect_stderr=False) as progress:
        task = progress.add_task("", total=_size(names))
        yield lambda stream: _Watched(stream, lambda read: progress.advance(task, read))


def _size(names: Sequence[str]) -> int | None:
    """Bytes in all; None where one cannot be known before it is read."""
    paths = [Path(name) for name in names]
    return sum(path.stat().st_size for path in paths) if all(path.is_file() for path in paths) else None
