"""What happens while a request to the EHR is under way, each time held by a gate."""

import json
from datetime import timedelta

import pytest

from fhir_alliance.ehr.capabilities import FRESH
from fhir_alliance.ledger.decisions import Answer
from fhir_alliance.ledger.tables import State
from tests.deliver.answers import response
from tests.deliver.rehearsal import Rehearsal

#: an EHR that takes Observations and lets none be read or searched
_CREATES = {"type": "Observation", "interaction": [{"code": "create"}]}
SHOWS_NOTHING = {
    "status": 200,
    "content_type": "application/fhir+json",
    "body": json.dumps(
        {"resourceType": "CapabilityStatement", "rest": [{"mode": "server", "resource": [_CREATES]}]}
    ),
}


@pytest.fixture
def patient_rehearsal(ehr, catalog, tmp_path):
    """Delivery that waits for an answer as long as a gate may hold it."""
    made = Rehearsal(ehr, catalog, tmp_path, limit=20)
    yield made
    made.engine.dispose()


@pytest.mark.case("answer-conflict-other")
def test_someone_else_was_faster(patient_rehearsal):
    """Changed between look and write: the EHR answers 412, the next look finds the change, a person is asked."""
    rehearsal = patient_rehearsal
    entry_id = rehearsal.settle(response()).id
    rehearsal.take(response(counts=(4, 2, 3)))
    kept = rehearsal.ehr.kept(f"Observation/{entry_id}")
    rehearsal.ehr.gate("look", "after", "GET")
    with rehearsal.attempting():
        rehearsal.ehr.wait_at("look")
        theirs = rehearsal.ehr.change(kept, note=[{"text": "Seen."}])
        rehearsal.ehr.open("look")
    assert (rehearsal.entry.state, rehearsal.entry.reason) == (State.DUE, "http-412")
    entry = rehearsal.finish()

    assert (entry.state, entry.reason) == (State.HELD, "changed-in-chart")
    assert rehearsal.ehr.kept(f"Observation/{entry_id}") == theirs


@pytest.mark.case("answer-conflict-other")
def test_someone_else_deleted_it_meanwhile(patient_rehearsal):
    """Deleted between look and write: never created again."""
    rehearsal = patient_rehearsal
    entry_id = rehearsal.settle(response()).id
    rehearsal.take(response(counts=(4, 2, 3)))
    rehearsal.ehr.gate("look", "after", "GET")
    with rehearsal.attempting():
        rehearsal.ehr.wait_at("look")
        rehearsal.ehr.delete(f"Observation/{entry_id}")
        rehearsal.ehr.open("look")
    entry = rehearsal.finish()

    assert (entry.state, entry.reason) == (State.HELD, "deleted-in-chart")
    assert rehearsal.ehr.get(f"Observation/{entry_id}") is None


@pytest.mark.case("answer-conflict-ours")
def test_our_own_late_write_is_met(patient_rehearsal):
    """Two workers write the same change, since a lease ran out: the EHR lets one pass, and nothing is repeated."""
    rehearsal = patient_rehearsal
    entry_id = rehearsal.settle(response()).id
    rehearsal.take(response(counts=(4, 2, 3)))
    rehearsal.ehr.gate("write", "before", "PUT")
    with rehearsal.attempting():
        rehearsal.ehr.wait_at("write")
        rehearsal.clock.moment += rehearsal.timing.lease
        with rehearsal.attempting():
            rehearsal.ehr.wait_at("write", 2)
            rehearsal.ehr.open("write")
    entry = rehearsal.finish()

    assert entry.state is State.SETTLED
    assert sorted(one["status"] for one in rehearsal.ehr.log() if one["method"] == "PUT") == [200, 412]
    assert (rehearsal.ehr.versions(entry_id), entry.etag) == (2, 'W/"2"')


@pytest.mark.parametrize("point", ["before", "after"])
def test_amended_while_the_first_is_sent(patient_rehearsal, point):
    """The first is written, then the second: at no time are two writes of one entry under way."""
    rehearsal = patient_rehearsal
    rehearsal.take(response())
    rehearsal.ehr.gate("write", point, "PUT")
    with rehearsal.attempting():
        rehearsal.ehr.wait_at("write")
        rehearsal.take(response(counts=(4, 2, 3)))
        assert not rehearsal.delivery.deliver_one("another")
        rehearsal.ehr.open("write")
    assert (rehearsal.entry.state, rehearsal.entry.reason) == (State.DUE, "changed-meanwhile")
    entry = rehearsal.finish()

    assert entry.state is State.SETTLED
    assert rehearsal.ehr.kept(f"Observation/{entry.id}")["status"] == "amended"
    assert (rehearsal.ehr.writes, rehearsal.ehr.versions(entry.id)) == (2, 2)


def test_withdrawn_before_the_first_is_sent(patient_rehearsal):
    """Between look and write: what must not stand any more is not written."""
    rehearsal = patient_rehearsal
    rehearsal.take(response())
    rehearsal.ehr.gate("look", "after", "GET")
    with rehearsal.attempting():
        rehearsal.ehr.wait_at("look")
        rehearsal.take_deletion("r1")
        rehearsal.ehr.open("look")
    assert rehearsal.entry.state is State.SETTLED or rehearsal.entry.reason == "changed-meanwhile"
    entry = rehearsal.finish()

    assert (entry.state, entry.stands) == (State.SETTLED, None)
    assert (rehearsal.ehr.writes, rehearsal.ehr.observations()) == (0, [])


def test_withdrawn_while_the_first_is_sent(patient_rehearsal):
    """Written, and withdrawn right after."""
    rehearsal = patient_rehearsal
    rehearsal.take(response())
    rehearsal.ehr.gate("write", "before", "PUT")
    with rehearsal.attempting():
        rehearsal.ehr.wait_at("write")
        rehearsal.take_deletion("r1")
        rehearsal.ehr.open("write")
    entry = rehearsal.finish()

    assert entry.state is State.SETTLED
    assert rehearsal.ehr.kept(f"Observation/{entry.id}")["status"] == "entered-in-error"
    assert rehearsal.ehr.writes == 2


def test_amended_while_what_was_sent_is_unknown(rehearsal):
    """Stored but unanswered, then amended: the look finds the first, and the second is its amendment."""
    rehearsal.take(response())
    rehearsal.ehr.fault("reset-after", method="PUT", type="Observation")
    assert rehearsal.attempt().state is State.UNKNOWN
    rehearsal.take(response(counts=(4, 2, 3)))
    assert rehearsal.entry.state is State.UNKNOWN
    entry = rehearsal.finish()

    assert entry.state is State.SETTLED
    assert rehearsal.ehr.kept(f"Observation/{entry.id}")["status"] == "amended"
    assert (rehearsal.ehr.writes, rehearsal.ehr.versions(entry.id)) == (2, 2)


@pytest.mark.parametrize(("fault", "versions"), [("reset", 1), ("reset-after", 2)])
def test_withdrawn_while_what_was_sent_is_unknown(rehearsal, fault, versions):
    """If it had arrived, it is withdrawn; if not, the withdrawal takes its place before it can."""
    rehearsal.take(response())
    rehearsal.ehr.fault(fault, method="PUT", type="Observation")
    rehearsal.attempt()
    rehearsal.take_deletion("r1")
    entry = rehearsal.finish()

    assert entry.state is State.SETTLED
    assert rehearsal.ehr.versions(entry.id) == versions
    assert [one["status"] for one in rehearsal.ehr.observations()] == ["entered-in-error"]


@pytest.mark.parametrize("status", [401, 403, 429, 503])
def test_withdrawn_after_the_ehr_declined(rehearsal, status):
    """It answered, so what was sent is not under way: nothing is ever written."""
    rehearsal.take(response())
    rehearsal.ehr.fault("status", method="PUT", type="Observation", status=status)
    rehearsal.attempt()
    rehearsal.take_deletion("r1")

    assert rehearsal.finish().state is State.SETTLED
    assert rehearsal.ehr.observations() == []


def test_a_lease_that_ran_out(patient_rehearsal):
    """Another worker takes over: it looks first, and the first worker's late word changes nothing."""
    rehearsal = patient_rehearsal
    rehearsal.take(response())
    rehearsal.ehr.gate("write", "after", "PUT")
    with rehearsal.attempting():
        rehearsal.ehr.wait_at("write")
        rehearsal.clock.moment += rehearsal.timing.lease
        entry = rehearsal.attempt()
        assert entry.state is State.SETTLED
        rehearsal.ehr.open("write")

    assert rehearsal.entry == entry
    assert (rehearsal.ehr.writes, rehearsal.ehr.versions(entry.id)) == (1, 1)
    assert ("sending", "unknown", "lease-ran-out") in rehearsal.history


def test_a_lease_outlasts_the_longest_attempt(rehearsal):
    """No attempt has more than five requests, each within its time limit."""
    rehearsal.take(response())
    rehearsal.ehr.fault("reset", method="PUT", type="Observation")
    rehearsal.attempt()  # unknown: the next look is by identifier, too
    rehearsal.ehr.forget()
    rehearsal.clock.moment = rehearsal.due_at
    rehearsal.attempt()

    assert len(rehearsal.ehr.log()) * rehearsal.timing.request < rehearsal.timing.lease


def test_the_subject_changes_while_the_first_is_sent(patient_rehearsal):
    """The first patient's result is withdrawn, the second's waits for a person."""
    rehearsal = patient_rehearsal
    rehearsal.take(response(patient="p1"))
    rehearsal.ehr.gate("write", "before", "PUT")
    with rehearsal.attempting():
        rehearsal.ehr.wait_at("write")
        rehearsal.take(response(patient="p2"))
        rehearsal.ehr.open("write")
    rehearsal.finish()

    assert [one["status"] for one in rehearsal.ehr.observations("p1")] == ["entered-in-error"]
    assert rehearsal.ehr.observations("p2") == []
    assert {(one.subject, one.state) for one in rehearsal.entries} == {
        ("Patient/p1", State.SETTLED),
        ("Patient/p2", State.HELD),
    }


def test_a_subject_that_comes_back_while_its_withdrawal_is_sent(patient_rehearsal):
    """It is held for a person once the withdrawal is over, and nothing of it is written."""
    rehearsal = patient_rehearsal
    rehearsal.settle(response(patient="p1"))
    rehearsal.take(response(patient="p2"))
    rehearsal.ehr.gate("write", "before", "PUT")
    with rehearsal.attempting():
        rehearsal.ehr.wait_at("write")
        rehearsal.take(response(patient="p1", counts=(4, 2, 3)))
        rehearsal.ehr.open("write")
    rehearsal.finish()

    assert [one["status"] for one in rehearsal.ehr.observations("p1")] == ["entered-in-error"]
    held = next(one for one in rehearsal.entries if one.subject == "Patient/p1")
    assert (held.state, held.reason) == (State.HELD, "subject-changed")


def test_a_subject_that_comes_back_before_its_withdrawal_is_sent(rehearsal):
    """A person is asked also where the chart needs no change; until then it says what it said."""
    rehearsal.take(response())
    rehearsal.finish()
    rehearsal.take(response(patient="p2"))
    rehearsal.take(response())
    states = {one.subject: one.state for one in rehearsal.entries}

    assert states == {"Patient/p1": State.HELD, "Patient/p2": State.SETTLED}
    assert rehearsal.due_at is None
    assert [kept["status"] for kept in rehearsal.ehr.observations()] == ["final"]


@pytest.mark.case("answer-nothing-to-look")
def test_unknown_where_the_ehr_shows_nothing(rehearsal):
    """What may have arrived can neither be read nor searched: a person looks, and says when it can be again."""
    rehearsal.take(response())
    rehearsal.ehr.fault("reset-after", method="PUT", type="Observation")
    rehearsal.attempt()
    rehearsal.ehr.fault("status", method="GET", type="metadata", **SHOWS_NOTHING)
    rehearsal.clock.moment += timedelta(seconds=FRESH)
    held = rehearsal.attempt()
    assert (held.state, held.reason) == (State.HELD, "no-way-to-look")

    assert rehearsal.decisions.retry(held.id, rehearsal.clock()) is Answer.DONE
    assert rehearsal.finish().state is State.SETTLED
    assert rehearsal.ehr.writes == 1


def test_due_where_the_ehr_shows_nothing(rehearsal):
    """Nothing was sent: it waits until the EHR lets itself be looked at."""
    rehearsal.take(response())
    rehearsal.ehr.fault("status", method="GET", type="metadata", **SHOWS_NOTHING)
    waiting = rehearsal.attempt()
    assert (waiting.state, waiting.reason) == (State.DUE, "no-way-to-look")
    assert rehearsal.finish().state is State.SETTLED
