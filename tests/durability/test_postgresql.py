"""The server that the other tests throw away: what is committed stays, however it ends."""

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.deliver.ehr_desk import until
from tests.end_to_end.service import HOME
from tests.postgresql import PostgreSQL

ENDS = {
    "crash": lambda server: server.restart(),
    "stop": lambda server: server.restart(immediate=False),
    "kill": lambda server: (server.kill(), server.start()),
}


@pytest.fixture
def url(postgresql):
    """A database of the test's own."""
    yield postgresql.create("kept")
    postgresql.drop("kept")


def ask(url, query):
    """The first column of a query's rows."""
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute(query)]


@pytest.mark.parametrize("end", ENDS)
def test_what_is_committed_outlives_every_end(postgresql: PostgreSQL, url, end):
    """A committed row is there after it, one that was not is gone, and connections are cut."""
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS number")
        connection.commit()
        connection.execute("INSERT INTO kept VALUES (2)")
        ENDS[end](postgresql)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    assert ask(url, "SELECT number FROM kept") == [1]


def test_it_is_as_durable_as_a_clinics(url):
    """Nothing is switched off to be quicker, and it listens on loopback alone."""
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        assert ask(url, f"SHOW {setting}") == ["on"]
    assert ask(url, "SHOW listen_addresses") == ["127.0.0.1"]


def test_a_database_is_fresh_each_time(postgresql, url):
    """To make one again is to begin anew, also while someone is connected to the one before."""
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept (number integer)")
        connection.commit()
        assert postgresql.create("kept") == url
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    assert ask(url, "SELECT count(*) FROM pg_tables WHERE tablename = 'kept'") == [0]


def test_each_kind_of_database_is_offered(database):
    """A test that asks for a database runs on both kinds."""
    assert database.startswith(("sqlite:///", "postgresql://"))


def test_it_ends_with_those_who_started_it():
    """Tests that are killed leave neither a server nor its folder behind."""
    script = (
        "from tests.postgresql import running\nwith running() as it: print(it.create('left'), flush=True); input()"
    )
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, cwd=HOME, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline().strip()
        (folder,) = ask(url, "SHOW unix_socket_directories")
        process.kill()
    until(lambda: not Path(folder).exists())
    with pytest.raises(psycopg.OperationalError):
        ask(url, "SELECT 1")
