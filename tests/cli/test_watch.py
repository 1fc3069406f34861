"""``fhir-alliance status --watch``: again and again, in a process of its own, until it is told to stop."""

import os
import pty
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from tests.building import response
from tests.cli.conftest import COMMAND, Run
from tests.cli.test_status import Receive
from tests.postgresql import PostgreSQL

#: seconds
PATIENCE = 20


def ended(process: "subprocess.Popen[str]", number: int) -> tuple[int, str, str]:
    """Its exit status, and what it wrote since, when it was told to stop."""
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, err


@contextmanager
def on_a_terminal(*words: str) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """The command on a terminal of its own, and the end from which that is read."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "40"}
    process = subprocess.Popen([*COMMAND, *words], env=environment, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    try:
        yield process, ours
    finally:
        process.kill()
        process.wait(PATIENCE)
        os.close(ours)


def read_until(terminal: int, wanted: bytes, times: int = 1) -> bytes:
    """What appears on the terminal, until the pattern is there that often; all of it where the program ends."""
    seen, deadline = b"", time.monotonic() + PATIENCE
    with suppress(OSError):  # the other end is closed
        while len(re.findall(wanted, seen)) < times:
            assert time.monotonic() < deadline, seen
            seen += os.read(terminal, 65536)
    return seen


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_report_an_interval(receive: Receive, start: Any, number: int) -> None:
    """Where nobody draws, one report follows another, each with what is new; the end is clean."""
    process = start("status", "--watch", "0.1")
    assert process.stdout.readline().startswith("--- 2")
    assert process.stdout.readline().startswith(
        "Results in the chart: 0 due, 0 sending, 0 unknown, 0 held, 0 settled"
    )
    receive(response(id="r1"))
    while "1 settled" not in process.stdout.readline():
        pass

    status, _, errors = ended(process, number)
    assert (status, errors) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_redrawn_on_a_terminal(receive: Receive, number: int) -> None:
    """The report is drawn in one place; the end leaves the terminal as it was, without a traceback."""
    with on_a_terminal("status", "--watch", "0.1") as (process, terminal):
        seen = read_until(terminal, b"Ctrl-C ends", 2)
        receive(response(id="r1"))
        seen += read_until(terminal, rb"settled +\xe2\x94\x82 1 ")
        process.send_signal(number)
        seen += read_until(terminal, b"nothing more")

        assert process.wait(PATIENCE) == 0
    assert b"Traceback" not in seen
    assert b"Aborted" not in seen
    assert b"\x1b[1A" in seen, "not drawn over the last"
    assert seen.rindex(b"\x1b[?25h") > seen.rindex(b"\x1b[?25l"), "the cursor stays hidden"


def test_a_database_that_is_away(
    run: Run, start: Any, postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the database is restarted, that is told, and the watch goes on."""
    monkeypatch.setenv("FHIR_ALLIANCE_DATABASE_URL", postgresql.create("watched"))
    assert run("migrate").exit_code == 0
    process = start("status", "--watch", "0.1")
    assert process.stdout.readline().startswith("---")
    postgresql.stop()
    lines = iter(process.stdout.readline, "")
    assert any("The database does not answer: " in line for line in lines)
    postgresql.start()
    assert any(line.startswith("Results in the chart") for line in lines)

    status, _, errors = ended(process, signal.SIGINT)
    assert (status, errors) == (0, "")


def test_json_is_not_watched(run: Run) -> None:
    """A program looks as often as it likes."""
    done = run("status", "--json", "--watch")

    assert done.exit_code == 2
    assert "--json and --watch do not go together" in done.stderr


@pytest.mark.parametrize("words", [("--watch", "0"), ("--watch", "soon")], ids=" ".join)
def test_no_interval(run: Run, words: tuple[str, ...]) -> None:
    """What is no time to wait is a mistake of usage."""
    assert run("status", *words).exit_code == 2
