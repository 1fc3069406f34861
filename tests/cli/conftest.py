"""The command line, run in this process or in one of its own, with settings of the test alone."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fhir_alliance.cli.main import main
from fhir_alliance.fhir.identity import Door
from fhir_alliance.fhir.json_text import to_bytes
from fhir_alliance.keeping import Arrival
from fhir_alliance.settings import DEFAULT_CLINIC, read_settings
from fhir_alliance.wiring import make_service
from tests.building import Resource

Run = Callable[..., Result]
COMMAND = [sys.executable, "-m", "fhir_alliance"]


@pytest.fixture(autouse=True)
def ledger_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the ledger would be; no other setting reaches the test."""
    for name in [one for one in os.environ if one.startswith("FHIR_ALLIANCE_")]:
        monkeypatch.delenv(name)
    path = tmp_path / "ledger.sqlite"
    monkeypatch.setenv("FHIR_ALLIANCE_DATABASE_URL", f"sqlite:///{path}")
    return path


@pytest.fixture
def run() -> Run:
    """Run a command line in this process."""

    def run(*arguments: object, stdin: bytes | None = None) -> Result:
        return CliRunner().invoke(main, [str(one) for one in arguments], input=stdin)

    return run


@pytest.fixture
def receive(ledger_file: Path) -> Iterator[Callable[[Resource], None]]:  # noqa: ARG001
    """Take a response in at the EHR's door, as the service would."""
    service = make_service(read_settings())

    def receive(response: Resource) -> None:
        arrival = Arrival(door=Door.NOTIFY, response_id=response["id"], body=to_bytes(response))
        service.clinics[DEFAULT_CLINIC].reception.receive(arrival)

    yield receive
    service.database.engine.dispose()


@pytest.fixture
def start() -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Start a command in a process of its own; it does not outlive the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> "subprocess.Popen[str]":
        pipe = subprocess.PIPE
        command = [*COMMAND, *arguments]
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, encoding="utf-8")
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
