"""Medplum as a process of its own: started, killed and started again on one port; it keeps all in memory."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.deliver.ehr_desk import until
from tests.peers.present import require

READY = "READY "
#: seconds for a start on a machine that does other things, too
PATIENCE = 60


class Medplum:
    """A Medplum server: its router and its repository, behind our HTTP."""

    def __init__(self, folder: Path, scratch: Path) -> None:
        self._folder = folder
        self._scratch = scratch
        self._port = 0
        self._starts = 0
        self.start()

    def start(self) -> None:
        """Start, and return when it listens; with nothing in it, on the port of the first start."""
        self._starts += 1
        with self._log.open("w") as log:
            command = ["node", "server.mjs", str(self._port)]
            self._process = subprocess.Popen(command, cwd=self._folder, stdout=log, stderr=log)
        try:
            until(lambda: self._said() or self._process.poll() is not None, PATIENCE)
            assert self._said(), f"Medplum did not start:\n{self.log[-4000:]}"
        except BaseException:
            self.kill()
            raise
        self.base_url = self._said()
        self._port = int(self.base_url.removesuffix("/fhir").rpartition(":")[2])

    def _said(self) -> str:
        """The base URL that it says when it listens; empty before."""
        lines = self.log.splitlines()
        return next((line.removeprefix(READY) for line in lines if line.startswith(READY)), "")

    @property
    def _log(self) -> Path:
        return self._scratch / f"medplum-{self._starts}.log"

    @property
    def log(self) -> str:
        """A line for each request since its last start: method, path, status."""
        return self._log.read_text(errors="replace")

    def cut_next_answer(self) -> None:
        """Carry out the next write, and hang up instead of answering."""
        self._order("cut")

    def delay_next_write(self) -> None:
        """Carry out the next write only after another one, when whoever sent it has long hung up."""
        self._order("delay")

    def _order(self, order: str) -> None:
        url = f"{self.base_url.removesuffix('/fhir')}/control/{order}"
        requests.post(url, timeout=PATIENCE).raise_for_status()

    def stop(self) -> None:
        """Ask it to end with SIGTERM, and return when it has."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it with SIGKILL, and return when it has ended."""
        self._process.kill()
        self._process.wait()


@contextmanager
def running(scratch: Path) -> Iterator[Medplum]:
    """A server that ends with the block; its logs are kept in ``scratch``."""
    medplum = Medplum(require("medplum", "node_modules/@medplum/fhir-router", "node"), scratch)
    try:
        yield medplum
    finally:
        medplum.kill()
