"""The service as a clinic runs it: one process with gunicorn, on a free port."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit


class Running:
    """A server that is up."""

    def __init__(self, url: str, process: subprocess.Popen[str], log: Path) -> None:
        self.url = url
        self.process = process
        self._log = log
        self.address = (str(urlsplit(url).hostname), int(urlsplit(url).port or 0))

    def stop(self) -> str:
        """Tell it to stop, and wait; what it wrote to stderr."""
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=20)
        return self._log.read_text()


@contextmanager
def serve(folder: Path, **named: str) -> Iterator[Running]:
    """``fhir-alliance serve`` on a ledger in ``folder``."""
    given = {"DATABASE_URL": f"sqlite:///{folder / 'ledger.sqlite'}", "PORT": "0", **named}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FHIR_ALLIANCE_")}
    environment |= {f"FHIR_ALLIANCE_{name}": value for name, value in given.items()}
    command = [sys.executable, "-m", "fhir_alliance", "serve"]
    log = folder / "log"
    with log.open("w") as errors:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        assert process.stdout is not None
        ready = process.stdout.readline()
        assert "is ready: " in ready, ready
        yield Running(ready.rpartition(" ")[2].strip(), process, log)
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=20)
