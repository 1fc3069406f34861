"""The tables of a database are those of the program, or the program does not run on them."""

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from fhir_alliance.errors import UnknownSchema
from fhir_alliance.ledger.database import Database
from fhir_alliance.ledger.opening import open_database
from fhir_alliance.ledger.schema import migrate, require_schema
from fhir_alliance.ledger.tables import metadata
from tests.building import response
from tests.databases import TEMPLATE
from tests.ledger.conftest import desk_on
from tests.postgresql import USER, PostgreSQL
from tests.web.desk import Desk, open_desk

NEWEST = "0006"

#: one row of each table of the first version, each referring to the one before it
ROWS_OF_0001 = """
INSERT INTO submission VALUES ('s', 'default', 'q|1', 'r1', 'Patient/p1', NULL, '2026-11-12 10:00:00', 1);
INSERT INTO alias VALUES ('default', 'fhir', 'r1', 's');
INSERT INTO version VALUES ('s', 1, 'default', 'fhir', 'scored', false, 'd', NULL,
  '2026-11-12 10:00:00', NULL, '[]');
INSERT INTO entry VALUES ('e', 'default', 's', 'Patient/p1', '{}', false, NULL, NULL, NULL, NULL, false, 'due',
  '2026-11-12 10:00:00', 0, NULL, NULL, NULL, NULL, false, '[]', '2026-11-12 10:00:00', 'c', 'q|1',
  '2026-11-12 10:00:00', '2026-11-12 10:00:00', '2026-11-12 10:00:00');
INSERT INTO history VALUES (1, 'default', 'e', '2026-11-12 10:00:00', 'new', 'due', NULL);
INSERT INTO notice VALUES (1, 'default', '2026-11-12 10:00:00', 'empty', NULL, NULL, NULL);
"""


@pytest.fixture
def new(empty_database: str) -> Iterator[Database]:
    """A database without tables."""
    made = open_database(empty_database)
    yield made
    made.engine.dispose()


def version(new: Database, to: str | None = None) -> str:
    """The version the database says it has; ``to`` sets it."""
    with new.engine.execution_options(writes=True).begin() as connection:
        if to:
            connection.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": to})
        return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


def test_all_migrations_make_the_tables_of_the_program(new: Database) -> None:
    """No column, index or constraint that can be compared is only in one of the two."""
    migrate(new)
    with new.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_all_migrations_make_the_checks_of_the_program(new: Database) -> None:
    """Alembic does not compare CHECKs, so they are compared here, by name and text."""
    migrate(new)
    made = checks_of(new)
    with new.writing() as connection:
        metadata.drop_all(connection)
        metadata.create_all(connection)
    assert made == checks_of(new)
    assert {name for _, name, _ in made} >= {"ck_entry_state", "ck_history_arrow"}


def checks_of(new: Database) -> set[tuple[str, str | None, str]]:
    """Table, name and text of every CHECK."""
    found = inspect(new.engine)
    return {
        (table, check["name"], " ".join(str(check["sqltext"]).split()))
        for table in metadata.tables
        for check in found.get_check_constraints(table)
    }


def fill_first_version(new: Database) -> None:
    """A database of the first version, with a row in each table."""
    migrate(new, "0001")
    with new.writing() as connection:
        for statement in ROWS_OF_0001.split(";\n"):
            if statement.strip():
                connection.execute(text(statement))


def test_each_migration_keeps_the_rows(new: Database) -> None:
    """What the first version kept is there after the last migration, whatever refers to what."""
    fill_first_version(new)
    before = contents(new)
    assert migrate(new) == ("0001", NEWEST)

    after = contents(new)
    assert {table: len(rows) for table, rows in before.items()} == dict.fromkeys(before, 1)
    for table, rows in before.items():
        assert [row | old for row, old in zip(after[table], rows, strict=True)] == after[table]
    require_schema(new)


def test_what_was_last_sent_is_the_first_of_all_that_was(new: Database) -> None:
    """Whether it arrived was not known, so it may still be under way."""
    fill_first_version(new)
    migrate(new, "0002")
    with new.writing() as connection:
        connection.execute(text("""UPDATE entry SET sent = '{"status": "final"}'"""))
    migrate(new)
    (kept,) = contents(new)["entry"]
    sent = json.loads(kept["sent"]) if isinstance(kept["sent"], str) else kept["sent"]
    assert sent == [{"standing": {"status": "final"}, "under_way": True}]


def contents(database: Database) -> dict[str, list[dict[str, object]]]:
    """Every row of every table but the version's."""
    with database.reading() as connection:
        return {
            table: [dict(row._mapping) for row in connection.execute(text(f"SELECT * FROM {table}"))]  # noqa: S608
            for table in inspect(connection).get_table_names()
            if table != "alembic_version"
        }


def test_a_migration_that_leaves_rows_astray_changes_nothing(tmp_path: Path) -> None:
    """SQLite checks references at the end of a migration."""
    made = open_database(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    migrate(made)
    with pytest.raises(UnknownSchema, match="astray"), made.migrating() as connection:
        connection.execute(text("INSERT INTO alias VALUES ('default', 'fhir', 'r1', 'no submission')"))
    assert contents(made)["alias"] == []
    made.engine.dispose()


def test_nobody_migrates_under_a_service(postgresql: PostgreSQL, tmp_path: Path) -> None:
    """As long as one is connected, the tables stay as they are."""
    url = postgresql.create("under_a_service", TEMPLATE)
    with desk_on(url, tmp_path) as desk:
        desk.post(response())
        other = open_database(url)
        assert migrate(other) == (NEWEST, NEWEST), "nothing is to be done, so nobody is in the way"
        version(other, to="0001")
        with pytest.raises(UnknownSchema, match="stop them"):
            migrate(other)
        version(other, to=NEWEST)
        other.engine.dispose()
        assert desk.get("/readyz").status_code == 200


def test_tables_that_changed_meanwhile_are_not_written_to(postgresql: PostgreSQL, tmp_path: Path) -> None:
    """A service that lost its connections, and finds another version: 503, and nothing kept."""
    url = postgresql.create("changed_meanwhile", TEMPLATE)
    with desk_on(url, tmp_path) as desk:
        desk.service.database.engine.dispose()
        other = open_database(url)
        version(other, to="9999")
        answer = desk.post(response())
        assert (answer.status_code, desk.get("/readyz").status_code) == (503, 503)
        version(other, to=NEWEST)
        assert desk.post(response()).status_code == 201
        other.engine.dispose()


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    """Every start migrates; rows stay."""
    with open_desk(tmp_path) as desk:
        desk.post(response())
        before = desk.contents()
    with open_desk(tmp_path) as again:
        migrate(again.service.database)
        assert again.contents() == before


def test_a_newer_database_is_refused(new: Database) -> None:
    """A program that was rolled back does not write into tables that it does not know."""
    migrate(new)
    version(new, to="9999")
    for start in (migrate, require_schema):
        with pytest.raises(UnknownSchema, match="9999"):
            start(new)
    assert version(new) == "9999"


def test_an_empty_database_is_not_run_on(new: Database) -> None:
    """Without its tables a database is refused with words, not with a missing table later."""
    with pytest.raises(UnknownSchema, match="no tables yet"):
        require_schema(new)


def test_a_database_that_cannot_keep_every_text_is_refused(postgresql: PostgreSQL) -> None:
    """What is wrong is told before the first response comes."""
    with psycopg.connect(postgresql.create("any"), autocommit=True) as owner:
        owner.execute("DROP DATABASE IF EXISTS latin")
        owner.execute("CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    made = open_database(postgresql.url(USER, "latin"))
    try:
        with pytest.raises(UnknownSchema, match="LATIN1: make one with --encoding=UTF8"):
            migrate(made)
    finally:
        made.engine.dispose()


@pytest.mark.case("serve-migrates")
def test_the_service_makes_its_file(tmp_path: Path) -> None:
    """A first start needs no other command."""
    with open_desk(tmp_path, DATABASE_URL=f"sqlite:///{tmp_path / 'new.sqlite'}") as desk:
        require_schema(desk.service.database)
        assert desk.get("/readyz").status_code == 200


def test_a_server_is_migrated_by_hand(postgresql: PostgreSQL, tmp_path: Path) -> None:
    """A service does not change tables that others may be at work on."""
    database = postgresql.create("by_hand")
    with pytest.raises(UnknownSchema, match="fhir-alliance migrate"), open_desk(tmp_path, DATABASE_URL=database):
        pass


def test_a_commit_is_on_disk(desk: Desk) -> None:
    """SQLite: WAL and full sync, foreign keys on; PostgreSQL: whatever the server's default is."""
    kind = desk.service.database.engine.dialect.name
    asked, expected = {
        "sqlite": (["PRAGMA journal_mode", "PRAGMA synchronous", "PRAGMA foreign_keys"], ["wal", 2, 1]),
        "postgresql": (["SHOW synchronous_commit", "SHOW transaction_isolation"], ["on", "read committed"]),
    }[kind]
    with desk.service.database.reading() as connection:
        assert [connection.exec_driver_sql(one).scalar_one() for one in asked] == expected


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """It holds what clients answered."""
    path = tmp_path / "ledger.sqlite"
    made = open_database(f"sqlite:///{path}")
    migrate(made)
    made.engine.dispose()
    assert path.stat().st_mode & 0o077 == 0
