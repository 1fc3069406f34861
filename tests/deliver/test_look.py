"""What is found before a write decides: create, change, adopt, or ask a person."""

import pytest

from fhir_alliance.ledger.decisions import Answer
from fhir_alliance.ledger.schema import migrate
from fhir_alliance.ledger.tables import State, metadata
from tests.deliver.answers import response
from tests.deliver.rehearsal import Rehearsal


def value(observation):
    """The beginning of the text that a clinician reads."""
    return observation["valueCodeableConcept"]["text"][:13]


def forgotten(rehearsal):
    """The ledger is lost, and its tables are empty again."""
    with rehearsal.engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
    migrate(rehearsal.database)


@pytest.mark.case("look-absent")
def test_absent_and_never_written(rehearsal):
    """A look, one create without If-Match, one read-back; the history tells it."""
    rehearsal.take(response())
    entry = rehearsal.finish()
    kept = rehearsal.ehr.kept(f"Observation/{entry.id}")

    assert [(one["method"], one["status"]) for one in rehearsal.ehr.log()[:4]] == [
        ("GET", 200),  # /metadata
        ("GET", 404),
        ("PUT", 201),
        ("GET", 200),
    ]
    assert (kept["status"], value(kept), kept["meta"]["versionId"]) == ("final", "Yes to 7 of 9", "1")
    assert (entry.state, entry.ehr_id, entry.etag, entry.attempts) == (State.SETTLED, entry.id, 'W/"1"', 0)
    assert rehearsal.history == [("new", "due", None), ("due", "sending", None), ("sending", "settled", None)]


@pytest.mark.case("look-ours")
def test_as_we_left_it(rehearsal):
    """One update of the version that was seen; the status becomes amended."""
    rehearsal.settle(response())
    rehearsal.take(response(counts=(4, 2, 3)))
    entry = rehearsal.finish()
    kept = rehearsal.ehr.kept(f"Observation/{entry.id}")

    assert (kept["status"], value(kept), kept["meta"]["versionId"]) == ("amended", "Yes to 4 of 9", "2")
    assert (rehearsal.ehr.writes, entry.etag) == (1, 'W/"2"')


@pytest.mark.case("look-ours")
def test_nothing_new_writes_nothing(rehearsal):
    """The same answers in a new version: the chart keeps its one version."""
    entry = rehearsal.settle(response(last_updated="2026-11-12T10:00:00Z"))
    rehearsal.take(response(last_updated="2026-11-12T11:00:00Z", status="amended"))

    assert rehearsal.entry.state is State.SETTLED
    assert rehearsal.ehr.versions(entry.id) == 1
    assert rehearsal.ehr.writes == 0


@pytest.mark.case("look-adopt")
def test_a_lost_ledger_finds_the_same(rehearsal):
    """The response comes again, the chart says the same: settled without a write."""
    rehearsal.settle(response())
    forgotten(rehearsal)
    rehearsal.take(response())
    entry = rehearsal.finish()

    assert (entry.state, entry.etag, rehearsal.ehr.writes) == (State.SETTLED, 'W/"1"', 0)


@pytest.mark.case("look-adopt")
def test_a_lost_ledger_finds_another_result(rehearsal):
    """Our identifier and device: taken over, and changed as an amendment."""
    rehearsal.settle(response())
    forgotten(rehearsal)
    rehearsal.take(response(counts=(4, 2, 3)))
    entry = rehearsal.finish()
    kept = rehearsal.ehr.kept(f"Observation/{entry.id}")

    assert (kept["status"], value(kept), kept["meta"]["versionId"]) == ("amended", "Yes to 4 of 9", "2")
    assert (entry.state, rehearsal.ehr.writes) == (State.SETTLED, 1)


@pytest.mark.case("look-adopt")
@pytest.mark.parametrize("element", ["identifier", "device"])
def test_not_ours_is_not_adopted(rehearsal, element):
    """Under our id, but without our identifier or device: held, and left as it is."""
    entry_id = rehearsal.settle(response()).id
    kept = rehearsal.ehr.kept(f"Observation/{entry_id}")
    rehearsal.ehr.put({name: part for name, part in kept.items() if name != element})
    rehearsal.ehr.forget()
    forgotten(rehearsal)
    rehearsal.take(response(counts=(4, 2, 3)))
    entry = rehearsal.finish()

    assert (entry.state, entry.reason, rehearsal.ehr.writes) == (State.HELD, "changed-in-chart", 0)


@pytest.mark.case("look-changed")
def test_changed_by_someone_else(rehearsal):
    """A clinician's change is never written over: held, and it stands until a person releases ours."""
    entry_id = rehearsal.settle(response()).id
    theirs = rehearsal.ehr.change(rehearsal.ehr.kept(f"Observation/{entry_id}"), note=[{"text": "Seen."}])
    rehearsal.ehr.forget()
    rehearsal.take(response(counts=(4, 2, 3)))
    entry = rehearsal.finish()

    assert (entry.state, entry.reason) == (State.HELD, "changed-in-chart")
    assert rehearsal.ehr.writes == 0
    assert rehearsal.ehr.kept(f"Observation/{entry_id}") == theirs
    assert rehearsal.decisions.release(entry_id, rehearsal.clock()) is Answer.DONE
    assert rehearsal.finish().state is State.SETTLED
    kept = rehearsal.ehr.kept(f"Observation/{entry_id}")
    assert (kept["status"], value(kept), kept["meta"]["versionId"]) == ("amended", "Yes to 4 of 9", "3")


@pytest.mark.case("look-changed")
def test_a_withdrawal_does_not_write_over_a_change(rehearsal):
    """Also what should be withdrawn is held where someone else changed it."""
    entry_id = rehearsal.settle(response()).id
    rehearsal.ehr.change(rehearsal.ehr.kept(f"Observation/{entry_id}"), note=[{"text": "Seen."}])
    rehearsal.ehr.forget()
    rehearsal.take_deletion("r1")
    entry = rehearsal.finish()

    assert (entry.state, entry.reason, rehearsal.ehr.writes) == (State.HELD, "changed-in-chart", 0)


@pytest.mark.case("look-deleted")
@pytest.mark.parametrize("next_one", ["changed", "deleted"])
def test_deleted_in_the_chart(rehearsal, next_one):
    """What someone deleted is not created again, nor touched by a withdrawal: held."""
    entry_id = rehearsal.settle(response()).id
    rehearsal.ehr.delete(f"Observation/{entry_id}")
    rehearsal.take(response(counts=(4, 2, 3))) if next_one == "changed" else rehearsal.take_deletion("r1")
    entry = rehearsal.finish()

    assert (entry.state, entry.reason, rehearsal.ehr.writes) == (State.HELD, "deleted-in-chart", 0)
    assert rehearsal.ehr.get(f"Observation/{entry_id}") is None


@pytest.mark.case("look-deleted")
def test_released_after_a_deletion(rehearsal):
    """Where a person says so it is created again, as an amendment."""
    entry_id = rehearsal.settle(response()).id
    rehearsal.ehr.delete(f"Observation/{entry_id}")
    rehearsal.take(response(counts=(4, 2, 3)))
    rehearsal.finish()
    rehearsal.decisions.release(entry_id, rehearsal.clock())
    entry = rehearsal.finish()

    assert (entry.state, rehearsal.ehr.writes) == (State.SETTLED, 1)
    assert rehearsal.ehr.kept(f"Observation/{entry_id}")["status"] == "amended"


@pytest.mark.case("look-deleted")
def test_deleted_before_our_first_write(rehearsal):
    """An id that was used and deleted, though never by this ledger: held."""
    entry_id = rehearsal.settle(response()).id
    rehearsal.ehr.delete(f"Observation/{entry_id}")
    forgotten(rehearsal)
    rehearsal.take(response())
    entry = rehearsal.finish()

    assert (entry.state, entry.reason, rehearsal.ehr.writes) == (State.HELD, "deleted-in-chart", 0)


def test_withdrawn_before_anything_was_written(rehearsal):
    """Nothing ever stands: no request for it, and no Observation."""
    rehearsal.take(response())
    rehearsal.take_deletion("r1")

    assert rehearsal.entry.state is State.SETTLED
    assert rehearsal.ehr.log() == []


def test_two_ledgers_of_one_clinic_find_one_another(rehearsal, ehr, catalog, tmp_path):
    """A second installation with the clinic's name computes the same id: one Observation, not two."""
    rehearsal.settle(response())
    (tmp_path / "second").mkdir()
    second = Rehearsal(ehr, catalog, tmp_path / "second")
    second.take(response())

    assert second.finish().state is State.SETTLED
    assert len(ehr.observations()) == 1
    second.engine.dispose()
