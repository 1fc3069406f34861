"""A PostgreSQL server to throw away: in a folder of its own, on loopback alone, as durable as a clinic's."""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from random import SystemRandom
from typing import Any

import pytest

OLDEST = 14
USER = "postgres"
HOST = "127.0.0.1"
#: seconds for a start or an end
PATIENCE = 60
#: below those that outgoing connections are given: a client could hold the port of a server that is down
PORTS = range(20000, 32000)
#: its input ends when the tests do, however they end
_GUARD = 'cat; "$0" -D "$1/data" -m immediate stop; rm -rf "$1"'
#: the zone is nobody's own, so that what leaves it to the server shows
_SETTINGS = """
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{folder}'
fsync = on
full_page_writes = on
synchronous_commit = on
timezone = 'Asia/Kathmandu'
"""


class PostgreSQL:
    """One server; its databases outlive ``restart`` and ``kill``, and end with the folder."""

    def __init__(self, programs: Path, folder: Path) -> None:
        """``programs``: the folder of initdb and postgres; ``folder``: empty, and the server's user's own."""
        self._programs = programs
        self._folder = folder
        self._data = folder / "data"
        self._log = folder / "log"
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._run("initdb", "-D", str(self._data), "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        with (self._data / "postgresql.conf").open("a") as settings:
            settings.write(_SETTINGS.format(port=self._port, folder=folder))

    # --- databases

    def create(self, name: str, template: str | None = None) -> str:
        """A fresh database of that name, empty or as ``template`` is; its URL."""
        self.drop(name)
        with self._administrator() as connection:
            copied = "STRATEGY file_copy" if connection.info.server_version >= 150000 else ""  # or page by page
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE {template or "template0"} {copied}')
        return self.url(USER, name)

    def drop(self, name: str) -> None:
        """End a database, whoever is connected to it."""
        with self._administrator() as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def dump(self, name: str) -> Path:
        """A copy of a database as it is now, whoever works on it."""
        path = self._folder / f"{name}.dump"
        self._run("pg_dump", *self._where, "--format=custom", f"--file={path}", name)
        return path

    def restore(self, path: Path, name: str) -> str:
        """A fresh database of that name from a copy; its URL."""
        url = self.create(name)
        self._run("pg_restore", *self._where, "--exit-on-error", "--single-transaction", "-d", name, str(path))
        return url

    def administer(self, script: str) -> None:
        """Run the lines of a shell, each to its end, as the server's administrator would."""
        where = {"PGHOST": HOST, "PGPORT": str(self._port), "PGUSER": USER}
        self._call(["sh", "-ec", script], {**where, "PATH": f"{self._programs}:{os.environ['PATH']}"})

    def url(self, role: str, name: str) -> str:
        """Where a role finds the database of that name."""
        return f"postgresql://{role}@{HOST}:{self._port}/{name}"

    def _administrator(self) -> Any:
        import psycopg  # an extra

        return psycopg.connect(self.url(USER, "postgres"), autocommit=True)

    @property
    def _where(self) -> list[str]:
        return ["-h", HOST, "-p", str(self._port), "-U", USER]

    # --- the server

    def start(self) -> None:
        """Start, and return when it answers; it recovers by itself from however it ended."""
        with self._log.open("ab") as log:
            command = [self._program("postgres"), "-D", str(self._data)]
            self._process = subprocess.Popen(command, stdout=log, stderr=log, **_as_server(self._folder))
        deadline = time.monotonic() + PATIENCE
        while not self.answers():
            over = self._process.poll() is not None or time.monotonic() > deadline
            assert not over, f"PostgreSQL did not start:\n{self.log[-4000:]}"
            time.sleep(0.02)

    def stop(self, number: int = signal.SIGINT) -> None:
        """Ask it to end, and return when it has; SIGQUIT ends it as a crash would (pg_ctl -m immediate)."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(PATIENCE)

    def restart(self, *, immediate: bool = True) -> None:
        """End it, by default as a crash would, and start it again."""
        self.stop(signal.SIGQUIT if immediate else signal.SIGINT)
        self.start()

    def kill(self) -> None:
        """End every process of it with SIGKILL, and return when none is left."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGSTOP)  # so that it starts no more of them meanwhile
        children = _children(self._process.pid)
        for pid in (*children, self._process.pid):
            os.kill(pid, signal.SIGKILL)
        self._process.wait(PATIENCE)
        _gone(children)

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> str:
        """What it wrote since it was made."""
        return self._log.read_text(errors="replace")

    def answers(self) -> bool:
        """Whether it takes connections."""
        where = ["-h", HOST, "-p", str(self._port), "-t", "1"]
        asked = subprocess.run([self._program("pg_isready"), *where], capture_output=True, check=False)
        return asked.returncode == 0

    def _run(self, program: str, *words: str) -> None:
        self._call([self._program(program), *words])

    def _call(self, call: list[str], env: dict[str, str] | None = None) -> None:
        how = _as_server(self._folder)
        done = subprocess.run(call, env=env, capture_output=True, text=True, timeout=PATIENCE, check=False, **how)
        assert done.returncode == 0, f"{call[0]}: {done.stderr}"

    def _program(self, name: str) -> str:
        return str(self._programs / name)


@contextmanager
def running(place: Path | None = None) -> Iterator[PostgreSQL]:
    """A server that ends with the block, and its folder with it; skips where its programs are absent.

    ``place``: where the folder is made, which all may enter.
    """
    programs = require()
    folder = Path(tempfile.mkdtemp(prefix="postgresql-", dir=place))
    user = _user()
    if user is not None:
        shutil.chown(folder, user)
    with _guarded(programs, folder):
        server = PostgreSQL(programs, folder)
        try:
            server.start()
            yield server
        finally:
            server.kill()


@contextmanager
def _guarded(programs: Path, folder: Path) -> Iterator[None]:
    """A process that removes the folder when the block ends, and what still runs on it when we were killed."""
    words = ["sh", "-c", _GUARD, str(programs / "pg_ctl"), str(folder)]
    how = {**_as_server(Path("/")), "stdin": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, **how):
        yield


def require() -> Path:
    """The folder of the server's programs; skips the test where there is none."""
    found = programs()
    if found is None:
        pytest.skip(f"PostgreSQL {OLDEST} or later is not installed here: apt-get install postgresql")
    return found


@cache
def programs() -> Path | None:
    """The folder of the server's programs: on the path, or the newest of Debian's."""
    on_path = shutil.which("initdb")
    debian = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    found = [Path(on_path).resolve().parent] if on_path else [one.parent for one in debian]
    newest = max(found, key=_version, default=None)
    return newest if newest and _version(newest) >= OLDEST else None


def _version(folder: Path) -> int:
    try:
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return 0
    number = re.search(r"\d+", said.stdout)
    return int(number[0]) if number else 0


def free_port() -> int:
    """A port of PORTS that nobody listens on, so that a server can leave it and come back."""
    for port in SystemRandom().sample(PORTS, 100):
        with socket.socket() as tried:
            try:
                tried.bind((HOST, port))
            except OSError:
                continue
            return port
    raise OSError("no port is free")


@cache
def _user() -> str | None:
    """Whom to run as; None: as oneself. PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    known = {one.pw_name for one in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _as_server(folder: Path) -> dict[str, Any]:
    """How each of its programs is run: as its user, with none of our groups, out of reach of Ctrl-C."""
    common: dict[str, Any] = {"cwd": folder, "start_new_session": True, "stdin": subprocess.DEVNULL}
    user = _user()
    if user is None:
        return common
    return {**common, "user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def _children(pid: int) -> list[int]:
    """The processes that ``pid`` started: each leads a group of its own, so that none can be told of at once."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _gone(pids: list[int]) -> None:
    """Return when none of them is left."""
    deadline = time.monotonic() + PATIENCE
    while any(_is_alive(pid) for pid in pids):
        assert time.monotonic() < deadline, "a process of PostgreSQL did not end"
        time.sleep(0.005)


def _is_alive(pid: int) -> bool:
    """Whether it runs; one that only waits to be noted by its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
