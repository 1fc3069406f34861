"""SIGTERM: what is under way is brought to its end, and then the service ends."""

import signal
import time
from contextlib import ExitStack

import pytest

from fhir_alliance.web.server import GRACE
from tests.deliver.answers import response
from tests.deliver.ehr_desk import until
from tests.end_to_end.service import answer, end, finished, request_under_way


@pytest.fixture
def clinic(open_clinic):
    """A clinic of the test's own, whose EHR may take its time."""
    return open_clinic(ehr_timeout=20)


def test_a_request_under_way_is_answered(clinic):
    """It is kept and answered, though nobody else is let in any more; the exit status is 0."""
    with ExitStack() as locked:
        locked.enter_context(clinic.service.write_lock())
        with request_under_way(clinic.service, response()) as connection:
            clinic.service.process.send_signal(signal.SIGTERM)
            until(lambda: not clinic.service.lets_in())
            locked.close()
            assert answer(connection).startswith(b"HTTP/1.1 200 OK")

    assert clinic.service.wait() == 0
    assert clinic.service.ask("SELECT kind FROM version") == [("scored",)]


@pytest.mark.parametrize("point", ["before", "after"])
def test_a_delivery_under_way_is_brought_to_its_end(clinic, point):
    """Written, read back and recorded before the service ends."""
    clinic.ehr.gate("write", point, "PUT")
    clinic.ehr.put(response())
    clinic.ehr.wait_at("write")
    clinic.service.process.send_signal(signal.SIGTERM)
    until(lambda: not clinic.service.lets_in())
    assert clinic.service.process.poll() is None
    clinic.ehr.open("write")

    assert clinic.service.wait() == 0
    assert clinic.service.states() == ["settled"]
    assert [one["meta"]["versionId"] for one in clinic.ehr.observations()] == ["1"]


def test_what_was_not_begun_is_done_after_the_next_start(clinic):
    """Due at the stop, delivered after it."""
    clinic.ehr.gate("write", "before", "PUT")
    clinic.ehr.put(response("first", patient="first"))
    clinic.ehr.wait_at("write")
    assert clinic.service.notify(response("second", patient="second")).ok
    clinic.service.process.send_signal(signal.SIGTERM)
    until(lambda: not clinic.service.lets_in())
    clinic.ehr.open("write")
    assert clinic.service.wait() == 0
    assert clinic.service.states() == ["due", "settled"]
    clinic.service.start()
    clinic.at_rest()

    assert clinic.service.states() == ["settled", "settled"]
    assert clinic.ehr.writes == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_lone_worker_ends_its_delivery_too(clinic, number):
    """``work`` alone: the attempt under way is recorded, and the exit status is 0."""
    clinic.ehr.gate("metadata", "before", "GET", "metadata")
    clinic.ehr.put(response())
    clinic.ehr.wait_at("metadata")
    clinic.service.kill()
    clinic.service.release_leases()
    worker = clinic.service.work()
    clinic.ehr.wait_at("metadata", 2)
    worker.send_signal(number)
    clinic.ehr.open("metadata")

    assert finished(worker) == 0
    assert clinic.service.states() == ["settled"]
    assert [one["meta"]["versionId"] for one in clinic.ehr.observations()] == ["1"]


@pytest.mark.parametrize("command", ["serve", "work"])
def test_an_ehr_that_never_answers_does_not_hold_it_up(open_clinic, command):
    """The attempt under way ends by EHR_TIMEOUT, is recorded, and no further one begins."""
    clinic = open_clinic(ehr_timeout=1)
    clinic.ehr.gate("read", "before", "GET")
    clinic.ehr.put(response())
    clinic.ehr.wait_at("read")
    process = clinic.service.process
    if command == "work":
        clinic.service.kill()
        clinic.service.release_leases()
        process = clinic.service.work()
        clinic.ehr.wait_at("read", 2)
    process.send_signal(signal.SIGTERM)
    told = time.monotonic()

    assert finished(process) == 0
    assert time.monotonic() - told < 10
    assert clinic.service.states() == ["due"]
    clinic.ehr.open("read")


@pytest.mark.slow
def test_an_attempt_that_takes_too_long_is_cut_off(open_clinic):
    """After its half minute ``serve`` ends; what it had in its hands is looked at after the next start."""
    clinic = open_clinic(ehr_timeout=120)
    clinic.ehr.gate("write", "after", "PUT")
    clinic.ehr.put(response())
    clinic.ehr.wait_at("write")
    told = time.monotonic()
    clinic.service.process.send_signal(signal.SIGTERM)

    assert clinic.service.wait() == 0
    assert GRACE - 5 < time.monotonic() - told < GRACE + 10
    assert clinic.service.states() == ["sending"]
    clinic.ehr.open("write")
    clinic.service.release_leases()
    clinic.service.start()
    clinic.at_rest()
    assert clinic.service.states() == ["settled"]
    assert [one["meta"]["versionId"] for one in clinic.ehr.observations()] == ["1"]


def test_ctrl_c_ends_the_service_quietly(clinic):
    """SIGINT to the whole group, as a terminal sends it: no traceback."""
    assert end(clinic.service.process, signal.SIGINT) == 0
    assert "Traceback" not in clinic.service.log
