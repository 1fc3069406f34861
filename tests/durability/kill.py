"""The kill test at full length: ``python -m tests.durability.kill --database postgresql``."""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.durability.busy_ehr import EHRS
from tests.durability.campaign import Order, campaign
from tests.postgresql import running


def main() -> int:
    """Run it, with its progress on stderr and the summary at the end; 1 where the claim fails."""
    # an exit like any other, so that nothing it started is left
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to end before the end"))
    asked = _asked()
    order = Order(**{name: value for name, value in vars(asked).items() if name != "database"})
    start = time.monotonic()

    def tell(what: str) -> None:
        print(f"{time.monotonic() - start:6.0f} s  {what}", file=sys.stderr, flush=True)  # noqa: T201

    with tempfile.TemporaryDirectory() as folder, _database(asked.database, Path(folder)) as (url, restart):
        summary = campaign(order, Path(folder), url, restart, tell)
    print(f"{'database':13} {asked.database}, the EHR that can do {asked.ehr}, seed {asked.seed}\n{summary}")  # noqa: T201
    return 1 if summary.faults else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.durability.kill", description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument(
        "--ehr", choices=EHRS, default="least", help="what it can do so that nothing is kept twice"
    )
    parser.add_argument("--submissions", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--restarts", type=int, default=2, help="of PostgreSQL; SQLite has no server")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[tuple[str, Callable[[], None] | None]]:
    """An empty database: its URL, and what restarts its server."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'ledger.sqlite'}", None
    else:
        with running() as server:
            yield server.create("ledger"), server.restart


if __name__ == "__main__":
    sys.exit(main())
