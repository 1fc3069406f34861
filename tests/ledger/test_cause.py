"""What a database's error means is said in fixed words: nothing of what it quotes comes out."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.pool import QueuePool

from fhir_alliance.ledger.cause import cause

SERVER = 'connection failed: connection to server at "db.geheim", port 5432 failed: '


class Told(Exception):
    """An error as psycopg has it."""

    def __init__(self, text: str, sqlstate: str | None = None) -> None:
        super().__init__(text)
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "failed to resolve host 'db.geheim': [Errno -2] Name or service not known",
            "no host of this name is found",
        ),
        (f"{SERVER}Connection refused", "nothing listens at the address: the connection is refused"),
        (f"{SERVER}timeout expired", "no answer came from the address"),
        (f'{SERVER}FATAL:  database "geheim" does not exist', "there is no such database (3D000)"),
        (f'{SERVER}FATAL:  role "geheim" does not exist', "there is no such role (28000)"),
        (
            f'{SERVER}FATAL:  password authentication failed for user "geheim"',
            "it does not take this password (28P01)",
        ),
        (f'{SERVER}FATAL:  Peer authentication failed for user "geheim"', "it does not let this role in (28000)"),
        (f"{SERVER}fe_sendauth: no password supplied", "it does not take this password (28P01)"),
        (f"{SERVER}FATAL:  the database system is starting up", "it ends, or only begins (57P03)"),
        ("consuming input failed: server closed the connection, geheim", "there is no connection to it"),
    ],
)
def test_no_connection(text: str, words: str) -> None:
    """By what libpq says, since it gives no code then."""
    assert cause(OperationalError("SELECT geheim", None, Told(text))) == words


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("42501", "the role has no right to this: does it own the database? (42501)"),
        ("53100", "its disk is full (53100)"),
        ("25006", "it takes no writes (25006)"),
        ("57P01", "it ends, or only begins (57P01)"),
        ("28P01", "it does not let this role in (28P01)"),
        ("XX000", "XX000"),
    ],
)
def test_a_code_of_the_server(code: str, words: str) -> None:
    """Its words are not looked at."""
    assert cause(OperationalError("SELECT geheim", None, Told("geheim", code))) == words


def test_no_connection_is_free() -> None:
    """That is the program's own limit, not the database's fault."""
    queue = QueuePool(lambda: sqlite3.connect(":memory:"), pool_size=1, max_overflow=0, timeout=0.01)
    with closing(queue.connect()), pytest.raises(NoneFree) as told:
        queue.connect()
    assert cause(told.value) == "all connections to it are in use"


def test_a_code_of_sqlite() -> None:
    """By its own name."""
    with pytest.raises(sqlite3.OperationalError) as told:
        sqlite3.connect("file:/no/such/geheim?mode=rw", uri=True)
    assert cause(told.value) == "it cannot be opened: is it there, and this user's? (SQLITE_CANTOPEN)"
