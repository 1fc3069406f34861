"""What a long history costs: one intake and one delivery beside few and beside many settled results, and workers.

Usage: python benchmarks/scale.py [--rows 1000,100000] [--pairs 100] [--database sqlite,postgresql] [--drain 300]
    [--write 0.05]
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import requests
from processes import ALL, ehr, environment, run
from sample import body

from fhir_alliance.fhir.identity import Door
from fhir_alliance.keeping import Arrival
from fhir_alliance.service import ClinicService, Service
from fhir_alliance.settings import DEFAULT_CLINIC, read_settings
from fhir_alliance.wiring import make_service

sys.path.append(str(Path(__file__).parent.parent))  # a ledger is filled, and a server started, as the tests do it

from tests import postgresql
from tests.ledger.filling import fill

WORKERS = (1, 2, 4)
#: the share of a drain after which a worker is as large as it is to be
WARM = 0.3
MEGABYTE = 1024

#: rows → what each step took
Seconds = dict[int, list[float]]


class Side:
    """One service over one ledger, beside an EHR."""

    def __init__(self, database_url: str, ehr_url: str) -> None:
        self.service = _service(database_url, ehr_url)

    @property
    def clinic(self) -> ClinicService:
        """The only one."""
        return self.service.clinics[DEFAULT_CLINIC]

    def take(self, response_id: str) -> float:
        """Seconds to take one response in."""
        arrival = Arrival(door=Door.NOTIFY, response_id=response_id, body=body(response_id))
        start = time.perf_counter()
        self.clinic.reception.receive(arrival)
        return time.perf_counter() - start

    def deliver(self) -> float:
        """Seconds to deliver what is due."""
        assert self.clinic.delivery is not None
        start = time.perf_counter()
        assert self.clinic.delivery.deliver_one(str(uuid4()))
        return time.perf_counter() - start


def _service(database_url: str, ehr_url: str) -> Service:
    names = {"DATABASE_URL": database_url, "EHR_URL": ehr_url}
    return make_service(read_settings({f"FHIR_ALLIANCE_{name}": value for name, value in names.items()}))


def history(urls: dict[int, str], pairs: int) -> None:
    """Print the medians of both steps at each size, and their ratios to those of the smallest."""
    with ExitStack() as stack:
        sides = {rows: Side(url, stack.enter_context(ehr(0))) for rows, url in urls.items()}
        for rows, side in sides.items():
            side.take("first")
            side.deliver()
            start = time.perf_counter()
            fill(side.service.database, rows)
            print(f"  {rows:>9,} results filled in {time.perf_counter() - start:.0f} s", flush=True)
        taken: Seconds = {rows: [] for rows in sides}
        delivered: Seconds = {rows: [] for rows in sides}
        for number in range(pairs + 10):
            for rows, side in sides.items():
                took, gave = side.take(f"r{number}"), side.deliver()
                if number >= 10:
                    taken[rows].append(took)
                    delivered[rows].append(gave)
        for side in sides.values():
            side.service.database.engine.dispose()
    _tell("intake", taken)
    _tell("delivery", delivered)


def _tell(step: str, seconds: Seconds) -> None:
    medians = {rows: statistics.median(each) for rows, each in seconds.items()}
    least = medians[min(medians)]
    told = ", ".join(f"{rows:,}: {1000 * one:.1f} ms (× {one / least:.2f})" for rows, one in medians.items())
    print(f"  {step:9} {told}", flush=True)


def drains(urls: dict[int, str], backlog: int, write: float) -> None:
    """Print how long so many workers take for a result, and how large they are when warm and at the end."""
    alone = None
    for workers, url in urls.items():
        seconds, sizes = drain(url, workers, backlog, write)
        alone = alone or seconds
        shown = ", ".join(f"{warm / MEGABYTE:.1f} → {end / MEGABYTE:.1f} MB" for warm, end in sizes)
        speed = f"{1000 * seconds:.0f} ms a result, {alone / seconds:.2f} times as fast as one"
        print(f"  {workers} workers {speed}; memory {shown}", flush=True)


def drain(url: str, workers: int, backlog: int, write: float) -> tuple[float, list[tuple[int, int]]]:
    """Seconds a result, once all are at work, and the size of each worker in KB then and at the end."""
    with ehr(0) as ehr_url, ExitStack() as stack:
        slow = {"kind": "hang-after", "seconds": write, "times": ALL, "method": "PUT"}
        requests.post(f"{ehr_url.removesuffix('/fhir')}/sandbox/faults", json=slow).raise_for_status()
        side = Side(url, ehr_url)
        for number in range(backlog):
            side.take(f"d{number}")
        pids = [stack.enter_context(_worker(url, ehr_url)) for _ in range(workers)]
        left = _until(side, int(backlog * (1 - WARM)))
        start, warm = time.perf_counter(), [_size(pid) for pid in pids]
        _until(side, 0)
        took = time.perf_counter() - start
        sizes = list(zip(warm, (_size(pid) for pid in pids), strict=True))
        side.service.database.engine.dispose()
    return took / left, sizes


@contextmanager
def _worker(url: str, ehr_url: str) -> Iterator[int]:
    """A worker; its process."""
    call = [sys.executable, "-m", "fhir_alliance", "work"]
    given = environment({"database_url": url, "ehr_url": ehr_url})
    with subprocess.Popen(call, env=given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        yield process.pid
        process.terminate()


def _until(side: Side, most: int) -> int:
    """Return when no more than ``most`` are left; how many that are."""
    while (left := _left(side)) > most:
        time.sleep(0.02)
    return left


def _left(side: Side) -> int:
    counts = side.clinic.reads.states()
    return counts["due"] + counts["sending"] + counts["unknown"]


def _size(pid: int) -> int:
    """Memory that a process has, in KB."""
    (line,) = [one for one in Path(f"/proc/{pid}/status").read_text().splitlines() if one.startswith("VmRSS")]
    return int(line.split()[1])


@contextmanager
def _databases(kind: str, names: Iterable[int]) -> Iterator[dict[int, str]]:
    """An empty database for each name."""
    if kind == "sqlite":
        with TemporaryDirectory() as folder:
            yield {name: f"sqlite:///{folder}/{name}.sqlite" for name in names}
        return
    with postgresql.running() as server:
        urls = {name: server.create(f"of_{name}") for name in names}
        for url in urls.values():
            run(["-m", "fhir_alliance", "migrate"], database_url=url)
        yield urls


def main() -> None:
    """Print all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", default="1000,100000", help="settled results, smallest first")
    parser.add_argument("--pairs", type=int, default=100, help="steps at each size, in turn")
    parser.add_argument("--database", default="sqlite,postgresql")
    parser.add_argument("--drain", type=int, default=300, help="results that the workers deliver")
    parser.add_argument("--write", type=float, default=0.05, help="seconds that their EHR takes for a write")
    asked = parser.parse_args()
    kinds = asked.database.split(",")
    for kind in kinds:
        print(kind)
        with _databases(kind, map(int, asked.rows.split(","))) as urls:
            history(urls, asked.pairs)
    workers = WORKERS if "postgresql" in kinds else WORKERS[:1]
    with _databases(kinds[-1], workers) as urls:
        drains(urls, asked.drain, asked.write)


if __name__ == "__main__":
    main()
