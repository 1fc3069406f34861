"""What happens to a response in Medplum, as its chart shows it: one Observation, at an id of Medplum's own."""

import uuid

import pytest
import requests

from tests.deliver.answers import response
from tests.schema import faults


def stands(clinic, patient):
    """The one Observation of the patient, which is valid R4."""
    (observation,) = clinic.observations(patient)
    assert faults(observation) == []
    return observation


def nothing_is_read(observation):
    """A chart that ignores the status shows no value and no note."""
    return not {"valueCodeableConcept", "component", "note", "text"} & set(observation)


def test_completed(clinic, patient):
    """One Observation with score, source and note, under our identifier, at a UUID that Medplum chose."""
    filed = clinic.file(response(patient=patient, therapist="Dr Rivera"))
    observation = stands(clinic, patient)
    entry_id, state, _ = clinic.entry(patient)

    assert (observation["status"], state) == ("final", "settled")
    text = "Yes to 7 of 9 (no 1, open 1): yes to most – potential for a strong alliance"
    assert observation["valueCodeableConcept"]["text"] == text
    assert "Dr Rivera" in observation["note"][0]["text"]
    assert observation["derivedFrom"] == [{"reference": f"QuestionnaireResponse/{filed['id']}"}]
    assert observation["identifier"] == [{"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{entry_id}"}]
    assert uuid.UUID(observation["id"]) != uuid.UUID(entry_id)
    assert uuid.UUID(observation["meta"]["versionId"])


def test_amended(clinic, patient):
    """The same Observation in a new version."""
    filed = clinic.file(response(patient=patient))
    first = stands(clinic, patient)
    clinic.change(filed, **_answers((4, 2, 3)), status="amended")
    second = stands(clinic, patient)

    assert clinic.rows(patient) == [("amended", "Yes to 4 of 9")]
    assert second["id"] == first["id"]
    assert second["meta"]["versionId"] != first["meta"]["versionId"]


def test_the_same_again(clinic, patient):
    """Another version that says the same writes nothing."""
    filed = clinic.file(response(patient=patient))
    first = stands(clinic, patient)
    clinic.change(filed, status="amended")

    assert stands(clinic, patient)["meta"] == first["meta"]


@pytest.mark.parametrize("status", ["in-progress", "stopped"])
def test_not_finished(clinic, patient, status):
    """Nothing stands for a response that is not finished; finished, it does."""
    filed = clinic.file(response(patient=patient, status=status))
    assert clinic.observations(patient) == []
    clinic.change(filed, status="completed")

    assert clinic.rows(patient) == [("final", "Yes to 7 of 9")]


@pytest.mark.parametrize("end", ["entered-in-error", "deleted"])
def test_withdrawn_and_brought_back(clinic, patient, end):
    """Withdrawn with the response, and brought back by a newer version, in the same Observation."""
    filed = clinic.file(response(patient=patient))
    first = stands(clinic, patient)
    clinic.delete(filed) if end == "deleted" else clinic.change(filed, status=end)
    withdrawn = stands(clinic, patient)
    assert withdrawn["status"] == "entered-in-error"
    assert withdrawn["dataAbsentReason"]["coding"][0]["code"] == "error"
    assert nothing_is_read(withdrawn)
    clinic.change(filed, **_answers((4, 2, 3)))

    assert clinic.rows(patient) == [("amended", "Yes to 4 of 9")]
    assert stands(clinic, patient)["id"] == first["id"]


def test_sharing_taken_back(clinic, patient):
    """Withdrawn as masked; shared again, it stands again."""
    filed = clinic.file(response(patient=patient))
    clinic.change(filed, **_answers((7, 1, 1), sharing="none"))
    withdrawn = stands(clinic, patient)
    assert withdrawn["dataAbsentReason"]["coding"][0]["code"] == "masked"
    assert nothing_is_read(withdrawn)
    clinic.change(filed, **_answers((7, 1, 1), sharing="summary"))

    assert clinic.rows(patient) == [("amended", "Yes to 7 of 9")]


def test_never_shared(clinic, patient):
    """With sharing `none` from the start nothing is ever written."""
    clinic.delete(clinic.file(response(patient=patient, sharing="none")))

    assert clinic.observations(patient) == []


def test_by_our_own_door(clinic, patient):
    """A response that Medplum never had, from its first version to its deletion and back: one Observation."""
    where = f"{clinic.service.url}/fhir/QuestionnaireResponse/{patient}"
    seen = []
    for counts, status in (
        ((7, 1, 1), "completed"),
        ((4, 2, 3), "amended"),
        (None, None),
        ((4, 2, 3), "completed"),
    ):
        told = response(patient, counts, patient=patient, status=status) if counts else None
        answer = requests.put(where, json=told, timeout=20) if told else requests.delete(where, timeout=20)
        assert answer.ok, answer.text
        clinic.at_rest()
        seen += clinic.rows(patient)

    last = ("amended", "Yes to 4 of 9")
    assert seen == [("final", "Yes to 7 of 9"), last, ("entered-in-error", ""), last]
    assert "reference" not in stands(clinic, patient)["derivedFrom"][0]


def _answers(counts, **named):
    """The items of another response."""
    return {"item": response(counts=counts, **named)["item"]}
