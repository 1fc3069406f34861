"""The processes of one service over one database: ``serve``, and any number of ``work`` beside it."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.end_to_end.service import HOME, PATIENCE, end
from tests.postgresql import free_port

#: seconds that a request to the EHR may take; a lease is seven of them and 25 seconds
EHR_TIMEOUT = 0.5
SERVE = "serve"


class Member:
    """One process, with those that it starts in a group of its own; started again after each end."""

    def __init__(self, command: str, environment: dict[str, str], log: Path) -> None:
        self._command = command
        self._environment = environment
        self._log = log
        self.start()

    def start(self) -> None:
        """Start, without waiting for it."""
        self._is_ready = False
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "fhir_alliance", self._command],
                env=self._environment,
                cwd=HOME,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )

    def ready(self) -> None:
        """Return when it does its work: then it says so, in its first line."""
        assert self._process.stdout is not None
        if not self._is_ready:
            spoke, _, _ = select.select([self._process.stdout], [], [], PATIENCE)
            said = spoke and self._process.stdout.readline()
            assert said, f"{self._command} did not start:\n{self.log[-4000:]}"
            self._is_ready = True

    def kill(self) -> None:
        """End every process of it with SIGKILL, and return when none is left."""
        end(self._process, signal.SIGKILL)

    @property
    def pids(self) -> list[int]:
        """Every process of it."""
        started = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        return [self._process.pid, *map(int, started)]

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    @property
    def log(self) -> str:
        """What it wrote to stderr since its first start."""
        return self._log.read_text()


class Fleet:
    """One ``serve`` and its workers; ``url`` stays the same through every start."""

    def __init__(self, folder: Path, database: str, ehr_url: str, workers: int = 2, **settings: Any) -> None:
        given = {name: value for name, value in os.environ.items() if not name.startswith("FHIR_ALLIANCE_")}
        own = {"database_url": database, "ehr_url": ehr_url, "ehr_timeout": EHR_TIMEOUT, "port": free_port()}
        named = {f"FHIR_ALLIANCE_{name.upper()}": str(value) for name, value in {**own, **settings}.items()}
        self.url = f"http://127.0.0.1:{named['FHIR_ALLIANCE_PORT']}"
        self._environment = {**given, **named}
        self._folder = folder
        self._workers = workers
        self._is_migrated_apart = database.startswith("postgresql")
        self.members: dict[str, Member] = {}

    def start(self) -> None:
        """Start all of them, and return when they do their work; ``serve`` first, which makes an SQLite file."""
        if self._is_migrated_apart:
            self.command("migrate")
        self._launch("serve", SERVE)
        self.ready()
        for number in range(self._workers):
            self._launch("work", f"work-{number + 1}")
        self.ready()

    def _launch(self, command: str, name: str) -> None:
        self.members[name] = Member(command, self._environment, self._folder / f"{name}.log")

    def ready(self) -> None:
        """Return when every process does its work."""
        for member in self.members.values():
            member.ready()

    def command(self, *words: str) -> str:
        """Run another command over the same database; what it says."""
        call = [sys.executable, "-m", "fhir_alliance", *words]
        done = subprocess.run(
            call, env=self._environment, cwd=HOME, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert done.returncode == 0, f"{words[0]}: {done.stderr}"
        return done.stdout

    def restart(self, name: str) -> None:
        """Kill one of them while it does its work, and start it again, without waiting for it."""
        member = self.members[name]
        member.ready()
        member.kill()
        member.start()

    @property
    def errors(self) -> list[str]:
        """The lines that tell of errors."""
        lines = [line for member in self.members.values() for line in member.log.splitlines()]
        return [line for line in lines if '"level": "error"' in line or '"level": "critical"' in line]

    @property
    def fallen(self) -> list[str]:
        """Those that have ended although nobody ended them."""
        return [name for name, member in self.members.items() if not member.is_running]

    def kill(self) -> None:
        """End all of them."""
        for member in self.members.values():
            if member.is_running:
                member.kill()


@contextmanager
def sailing(folder: Path, database: str, ehr_url: str, **settings: Any) -> Iterator[Fleet]:
    """A fleet that ends with the block."""
    fleet = Fleet(folder, database, ehr_url, **settings)
    try:
        fleet.start()
        yield fleet
    finally:
        fleet.kill()
