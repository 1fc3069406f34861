"""What others do to an Observation in Medplum is never written over; what they deleted stays away by itself."""

import pytest

from tests.deliver.answers import response

AMENDED = {"item": response(counts=(4, 2, 3))["item"]}


@pytest.fixture
def filed(clinic, patient):
    """A response whose result stands."""
    return clinic.file(response(patient=patient))


@pytest.mark.parametrize("change", [{**AMENDED, "status": "amended"}, {"status": "entered-in-error"}])
def test_deleted_by_someone(clinic, patient, filed, change):
    """Held; nothing is created anew, whatever becomes of the response."""
    clinic.delete(clinic.observations(patient)[0])
    clinic.change(filed, **change)

    assert clinic.observations(patient) == []
    assert clinic.entry(patient)[1:] == ("held", "deleted-in-chart")


def test_released_after_a_deletion(clinic, patient, filed):
    """A person lets it go on: one Observation again, at another id."""
    (first,) = clinic.observations(patient)
    clinic.delete(first)
    clinic.change(filed, **AMENDED)
    clinic.release(patient)

    assert clinic.rows(patient) == [("amended", "Yes to 4 of 9")]
    assert clinic.observations(patient)[0]["id"] != first["id"]


@pytest.mark.parametrize("change", [{**AMENDED, "status": "amended"}, {"status": "entered-in-error"}])
def test_changed_by_someone(clinic, patient, filed, change):
    """Held; their version stays."""
    (ours,) = clinic.observations(patient)
    theirs = clinic.change(ours, note=[{"text": "Seen"}])
    clinic.change(filed, **change)

    assert clinic.observations(patient) == [theirs]
    assert clinic.entry(patient)[1:] == ("held", "changed-in-chart")


def test_released_after_a_change(clinic, patient, filed):
    """A person lets it go on: ours is written over theirs, in the same Observation."""
    (ours,) = clinic.observations(patient)
    clinic.change(ours, note=[{"text": "Seen"}])
    clinic.change(filed, **AMENDED)
    clinic.release(patient)

    assert clinic.rows(patient) == [("amended", "Yes to 4 of 9")]
    assert clinic.observations(patient)[0]["id"] == ours["id"]
