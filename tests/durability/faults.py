"""The fault test at full length: python -m tests.durability.faults --database postgresql --submissions 5000."""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fhir_alliance.sandbox import Sandbox
from tests import postgresql
from tests.durability.fault_campaign import Order, campaign
from tests.durability.fault_plan import Plan
from tests.peers.hapi import server

#: seconds that one request may take
LIMITS = {"sandbox": 0.5, "hapi": 1.0}


def main() -> int:
    """Run it, with its progress on stderr and the summary at the end; 1 where a claim fails."""
    asked = _asked()
    plan = Plan(seed=asked.seed, rate=asked.rate, most=asked.most, expires_at=asked.submissions)
    order = Order(submissions=asked.submissions, plan=plan, limit=LIMITS[asked.ehr], patience=3600)
    start = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # and whatever was started ends, too

    def tell(what: str) -> None:
        print(f"{time.monotonic() - start:6.0f} s  {what}", file=sys.stderr, flush=True)  # noqa: T201

    with (
        tempfile.TemporaryDirectory() as folder,
        _ehr(asked.ehr, folder) as url,
        _database(asked.database, folder) as ledger,
    ):
        summary = campaign(order, Path(folder), ledger, url, tell)
    print(f"{asked.ehr}, {asked.database}, seed {asked.seed}\n{summary}")  # noqa: T201
    return 1 if summary.faults or (summary.held and asked.ehr == "sandbox") else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.durability.faults", description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--ehr", choices=tuple(LIMITS), default="sandbox")
    parser.add_argument("--submissions", type=int, default=5_000)
    parser.add_argument("--rate", type=float, default=0.3, help="of the requests, from 0 to 1")
    parser.add_argument("--most", type=int, default=6, help="faults that one entry meets")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


@contextmanager
def _ehr(kind: str, folder: str) -> Iterator[str]:
    """Its base URL."""
    if kind == "hapi":
        with server.running(Path(folder)) as hapi:
            yield hapi.base_url
    else:
        with Sandbox() as ehr:
            yield ehr.base_url


@contextmanager
def _database(kind: str, folder: str) -> Iterator[str]:
    """The URL of a fresh one."""
    if kind == "postgresql":
        with postgresql.running() as database:
            yield database.create("faults")
    else:
        yield f"sqlite:///{folder}/ledger.sqlite"


if __name__ == "__main__":
    sys.exit(main())
