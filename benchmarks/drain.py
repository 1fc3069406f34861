"""A backlog delivered by one worker, beside a bare session of requests.

That makes the very same requests, one after another as the worker does.
"""

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import requests
from intake import Pairs
from processes import ehr, observations, running
from sample import body

from fhir_alliance.fhir.identity import Door
from fhir_alliance.keeping import Arrival
from fhir_alliance.service import ClinicService
from fhir_alliance.settings import DEFAULT_CLINIC, read_settings
from fhir_alliance.wiring import make_service

#: what a look, a create and a read-back are answered
FINE = (200, 201, 404)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One request, as it went over the wire."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes | None


def pairs(rounds: int, latency: float, backlog: int) -> Pairs:
    """(ours, theirs) in results a second; the EHR answers each request after ``latency`` seconds."""
    with TemporaryDirectory() as folder:
        filled = Path(folder) / "filled.sqlite"
        _fill(filled, backlog)
        made = _record(filled, backlog)
        return [
            (backlog / _ours(filled, latency, backlog), backlog / _theirs(made, latency)) for _ in range(rounds)
        ]


def _service(database: Path, ehr_url: str) -> ClinicService:
    names = {"DATABASE_URL": f"sqlite:///{database}", "EHR_URL": ehr_url}
    settings = read_settings({f"FHIR_ALLIANCE_{name}": value for name, value in names.items()})
    return make_service(settings).clinics[DEFAULT_CLINIC]


def _fill(database: Path, backlog: int) -> None:
    service = _service(database, "http://127.0.0.1/fhir")  # nothing is sent there
    for number in range(backlog):
        response_id = f"r{number}"
        arrival = Arrival(door=Door.NOTIFY, response_id=response_id, body=body(response_id))
        service.reception.receive(arrival)


def _copy(database: Path) -> Path:
    copied = database.with_name(f"{uuid4()}.sqlite")
    with closing(sqlite3.connect(database)) as filled, closing(sqlite3.connect(copied)) as copy:
        filled.backup(copy)
    return copied


def _record(filled: Path, backlog: int) -> list[Recorded]:
    """All requests of one drain."""
    made, send = [], requests.Session.send
    with ehr(0) as base_url:

        def recording(session: requests.Session, request: requests.PreparedRequest, **how: Any) -> Any:
            headers = {name: text for name, text in request.headers.items() if name != "Content-Length"}
            path = str(request.url).removeprefix(base_url)
            made.append(Recorded(str(request.method), path, headers, request.body))  # type: ignore[arg-type]
            return send(session, request, **how)

        delivery = _service(_copy(filled), base_url).delivery
        assert delivery is not None
        with patch.object(requests.Session, "send", recording):
            while delivery.deliver_one(str(uuid4())):
                pass
    assert [one.method for one in made[1:]] == ["GET", "PUT", "GET"] * backlog
    return made


def _ours(filled: Path, latency: float, backlog: int) -> float:
    """Seconds until all is settled."""
    database, command = _copy(filled), ["-m", "fhir_alliance", "work"]
    with ehr(latency) as base_url:
        worker = running(command, "delivers to", database_url=f"sqlite:///{database}", ehr_url=base_url)
        with worker, closing(sqlite3.connect(database)) as ledger:
            start = time.perf_counter()
            while ledger.execute("SELECT 1 FROM entry WHERE state <> 'settled' LIMIT 1").fetchone():
                time.sleep(0.01)
            took = time.perf_counter() - start
        assert observations(base_url) == backlog
    return took


def _theirs(made: list[Recorded], latency: float) -> float:
    """Seconds until all is answered."""
    with ehr(latency) as base_url, requests.Session() as session:
        start = time.perf_counter()
        for one in made:
            answer = session.request(one.method, base_url + one.path, data=one.body, headers=one.headers)
            assert answer.status_code in FINE
        took = time.perf_counter() - start
        assert observations(base_url) == sum(one.method == "PUT" for one in made)
    return took
