"""Events of a Subscription in Medplum's dialect, where each is a POST to the endpoint itself."""

import json
from collections.abc import Callable, Iterator

import pytest

from tests.contracts.receiver import JSON, Receiver
from tests.contracts.servers import NOT_POSTING, NOT_PUTTING, POSTING
from tests.contracts.speaking import Resource, Speaking, version
from tests.deliver.ehr_desk import until

BY_POST = {"url": "urn:sandbox:dialect", "valueCode": "post"}
RESPONSE = {"resourceType": "QuestionnaireResponse", "status": "completed"}


def subscription(receiver: Receiver, status: str) -> Resource:
    """Tells of every response; the extension, which only the sandbox knows, names the dialect."""
    channel = {"type": "rest-hook", "endpoint": f"{receiver.url}/notify", "payload": JSON, "extension": [BY_POST]}
    wanted = {"status": status, "reason": "Predicted alliance fit", "criteria": "QuestionnaireResponse?"}
    return {
        "resourceType": "Subscription",
        "channel": {**channel, "header": ["Authorization: Bearer a"]},
        **wanted,
    }


@pytest.fixture
def subscribe(fhir: Speaking, receiver: Receiver) -> Iterator[Callable[[str], Resource]]:
    """Makes Subscriptions of a status, which end with the test."""
    made: list[Resource] = []

    def subscribe(status: str) -> Resource:
        made.append(fhir.made(subscription(receiver, status)))
        return made[-1]

    yield subscribe
    for one in made:
        fhir.delete(one)


@pytest.mark.parametrize("server", POSTING, indirect=True, scope="session")
def test_created_changed_deleted(fhir: Speaking, receiver: Receiver, subscribe: Callable[[str], Resource]) -> None:
    """The resource is the body; of a delete a header names it."""
    subscribe("active")
    first = fhir.made(RESPONSE)
    receiver.at("/notify", 1)
    second = fhir.put({**first, "status": "amended"}).json()
    receiver.at("/notify", 2)
    fhir.delete(first)
    *changes, delete = receiver.at("/notify", 3)

    assert [json.loads(one.body)["meta"]["versionId"] for one in changes] == [version(first), version(second)]
    assert {one.headers["Authorization"] for one in (*changes, delete)} == {"Bearer a"}
    assert [one.headers["X-Medplum-Deleted-Resource"] for one in changes] == [None, None]
    assert delete.headers["X-Medplum-Deleted-Resource"] == f"QuestionnaireResponse/{first['id']}"
    assert (delete.method, delete.body) == ("POST", b"{}")


@pytest.mark.parametrize("server", NOT_POSTING, indirect=True, scope="session")
def test_another_dialect(fhir: Speaking, receiver: Receiver, subscribe: Callable[[str], Resource]) -> None:
    """A server that has no such dialect sends its own."""
    asked = subscribe("requested")
    until(lambda: fhir.kept(asked)["status"] == "active")
    first = fhir.made(RESPONSE)

    assert receiver.at(f"/notify/QuestionnaireResponse/{first['id']}", 1)[0].method == "PUT"
    assert receiver.at("/notify") == []


@pytest.mark.parametrize("server", NOT_PUTTING, indirect=True, scope="session")
def test_one_that_is_only_asked_for(
    fhir: Speaking, receiver: Receiver, subscribe: Callable[[str], Resource]
) -> None:
    """Stays so: it never becomes active, and nothing is sent."""
    asked = subscribe("requested")
    fhir.put({**fhir.made(RESPONSE), "status": "amended"})

    assert fhir.kept(asked)["status"] == "requested"
    assert receiver.at("/notify") == []
