"""A desk that does not wait for the disk: no case here asks what outlives a power cut."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import event

from tests.web.desk import Desk, open_desk


@contextmanager
def quick_desk(folder: Path) -> Iterator[Desk]:
    """A clinic without an EHR, on a fresh SQLite file."""
    with open_desk(folder) as desk:
        engine = desk.service.database.engine
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
        engine.dispose()
        yield desk
