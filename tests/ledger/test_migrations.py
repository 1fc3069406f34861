"""The tables of a database are those of the program, or the program does not start."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from fhir_alliance.errors import UnknownSchema
from fhir_alliance.ledger.database import check_schema, migrate, open_database
from fhir_alliance.ledger.tables import metadata
from tests.building import response
from tests.web.desk import Desk, open_desk


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """An engine on a file that is not there yet."""
    return open_database(f"sqlite:///{tmp_path / 'new.sqlite'}")


def version(engine: Engine, to: str | None = None) -> str:
    """The version the database says it has; ``to`` sets it."""
    with engine.execution_options(writes=True).begin() as connection:
        if to:
            connection.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": to})
        return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


def test_all_migrations_make_the_tables_of_the_program(engine: Engine) -> None:
    """No column, index or constraint that can be compared is only in one of the two."""
    migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_all_migrations_make_the_checks_of_the_program(engine: Engine) -> None:
    """Alembic does not compare CHECKs, so they are compared here, by name and text."""
    migrate(engine)
    made = checks_of(engine)
    other = open_database("sqlite://")
    metadata.create_all(other)
    assert made == checks_of(other)
    assert {name for _, name, _ in made} >= {"ck_entry_state", "ck_history_arrow"}
    engine.dispose()
    other.dispose()


def checks_of(engine: Engine) -> set[tuple[str, str | None, str]]:
    """Table, name and text of every CHECK."""
    found = inspect(engine)
    return {
        (table, check["name"], " ".join(str(check["sqltext"]).split()))
        for table in metadata.tables
        for check in found.get_check_constraints(table)
    }


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    """Every start migrates; rows stay."""
    with open_desk(tmp_path) as desk:
        desk.post(response())
        before = desk.contents()
    with open_desk(tmp_path) as again:
        migrate(again.service.engine)
        assert again.contents() == before


def test_a_newer_database_is_refused(engine: Engine) -> None:
    """A program that was rolled back does not write into tables that it does not know."""
    migrate(engine)
    version(engine, to="9999")
    for start in (migrate, check_schema):
        with pytest.raises(UnknownSchema, match="9999"):
            start(engine)
    assert version(engine) == "9999"
    engine.dispose()


def test_an_empty_database_is_not_run_on(engine: Engine) -> None:
    """Without its tables a database is refused with words, not with a missing table later."""
    with pytest.raises(UnknownSchema, match="none"):
        check_schema(engine)
    engine.dispose()


@pytest.mark.case("serve-migrates")
def test_the_service_makes_its_file(desk: Desk) -> None:
    """A first start needs no other command."""
    check_schema(desk.service.engine)
    assert desk.get("/readyz").status_code == 200


def test_a_commit_is_on_disk(desk: Desk) -> None:
    """WAL and full sync, foreign keys on, on every connection."""
    with desk.service.engine.connect() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert found == ["wal", 2, 1]


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """It holds what clients answered."""
    path = tmp_path / "ledger.sqlite"
    engine = open_database(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    assert path.stat().st_mode & 0o077 == 0
