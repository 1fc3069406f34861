"""The example Observations as what the EHR has where ours should be: held for a person, never written over."""

import pytest

from fhir_alliance.fhir.systems import URI
from fhir_alliance.ledger.tables import State
from tests.deliver.answers import response
from tests.deliver.rehearsal import Rehearsal
from tests.peers.examples.examples import Resource, example, names

HELD = (State.HELD, "changed-in-chart")
every_observation = pytest.mark.parametrize("name", names("Observation"))


def outcome(rehearsal: Rehearsal) -> tuple[object, ...]:
    """State and reason at rest, and how often we wrote since counting began."""
    entry = rehearsal.finish()
    return (entry.state, entry.reason), rehearsal.ehr.writes


def theirs(rehearsal: Rehearsal, name: str, observation_id: str | None = None) -> Resource:
    """The EHR keeps the example, at our Observation's id or at its own, with our identifier; counting begins."""
    ours = {"system": URI, "value": f"urn:uuid:{rehearsal.entry.id}"}
    made = example(name)
    identifiers = [*made.get("identifier", ()), ours] if observation_id is None else made.get("identifier")
    changed = {"id": observation_id or made["id"], **({"identifier": identifiers} if identifiers else {})}
    kept = rehearsal.ehr.change(made, **changed)
    rehearsal.ehr.forget()
    return kept


def held(rehearsal: Rehearsal, kept: Resource) -> None:
    """A person must look; the example stands as it stood, also at the next version of the response."""
    reference = f"Observation/{kept['id']}"
    assert (outcome(rehearsal), rehearsal.ehr.kept(reference)) == ((HELD, 0), kept)
    rehearsal.take(response(counts=(3, 3, 3)))
    assert (outcome(rehearsal), rehearsal.ehr.kept(reference)) == ((HELD, 0), kept)


@pytest.mark.case("look-changed")
@every_observation
def test_it_stands_at_our_id(rehearsal: Rehearsal, name: str) -> None:
    """Before our first write."""
    rehearsal.take(response())
    held(rehearsal, theirs(rehearsal, name, rehearsal.entry.id))


@pytest.mark.case("look-changed")
@every_observation
def test_it_has_our_identifier(rehearsal: Rehearsal, name: str) -> None:
    """Found by the search that follows a write without an answer."""
    rehearsal.take(response())
    rehearsal.ehr.fault("reset", method="PUT", type="Observation")
    assert rehearsal.attempt().state is State.UNKNOWN
    held(rehearsal, theirs(rehearsal, name))


@pytest.mark.case("look-changed")
@every_observation
def test_it_was_put_in_the_place_of_ours(rehearsal: Rehearsal, name: str) -> None:
    """After our first write; the next version of the response does not go over it."""
    rehearsal.settle(response())
    kept = theirs(rehearsal, name, rehearsal.entry.id)
    rehearsal.take(response(counts=(4, 2, 3)))
    held(rehearsal, kept)
