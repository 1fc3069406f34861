"""A withdrawal waits for nobody but who changed the chart; a result of another patient waits for a person."""

import pytest

from fhir_alliance.ledger.decisions import Answer
from fhir_alliance.ledger.tables import State
from tests.deliver.answers import response
from tests.deliver.rehearsal import Rehearsal

P1, P2 = "Patient/p1", "Patient/p2"
MOVED = (State.HELD, "subject-changed")
SETTLED = (State.SETTLED, None)


@pytest.fixture
def patient_rehearsal(ehr, catalog, tmp_path):
    """Delivery that waits for an answer as long as a gate may hold it."""
    made = Rehearsal(ehr, catalog, tmp_path, limit=20)
    yield made
    made.engine.dispose()


def states(rehearsal):
    """Subject → the entry's state, and why."""
    return {one.subject: (one.state, one.reason) for one in rehearsal.entries}


def statuses(rehearsal, patient="p1"):
    """Of the Observations in a patient's chart."""
    return [one["status"] for one in rehearsal.ehr.observations(patient)]


def release(rehearsal, subject):
    """A person lets the entry of that subject go on."""
    found = next(one for one in rehearsal.entries if one.subject == subject)
    assert rehearsal.decisions.release(found.id, rehearsal.clock()) is Answer.DONE


def moves(rehearsal, *patients, **named):
    """The response names one patient after the other, and nothing is delivered in between."""
    for patient in patients:
        rehearsal.take(response(patient=patient, **named))


def refused_amendment(rehearsal):
    """A result stands, and the EHR refuses the next one."""
    rehearsal.settle(response())
    rehearsal.take(response(counts=(4, 2, 3)))
    rehearsal.ehr.fault("status", method="PUT", type="Observation", status=422)
    assert rehearsal.attempt().state is State.HELD


WITHDRAWALS = {
    "deleted": lambda rehearsal: rehearsal.take_deletion("r1"),
    "sharing none": lambda rehearsal: rehearsal.take(response(sharing="none")),
    "entered in error": lambda rehearsal: rehearsal.take(response(status="entered-in-error")),
    "blank": lambda rehearsal: rehearsal.take(response(counts=(0, 0, 0))),
}


@pytest.mark.parametrize("how", WITHDRAWALS)
def test_it_goes_out_though_the_last_result_was_refused(rehearsal, how):
    """What the EHR did not take is held; what stands must not go on standing because of it."""
    refused_amendment(rehearsal)
    WITHDRAWALS[how](rehearsal)
    assert rehearsal.entry.state is State.DUE
    rehearsal.finish()

    assert (states(rehearsal), statuses(rehearsal)) == ({P1: SETTLED}, ["entered-in-error"])


def test_a_withdrawal_that_is_refused_is_held(rehearsal):
    """It is no exception: a person is told, and it is not tried for ever."""
    refused_amendment(rehearsal)
    rehearsal.take_deletion("r1")
    rehearsal.ehr.fault("status", method="PUT", type="Observation", status=422)
    entry = rehearsal.finish()

    assert entry.state is State.HELD
    assert entry.reason.startswith("http-422")


@pytest.mark.parametrize("how", WITHDRAWALS)
def test_it_goes_out_though_it_came_while_a_refused_result_was_sent(patient_rehearsal, how):
    """The same where the refusal comes after the withdrawal."""
    rehearsal = patient_rehearsal
    rehearsal.settle(response())
    rehearsal.take(response(counts=(4, 2, 3)))
    rehearsal.ehr.gate("write", "before", "PUT")
    rehearsal.ehr.fault("status", method="PUT", type="Observation", status=422)
    with rehearsal.attempting():
        rehearsal.ehr.wait_at("write")
        WITHDRAWALS[how](rehearsal)
        rehearsal.ehr.open("write")
    rehearsal.finish()

    assert (states(rehearsal), statuses(rehearsal)) == ({P1: SETTLED}, ["entered-in-error"])


def test_nothing_is_withdrawn_that_never_stood(patient_rehearsal):
    """The first result is refused while its withdrawal comes in: no person is asked about nothing."""
    rehearsal = patient_rehearsal
    rehearsal.take(response())
    rehearsal.ehr.gate("look", "after", "GET")
    rehearsal.ehr.fault("status", method="PUT", type="Observation", status=422)
    with rehearsal.attempting():
        rehearsal.ehr.wait_at("look")
        rehearsal.take_deletion("r1")
        rehearsal.ehr.open("look")
    rehearsal.finish()

    assert (rehearsal.entry.state, rehearsal.ehr.observations()) == (State.SETTLED, [])


def test_back_and_forth_before_anything_is_delivered(rehearsal):
    """Whatever came in between, nothing of the first patient stays final, and the second's waits for a person."""
    rehearsal.settle(response(patient="p1"))
    moves(rehearsal, "p2", "p1", "p2")
    rehearsal.finish()

    assert states(rehearsal) == {P1: SETTLED, P2: MOVED}
    assert (statuses(rehearsal, "p1"), statuses(rehearsal, "p2")) == (["entered-in-error"], [])


@pytest.mark.case("look-changed")
@pytest.mark.case("look-deleted")
@pytest.mark.parametrize("how", WITHDRAWALS)
@pytest.mark.parametrize("reason", ["changed-in-chart", "deleted-in-chart"])
def test_it_does_not_pass_a_person_in_the_chart(rehearsal, how, reason):
    """Held because of what someone did there: the withdrawal waits with it, and nothing is even asked."""
    entry_id = rehearsal.settle(response()).id
    if reason == "changed-in-chart":
        rehearsal.ehr.change(rehearsal.ehr.kept(f"Observation/{entry_id}"), note=[{"text": "Seen."}])
    else:
        rehearsal.ehr.delete(f"Observation/{entry_id}")
    rehearsal.take(response(counts=(4, 2, 3)))
    rehearsal.finish()
    rehearsal.ehr.forget()
    WITHDRAWALS[how](rehearsal)
    rehearsal.finish()

    assert states(rehearsal) == {P1: (State.HELD, reason)}
    assert rehearsal.ehr.log() == []


@pytest.mark.parametrize("how", ["deleted", "sharing none", "entered in error"])
def test_a_withdrawal_is_no_release(rehearsal, how):
    """A result for a patient whom nobody released is held again after it; once released, it and the next go on."""
    rehearsal.settle(response(patient="p1"))
    moves(rehearsal, "p2")
    WITHDRAWALS[how](rehearsal) if how != "sharing none" else moves(rehearsal, "p2", sharing="none")
    rehearsal.finish()
    assert (statuses(rehearsal, "p1"), statuses(rehearsal, "p2")) == (["entered-in-error"], [])

    moves(rehearsal, "p2", counts=(4, 2, 3))
    rehearsal.finish()
    assert (states(rehearsal)[P2], statuses(rehearsal, "p2")) == (MOVED, [])

    release(rehearsal, P2)
    rehearsal.finish()
    moves(rehearsal, "p2", counts=(3, 3, 3))
    rehearsal.finish()
    assert (states(rehearsal)[P2], statuses(rehearsal, "p2")) == (SETTLED, ["amended"])


def test_held_though_the_worker_died_in_the_withdrawal(rehearsal):
    """The first patient comes back while the withdrawal is sent, and its worker never returns: held."""
    rehearsal.settle(response(patient="p1"))
    moves(rehearsal, "p2")
    claimed = rehearsal.ledger.claim(rehearsal.clock(), "of the dead", rehearsal.timing.lease)
    assert claimed.subject == P1
    moves(rehearsal, "p1", counts=(4, 2, 3))
    rehearsal.clock.moment += rehearsal.timing.lease
    rehearsal.delivery.deliver_one("of another")

    assert (states(rehearsal)[P1], rehearsal.due_at) == (MOVED, None)
    assert rehearsal.ehr.writes == 0
    assert not rehearsal.delivery.deliver_one("of a third")


def test_the_next_one_is_attempted_though_one_was_held(rehearsal):
    """A lease that ends in a hold is no reason to leave alone what else is due."""
    rehearsal.settle(response(patient="p1"))
    moves(rehearsal, "p2")
    rehearsal.ledger.claim(rehearsal.clock(), "of the dead", rehearsal.timing.lease)
    moves(rehearsal, "p1", counts=(4, 2, 3))
    rehearsal.clock.moment += rehearsal.timing.lease
    rehearsal.take(response("r2", patient="p3"))
    assert [rehearsal.delivery.deliver_one(lease) for lease in ("another", "a third")] == [True, False]
    rehearsal.finish()

    assert (states(rehearsal)[P1], states(rehearsal)["Patient/p3"]) == (MOVED, SETTLED)
