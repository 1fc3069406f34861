"""The service as a clinic runs it: a process of its own, with its settings, its database and its signals."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import requests

import fhir_alliance
from tests.deliver.ehr_desk import EhrDesk, until

HOME = Path(fhir_alliance.__file__).parents[1]
READY = "fhir-alliance is ready: "
#: seconds for a start or an end
PATIENCE = 30


class Service:
    """``fhir-alliance serve`` over one folder; started at once, and again on the same port."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.database = folder / "ledger.sqlite"
        self._log = folder / "log"
        given = {name: value for name, value in os.environ.items() if not name.startswith("FHIR_ALLIANCE_")}
        own = {f"FHIR_ALLIANCE_{name.upper()}": str(value) for name, value in settings.items()}
        self._environment = {**given, "FHIR_ALLIANCE_DATABASE_URL": f"sqlite:///{self.database}", **own}
        self._port = "0"
        self.start()

    def start(self) -> None:
        """Start, and return when it listens."""
        environment = {**self._environment, "FHIR_ALLIANCE_PORT": self._port}
        self.process = self._run("serve", environment)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith(READY), self.log
        self.url = line.removeprefix(READY).strip()
        self._port = self.url.rpartition(":")[2]

    def work(self) -> subprocess.Popen[str]:
        """Start ``fhir-alliance work`` beside it, and return when it delivers."""
        worker = self._run("work", self._environment)
        assert worker.stdout is not None
        assert worker.stdout.readline().startswith("fhir-alliance delivers"), self.log
        return worker

    def _run(self, command: str, environment: dict[str, str]) -> subprocess.Popen[str]:
        with self._log.open("a") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "fhir_alliance", command],
                env=environment,
                cwd=HOME,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )

    @property
    def log(self) -> str:
        """What it wrote to stderr."""
        return self._log.read_text()

    def kill(self) -> None:
        """End every process of it with SIGKILL, and return when none is left."""
        end(self.process, signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to end with SIGTERM; its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        """Its exit status, when every process of it has ended."""
        return finished(self.process)

    def notify(self, resource: dict[str, Any]) -> requests.Response:
        """Tell it of a response, as an EHR would."""
        where = f"{self.url}/notify/QuestionnaireResponse/{resource['id']}"
        return requests.put(where, json=resource, timeout=PATIENCE)

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run another command over the same database."""
        call = [sys.executable, "-m", "fhir_alliance", *words]
        return subprocess.run(
            call, env=self._environment, cwd=HOME, capture_output=True, text=True, timeout=PATIENCE, check=False
        )

    def lets_in(self) -> bool:
        """Whether a newcomer is answered."""
        try:
            return requests.get(f"{self.url}/healthz", timeout=0.5).ok
        except requests.RequestException:
            return False

    # --- the database

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of the ledger, read beside the service."""
        with closing(sqlite3.connect(self.database, timeout=PATIENCE)) as connection:
            return connection.execute(query).fetchall()

    def release_leases(self) -> None:
        """Let every lease run out now."""
        with closing(sqlite3.connect(self.database, timeout=PATIENCE)) as connection:
            connection.execute("UPDATE entry SET lease_until = '2026-01-01 00:00:00' WHERE lease IS NOT NULL")
            connection.commit()

    def states(self) -> list[str]:
        """The state of every entry, sorted."""
        return [row[0] for row in self.ask("SELECT state FROM entry ORDER BY state")]

    @contextmanager
    def write_lock(self) -> Iterator[None]:
        """Nothing is committed by anyone while the block runs."""
        with closing(sqlite3.connect(self.database, isolation_level=None, timeout=PATIENCE)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")

    def at_rest(self, ehr: EhrDesk, seconds: float = 20) -> None:
        """Return when every event is taken in, and nothing is left to deliver."""
        moving = "SELECT 1 FROM entry WHERE state IN ('due', 'sending', 'unknown') LIMIT 1"
        until(lambda: ehr.hooks()["pending"] == 0 and not self.ask(moving), seconds)


def end(process: subprocess.Popen[str], number: int) -> int:
    """Send a signal to a process and its children; its exit status when all have ended."""
    os.killpg(process.pid, number)
    return finished(process)


def finished(process: subprocess.Popen[str]) -> int:
    """Its exit status: its output ends when the last child that holds it has ended."""
    assert process.stdout is not None
    with process.stdout as output:
        output.read()
    return process.wait(PATIENCE)


@contextmanager
def request_under_way(service: Service, resource: dict[str, Any]) -> Iterator[socket.socket]:
    """A request whose head the service has answered with 100: it is being worked on."""
    host, port = service.url.removeprefix("http://").split(":")
    body = json.dumps(resource).encode()
    head = (
        f"PUT /notify/QuestionnaireResponse/{resource['id']} HTTP/1.1\r\nHost: {host}:{port}\r\n"
        f"Content-Type: application/fhir+json\r\nContent-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        connection.sendall(head.encode())
        assert connection.recv(1024).startswith(b"HTTP/1.1 100 Continue")
        connection.sendall(body)
        yield connection


def answer(connection: socket.socket) -> bytes:
    """What such a request is answered; nothing where the connection was cut."""
    try:
        return connection.recv(65536)
    except ConnectionResetError:
        return b""
