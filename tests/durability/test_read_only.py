"""A database that takes no writes: said so in time, reads go on, and when it takes them again all goes on."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.deliver.ehr_desk import EhrDesk
from tests.durability.fleet import Fleet, sailing
from tests.durability.harsh import Sender, assert_try_again, disk, recovered
from tests.durability.ledger import reading


def test_no_more_writes(database: str, ehr: EhrDesk, tmp_path: Path) -> None:
    """503 and not ready, while results can be read; then all stands, once."""
    with sailing(tmp_path, database, ehr.base_url, workers=0) as fleet, reading(database) as ledger:
        sender = Sender(fleet.url)
        sender.tell(10)
        with read_only(database, fleet):
            assert_try_again(sender.tell_until_refused())
            assert not sender.is_ready
            assert sender.reads()
        recovered(sender, fleet, ehr, database, ledger)


@contextmanager
def read_only(database: str, fleet: Fleet) -> Iterator[None]:
    """No write of the fleet reaches the database: the server refuses it, or the kernel does."""
    if database.startswith("postgresql"):
        _set_by_server(database, "SET default_transaction_read_only = on")
        yield
        _set_by_server(database, "RESET default_transaction_read_only")
        return
    pids = [pid for member in fleet.members.values() for pid in member.pids]
    for pid in pids:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    yield
    for pid in pids:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def _set_by_server(url: str, what: str) -> None:
    """For everyone who is connected, too."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = off")
        connection.execute(f"ALTER SYSTEM {what}")
        connection.execute("SELECT pg_reload_conf()")


def test_a_start_on_a_disk_that_cannot_be_written(ehr: EhrDesk, tmp_path: Path) -> None:
    """Senders are told to try again, what was kept can be read; then all goes on without another start."""
    with disk(8) as small:
        database = f"sqlite:///{small.folder / 'ledger.sqlite'}"
        with sailing(tmp_path, database, ehr.base_url, workers=0) as fleet:
            sender = Sender(fleet.url)
            sender.tell(5)
            fleet.kill()
            with small.read_only():
                fleet.start()
                assert_try_again(sender.tell_until_refused())
                assert not sender.is_ready
                assert sender.reads()
                assert "settled" in fleet.command("status")
            with reading(database) as ledger:
                recovered(sender, fleet, ehr, database, ledger)
