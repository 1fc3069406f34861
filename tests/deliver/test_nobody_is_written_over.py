"""What a person did in the chart outlives every fault of ours: an unanswered write, a late one, a release."""

import pytest

from fhir_alliance.errors import Conflict
from fhir_alliance.ledger.decisions import Answer
from fhir_alliance.ledger.tables import State
from tests.deliver.answers import response
from tests.deliver.rehearsal import Rehearsal

CHANGED = (State.HELD, "changed-in-chart")
#: what a clinician may do to our Observation
EDITS = {
    "value": {"valueCodeableConcept": {"text": "Ask her again"}},
    "note": {"note": [{"text": "Spoke with the client."}]},
    "status": {"status": "cancelled"},
}


@pytest.fixture
def patient_rehearsal(ehr, catalog, tmp_path):
    """Delivery that waits for an answer as long as a gate may hold it."""
    made = Rehearsal(ehr, catalog, tmp_path, limit=20)
    yield made
    made.engine.dispose()


def kept(rehearsal):
    """Our Observation, as the EHR has it."""
    return rehearsal.ehr.kept(f"Observation/{rehearsal.entry.id}")


def edited(rehearsal, **elements):
    """A clinician changes our Observation; counting begins anew."""
    theirs = rehearsal.ehr.change(kept(rehearsal), **elements)
    rehearsal.ehr.forget()
    return theirs


def unanswered(rehearsal, **named):
    """A version is written, and its answer lost."""
    rehearsal.take(response(**named))
    rehearsal.ehr.fault("reset-after", method="PUT", type="Observation")
    assert rehearsal.attempt().state is State.UNKNOWN


def refused(rehearsal, reason, **order):
    """The next version is written, and ends in a hold for that reason."""
    rehearsal.settle(response())
    rehearsal.take(response(counts=(4, 2, 3)))
    rehearsal.ehr.fault(method="PUT", type="Observation", **order)
    entry = rehearsal.attempt()
    assert (entry.state, entry.reason.split(" ")[0]) == (State.HELD, reason)


def released(rehearsal):
    """A person lets the entry go on; where it comes to rest, and the writes until then."""
    rehearsal.ehr.forget()
    assert rehearsal.decisions.release(rehearsal.entry.id, rehearsal.clock()) is Answer.DONE
    entry = rehearsal.finish()
    return entry.state, entry.reason, rehearsal.ehr.writes


def at_rest(rehearsal):
    """State and reason once nothing is due any more."""
    entry = rehearsal.finish()
    return entry.state, entry.reason


@pytest.mark.case("look-changed")
@pytest.mark.parametrize("edit", EDITS)
def test_an_unanswered_first_write_is_not_adopted_once_changed(rehearsal, edit):
    """We know what we sent, and that is not what stands there: held, also where the ledger knows of nothing."""
    unanswered(rehearsal)
    theirs = edited(rehearsal, **EDITS[edit])

    assert at_rest(rehearsal) == CHANGED
    assert (rehearsal.ehr.writes, kept(rehearsal)) == (0, theirs)


@pytest.mark.case("look-changed")
@pytest.mark.parametrize("edit", EDITS)
def test_an_unanswered_amendment_is_not_taken_for_settled_once_changed(rehearsal, edit):
    """Value and status may be ours and the note theirs: that is a change, and it is held."""
    rehearsal.settle(response())
    unanswered(rehearsal, counts=(4, 2, 3))
    theirs = edited(rehearsal, **EDITS[edit])

    assert at_rest(rehearsal) == CHANGED
    assert (rehearsal.ehr.writes, kept(rehearsal)) == (0, theirs)


@pytest.mark.case("look-changed")
@pytest.mark.parametrize("stood_before", [False, True])
def test_a_note_beside_ours_outlives_an_unanswered_write(rehearsal, stood_before):
    """A clinician who adds a note leaves all of ours in place: held all the same, now and at the next version."""
    if stood_before:
        rehearsal.settle(response())
    unanswered(rehearsal, counts=(4, 2, 3))
    theirs = edited(rehearsal, note=[*kept(rehearsal)["note"], {"text": "Spoke with the client."}])
    states = [at_rest(rehearsal)]
    rehearsal.take(response(counts=(3, 3, 3)))
    states.append(at_rest(rehearsal))

    assert kept(rehearsal) == theirs
    assert states == [CHANGED, CHANGED]


@pytest.mark.case("look-changed")
@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_before_the_read_back(patient_rehearsal, edit):
    """Changed after our write and before we look at it: never taken for ours, at this version or the next."""
    rehearsal = patient_rehearsal
    rehearsal.take(response())
    rehearsal.ehr.gate("answer", "after", "PUT")
    with rehearsal.attempting():
        rehearsal.ehr.wait_at("answer")
        changed = {**kept(rehearsal), **EDITS[edit]}
        rehearsal.ehr.gate("read", "before", "GET")
        rehearsal.ehr.open("answer")
        rehearsal.ehr.wait_at("read")
        theirs = rehearsal.ehr.put(changed)
        rehearsal.ehr.open("read")
    states = [at_rest(rehearsal)]
    rehearsal.take(response(counts=(4, 2, 3)))
    states.append(at_rest(rehearsal))

    assert states == [CHANGED, CHANGED]
    assert kept(rehearsal) == theirs


@pytest.mark.case("look-changed")
def test_a_release_after_a_refusal_looks_first(rehearsal):
    """Who releases what the EHR refused has not seen the chart: a change made meanwhile is held, and stays."""
    refused(rehearsal, "http-422", kind="status", status=422)
    theirs = edited(rehearsal, note=[{"text": "Spoke with the client."}])

    assert released(rehearsal) == (*CHANGED, 0)
    assert kept(rehearsal) == theirs


@pytest.mark.case("answer-4xx")
def test_a_release_after_a_refusal_writes_what_was_refused(rehearsal):
    """Where nobody changed anything the version goes out, once."""
    refused(rehearsal, "http-422", kind="status", status=422)

    assert released(rehearsal) == (State.SETTLED, None, 1)
    assert kept(rehearsal)["valueCodeableConcept"]["text"].startswith("Yes to 4 of 9")


@pytest.mark.case("look-changed")
def test_a_release_of_a_change_is_for_that_change_alone(rehearsal):
    """It writes over what the person saw, once; the next change is held again."""
    rehearsal.settle(response())
    edited(rehearsal, note=[{"text": "Spoke with the client."}])
    rehearsal.take(response(counts=(4, 2, 3)))
    assert at_rest(rehearsal) == CHANGED
    assert released(rehearsal) == (State.SETTLED, None, 1)
    assert kept(rehearsal)["valueCodeableConcept"]["text"].startswith("Yes to 4 of 9")

    theirs = edited(rehearsal, note=[{"text": "And once more."}])
    rehearsal.take(response(counts=(3, 3, 3)))
    assert at_rest(rehearsal) == CHANGED
    assert (rehearsal.ehr.writes, kept(rehearsal)) == (0, theirs)


@pytest.mark.case("look-changed")
@pytest.mark.parametrize("edit", [{"note": [{"text": "And once more."}]}, None], ids=["changed", "deleted"])
def test_a_release_outlives_no_write_though_its_worker_dies(rehearsal, monkeypatch, edit):
    """The release is carried out, and nothing records that: what a person does then is held."""
    rehearsal.settle(response())
    edited(rehearsal, note=[{"text": "Spoke with the client."}])
    rehearsal.take(response(counts=(4, 2, 3)))
    assert at_rest(rehearsal) == CHANGED
    rehearsal.decisions.release(rehearsal.entry.id, rehearsal.clock())
    with monkeypatch.context() as dying:
        dying.setattr(rehearsal.ledger, "settle", lambda *_: None)
        rehearsal.attempt()
    assert kept(rehearsal)["valueCodeableConcept"]["text"].startswith("Yes to 4 of 9")

    theirs = edited(rehearsal, **edit) if edit else rehearsal.ehr.delete(f"Observation/{rehearsal.entry.id}")
    rehearsal.ehr.forget()
    assert at_rest(rehearsal) == (CHANGED if edit else (State.HELD, "deleted-in-chart"))
    assert rehearsal.ehr.writes == 0
    assert edit is None or kept(rehearsal) == theirs


@pytest.mark.case("answer-misread")
@pytest.mark.parametrize("mended", [True, False])
def test_a_release_of_what_was_not_kept_writes_once(rehearsal, mended):
    """It is written again; where the EHR again makes something else of it, it is held again."""
    refused(rehearsal, "not-kept:", kind="drop", elements=["valueCodeableConcept"])
    if not mended:
        order = {"kind": "drop", "elements": ["valueCodeableConcept", "note"]}
        rehearsal.ehr.fault(method="PUT", type="Observation", **order)

    expected = (State.SETTLED, None, 1) if mended else (State.HELD, "not-kept: value", 1)
    assert released(rehearsal) == expected


def test_a_create_that_is_carried_out_late(rehearsal):
    """Our first write arrives when a newer one stands: an EHR that heeds If-None-Match lets it fall."""
    rehearsal.take(response())
    rehearsal.ehr.fault("reset", method="PUT", type="Observation")
    entry = rehearsal.attempt()
    late = rehearsal.recognition.render(entry, entry.sent[0].standing)
    rehearsal.take(response(counts=(4, 2, 3)))
    rehearsal.finish()
    before = kept(rehearsal)

    with pytest.raises(Conflict):
        rehearsal.chart.write(late, None)
    assert kept(rehearsal) == before
