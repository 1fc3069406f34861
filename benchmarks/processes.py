"""What is measured, and what it is measured with: each in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import IO

import requests

#: as many requests as an EHR answers late: all of them
ALL = 1_000_000_000


@contextmanager
def running(command: list[str], told: str, **settings: str) -> Iterator[str]:
    """Start a Python program; what it says behind ``told`` when it is ready. It ends with the block."""
    call, given = [sys.executable, *command], environment(settings)
    with (
        TemporaryFile("w+") as log,
        subprocess.Popen(call, env=given, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        try:
            yield _heard(process, told, log)
        finally:
            process.terminate()


def _heard(process: subprocess.Popen[str], told: str, log: IO[str]) -> str:
    assert process.stdout is not None
    line = next((line for line in process.stdout if told in line), None)
    if line is None:
        log.seek(0)
        raise ChildProcessError(log.read())
    return line.partition(told)[2].strip()


def run(command: list[str], **settings: str) -> None:
    """Let a Python program do what it does, and end."""
    call, given = [sys.executable, *command], environment(settings)
    subprocess.run(call, env=given, stdout=subprocess.DEVNULL, check=True)


def environment(settings: dict[str, str]) -> dict[str, str]:
    """What a program is started with: our own settings, and none that are set here."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("FHIR_ALLIANCE_")}
    return {**given, **{f"FHIR_ALLIANCE_{name.upper()}": value for name, value in settings.items()}}


@contextmanager
def ehr(latency: float, port: int = 0) -> Iterator[str]:
    """An EHR that answers each request after ``latency`` seconds; its base URL."""
    with running(["-m", "fhir_alliance.sandbox", "--port", str(port)], "FHIR: ") as base_url:
        if latency:
            order = {"kind": "hang-after", "seconds": latency, "times": ALL}
            faults = f"{base_url.removesuffix('/fhir')}/sandbox/faults"
            requests.post(faults, json=order).raise_for_status()
        yield base_url


def observations(base_url: str) -> int:
    """How many Observations stand at the EHR."""
    return int(requests.get(f"{base_url}/Observation?_count=0").json()["total"])
