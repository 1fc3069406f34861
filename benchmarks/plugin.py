"""The service beside the plugin of forty lines.

How fast each takes responses in while the EHR takes its time, and what becomes of those sent while it is down.
"""

import http.client
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from intake import READY, Pairs, rate, send
from processes import ehr, observations, running

from tests.postgresql import free_port

SERVE = ["-m", "fhir_alliance", "serve"]
PLUGIN = str(Path(__file__).with_name("forty_lines.py"))
#: responses sent, each once, while the EHR is down
SENT = 40
#: seconds for the service to deliver them
PATIENCE = 120


def rate_pairs(rounds: int, latency: float) -> Pairs:
    """(ours, theirs) in requests a second from eight clients, beside an EHR that answers after ``latency``."""
    return [(_our_rate(latency), _their_rate(latency)) for _ in range(rounds)]


def _our_rate(latency: float) -> float:
    """Alone, since what was taken in is delivered afterwards, too."""
    with TemporaryDirectory() as folder, ehr(latency) as ehr_url:
        ours = running(SERVE, READY, database_url=_ledger(folder), port="0", ehr_url=ehr_url)
        with ours as url:
            return _warm_rate(url)


def _their_rate(latency: float) -> float:
    with ehr(latency) as ehr_url, running([PLUGIN, ehr_url], READY) as url:
        return _warm_rate(url)


def _warm_rate(url: str) -> float:
    rate(url, "warm")
    return rate(url, "a")


def standing(_: int) -> Pairs:
    """(ours, theirs): how many Observations stand at last; once, there is no luck in it."""
    with TemporaryDirectory() as folder:
        port = free_port()
        down = f"http://127.0.0.1:{port}/fhir"
        ours = running(SERVE, READY, database_url=_ledger(folder), port="0", ehr_url=down)
        with ours as our_url, running([PLUGIN, down], READY) as their_url:
            return [(_stands(our_url, port), _stands(their_url, port))]


def _stands(url: str, port: int) -> int:
    """How many of the responses sent while nobody listens at ``port`` stand when somebody does."""
    accepted = _send_all(url)
    with ehr(0, port) as base_url:
        deadline = time.monotonic() + PATIENCE
        while (stand := observations(base_url)) < accepted:
            assert time.monotonic() < deadline, f"{stand} of {accepted}"
            time.sleep(0.05)
        return stand


def _send_all(url: str) -> int:
    """How many the receiver said were taken."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    taken = sum(send(connection, f"down-{number}") == 200 for number in range(SENT))
    connection.close()
    return taken


def _ledger(folder: str) -> str:
    return f"sqlite:///{folder}/ledger.sqlite"
