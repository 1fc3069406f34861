"""The loop around the attempts: it goes on, waits, and stops, whatever an attempt comes to."""

import logging
from threading import Event

import pytest

from fhir_alliance.errors import DatabaseUnavailable
from fhir_alliance.worker import PAUSE, TROUBLE, Worker

PATIENCE = 10


class Attempts:
    """What each attempt comes to, in order: a bool, an error, or an Event to wait for."""

    def __init__(self, *outcomes):
        self.outcomes = list(outcomes)
        self.leases = []
        self.idle = Event()
        self.entered = Event()

    def deliver_one(self, lease):
        """One attempt, as ``Delivery`` has it."""
        self.leases.append(lease)
        self.entered.set()
        outcome = self.outcomes.pop(0) if self.outcomes else False
        if not self.outcomes:
            self.idle.set()
        if isinstance(outcome, Event):
            assert outcome.wait(PATIENCE)
            return True
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def one(attempts):
    """A worker of one clinic, which is always ready."""
    return Worker({"north": attempts}, lambda: ["north"])


@pytest.fixture
def running():
    """Start workers; stop them in the end."""
    started = []

    def start(attempts):
        started.append(one(attempts))
        started[-1].start()
        return started[-1]

    yield start
    for worker in started:
        worker.stop(PATIENCE)


def gone():
    """What the ledger says when the database does not answer."""
    return DatabaseUnavailable("its disk is full (SQLITE_FULL)")


def test_one_attempt_after_another(running):
    """As long as something is due there is no wait, and each attempt has a lease of its own."""
    attempts = Attempts(*[True] * 50)
    running(attempts)

    assert attempts.idle.wait(PATIENCE)
    assert len(set(attempts.leases)) == len(attempts.leases)


def test_a_stop_lets_the_attempt_end(running):
    """The attempt under way is waited for; no other begins."""
    held = Event()
    attempts = Attempts(held, True, True)
    worker = running(attempts)
    assert attempts.entered.wait(PATIENCE)
    worker.stop(0)
    held.set()
    worker.stop(PATIENCE)

    assert len(attempts.leases) == 1
    assert not worker._thread.is_alive()


def test_a_stop_waits_no_longer_than_it_may(running):
    """An attempt that hangs does not keep the program from ending."""
    held = Event()
    attempts = Attempts(held)
    worker = running(attempts)
    assert attempts.entered.wait(PATIENCE)
    worker.stop(0.01)

    assert worker._thread.is_alive()
    held.set()


def test_a_stop_before_the_start():
    """A worker that never ran can be stopped, and does nothing when it is run then."""
    attempts = Attempts(True)
    worker = one(attempts)
    worker.stop(PATIENCE)
    worker.run()

    assert attempts.leases == []


@pytest.mark.parametrize(
    ("outcome", "wait"),
    [(True, 0), (False, 0), (gone(), TROUBLE)],
    ids=["delivered", "nothing", "no-database"],
)
def test_how_long_it_waits(monkeypatch, outcome, wait):
    """A clinic goes on at once, unless the database is gone; now and then all are looked at."""
    attempts = Attempts(outcome)
    worker = one(attempts)
    waits, looks = [], []

    def waited(seconds):
        waits.append(seconds)
        worker.stop(0)

    monkeypatch.setattr(worker._stopping, "wait", waited)
    monkeypatch.setattr(worker._news, "wait", lambda seconds: looks.append(seconds) or attempts.idle.wait(seconds))
    worker.run()

    assert waits[0] == wait
    assert set(looks) == {PAUSE}


@pytest.mark.parametrize("fault", [gone(), ValueError("Ada Lovelace, Yes to 7 of 9"), KeyError("p1")])
def test_no_error_ends_it(running, monkeypatch, caplog, fault):
    """What one attempt stumbles over stops no other; the log tells of it, and nothing of the patient."""
    monkeypatch.setattr("fhir_alliance.worker.TROUBLE", 0.01)
    attempts = Attempts(fault, True)
    with caplog.at_level(logging.WARNING):
        running(attempts)
        assert attempts.idle.wait(PATIENCE), "the loop has ended"

    assert len(caplog.records) == 1
    assert "Ada" not in caplog.text
    assert "7 of 9" not in caplog.text


def test_a_purge_that_takes_long_holds_up_no_attempt():
    """It has a thread to itself, also where there is nothing to deliver, and ends with the rest."""
    held, entered = Event(), Event()

    def purge():
        entered.set()
        assert held.wait(PATIENCE)
        return 3600

    attempts = Attempts(*[True] * 5)
    for deliveries, ready in (({"north": attempts}, ["north"]), ({}, [])):
        worker = Worker(deliveries, lambda ready=ready: ready, purge)
        worker.start()
        assert entered.wait(PATIENCE)
        assert not deliveries or attempts.idle.wait(PATIENCE)
        held.set()
        worker.stop(PATIENCE)
        assert not worker._thread.is_alive()
        held.clear()
        entered.clear()


def test_a_purge_goes_on_after_an_error(monkeypatch):
    """The next piece comes after a while, whatever this one stumbled over."""
    monkeypatch.setattr("fhir_alliance.worker.TROUBLE", 0.01)
    outcomes, done = [gone(), ValueError("p1")], Event()

    def purge():
        if outcomes:
            raise outcomes.pop()
        done.set()
        return 3600

    worker = Worker({}, list, purge)
    worker.start()
    assert done.wait(PATIENCE)
    worker.stop(PATIENCE)


def test_an_outage_is_told_at_its_begin_and_at_its_end(running, monkeypatch, caplog):
    """With its cause, and not again and again."""
    caplog.set_level(logging.INFO)
    monkeypatch.setattr("fhir_alliance.worker.TROUBLE", 0.01)
    attempts = Attempts(gone(), gone(), gone(), True)
    worker = running(attempts)
    assert attempts.idle.wait(PATIENCE)
    worker.stop(PATIENCE)

    cause = "its disk is full (SQLITE_FULL)"
    assert caplog.messages == [
        f"the database does not answer: {cause}; trying again",
        "the database answers again",
    ]
