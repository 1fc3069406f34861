"""Requests a second that are on disk when answered: the service's intake beside the bare Flask app."""

import http.client
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from sample import body

CLIENTS = 8
REQUESTS = 400


def pairs(rounds: int) -> list[tuple[float, float]]:
    """(ours, theirs) in requests a second, from eight clients; no EHR, so nothing else is under way."""
    bare = str(Path(__file__).with_name("bare.py"))
    with tempfile.TemporaryDirectory() as folder:
        ours = [sys.executable, "-m", "fhir_alliance", "serve"]
        theirs = [sys.executable, bare, f"{folder}/bare.sqlite"]
        with _served(ours, folder) as our_url, _served(theirs, folder) as their_url:
            _rate(our_url, "warm"), _rate(their_url, "warm")
            return [(_rate(our_url, f"a{n}"), _rate(their_url, f"a{n}")) for n in range(rounds)]


@contextmanager
def _served(command: list[str], folder: str) -> Iterator[str]:
    environment = {
        **os.environ,
        "FHIR_ALLIANCE_DATABASE_URL": f"sqlite:///{folder}/ledger.sqlite",
        "FHIR_ALLIANCE_PORT": "0",
    }
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            yield line.split("ready: ")[1].strip()
        finally:
            process.terminate()


def _rate(url: str, prefix: str) -> float:
    start = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(lambda client: _send(url, f"{prefix}-{client}"), range(CLIENTS)))
    return REQUESTS / (time.perf_counter() - start)


def _send(url: str, prefix: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    headers = {"Content-Type": "application/fhir+json"}
    for number in range(REQUESTS // CLIENTS):
        response_id = f"{prefix}-{number}"
        path = f"/notify/QuestionnaireResponse/{response_id}"
        connection.request("PUT", path, body(response_id), headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
    connection.close()
