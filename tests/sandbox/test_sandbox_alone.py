"""The sandbox as a program, and its place in the package."""

import ast
import os
import re
import signal
import subprocess
import sys
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests

import fhir_alliance.sandbox
from fhir_alliance.sandbox.store import Store

PACKAGE = Path(fhir_alliance.sandbox.__file__).parent
ALLOWED = {"flask", "werkzeug", "markupsafe", "_typeshed", *sys.stdlib_module_names}


def _imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def test_it_runs_alone():
    """`python -m` serves at the port given, says where, and ends on an interrupt."""
    command = [sys.executable, "-m", "fhir_alliance.sandbox", "--port", "0", "--token", "t"]
    root = PACKAGE.parent.parent
    environment = {**os.environ, "TZ": "Etc/GMT-4"}
    with (
        subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.PIPE, text=True) as process,
        ExitStack() as stack,
    ):
        stack.callback(process.kill)
        base = re.search(r"FHIR: (\S+)", process.stdout.readline())[1]
        assert requests.get(f"{base}/metadata").json()["resourceType"] == "CapabilityStatement"
        assert requests.get(f"{base}/Patient").status_code == 401
        process.send_signal(signal.SIGINT)

        assert process.wait(10) == 0


def test_it_imports_nothing_else_of_ours():
    """Only the standard library, Flask and its own modules."""
    for path in PACKAGE.glob("*.py"):
        for name in _imports(path):
            assert name.startswith("fhir_alliance.sandbox") or name.partition(".")[0] in ALLOWED, (path, name)


def test_a_clock_that_stands_still_or_goes_back_does_not_confuse_the_order():
    """Each write is later than the one before, by a millisecond if need be."""
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    times = iter([noon, noon, noon - timedelta(hours=1), noon + timedelta(seconds=1, microseconds=1900)])
    store = Store(lambda: next(times))
    patients = [{"resourceType": "Patient", "id": str(number)} for number in range(4)]
    drafts = [store.draft("PUT", "Patient", one["id"], one, None) for one in patients]

    assert [(one.version.moment - noon) / timedelta(milliseconds=1) for one in drafts] == [0, 1, 2, 1001]
