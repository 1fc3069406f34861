"""Killed with SIGKILL at five points, each held open by a lock or a gate: the chart ends right, once."""

import pytest

from tests.deliver.answers import response
from tests.deliver.ehr_desk import until
from tests.end_to_end.service import answer, request_under_way


@pytest.fixture
def clinic(open_clinic):
    """A clinic of the test's own, whose EHR may be held for as long as it takes to kill."""
    return open_clinic(ehr_timeout=20)


def restarted(clinic):
    """The leases of the dead run out, the service is started again, and everything comes to rest."""
    clinic.service.release_leases()
    clinic.service.start()
    clinic.at_rest()


def stands_once(clinic, observations=1, versions="1"):
    """The chart is right, once."""
    found = clinic.ehr.observations()
    assert [one["meta"]["versionId"] for one in found] == [versions] * observations
    assert {one["valueCodeableConcept"]["text"][:13] for one in found} == {"Yes to 7 of 9"}
    assert {one["status"] for one in found} == {"final" if versions == "1" else "amended"}
    assert set(clinic.service.states()) == {"settled"}
    assert clinic.ehr.hooks()["failed"] == 0


def test_before_the_intake_is_committed(clinic):
    """Nothing was answered and nothing is kept; the EHR sends its event again."""
    with clinic.service.write_lock():
        clinic.ehr.put(response())
        with request_under_way(clinic.service, response("another")) as connection:
            assert clinic.ehr.hooks() == {"pending": 1, "delivered": 0, "failed": 0}
            clinic.service.kill()
            assert answer(connection) == b""
        assert clinic.service.ask("SELECT * FROM version") == []
    restarted(clinic)

    assert clinic.ehr.hooks()["delivered"] == 1
    assert clinic.service.ask("SELECT number FROM version") == [(1,)]
    stands_once(clinic)
    assert clinic.ehr.writes == 1


def test_before_the_worker_has_looked(clinic):
    """One is claimed and not looked at, the other still due: both are delivered."""
    clinic.ehr.gate("metadata", "before", "GET", "metadata")
    clinic.ehr.put(response("first", patient="first"))
    clinic.ehr.wait_at("metadata")
    assert clinic.service.notify(response("second", patient="second")).ok
    states = clinic.service.states()
    clinic.service.kill()
    assert states == ["due", "sending"]
    clinic.ehr.open("metadata")
    restarted(clinic)

    stands_once(clinic, 2)
    assert clinic.ehr.writes == 2


def test_before_the_ehr_has_stored(clinic):
    """Sent and not carried out: the look finds nothing, and it is sent again."""
    clinic.ehr.gate("write", "before", "PUT")
    clinic.ehr.put(response())
    clinic.ehr.wait_at("write")
    clinic.service.kill()
    assert clinic.service.states() == ["sending"]
    clinic.ehr.open("write")
    until(lambda: clinic.ehr.writes == 1)
    assert clinic.ehr.observations() == []
    restarted(clinic)

    stands_once(clinic)
    assert clinic.ehr.writes == 2


def test_after_the_ehr_has_stored(clinic):
    """Stored and not answered: the look finds it, and nothing is sent again."""
    clinic.ehr.gate("write", "after", "PUT")
    clinic.ehr.put(response())
    clinic.ehr.wait_at("write")
    clinic.service.kill()
    assert clinic.service.states() == ["sending"]
    clinic.ehr.open("write")
    restarted(clinic)

    stands_once(clinic)
    assert clinic.ehr.writes == 1


@pytest.mark.slow
def test_the_lease_of_the_dead_runs_out_by_itself(open_clinic):
    """Nobody helps: when no attempt can be under way any more, it is looked for again."""
    clinic = open_clinic(ehr_timeout=0.5)
    clinic.ehr.gate("write", "after", "PUT")
    clinic.ehr.put(response())
    clinic.ehr.wait_at("write")
    clinic.service.kill()
    clinic.ehr.open("write")
    clinic.service.start()
    clinic.at_rest(60)

    stands_once(clinic)
    assert clinic.ehr.writes == 1


def test_before_the_read_back_is_answered(clinic):
    """Stored and answered, but not seen again: the look finds it."""
    clinic.ehr.gate("write", "after", "PUT")
    clinic.ehr.put(response())
    clinic.ehr.wait_at("write")
    clinic.ehr.gate("read-back", "before", "GET")
    clinic.ehr.open("write")
    clinic.ehr.wait_at("read-back")
    clinic.service.kill()
    assert clinic.service.states() == ["sending"]
    clinic.ehr.open("read-back")
    restarted(clinic)

    stands_once(clinic)
    assert clinic.ehr.writes == 1


def test_before_the_outcome_is_recorded(clinic):
    """Stored, answered and seen, but the ledger could not be told: the look finds it."""
    clinic.ehr.gate("write", "after", "PUT")
    clinic.ehr.put(response())
    clinic.ehr.wait_at("write")
    with clinic.service.write_lock():
        clinic.ehr.open("write")
        until(lambda: [one["method"] for one in clinic.ehr.log()][-2:] == ["PUT", "GET"])
        clinic.service.kill()
    assert clinic.service.states() == ["sending"]
    restarted(clinic)

    stands_once(clinic)
    assert clinic.ehr.writes == 1


@pytest.mark.parametrize(("point", "writes"), [("before", 2), ("after", 1)])
def test_while_an_amendment_is_sent(clinic, point, writes):
    """The same with a later version: changed once, also where it was stored before the end."""
    clinic.file(response(counts=(4, 2, 3)))
    clinic.ehr.forget()
    clinic.ehr.gate("write", point, "PUT")
    clinic.ehr.put(response())
    until(lambda: clinic.ehr.hooks()["pending"] == 0)
    clinic.ehr.wait_at("write")
    clinic.service.kill()
    clinic.ehr.open("write")
    until(lambda: clinic.ehr.asked("PUT", "Observation") == 1)
    restarted(clinic)

    stands_once(clinic, versions="2")
    assert clinic.ehr.writes == writes
