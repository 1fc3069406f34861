"""What goes straight to the driver: found and added as SQLAlchemy would, and no broken connection is kept."""

import logging
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import bindparam, select, text
from sqlalchemy.exc import IntegrityError

from fhir_alliance.errors import Overtaken
from fhir_alliance.ledger.direct import NewRow
from fhir_alliance.ledger.opening import open_database
from fhir_alliance.ledger.tables import history, notice, submission
from tests.building import response
from tests.databases import TEMPLATE
from tests.ledger.conftest import desk_on
from tests.postgresql import PostgreSQL
from tests.web.desk import Desk

_END_ALL = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")


def notices(desk: Desk) -> set[str]:
    """The kinds of what was noted."""
    return {row.kind for row in desk.rows(notice)}


def new_notice(desk: Desk, kind: str) -> NewRow:
    """Such a row, of which two columns are empty."""
    return NewRow(notice, {"clinic": "default", "received_at": desk.clock(), "kind": kind, "version_id": None})


def add_begun(desk: Desk, kind: str, divisor: int) -> None:
    """Note it in a transaction that was asked for twice; ZeroDivisionError in its midst for 0."""
    with desk.service.database.adding() as connection:
        desk.service.database.begin(connection)
        desk.service.database.begin(connection)
        desk.service.database.add(connection, [new_notice(desk, kind)])
        assert 1 / divisor


def test_rows_are_added_and_found(desk: Desk) -> None:
    """With their moments and their empty columns."""
    with desk.service.database.adding() as connection:
        desk.service.database.add(connection, [new_notice(desk, "one"), new_notice(desk, "two")])
        of_kind = select(notice.c.id).where(notice.c.kind == bindparam("of_kind"))
        found = [desk.service.database.finds(connection, of_kind, {"of_kind": kind}) for kind in ("two", "three")]

    assert found == [True, False]
    assert {(row.received_at, row.version_id) for row in desk.rows(notice)} == {(desk.clock(), None)}
    assert notices(desk) == {"one", "two"}


def test_all_is_added_or_nothing(desk: Desk) -> None:
    """One row that the database refuses, and none stands."""
    astray = {"clinic": "default", "entry_id": "none", "at": desk.clock(), "from_state": "new", "to_state": "due"}
    with pytest.raises(IntegrityError), desk.service.database.adding() as connection:
        desk.service.database.add(connection, [new_notice(desk, "one"), NewRow(history, astray)])

    assert notices(desk) == set()


def test_what_is_begun_is_one_transaction(desk: Desk) -> None:
    """Undone as a whole, and kept as a whole."""
    with pytest.raises(ZeroDivisionError):
        add_begun(desk, "one", 0)
    add_begun(desk, "two", 1)

    assert notices(desk) == {"two"}


def test_connections_that_broke_are_replaced(
    postgresql: PostgreSQL, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The first request finds it out, and says so; all others go on, however many connections there were."""
    with desk_on(postgresql.create("broken", TEMPLATE), tmp_path) as desk, ExitStack() as open_at_once:
        for _ in range(4):
            open_at_once.enter_context(desk.service.database.reading())
        open_at_once.close()
        _end_connections(postgresql)
        answers = [desk.tell(f"r{number}", response(id=f"r{number}")).status_code for number in range(6)]

        assert answers == [503, *[200] * 5]
        assert len(desk.rows(submission)) == 5
    assert [one.name for one in caplog.records if one.levelno >= logging.ERROR] == []


def _end_connections(server: PostgreSQL) -> None:
    other = open_database(server.create("other"))
    with other.writing() as connection:
        connection.execute(_END_ALL)
    other.engine.dispose()


def test_a_service_that_is_always_overtaken_asks_to_try_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks once more than a response has keys: then something else is wrong."""
    tries = []

    def add(*_: object) -> None:
        tries.append(1)
        raise Overtaken

    monkeypatch.setattr(desk.service.database, "add", add)
    told = desk.post(response(identifier=("urn:example", "a")))

    assert (told.status_code, told.headers["Retry-After"], len(tries)) == (503, "5", 2)
