"""What happens to a response in HAPI, and what then stands in HAPI's chart."""

import pytest
import requests

from tests.deliver.answers import response
from tests.deliver.ehr_desk import until
from tests.peers.hapi.clinic import PATIENCE, TOKEN
from tests.peers.hapi.refusing import refusing

WITHDRAWN = ("entered-in-error", "")
NOTHING_TO_READ = {"valueCodeableConcept", "component", "note", "text"}


def the_one(clinic, patient):
    """The one Observation of the patient."""
    (observation,) = clinic.observations(patient)
    return observation


def why_absent(clinic, patient):
    """Why the one Observation of the patient has no value."""
    return the_one(clinic, patient)["dataAbsentReason"]["coding"][0]["code"]


def delete(clinic, patient):
    """The status with which HAPI answers."""
    return clinic.ask("DELETE", f"QuestionnaireResponse/{patient}").status_code


def test_entered(clinic, patient):
    """One Observation, whole: all that we send is there, and names the response."""
    clinic.put(response(patient, patient=patient, therapist="Dr Rivera"))
    clinic.shows(patient, ("final", "Yes to 7 of 9"))
    observation = the_one(clinic, patient)

    assert observation["derivedFrom"] == [{"reference": f"QuestionnaireResponse/{patient}"}]
    assert "Dr Rivera" in observation["note"][0]["text"]
    assert len(observation["component"]) == 5
    assert clinic.service.ask("SELECT DISTINCT losses FROM entry") == [("[]",)]


def test_through_all_its_versions(clinic, patient):
    """Amended, withdrawn, brought back, not shared any more, shared again: one Observation, six versions."""
    versions = (
        ({"counts": (7, 1, 1)}, ("final", "Yes to 7 of 9")),
        ({"counts": (4, 2, 3), "status": "amended"}, ("amended", "Yes to 4 of 9")),
        ({"counts": (4, 2, 3), "status": "entered-in-error"}, WITHDRAWN),
        ({"counts": (2, 6, 1)}, ("amended", "Yes to 2 of 9")),
        ({"counts": (2, 6, 1), "sharing": "none"}, WITHDRAWN),
        ({"counts": (2, 6, 1), "sharing": "summary"}, ("amended", "Yes to 2 of 9")),
    )
    for told, row in versions:
        clinic.put(response(patient, patient=patient, **told))
        clinic.shows(patient, row)

    assert the_one(clinic, patient)["meta"]["versionId"] == str(len(versions))


@pytest.mark.parametrize(
    ("told", "reason"), [({"status": "entered-in-error"}, "error"), ({"sharing": "none"}, "masked")]
)
def test_withdrawn_and_then_deleted(clinic, patient, told, reason):
    """While a result stands HAPI refuses to delete its response; when it is withdrawn, the way is free."""
    clinic.put(response(patient, patient=patient))
    clinic.shows(patient, ("final", "Yes to 7 of 9"))
    assert delete(clinic, patient) == 409
    clinic.put(response(patient, patient=patient, **told))
    clinic.shows(patient, WITHDRAWN)
    assert why_absent(clinic, patient) == reason
    assert delete(clinic, patient) == 200
    until(lambda: clinic.versions(patient) == 3, PATIENCE)
    clinic.shows(patient, WITHDRAWN)

    assert why_absent(clinic, patient) == "error"
    assert not NOTHING_TO_READ & set(the_one(clinic, patient))


def test_brought_back_after_it_was_deleted(clinic, patient):
    """The same Observation, amended, and it names the response again."""
    clinic.put(response(patient, patient=patient))
    clinic.shows(patient, ("final", "Yes to 7 of 9"))
    clinic.put(response(patient, patient=patient, status="entered-in-error"))
    clinic.shows(patient, WITHDRAWN)
    assert delete(clinic, patient) == 200
    until(lambda: clinic.versions(patient) == 3, PATIENCE)
    clinic.put(response(patient, (4, 2, 3), patient=patient))
    clinic.shows(patient, ("amended", "Yes to 4 of 9"))

    assert the_one(clinic, patient)["derivedFrom"] == [{"reference": f"QuestionnaireResponse/{patient}"}]


def test_deleted_together(clinic, patient):
    """Response and Observation deleted in one transaction: a person is asked once, and release settles it."""
    clinic.put(response(patient, patient=patient))
    clinic.shows(patient, ("final", "Yes to 7 of 9"))
    both = (f"Observation/{the_one(clinic, patient)['id']}", f"QuestionnaireResponse/{patient}")
    entries = [{"request": {"method": "DELETE", "url": reference}} for reference in both]
    assert clinic.ask("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": entries}).ok
    until(lambda: "held" in clinic.service.states(), PATIENCE)
    ((entry_id, reason),) = clinic.service.ask("SELECT id, reason FROM entry WHERE state = 'held'")
    assert reason == "deleted-in-chart"
    assert clinic.service.command("release", entry_id).returncode == 0
    clinic.at_rest()

    assert clinic.rows(patient) == []


def test_a_deletion_alone(clinic, patient):
    """Where nothing stands HAPI deletes at once; it tells us, and what comes late brings nothing back."""
    kept = clinic.put(response(patient, patient=patient, sharing="none"))
    until(lambda: clinic.versions(patient) == 1, PATIENCE)
    assert delete(clinic, patient) == 200
    until(lambda: clinic.versions(patient) == 2, PATIENCE)
    late = {**response(patient, patient=patient), "meta": kept["meta"]}
    assert tell(clinic, late).ok
    until(lambda: clinic.versions(patient) == 3, PATIENCE)
    clinic.at_rest()

    assert clinic.rows(patient) == []


def test_deleted_before_it_could_be_written(clinic, patient):
    """Entered and deleted while the service is away: in whichever order it is told, nothing waits for a person."""
    told = f"/notify/QuestionnaireResponse/{patient}"
    clinic.service.stop()
    with refusing(clinic.service.url) as asked:
        clinic.put(response(patient, patient=patient))
        until(lambda: f"PUT {told}" in asked, PATIENCE)
        assert delete(clinic, patient) == 200
        until(lambda: f"DELETE {told}" in asked, PATIENCE)
    clinic.service.start()
    until(lambda: clinic.versions(patient) == 2, PATIENCE)
    clinic.at_rest()

    assert clinic.rows(patient) == []


def test_told_twice(clinic, patient):
    """What HAPI sends once more, since an answer was slow, changes nothing."""
    kept = clinic.put(response(patient, patient=patient))
    clinic.shows(patient, ("final", "Yes to 7 of 9"))
    assert tell(clinic, kept).ok
    clinic.at_rest()

    assert the_one(clinic, patient)["meta"]["versionId"] == "1"


def test_nothing_waits(clinic, patient):
    """The report says so."""
    clinic.put(response(patient, patient=patient))
    clinic.shows(patient, ("final", "Yes to 7 of 9"))
    told = clinic.service.command("status").stdout

    assert "Nothing needs a person." in told
    assert "Waiting" not in told


def tell(clinic, resource):
    """The event, as HAPI sends it."""
    where = f"{clinic.service.url}/notify/QuestionnaireResponse/{resource['id']}"
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return requests.put(where, json=resource, headers=headers, timeout=30)
