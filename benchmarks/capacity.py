"""What one response costs the machine: processor time, writes to the log, space; of the service and of PostgreSQL.

Usage: python benchmarks/capacity.py [--rounds 5]
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from intake import READY, REQUESTS, rate
from processes import ehr, observations, run, running

sys.path.append(str(Path(__file__).parent.parent))  # a server is started as the tests do it

from tests import postgresql

TICKS = os.sysconf("SC_CLK_TCK")
KILOBYTE = 1024
#: the fields of /proc/PID/stat behind the name that tell processor time, of ended children, too
TIMES = slice(11, 15)


@dataclass(frozen=True, slots=True)
class Meter:
    """What was used up to now."""

    #: seconds of processor time of the service, and of the database's server
    service: float
    server: float = 0
    commits: int = 0
    #: bytes of PostgreSQL's write-ahead log
    log: int = 0
    #: bytes of the ledger
    space: int = 0


@dataclass(frozen=True, slots=True)
class Ledger:
    """A database, and how to see what it costs."""

    url: str
    name: str | None = None

    def meter(self) -> Meter:
        """What it and the service, the newest child of this process, have used."""
        service = _seconds(_children(os.getpid())[-1])
        if self.name is None:
            folder = Path(self.url.removeprefix("sqlite:///")).parent
            return Meter(service, space=sum(one.stat().st_size for one in folder.iterdir()))
        with psycopg.connect(self.url) as connection:
            found = connection.execute(
                "SELECT xact_commit, pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint,"
                " pg_database_size(datname), pg_backend_pid() FROM pg_stat_database WHERE datname = %s",
                [self.name],
            ).fetchone()
        assert found is not None
        commits, log, space, backend = found
        return Meter(service, _seconds(_parent(backend)), commits, log, space)


def _children(pid: int) -> list[int]:
    """The processes that ``pid`` started, in the order in which it did."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _parent(pid: int) -> int:
    return int(_fields(pid)[1])


def _seconds(pid: int) -> float:
    """Processor time of a process and all that it started."""
    return sum(map(int, _fields(pid)[TIMES])) / TICKS + sum(map(_seconds, _children(pid)))


def _fields(pid: int) -> list[str]:
    """Behind the name, which may hold anything: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html"""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


@contextmanager
def ledgers(kind: str) -> Iterator[list[Ledger]]:
    """Two empty ones: for a clinic without an EHR, and for one with."""
    names = ["intake", "whole"]
    if kind == "SQLite":
        with TemporaryDirectory() as folder:
            places = [Path(folder) / name for name in names]
            for place in places:
                place.mkdir()
            yield [Ledger(f"sqlite:///{place}/ledger.sqlite") for place in places]
        return
    with postgresql.running() as server:
        made = [Ledger(server.create(name), name) for name in names]
        for one in made:
            run(["-m", "fhir_alliance", "migrate"], database_url=one.url)
        yield made


def measure(ledger: Ledger, rounds: int, ehr_url: str | None) -> tuple[Meter, Meter, float]:
    """Before and behind so many rounds, once what should stand does; and the seconds that took."""
    settings = {"database_url": ledger.url, "port": "0", **({"ehr_url": ehr_url} if ehr_url else {})}
    with running(["-m", "fhir_alliance", "serve"], READY, **settings) as url:
        rate(url, "warm")
        _settled(ehr_url, REQUESTS)
        before, start = ledger.meter(), time.perf_counter()
        for number in range(rounds):
            rate(url, f"r{number}")
        _settled(ehr_url, REQUESTS * (1 + rounds))
        took = time.perf_counter() - start
        if ledger.name:
            time.sleep(2)  # its statistics are told a second late
        return before, ledger.meter(), took


def _settled(ehr_url: str | None, wanted: int) -> None:
    """Return when so many Observations stand."""
    while ehr_url and observations(ehr_url) < wanted:
        time.sleep(0.2)


def tell(what: str, before: Meter, behind: Meter, took: float, responses: int) -> None:
    """Print what one response cost."""
    service, server = (
        1000 * (getattr(behind, part) - getattr(before, part)) / responses for part in ("service", "server")
    )
    commits = (behind.commits - before.commits) / responses
    log, space = ((getattr(behind, part) - getattr(before, part)) / responses for part in ("log", "space"))
    print(
        f"  {what:17} {responses / took:6.0f} /s   service {service:5.1f} ms   PostgreSQL {server:5.1f} ms, "
        f"{commits:4.1f} commits, {log / KILOBYTE:5.1f} kB of log   {space / KILOBYTE:5.1f} kB kept",
        flush=True,
    )


def main() -> None:
    """Print all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help=f"of {REQUESTS} responses each")
    rounds = parser.parse_args().rounds
    for kind in ("SQLite", "PostgreSQL"):
        print(kind)
        with ledgers(kind) as (alone, with_ehr):
            tell("intake", *measure(alone, rounds, None), rounds * REQUESTS)
            with ehr(0) as ehr_url:
                tell("intake, delivery", *measure(with_ehr, rounds, ehr_url), rounds * REQUESTS)


if __name__ == "__main__":
    main()
