"""``fhir-alliance work`` and ``fhir-alliance serve``, each in its own process."""

import json
import signal
import socket
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from fhir_alliance.sandbox import Sandbox
from tests.building import Resource, response
from tests.cli.conftest import Run


def test_work_without_ehr(run: Run) -> None:
    """Without an EHR there is nothing to deliver to, and that is told."""
    done = run("work")

    assert done.exit_code == 2
    assert done.stderr == "Error: FHIR_ALLIANCE_EHR_URL: not set, so there is no EHR to deliver to\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_work_delivers_until_told_to_stop(
    run: Run, start: Any, number: int, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """The worker delivers what is due, and ends without fault on SIGTERM and SIGINT."""
    with Sandbox() as ehr:
        monkeypatch.setenv("FHIR_ALLIANCE_EHR_URL", ehr.base_url)
        request.getfixturevalue("receive")(response(id="r1"))
        process = start("work")
        assert process.stdout.readline() == f"fhir-alliance delivers to {ehr.base_url}\n"
        _settled(run)
        process.send_signal(number)

        assert process.wait(20) == 0
        assert requests.get(f"{ehr.base_url}/Observation", timeout=10).json()["entry"]


def test_work_names_each_clinics_ehr(start: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One line a clinic that has an EHR; nothing on stderr, not even of the tables that are made."""
    path = tmp_path / "settings.toml"
    north, south = "http://127.0.0.1:1/north", "http://127.0.0.1:1/south"
    path.write_text(f'[clinics.north]\nehr_url = "{north}"\n[clinics.south]\nehr_url = "{south}"\n[clinics.own]\n')
    monkeypatch.setenv("FHIR_ALLIANCE_CONFIG", str(path))
    process = start("work")
    told = [process.stdout.readline(), process.stdout.readline()]
    process.send_signal(signal.SIGTERM)
    rest = process.communicate(timeout=20)

    assert told == [f"fhir-alliance delivers to {north} (north)\n", f"fhir-alliance delivers to {south} (south)\n"]
    assert rest == ("", "")


def test_serve_says_where(start: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service says its address once it listens, and ends without fault on SIGTERM."""
    monkeypatch.setenv("FHIR_ALLIANCE_PORT", "0")
    process = start("serve")
    told = process.stdout.readline()
    url = told.removeprefix("fhir-alliance is ready: ").strip()
    healthy = requests.get(f"{url}/readyz", timeout=10)
    process.send_signal(signal.SIGTERM)

    assert healthy.status_code == 200
    assert process.wait(40) == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_port_that_is_taken(start: Any, monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    """Told in one line, at once; the exit status is 1."""
    with socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("FHIR_ALLIANCE_HOST", host)
        monkeypatch.setenv("FHIR_ALLIANCE_PORT", str(port))
        process = start("serve")
        told, errors = process.communicate(timeout=20)

    where = f"FHIR_ALLIANCE_HOST {host}, FHIR_ALLIANCE_PORT {port}"
    assert (process.returncode, told) == (1, "")
    assert errors == f"Error: {where}: cannot listen there: Address already in use\n"


def test_serve_purges_without_an_ehr_too(
    receive: Callable[[Resource], None], ledger_file: Path, start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is older than KEEP_DAYS is gone soon after the start; what is not, stays."""
    receive(response(id="r1"))
    receive(response(id="r2", authored="2026-11-13"))
    old = datetime.now(UTC) - timedelta(days=2, minutes=1)
    with closing(sqlite3.connect(ledger_file)) as ledger:
        ledger.execute("UPDATE version SET received_at = ? WHERE rowid = 1", (f"{old:%Y-%m-%d %H:%M:%S.%f}",))
        ledger.commit()
        monkeypatch.setenv("FHIR_ALLIANCE_PORT", "0")
        monkeypatch.setenv("FHIR_ALLIANCE_KEEP_DAYS", "2")
        process = start("serve")
        assert "ready" in process.stdout.readline()
        deadline = time.monotonic() + 20
        while ledger.execute("SELECT count(body) FROM version").fetchone() != (1,):
            assert time.monotonic() < deadline, "never purged"
            time.sleep(0.02)


def _settled(run: Run) -> None:
    deadline = time.monotonic() + 20
    while json.loads(run("status", "--json").output)["states"]["settled"] == 0:
        assert time.monotonic() < deadline, "never delivered"
        time.sleep(0.02)
