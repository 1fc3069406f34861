"""The commands of docs/operators.md that set a database up, copy and restore it, run as they stand there."""

import getpass
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from stat import S_IMODE

import pytest
from sqlalchemy import text

from fhir_alliance.ledger.database import Database
from fhir_alliance.ledger.opening import open_database
from fhir_alliance.ledger.schema import migrate, require_schema
from tests.databases import lay_file
from tests.postgresql import PostgreSQL

PAGE = Path(__file__).parent.parent.parent / "docs/operators.md"


def scripts(title: str) -> list[str]:
    """The blocks of shell under a title of the page."""
    section = PAGE.read_text().split(f"\n## {title}\n")[1].split("\n## ")[0]
    return re.findall(r"^```sh\n(.+?)^```", section, re.MULTILINE | re.DOTALL)


@contextmanager
def opened(url: str) -> Iterator[Database]:
    """A database, closed in the end."""
    database = open_database(url)
    try:
        yield database
    finally:
        database.engine.dispose()


BACKUP, VACUUM, LAY_BACK, DUMP, RESTORE = scripts("Backup")
(SET_UP,) = scripts("PostgreSQL")


@pytest.mark.skipif(not shutil.which("sqlite3"), reason="sqlite3 is not installed here: apt-get install sqlite3")
@pytest.mark.parametrize("copy", [BACKUP, VACUUM], ids=["backup", "vacuum"])
def test_a_copy_of_a_file_is_its_users_alone(tmp_path: Path, copy: str) -> None:
    """Also where files are readable to all by default; what is restored is so, too, and whole."""
    lay_file(tmp_path / "ledger.sqlite")
    before = os.umask(0o022)
    try:
        for script in (copy, LAY_BACK.replace("-o alliance", f"-o {getpass.getuser()}")):
            subprocess.run(["sh", "-ec", script], cwd=tmp_path, check=True)
    finally:
        os.umask(before)

    assert {S_IMODE((tmp_path / name).stat().st_mode) for name in ("copy.sqlite", "ledger.sqlite")} == {0o600}
    with opened(f"sqlite:///{tmp_path / 'ledger.sqlite'}") as database:
        require_schema(database)


@pytest.fixture
def server(postgresql: PostgreSQL) -> Iterator[PostgreSQL]:
    """A server without the role and the databases that the page makes."""
    yield postgresql
    for name in ("alliance", "alliance2"):
        postgresql.drop(name)
    postgresql.administer("dropuser --if-exists alliance")


def test_the_services_role_may_migrate(server: PostgreSQL) -> None:
    """A database that is set up or restored as the page says takes new tables from the role that serves."""
    server.administer(SET_UP)
    with opened(server.url("alliance", "alliance")) as database:
        migrate(database)
    server.administer(DUMP)
    server.administer(RESTORE)

    with opened(server.url("alliance", "alliance2")) as database:
        require_schema(database)
        with database.migrating() as connection:
            connection.execute(text("ALTER TABLE entry ADD COLUMN one_more text"))
            connection.execute(text("CREATE TABLE one_more (id text)"))
