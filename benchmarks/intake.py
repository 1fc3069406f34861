"""Requests a second that are on disk when answered: the service's intake beside the bare Flask app."""

import http.client
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import pytest
from processes import run, running
from sample import body

sys.path.append(str(Path(__file__).parent.parent))  # the server is started as the tests start it

from tests import postgresql

CLIENTS = 8
REQUESTS = 400
READY = "ready: "
BARE = str(Path(__file__).with_name("bare.py"))

Pairs = list[tuple[float, float]]


def sqlite_pairs(rounds: int) -> Pairs:
    """(ours, theirs) in requests a second, from eight clients; no EHR, so nothing else is under way."""
    with TemporaryDirectory() as folder:
        return _pairs(f"sqlite:///{folder}/ledger.sqlite", f"sqlite:///{folder}/bare.sqlite", rounds)


def postgresql_pairs(rounds: int) -> Pairs:
    """The same on one PostgreSQL server, each side in a database of its own."""
    pytest.importorskip("psycopg", reason="needs the extra postgres")
    with postgresql.running() as server:
        ours, theirs = server.create("ours"), server.create("theirs")
        run(["-m", "fhir_alliance", "migrate"], database_url=ours)
        return _pairs(ours, theirs, rounds)


def _pairs(our_database: str, their_database: str, rounds: int) -> Pairs:
    ours = running(["-m", "fhir_alliance", "serve"], READY, database_url=our_database, port="0")
    with ours as our_url, running([BARE, their_database], READY) as their_url:
        rate(our_url, "warm"), rate(their_url, "warm")
        return [(rate(our_url, f"a{n}"), rate(their_url, f"a{n}")) for n in range(rounds)]


def rate(url: str, prefix: str) -> float:
    """Requests a second, from eight clients."""
    start = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(lambda client: _send_some(url, f"{prefix}-{client}"), range(CLIENTS)))
    return REQUESTS / (time.perf_counter() - start)


def _send_some(url: str, prefix: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    for number in range(REQUESTS // CLIENTS):
        assert send(connection, f"{prefix}-{number}") == 200
    connection.close()


def send(connection: http.client.HTTPConnection, response_id: str) -> int:
    """Tell of a response, as an EHR would; the status of the answer."""
    headers = {"Content-Type": "application/fhir+json"}
    connection.request("PUT", f"/notify/QuestionnaireResponse/{response_id}", body(response_id), headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status
