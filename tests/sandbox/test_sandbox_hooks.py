"""Rest-hooks, to a real receiver."""

import json

import pytest

DIALECT = {"url": "urn:sandbox:dialect", "valueCode": "put"}
SEND_DELETES = "http://hapifhir.io/fhir/StructureDefinition/subscription-send-delete-messages"


@pytest.fixture
def subscribe(client, receiver):
    """Subscribes the receiver."""

    def subscribe(dialect=None, criteria="QuestionnaireResponse?", header=(), **elements):
        channel = {"type": "rest-hook", "endpoint": receiver.url, "payload": "application/fhir+json"}
        if header:
            channel["header"] = list(header)
        if dialect:
            channel["extension"] = [{"url": "urn:sandbox:dialect", "valueCode": dialect}]
        resource = {
            "resourceType": "Subscription",
            "id": "s1",
            "status": "requested",
            "reason": "test",
            "criteria": criteria,
            "channel": channel,
            **elements,
        }
        return client.put(resource)

    return subscribe


@pytest.fixture
def hooks(client, until):
    """Waits until nothing is pending, and gives (delivered, failed)."""

    def hooks():
        until(lambda: client.control("GET", "hooks")["pending"] == 0)
        counts = client.control("GET", "hooks")
        return counts["delivered"], counts["failed"]

    return hooks


def test_a_subscription_becomes_active(subscribe, is_valid):
    """`requested` is kept as `active`; the same request again changes nothing."""
    first, second = subscribe(), subscribe()

    assert is_valid(first.json())
    assert (first.status_code, second.status_code) == (201, 200)
    assert (second.json()["status"], second.json()["meta"]["versionId"]) == ("active", "1")


def test_a_posted_subscription_works_too(client, receiver, response):
    """POST makes a subscription under an id of the server's."""
    channel = {"type": "rest-hook", "endpoint": receiver.url, "payload": "application/fhir+json"}
    client.post(
        {
            "resourceType": "Subscription",
            "status": "active",
            "criteria": "QuestionnaireResponse",
            "channel": channel,
        }
    )
    client.put(response())

    assert receiver.wait_for(1)[0].method == "PUT"


def test_put_dialect(client, subscribe, receiver, response, hooks):
    """A create and an update arrive as PUT with the stored resource, If-Match and the channel's headers."""
    subscribe(header=["Authorization: Bearer a:b", "X-Clinic:north"])
    stored = client.put(response()).json()
    (first,) = receiver.wait_for(1)
    client.put(response(status="amended"))
    second = receiver.wait_for(2)[1]

    assert (first.method, first.path) == ("PUT", "/notify/QuestionnaireResponse/r1")
    assert stored == json.loads(first.body)
    assert (
        first.headers["If-Match"],
        first.headers["Content-Type"],
    ) == ('W/"1"', "application/fhir+json; charset=UTF-8")
    assert (first.headers["Authorization"], first.headers["X-Clinic"]) == ("Bearer a:b", "north")
    assert (second.headers["If-Match"], json.loads(second.body)["status"]) == ('W/"2"', "amended")
    assert hooks() == (2, 0)


@pytest.mark.parametrize("extension", [{"url": SEND_DELETES, "valueBoolean": True}, DIALECT])
def test_put_dialect_tells_deletes_when_asked(client, subscribe, receiver, response, hooks, extension):
    """A delete arrives as DELETE where HAPI's extension asks for it, or the dialect is named."""
    client.put(response())
    channel = {"type": "rest-hook", "endpoint": receiver.url, "payload": "application/fhir+json"}
    subscribe(channel={**channel, "extension": [extension]})
    client.send("DELETE", "QuestionnaireResponse/r1")
    (message,) = receiver.wait_for(1)

    assert hooks() == (1, 0)

    assert (message.method, message.path, message.body) == ("DELETE", "/notify/QuestionnaireResponse/r1", b"")


@pytest.mark.parametrize("extension", [{"url": SEND_DELETES, "valueBoolean": False}, {"url": "urn:other"}])
def test_a_delete_is_not_told_unasked(client, subscribe, receiver, response, hooks, extension):
    """As HAPI has it: nothing is sent."""
    client.put(response())
    channel = {"type": "rest-hook", "endpoint": receiver.url, "payload": "application/fhir+json"}
    subscribe(channel={**channel, "extension": [extension]})
    client.send("DELETE", "QuestionnaireResponse/r1")

    assert hooks() == (0, 0)


def test_without_a_payload_it_is_sent_once(client, subscribe, receiver, response, hooks):
    """An empty message that is not taken is lost; HAPI's condition, which means nothing, comes with it."""
    receiver.replies = [(500, b"")]
    subscribe(channel={"type": "rest-hook", "endpoint": receiver.url})
    client.put(response())
    (message,) = receiver.wait_for(1)

    assert hooks() == (0, 1)
    assert (message.body, message.headers["If-None-Exist"]) == (b"", f"{receiver.url}?")


def test_post_dialect(client, subscribe, receiver, response):
    """The resource is posted to the endpoint itself; a delete is `{}` with a header that names it."""
    subscribe("post")
    stored = client.put(response()).json()
    (first,) = receiver.wait_for(1)
    client.send("DELETE", "QuestionnaireResponse/r1")
    second = receiver.wait_for(2)[1]

    assert ("POST", "/notify", stored) == (first.method, first.path, json.loads(first.body))
    assert (second.method, second.path, second.body) == ("POST", "/notify", b"{}")
    assert second.headers["X-Medplum-Deleted-Resource"] == "QuestionnaireResponse/r1"


@pytest.mark.parametrize("by_extension", [True, False])
def test_empty_dialect(client, subscribe, receiver, response, hooks, by_extension):
    """By the extension, or with no payload asked for: an empty POST, and silence about deletes."""
    channel = {"type": "rest-hook", "endpoint": receiver.url}
    subscribe("empty") if by_extension else subscribe(channel=channel)
    client.put(response())
    (message,) = receiver.wait_for(1)
    client.send("DELETE", "QuestionnaireResponse/r1")

    assert (message.method, message.path, message.body) == ("POST", "/notify", b"")
    assert hooks() == (1, 0)


def test_what_does_not_match_is_not_sent(client, subscribe, receiver, response, observation, hooks):
    """Other types, other questionnaires, and updates that change nothing send nothing."""
    subscribe(criteria="QuestionnaireResponse?questionnaire=https://example.org/q|9&status=completed")
    client.put(observation())
    client.put(response("other", questionnaire="https://example.org/other|1"))
    client.put(response())
    client.put(response())

    assert hooks() == (1, 0)
    assert receiver.received[0].path == "/notify/QuestionnaireResponse/r1"


@pytest.mark.parametrize("end", ["off", "delete"])
def test_a_subscription_can_end(client, subscribe, response, hooks, end):
    """Switched off, or deleted, it sends nothing more."""
    subscribe()
    subscribe(status="off") if end == "off" else client.send("DELETE", "Subscription/s1")
    client.put(response())

    assert hooks() == (0, 0)


@pytest.mark.parametrize(
    "reply",
    [
        (500, b""),
        (404, b""),
        (307, b""),
        (0, b""),
        (200, b"{}"),
        (200, b'{"ok": true}'),
        (201, b"[]"),
        (200, b"fine"),
    ],
)
def test_a_failure_is_sent_again(client, subscribe, receiver, response, hooks, reply):
    """Errors, dropped connections, and what is said to be JSON but is no resource: again, from 0.2 s on."""
    receiver.replies = [reply]
    subscribe()
    client.put(response())
    first, second = receiver.wait_for(2)

    assert first.body == second.body
    assert second.at - first.at > 0.15
    assert hooks() == (1, 0)


@pytest.mark.parametrize(
    "reply",
    [
        (200, b""),
        (204, b""),
        (200, b"fine", "text/plain"),
        (200, b"{}", "text/plain"),
        (200, b'{"resourceType": "Basic"}'),
    ],
)
def test_a_success_is_sent_once(client, subscribe, receiver, response, hooks, reply):
    """Nothing, text, and a resource are good answers."""
    receiver.replies = [reply]
    subscribe()
    client.put(response())

    assert hooks() == (1, 0)
    assert len(receiver.received) == 1


def test_waits_grow_until_it_gives_up(client, subscribe, receiver, response, hooks):
    """Within one second: at 0, 0.2, 0.5 and 0.95 s; then the message is lost, and the subscription stays."""
    receiver.replies = [(503, b"")] * 10
    subscribe()
    client.put(response())

    assert hooks() == (0, 1)
    assert 2 <= len(receiver.received) <= 4
    receiver.replies = []
    client.put(response("r2"))
    assert hooks() == (1, 1)


def test_many_changes_all_arrive(client, subscribe, receiver, response, hooks):
    """Each change is delivered, in whatever order."""
    subscribe()
    for number in range(50):
        client.put(response(f"r{number}"))

    assert hooks() == (50, 0)
    assert len({message.path for message in receiver.received}) == 50


def test_an_endpoint_that_is_away_is_tried_until_it_is_back(client, subscribe, response, hooks):
    """A refused connection counts as a failed try."""
    channel = {"type": "rest-hook", "endpoint": "http://127.0.0.1:1/", "payload": "application/fhir+json"}
    subscribe(channel=channel)
    client.put(response())

    assert hooks() == (0, 1)


@pytest.mark.parametrize(
    "elements",
    [
        {"criteria": "Medication?"},
        {"criteria": ""},
        {"channel": {"type": "email", "endpoint": "http://127.0.0.1/"}},
        {"channel": {"type": "rest-hook", "endpoint": "ftp://127.0.0.1/"}},
        {"channel": {"type": "rest-hook"}},
        {"channel": {"type": "rest-hook", "endpoint": "http://127.0.0.1/", "header": ["no colon"]}},
        {"channel": {"type": "rest-hook", "endpoint": "http://127.0.0.1/", "header": "A: b"}},
        {"channel": {"type": "rest-hook", "endpoint": "http://127.0.0.1/", "header": ["A: b\r\nC: d"]}},
    ],
)
def test_a_subscription_that_cannot_work_is_refused(subscribe, elements):
    """It is told at once, not at the first change."""
    answer = subscribe(**elements)

    assert (answer.status_code, answer.json()["resourceType"]) == (422, "OperationOutcome")


def test_an_unknown_dialect_is_refused(subscribe):
    """A mistyped dialect does not fall back to another."""
    assert subscribe("carrier-pigeon").status_code == 422
