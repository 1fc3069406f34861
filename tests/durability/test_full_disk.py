"""A disk that is full: said so in time, nothing acknowledged is lost, and with room again all goes on."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from tests.databases import KINDS
from tests.deliver.ehr_desk import EhrDesk, until
from tests.durability.fleet import sailing
from tests.durability.harsh import Disk, Sender, assert_try_again, disk, recovered
from tests.durability.ledger import reading
from tests.end_to_end.service import PATIENCE
from tests.postgresql import PostgreSQL, running

#: the size of the disk, in megabytes
SIZE = {"sqlite": 8, "postgresql": 96}


class Place:
    """A database on a small disk."""

    def __init__(self, small: Disk, url: str, server: PostgreSQL | None) -> None:
        self.disk = small
        self.url = url
        self._server = server

    def fill_the_log(self) -> None:
        """PostgreSQL ends by itself where its log finds no room: this or the next change needs a new file."""
        if self._server:
            with suppress(psycopg.OperationalError), psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute("SELECT pg_switch_wal()")

    def free(self) -> None:
        """Room again; a server that gives up is started again, as those do who look after it."""
        self.disk.free()
        if self._server:
            until(lambda server=self._server: _serves(server), PATIENCE)


def _serves(server: PostgreSQL) -> bool:
    if not server.is_running:
        server.start()
    return server.answers()


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """A database of either kind."""
    with disk(SIZE[request.param]) as small, _placed(request.param, small) as made:
        yield made


@contextmanager
def _placed(kind: str, small: Disk) -> Iterator[Place]:
    if kind == "sqlite":
        yield Place(small, f"sqlite:///{small.folder / 'ledger.sqlite'}", None)
        return
    with running(small.folder) as server:
        yield Place(small, server.create("ledger"), server)


def test_a_full_disk(place: Place, ehr: EhrDesk, tmp_path: Path) -> None:
    """503 and not ready as long as it is full, whatever becomes of the server; then all stands, once."""
    with sailing(tmp_path, place.url, ehr.base_url, workers=1) as fleet, reading(place.url) as ledger:
        sender = Sender(fleet.url)
        sender.tell(10)
        assert sender.is_ready
        place.disk.fill()
        assert_try_again(sender.tell_until_refused())
        assert not sender.is_ready
        place.fill_the_log()
        assert_try_again(sender.tell_until_refused())
        assert not sender.is_ready
        place.free()
        recovered(sender, fleet, ehr, place.url, ledger)
