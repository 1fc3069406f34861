"""What goes straight to the driver: found and added as SQLAlchemy would, and no broken connection is kept."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, bindparam, delete, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from fhir_alliance.errors import Overtaken
from fhir_alliance.ledger.direct import NewRow
from fhir_alliance.ledger.opening import open_database
from fhir_alliance.ledger.tables import alias, entry, history, notice, submission, version
from tests.building import response
from tests.databases import TEMPLATE
from tests.ledger.conftest import desk_on
from tests.postgresql import PostgreSQL
from tests.web.desk import Desk

_LOCK = "SELECT 1 FROM submission WHERE id = %(of_id)s FOR UPDATE"
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


def test_the_pool_is_replaced_once(postgresql: PostgreSQL, tmp_path: Path) -> None:
    """Whoever finds out later, on a connection of before, leaves the new one alone."""
    with desk_on(postgresql.create("replaced", TEMPLATE), tmp_path) as desk, ExitStack() as held:
        database = desk.service.database
        taken = [held.enter_context(database.reading()) for _ in range(2)]
        _end_connections(postgresql)
        pools = [database.engine.pool]
        for connection in taken:
            with pytest.raises(OperationalError):
                database.finds(connection, select(notice.c.id), {})
            pools.append(database.engine.pool)

    assert pools[0] is not pools[1]
    assert pools[1] is pools[2]


def _end_connections(server: PostgreSQL) -> None:
    other = open_database(server.create("other"))
    with other.writing() as connection:
        connection.execute(_END_ALL)
    other.engine.dispose()


def at_rest(desk: Desk) -> bool:
    """Whether no connection of the pool is in a transaction, or would begin one that nobody asked for."""
    with ExitStack() as held:
        taken = [held.enter_context(desk.service.database.reading()) for _ in range(2)]
        drivers = [cast("Any", one.connection.driver_connection) for one in taken]
        return all(one.autocommit and one.info.transaction_status == TransactionStatus.IDLE for one in drivers)


def test_every_connection_is_given_back_at_rest(postgresql: PostgreSQL, tmp_path: Path) -> None:
    """However the intake ended: one that was left in a transaction would hold what others wait for."""
    with desk_on(postgresql.create("given_back", TEMPLATE), tmp_path) as desk:
        for kind, divisor in (("one", 1), ("two", 0)):
            with suppress(ZeroDivisionError):
                add_begun(desk, kind, divisor)
            assert at_rest(desk)
        assert desk.tell("r1", response(id="r1")).status_code == 200
        row = {**desk.rows(submission)[0]._mapping}
        with pytest.raises(Overtaken), desk.service.database.adding() as connection:
            desk.service.database.add(connection, [NewRow(submission, row)])
        assert at_rest(desk)


def test_the_isolation_is_ours_whatever_the_default(postgresql: PostgreSQL, tmp_path: Path) -> None:
    """Also where no transaction begins: another one could refuse a plain intake."""
    url = postgresql.create("isolated", TEMPLATE)
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("ALTER DATABASE isolated SET default_transaction_isolation = 'serializable'")
    with desk_on(url, tmp_path) as desk:
        for connecting in (desk.service.database.adding, desk.service.database.writing):
            with connecting() as connection:
                driver: Any = connection.connection.driver_connection  # for SQLAlchemy a transaction begins
                shown = driver.execute("SHOW transaction_isolation").fetchone()
            assert shown == ("read committed",)


def test_moments_and_texts_are_told_alike_whatever_the_default(postgresql: PostgreSQL, tmp_path: Path) -> None:
    """An administrator may have other tastes."""
    url = postgresql.create("tastes", TEMPLATE)
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("ALTER DATABASE tastes SET datestyle = 'German'")
        owner.execute("ALTER DATABASE tastes SET client_encoding = 'LATIN1'")
    with desk_on(url, tmp_path) as desk:
        foreign = {**response(id="r2"), "questionnaire": "http://example.org/Łódź"}
        assert desk.tell("r1", response(id="r1")).status_code == 200
        assert desk.tell("r1", response((4, 0, 0), id="r1")).status_code == 200
        assert desk.tell("r2", foreign).status_code == 200
        assert {row.questionnaire for row in desk.rows(notice)} == {"http://example.org/Łódź"}


def test_a_key_that_nobody_can_have_taken_is_a_mistake(postgresql: PostgreSQL, tmp_path: Path) -> None:
    """Numbers of the database's own making: it is told of as what it is, and not tried again."""
    with desk_on(postgresql.create("mistaken", TEMPLATE), tmp_path) as desk:
        add_begun(desk, "one", 1)
        taken = {**new_notice(desk, "two").values, "id": desk.rows(notice)[0].id}
        with pytest.raises(IntegrityError), desk.service.database.adding() as connection:
            desk.service.database.add(connection, [NewRow(notice, taken)])


def test_a_deadlock_that_is_broken_at_our_cost(postgresql: PostgreSQL, tmp_path: Path) -> None:
    """Is another way to be overtaken."""
    url = postgresql.create("deadlock", TEMPLATE)
    with desk_on(url, tmp_path) as desk, psycopg.connect(url) as other, ThreadPoolExecutor(1) as pool:
        for name in ("r1", "r2"):
            desk.tell(name, response(id=name))
        one, two = (row.id for row in desk.rows(submission))
        other.execute("SET deadlock_timeout = '20s'")  # so it is ours that finds out, and gives way
        other.execute(_LOCK, {"of_id": two})
        with pytest.raises(Overtaken):
            _lock_both(desk, one, two, lambda: pool.submit(other.execute, _LOCK, {"of_id": one}))


def _lock_both(desk: Desk, one: str, two: str, cross: Callable[[], object]) -> None:
    with desk.service.database.adding() as connection:
        desk.service.database.begin(connection)
        connection.exec_driver_sql(_LOCK, {"of_id": one})
        cross()
        connection.exec_driver_sql(_LOCK, {"of_id": two})


def test_what_is_forgotten_before_it_is_locked_is_new(
    postgresql: PostgreSQL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lookup found it, the lock does not."""
    with desk_on(postgresql.create("forgotten", TEMPLATE), tmp_path) as desk:
        desk.tell("r1", response(id="r1"))
        begin = desk.service.database.begin

        def forget_and_begin(connection: Connection) -> None:
            with desk.service.database.writing() as other:
                for table in (history, entry, version, alias, submission):
                    other.execute(delete(table))
            begin(connection)

        monkeypatch.setattr(desk.service.database, "begin", forget_and_begin)
        assert desk.tell("r1", response((4, 0, 0), id="r1")).status_code == 200
        assert [row.number for row in desk.rows(version)] == [1]
        assert len(desk.rows(submission)) == 1


@pytest.mark.parametrize("identifier", [None, ("urn:example", "a")])
def test_a_service_that_is_always_overtaken_asks_to_try_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, identifier: tuple[str, str] | None
) -> None:
    """It looks once more than a response can have keys: then something else is wrong."""
    tries = []

    def add(*_: object) -> None:
        tries.append(1)
        raise Overtaken

    monkeypatch.setattr(desk.service.database, "add", add)
    told = desk.put("r1", response(identifier=identifier))

    assert (told.status_code, told.headers["Retry-After"], len(tries)) == (503, "5", 3)
