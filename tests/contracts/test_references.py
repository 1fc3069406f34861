"""What a resource may refer to: https://hl7.org/fhir/R4/references.html."""

import pytest

from tests.contracts.speaking import Resource, Speaking, new_id, observation, told
from tests.deliver.ehr_desk import until


def test_what_is_not_there(fhir: Speaking) -> None:
    """Some servers refuse it: a response has to be on the EHR before the Observation that names it."""
    referring = observation(subject={"reference": f"Patient/{new_id()}"})

    assert fhir.post(referring).status_code == fhir.does.refer_to_absent


def test_the_server_by_its_own_address(fhir: Speaking, patient: Resource) -> None:
    """Some servers refuse that, too, which is why ours are relative."""
    referring = observation(subject={"reference": f"{fhir.base_url}/Patient/{patient['id']}"})

    assert fhir.post(referring).status_code == fhir.does.refer_by_own_address


def test_a_version(fhir: Speaking, patient: Resource) -> None:
    """Some servers leave the version out of what they keep."""
    named = f"Patient/{patient['id']}/_history/{patient['meta']['versionId']}"
    kept = fhir.made(observation(subject={"reference": named}))["subject"]["reference"]

    assert kept == (named if fhir.does.keeps_versions_in_references else f"Patient/{patient['id']}")


@pytest.mark.parametrize(
    "elements",
    [
        {"derivedFrom": [{"identifier": {"system": "urn:x", "value": "1"}, "type": "QuestionnaireResponse"}]},
        {"contained": [{"resourceType": "Patient", "id": "p"}], "subject": {"reference": "#p"}},
    ],
)
def test_what_stands_nowhere_on_the_server(fhir: Speaking, elements: Resource) -> None:
    """By an identifier alone, or inside the resource: taken by all, and kept so."""
    made = fhir.made(observation(**elements))

    assert elements.items() <= fhir.kept(made).items()


def test_delete_of_what_is_referred_to(fhir: Speaking, patient: Resource) -> None:
    """Some servers refuse that, until what refers to it does so no longer."""
    referring = fhir.made(observation(subject={"reference": f"Patient/{patient['id']}"}))
    refused = fhir.does.delete_referred_to == 409

    assert fhir.delete(patient).status_code == fhir.does.delete_referred_to
    if refused:
        told(fhir.put(observation(id=referring["id"])), 200)
        # that nothing refers to it any more may be known a moment later
        until(lambda: fhir.delete(patient).status_code == fhir.does.delete)
