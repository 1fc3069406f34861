"""HAPI as a process of its own: started, killed and started again on one port."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.deliver.ehr_desk import until
from tests.peers.present import require

JAR = "target/hapi-server.jar"
READY = "READY "
#: seconds for a start on a machine that does other things, too
PATIENCE = 300


class Hapi:
    """A HAPI server; with a file to keep its resources in, it has them again after a start."""

    def __init__(self, folder: Path, scratch: Path, database: Path | None, port: int) -> None:
        self._folder = folder
        self._scratch = scratch
        self._database = database
        self._port = port
        self._starts = 0
        self.start()

    def start(self) -> None:
        """Start, and return when it listens; on the port of the first start."""
        self._starts += 1
        with self._log.open("w") as log:
            self._process = subprocess.Popen(self._command(), cwd=self._folder, stdout=log, stderr=log)
        try:
            with contextlib.suppress(AssertionError):
                until(lambda: self._said() or self._process.poll() is not None, PATIENCE)
            assert self._said(), f"HAPI did not start:\n{self.log[-4000:]}"
        except BaseException:
            self.kill()
            raise
        self.base_url = self._said()
        self._port = int(self.base_url.removesuffix("/fhir").rpartition(":")[2])

    def _command(self) -> list[str]:
        where = (
            f"jdbc:h2:file:{self._database};WRITE_DELAY=0"
            if self._database
            else "jdbc:h2:mem:hapi;DB_CLOSE_DELAY=-1"
        )
        machine = ["java", "-XX:TieredStopAtLevel=1", "-Xmx1g"]
        return [*machine, f"-Dport={self._port}", f"-Ddb={where}", "-cp", f"{JAR}:target/lib/*", "peer.HapiServer"]

    def _said(self) -> str:
        """The base URL that it says when it listens; empty before."""
        lines = self.log.splitlines()
        return next((line.removeprefix(READY) for line in lines if line.startswith(READY)), "")

    @property
    def _log(self) -> Path:
        return self._scratch / f"hapi-{self._starts}.log"

    @property
    def log(self) -> str:
        """What it wrote since its last start."""
        return self._log.read_text(errors="replace")

    def stop(self) -> None:
        """Ask it to end with SIGTERM, and return when it has."""
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it with SIGKILL, and return when it has ended."""
        self._process.kill()
        self._process.wait()


@contextlib.contextmanager
def running(scratch: Path, *, database: Path | None = None, port: int = 0) -> Iterator[Hapi]:
    """A server that ends with the block; its logs are kept in ``scratch``.

    ``database``: the file to keep resources in, without its suffix; None keeps them in memory.
    """
    hapi = Hapi(require("hapi", JAR, "java"), scratch, database, port)
    try:
        yield hapi
    finally:
        hapi.kill()
