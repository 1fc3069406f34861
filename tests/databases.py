"""Databases to test on, as fixtures: one PostgreSQL server a run, and a fresh database of either kind a test.

To make the tables anew for each test takes longer than most tests, so they are made once a run, and copied.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest

from fhir_alliance.ledger.opening import open_database
from fhir_alliance.ledger.schema import migrate
from tests.postgresql import PostgreSQL, running

KINDS = ("sqlite", "postgresql")
#: a PostgreSQL database that has the tables, and nothing in them
TEMPLATE = "with_tables"


def with_tables(url: str) -> str:
    """Make the tables of the database there; its URL."""
    made = open_database(url)
    migrate(made)
    made.engine.dispose()
    return url


@cache
def _file_with_tables() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.sqlite"
        with_tables(f"sqlite:///{path}")
        return path.read_bytes()


def lay_file(path: Path) -> None:
    """An SQLite file with the tables, where there is none yet."""
    if not path.exists():
        path.write_bytes(_file_with_tables())


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL server; the test is skipped where there is none to start."""
    with running() as server:
        with_tables(server.create(TEMPLATE))
        yield server


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh database with its tables: the test runs on each kind."""
    if request.param == "sqlite":
        lay_file(tmp_path / "ledger.sqlite")
        yield f"sqlite:///{tmp_path / 'ledger.sqlite'}"
        return
    yield from _on_server(request, TEMPLATE)


@pytest.fixture(params=KINDS)
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of one without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'ledger.sqlite'}"
        return
    yield from _on_server(request, None)


def _on_server(request: pytest.FixtureRequest, template: str | None) -> Iterator[str]:
    server: PostgreSQL = request.getfixturevalue("postgresql")
    name = f"test_{uuid4().hex}"
    yield server.create(name, template)
    server.drop(name)
