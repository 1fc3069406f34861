"""Events of a Subscription, as they arrive: https://hl7.org/fhir/R4/subscription.html, in HAPI's dialect."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from tests.contracts.receiver import JSON, Receiver, Reply
from tests.contracts.servers import PUTTING
from tests.contracts.speaking import Resource, Speaking, new_id, version
from tests.deliver.ehr_desk import until

pytestmark = pytest.mark.parametrize("server", PUTTING, indirect=True, scope="session")

SEND_DELETES = "http://hapifhir.io/fhir/StructureDefinition/subscription-send-delete-messages"
OUTCOME = b'{"resourceType":"OperationOutcome","issue":[{"severity":"information","code":"informational"}]}'
FAILURE = Reply(500)


@dataclass
class Subscribed:
    """A receiver that is told of the responses to one questionnaire."""

    fhir: Speaking
    receiver: Receiver
    questionnaire: str

    def subscribe(self, endpoint: str = "", **channel: Any) -> None:
        """Ask for events, and return when the server says that it sends them."""
        subscription = self.fhir.made(
            {
                "resourceType": "Subscription",
                "status": "requested",
                "reason": "Predicted alliance fit",
                "criteria": f"QuestionnaireResponse?questionnaire={self.questionnaire}",
                "channel": {"type": "rest-hook", "endpoint": f"{self.receiver.url}{endpoint}", **channel},
            }
        )
        until(lambda: self.fhir.kept(subscription)["status"] == "active")

    def filed(self, **elements: Any) -> Resource:
        """A response, as the server keeps it."""
        response = {"resourceType": "QuestionnaireResponse", "status": "completed", **elements}
        response["questionnaire"] = f"{self.questionnaire}|1"
        sent = self.fhir.put(response) if "id" in response else self.fhir.post(response)
        assert sent.ok, sent.text
        return dict(sent.json())

    def came(self, response: Resource, count: int = 0, endpoint: str = "") -> list[Any]:
        """What came of this response, once it is so much."""
        return self.receiver.at(f"{endpoint}/QuestionnaireResponse/{response['id']}", count)

    def all_came(self) -> None:
        """Return when what was sent before, and what is sent again of that, has come.

        One more response is filed and refused: when it is sent again, the time to do so is over for those before.
        """
        marker = f"r{new_id()}"
        self.receiver.replies[f"/QuestionnaireResponse/{marker}"] = [FAILURE]
        self.came(self.filed(id=marker), 2)


@pytest.fixture
def events(fhir: Speaking, receiver: Receiver) -> Subscribed:
    """A receiver, not yet subscribed."""
    return Subscribed(fhir, receiver, f"https://example.org/{new_id()}")


def test_with_a_payload(events: Subscribed) -> None:
    """A create and an update are each a PUT of the resource, with its version and the channel's headers."""
    events.subscribe(payload=JSON, header=["Authorization: Bearer a:b", "X-Clinic:north"])
    first = events.filed()
    events.came(first, 1)
    second = events.filed(id=first["id"], status="amended")
    messages = events.came(first, 2)

    assert [one.method for one in messages] == ["PUT", "PUT"]
    assert [json.loads(one.body)["status"] for one in messages] == ["completed", "amended"]
    assert [json.loads(one.body)["meta"]["versionId"] for one in messages] == [version(first), version(second)]
    assert [one.headers["If-Match"] for one in messages] == [f'W/"{version(one)}"' for one in (first, second)]
    assert {one.headers["Content-Type"] for one in messages} == {f"{JSON}; charset=UTF-8"}
    assert {(one.headers["Authorization"], one.headers["X-Clinic"]) for one in messages} == {
        ("Bearer a:b", "north")
    }


def test_what_changes_nothing(events: Subscribed) -> None:
    """Is no event, nor is a response to another questionnaire."""
    events.subscribe(payload=JSON)
    first = events.filed(id=f"r{new_id()}")
    events.came(first, 1)
    events.filed(id=first["id"])
    other = Subscribed(events.fhir, events.receiver, f"https://example.org/{new_id()}").filed()
    second = events.filed(id=first["id"], status="amended")
    messages = events.came(first, 2)
    events.all_came()

    assert [json.loads(one.body)["meta"]["versionId"] for one in messages] == [version(first), version(second)]
    assert len(events.came(first)) == 2
    assert events.came(other) == []


def test_without_a_payload(events: Subscribed) -> None:
    """An empty POST that names nothing, sent once, whatever is answered."""
    events.subscribe("/silent")
    events.subscribe(payload=JSON)
    events.receiver.replies["/silent"] = [FAILURE]
    events.filed()
    (message,) = events.receiver.at("/silent", 1)
    events.all_came()

    assert (message.method, message.body) == ("POST", b"")
    assert message.headers["Content-Type"].startswith("application/x-www-form-urlencoded")
    assert message.headers["If-None-Exist"].startswith(f"{events.receiver.url}/silent")  # it means nothing
    assert len(events.receiver.at("/silent", 2)) == 2  # the second one tells of the marker


def test_deletes(events: Subscribed) -> None:
    """Are told only where HAPI's extension asks for it; what is brought back is told to all."""
    events.subscribe("/asked", payload=JSON, extension=[{"url": SEND_DELETES, "valueBoolean": True}])
    events.subscribe(payload=JSON)
    first = events.filed(id=f"r{new_id()}")
    events.came(first, 1)
    events.came(first, 1, "/asked")
    events.fhir.delete(first)
    events.came(first, 2, "/asked")
    events.filed(id=first["id"])
    asked, unasked = events.came(first, 3, "/asked"), events.came(first, 2)

    assert [(one.method, bool(one.body)) for one in asked] == [("PUT", True), ("DELETE", False), ("PUT", True)]
    assert [one.method for one in unasked] == ["PUT", "PUT"]


def test_replies_that_are_taken(events: Subscribed) -> None:
    """Nothing, text, a resource: each message is sent once."""
    replies = [
        Reply(204),
        Reply(200),
        Reply(200, b"fine", "text/plain"),
        Reply(200, b"{}", "text/plain"),
        Reply(200, OUTCOME),
    ]
    filed = answered(events, replies)
    for one in filed:
        events.came(one, 1)
    events.all_came()

    assert [len(events.came(one)) for one in filed] == [1] * len(replies)


def test_replies_that_are_failures(events: Subscribed) -> None:
    """Errors, a cut connection, what is said to be JSON and is no resource: each is sent again, the same."""
    not_resources = [
        Reply(200, b"{}"),
        Reply(200, b"{}", "application/json"),
        Reply(200, b"[]"),
        Reply(200, b"fine"),
    ]
    filed = answered(events, [FAILURE, Reply(503), Reply(400), Reply(0), *not_resources])

    for one in filed:
        first, second = events.came(one, 2)
        assert (first.method, first.body) == (second.method, second.body)


def answered(events: Subscribed, replies: list[Reply]) -> list[Resource]:
    """A response for each reply, which its first message gets."""
    events.subscribe(payload=JSON)
    ids = [f"r{new_id()}" for _ in replies]
    for id_, reply in zip(ids, replies, strict=True):
        events.receiver.replies[f"/QuestionnaireResponse/{id_}"] = [reply]
    return [events.filed(id=id_) for id_ in ids]
