"""The service that the demo shows, in a process of its own."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from click import ClickException

_READY = re.compile(r"fhir-alliance is ready: (\S+)")
#: seconds that a start, or an end, may take
PATIENCE = 60.0
PAUSE = 0.02


@dataclass(frozen=True, slots=True)
class RunningService:
    """The service, which says what it has to say into a file."""

    process: "subprocess.Popen[bytes]"
    log: Path

    def told(self, failure: str) -> str:
        """``failure``, with the service's last words."""
        words = self._words().strip().splitlines()[-20:]
        return "\n".join([failure, *(["The service's last words:", *words] if words else [])])

    def require(self) -> None:
        """ClickException where it has ended."""
        if self.process.poll() is not None:
            raise ClickException(self.told("The service ended by itself."))

    def url(self) -> str:
        """Where it listens, once it does."""
        deadline = time.monotonic() + PATIENCE
        while not (ready := _READY.search(self._words())):
            self.require()
            if time.monotonic() > deadline:
                raise ClickException(self.told("The service did not start in time."))
            time.sleep(PAUSE)
        return ready[1]

    def _words(self) -> str:
        return self.log.read_text("utf-8", "replace")


@contextmanager
def running_service(settings: Mapping[str, str], folder: Path) -> Iterator[RunningService]:
    """``serve`` with these settings and no others, until the block ends."""
    log = folder / "service.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "fhir_alliance", "serve"],
            env={**settings, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for the demo, which ends it in its own time
        )
    try:
        yield RunningService(process, log)
    finally:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
