"""What an EHR asks to be there before it keeps an Observation: the patient, and the response it comes from."""

from collections.abc import Iterator

import requests

from tests.durability.submissions import Resource, Submission

#: submissions that are entered in one transaction
AT_ONCE = 50
PATIENCE = 120


def enter(base_url: str, submissions: list[Submission]) -> None:
    """Enter the patients and the first versions."""
    for begin in range(0, len(submissions), AT_ONCE):
        entries = [_put(one) for of in submissions[begin : begin + AT_ONCE] for one in _needed(of)]
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        headers = {"Content-Type": "application/fhir+json"}
        answer = requests.post(base_url, json=bundle, headers=headers, timeout=PATIENCE)
        assert answer.ok, answer.text


def _needed(submission: Submission) -> Iterator[Resource]:
    yield {"resourceType": "Patient", "id": submission.patient}
    yield submission.versions[0]


def _put(resource: Resource) -> Resource:
    url = f"{resource['resourceType']}/{resource['id']}"
    return {"resource": resource, "request": {"method": "PUT", "url": url}}
