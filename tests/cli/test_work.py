"""``fhir-alliance work`` and ``fhir-alliance serve``, each in its own process."""

import json
import signal
import time
from typing import Any

import pytest
import requests

from fhir_alliance.sandbox import Sandbox
from tests.building import response
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


def _settled(run: Run) -> None:
    deadline = time.monotonic() + 20
    while json.loads(run("status", "--json").output)["states"]["settled"] == 0:
        assert time.monotonic() < deadline, "never delivered"
        time.sleep(0.02)
