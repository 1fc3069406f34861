"""What happens to a response, as the EHR's chart shows it; in both dialects of events that carry the resource."""

import pytest

from tests.deliver.answers import response

T1, T2, T3 = (f"2026-11-12T1{hour}:00:00Z" for hour in range(3))


@pytest.fixture(scope="module", params=["put", "post"])
def clinic(request, open_clinic):
    """One clinic for all these tests; each has a patient of its own."""
    return open_clinic(request.param)


@pytest.fixture
def patient(request):
    """The test's own patient; its responses begin with that id, too."""
    return request.node.name.split("[")[0].removeprefix("test_").replace("_", "-")[:40]


def shown(clinic, patient):
    """Status and beginning of the value of each row in the patient's chart."""
    return [(row["status"], row["value"][:13]) for row in clinic.ehr.chart(patient)]


def stands(clinic, patient):
    """The one Observation of the patient."""
    (observation,) = clinic.ehr.observations(patient)
    return observation


def nothing_is_read(clinic, patient):
    """A chart that ignores the status shows no value and no note."""
    (row,) = clinic.ehr.chart(patient)
    observation = stands(clinic, patient)
    texts = {"valueCodeableConcept", "component", "note", "text"}
    return (row["value"], row["note"]) == ("", "") and not texts & set(observation)


def test_completed(clinic, patient):
    """One Observation: final, with score, encounter, source and note."""
    clinic.file(response(patient, patient=patient, encounter="Encounter/e1", therapist="Dr Rivera"))
    observation = stands(clinic, patient)
    (row,) = clinic.ehr.chart(patient)

    assert (row["status"], row["code"]) == (
        "final",
        "Predicted alliance fit (client's early impression)",
    )
    assert row["value"] == "Yes to 7 of 9 (no 1, open 1): yes to most – potential for a strong alliance"
    assert "Dr Rivera" in row["note"]
    assert observation["derivedFrom"] == [{"reference": f"QuestionnaireResponse/{patient}"}]
    assert observation["encounter"] == {"reference": "Encounter/e1"}
    assert observation["meta"]["versionId"] == "1"


def test_amended(clinic, patient):
    """The same Observation, amended: the chart has one row."""
    clinic.file(response(patient, patient=patient))
    first = stands(clinic, patient)
    clinic.file(response(patient, (4, 2, 3), patient=patient, status="amended"))

    assert shown(clinic, patient) == [("amended", "Yes to 4 of 9")]
    assert stands(clinic, patient)["id"] == first["id"]
    assert "amended on" in stands(clinic, patient)["note"][0]["text"]


def test_completed_again(clinic, patient):
    """A change that keeps the status `completed` amends what stands just as well."""
    clinic.file(response(patient, patient=patient))
    clinic.file(response(patient, (2, 6, 1), patient=patient))

    assert shown(clinic, patient) == [("amended", "Yes to 2 of 9")]


def test_the_same_again(clinic, patient):
    """Another version that says the same writes nothing."""
    clinic.file(response(patient, patient=patient))
    clinic.file(response(patient, patient=patient, status="amended"))

    assert stands(clinic, patient)["meta"]["versionId"] == "1"


@pytest.mark.parametrize("status", ["in-progress", "stopped"])
def test_not_finished(clinic, patient, status):
    """Nothing stands for a response that is not finished; and what stands, stays."""
    own = f"{patient}-{status}"
    clinic.file(response(own, patient=own, status=status))
    assert clinic.ehr.observations(own) == []
    clinic.file(response(own, patient=own))
    clinic.file(response(own, (4, 2, 3), patient=own, status=status))

    assert shown(clinic, own) == [("final", "Yes to 7 of 9")]


def test_invalid(clinic, patient):
    """An invalid version is kept and told, and what stands, stays."""
    clinic.file(response(patient, patient=patient))
    clinic.file(response(patient, (4, 2, 3), patient=patient, authored=None))

    assert shown(clinic, patient) == [("final", "Yes to 7 of 9")]
    assert "invalid" in clinic.service.command("status").stdout


def test_entered_in_error(clinic, patient):
    """Withdrawn: the row says so, and nothing else can be read."""
    clinic.file(response(patient, patient=patient))
    clinic.file(response(patient, patient=patient, status="entered-in-error"))

    assert shown(clinic, patient) == [("entered-in-error", "")]
    assert nothing_is_read(clinic, patient)
    assert stands(clinic, patient)["dataAbsentReason"]["coding"][0]["code"] == "error"


def test_deleted(clinic, patient):
    """Deleted in the EHR: withdrawn."""
    clinic.file(response(patient, patient=patient))
    clinic.delete(patient)

    assert shown(clinic, patient) == [("entered-in-error", "")]
    assert nothing_is_read(clinic, patient)


@pytest.mark.parametrize("end", ["entered-in-error", "deleted"])
def test_brought_back(clinic, patient, end):
    """A newer finished version brings a withdrawn result back, as amended, in the same Observation."""
    own = f"{patient}-{end}"
    clinic.file(response(own, patient=own))
    clinic.delete(own) if end == "deleted" else clinic.file(response(own, patient=own, status=end))
    clinic.file(response(own, (4, 2, 3), patient=own))

    assert shown(clinic, own) == [("amended", "Yes to 4 of 9")]
    assert stands(clinic, own)["meta"]["versionId"] == "3"
    assert "dataAbsentReason" not in stands(clinic, own)


def test_an_older_version_arrives_late(clinic, patient):
    """Kept, and nothing changes."""
    for counts, moment in (((7, 1, 1), T2), ((2, 6, 1), T1)):
        clinic.service.notify(response(patient, counts, patient=patient, last_updated=moment))
        clinic.at_rest()
    assert shown(clinic, patient) == [("final", "Yes to 7 of 9")]
    clinic.service.notify(response(patient, (4, 2, 3), patient=patient, last_updated=T3))
    clinic.at_rest()

    assert shown(clinic, patient) == [("amended", "Yes to 4 of 9")]
    assert stands(clinic, patient)["meta"]["versionId"] == "2"


def test_every_answer_removed(clinic, patient):
    """Withdrawn, with the reason `error`."""
    clinic.file(response(patient, patient=patient))
    clinic.file(response(patient, (0, 0, 0), patient=patient, status="amended"))

    assert nothing_is_read(clinic, patient)
    assert stands(clinic, patient)["dataAbsentReason"]["coding"][0]["code"] == "error"


def test_sharing_taken_back(clinic, patient):
    """Withdrawn, with the reason `masked`; and shared again it comes back."""
    clinic.file(response(patient, patient=patient))
    clinic.file(response(patient, patient=patient, sharing="none"))
    assert nothing_is_read(clinic, patient)
    assert stands(clinic, patient)["status"] == "entered-in-error"
    assert stands(clinic, patient)["dataAbsentReason"]["coding"][0]["code"] == "masked"
    clinic.file(response(patient, patient=patient, sharing="summary"))

    assert shown(clinic, patient) == [("amended", "Yes to 7 of 9")]


def test_never_shared(clinic, patient):
    """With sharing `none` from the start nothing is ever written."""
    clinic.file(response(patient, patient=patient, sharing="none"))
    clinic.delete(patient)

    assert clinic.ehr.observations(patient) == []


def test_the_subject_changes(clinic, patient):
    """Withdrawn in the first chart; in the second nothing stands until a person releases it."""
    first, second = f"{patient}-1", f"{patient}-2"
    clinic.file(response(patient, patient=first))
    clinic.file(response(patient, patient=second))
    assert nothing_is_read(clinic, first)
    assert clinic.ehr.observations(second) == []
    assert _release(clinic, second) == 0
    clinic.at_rest()

    assert shown(clinic, first) == [("entered-in-error", "")]
    assert shown(clinic, second) == [("final", "Yes to 7 of 9")]


def test_the_first_subject_comes_back(clinic, patient):
    """It is held, too; released, it stands again as amended, and the second is withdrawn."""
    first, second = f"{patient}-1", f"{patient}-2"
    clinic.file(response(patient, patient=first))
    clinic.file(response(patient, patient=second))
    _release(clinic, second)
    clinic.at_rest()
    clinic.file(response(patient, patient=first))
    assert nothing_is_read(clinic, first)
    assert nothing_is_read(clinic, second)
    assert _release(clinic, first) == 0
    clinic.at_rest()

    assert shown(clinic, first) == [("amended", "Yes to 7 of 9")]


def _release(clinic, patient):
    """A person lets the patient's held entry go on; the exit status."""
    query = f"SELECT id FROM entry WHERE state = 'held' AND subject = 'Patient/{patient}'"  # noqa: S608
    ((entry_id,),) = clinic.service.ask(query)
    return clinic.service.command("release", entry_id).returncode
