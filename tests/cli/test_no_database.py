"""A database that cannot be used stops a command with its cause in fixed words, and no part of its address."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.postgresql import PostgreSQL

PASSWORD = "geheim"

Migrate = Callable[[str], str]


@pytest.fixture
def migrate(run: Run, monkeypatch: pytest.MonkeyPatch) -> Migrate:
    """Why ``migrate`` cannot work on the database at a URL."""

    def migrate(url: str) -> str:
        monkeypatch.setenv("FHIR_ALLIANCE_DATABASE_URL", url)
        done = run("migrate")
        assert (done.exit_code, done.stderr.count("\n")) == (2, 1), done.output
        assert PASSWORD not in done.output
        return str(done.stderr.strip().partition(" does not work as a database: ")[2])

    return migrate


@pytest.fixture
def stranger(postgresql: PostgreSQL) -> Iterator[str]:
    """A role that owns nothing."""
    postgresql.administer("createuser stranger; createdb others")
    yield "stranger"
    postgresql.drop("others")
    postgresql.administer("dropuser stranger")


def test_a_database_that_is_not_there(migrate: Migrate, postgresql: PostgreSQL) -> None:
    """The server is, but not what is to be in it."""
    assert migrate(postgresql.url(f"postgres:{PASSWORD}", "nope")) == "there is no such database (3D000)"


def test_a_role_that_is_not_there(migrate: Migrate, postgresql: PostgreSQL) -> None:
    """The server knows nobody of this name."""
    assert migrate(postgresql.url(f"nobody:{PASSWORD}", "postgres")) == "there is no such role (28000)"


def test_a_role_without_rights(migrate: Migrate, postgresql: PostgreSQL, stranger: str) -> None:
    """In a database that it does not own it may make no tables."""
    told = migrate(postgresql.url(stranger, "others"))
    assert told == "the role has no right to this: does it own the database? (42501)"


def test_a_port_where_nothing_listens(migrate: Migrate) -> None:
    """The host is there, the server not."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        told = migrate(f"postgresql://alliance:{PASSWORD}@127.0.0.1:{taken.getsockname()[1]}/alliance")
    assert told == "nothing listens at the address: the connection is refused"


def test_a_host_that_is_not_found(migrate: Migrate) -> None:
    """Its name is misspelt, or unknown here."""
    told = migrate(f"postgresql://alliance:{PASSWORD}@no-such-host.invalid/alliance")
    assert told == "no host of this name is found"


def test_a_folder_that_is_not_there(migrate: Migrate) -> None:
    """SQLite makes no folders."""
    assert migrate("sqlite:////no/such/folder/ledger.sqlite") == "there is no folder /no/such/folder"


def test_a_file_that_is_a_folder(migrate: Migrate, tmp_path: Path) -> None:
    """Nothing can be kept in it as if it were one."""
    told = migrate(f"sqlite:///{tmp_path}")
    assert told == "it cannot be opened: is it there, and this user's? (SQLITE_CANTOPEN)"


def test_a_file_that_is_no_database(migrate: Migrate, tmp_path: Path) -> None:
    """Something else is kept there."""
    (tmp_path / "letter.txt").write_text("not a database, but quite some text")
    assert migrate(f"sqlite:///{tmp_path / 'letter.txt'}") == "the file is no database (SQLITE_NOTADB)"
