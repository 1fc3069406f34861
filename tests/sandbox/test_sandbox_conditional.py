"""Conditional create and update, beyond what every server does alike (tests/contracts)."""

import pytest

from fhir_alliance.sandbox import Sandbox
from tests.sandbox.conftest import Client

NAMED = [{"system": "https://example.org/a?b=c", "value": "1"}]
SEARCH = "identifier=https://example.org/a?b%3Dc|1"


@pytest.mark.parametrize("prefix", ["", "?", "Observation?"])
def test_a_condition_may_look_like_a_url(client, observation, prefix):
    """With the type and the question mark, or without."""
    first, second = (client.post(observation(identifier=NAMED), If_None_Exist=prefix + SEARCH) for _ in range(2))

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.headers["Location"] == second.headers["Location"]


@pytest.mark.parametrize(
    ("search", "code"),
    [("", "invalid"), ("_count=1", "invalid"), ("nonsense=1", "not-supported"), ("_lastUpdated=x", "invalid")],
)
def test_a_condition_that_makes_no_sense(client, observation, refused, search, code):
    """It is refused, and nothing is written."""
    assert refused(client.post(observation(), If_None_Exist=search), 400, code)
    assert refused(client.send("PUT", f"Observation?{search}", observation()), 400, code)
    assert client.get("Observation").json()["total"] == 0


def test_an_id_in_the_body_of_a_conditional_update(client, observation, refused):
    """It is where it is created; then it has to be the one that is found."""
    where, resource = f"Observation?{SEARCH}", observation("o1", identifier=NAMED)
    first = client.send("PUT", where, resource)
    second = client.send("PUT", where, {**resource, "status": "amended"})

    assert (first.status_code, first.json()["id"]) == (201, "o1")
    assert (second.status_code, second.json()["meta"]["versionId"]) == (200, "2")
    assert refused(client.send("PUT", where, {**resource, "id": "o2"}), 400, "invalid")
    assert refused(client.send("PUT", "Observation?identifier=2", {**resource, "id": "a_b"}), 400, "invalid")


def test_an_id_that_is_not_the_clients_to_choose(observation, refused):
    """A conditional update creates no resource at it, but one without an id is created."""
    with Sandbox(update_create=False) as ehr:
        client = Client(ehr)
        resource = observation("o1", identifier=NAMED)
        unnamed = {name: value for name, value in resource.items() if name != "id"}

        assert refused(client.send("PUT", f"Observation?{SEARCH}", resource), 405, "not-supported")
        assert client.send("PUT", f"Observation?{SEARCH}", unnamed).status_code == 201
        client.session.close()


def test_a_conditional_update_of_one_version(client, observation, refused):
    """If-Match is heeded."""
    where = f"Observation?{SEARCH}"
    client.send("PUT", where, observation("o1", identifier=NAMED))
    late = observation("o1", identifier=NAMED, status="amended")

    assert refused(client.send("PUT", where, late, If_Match='W/"7"'), 412, "conflict")
    assert client.send("PUT", where, late, If_Match='W/"1"').status_code == 200


def test_a_lie_about_a_conditional_create(client, observation):
    """It is answered as if it were kept."""
    client.fault("lie")

    assert client.post(observation(identifier=NAMED), If_None_Exist=SEARCH).status_code == 201
    assert client.get("Observation").json()["total"] == 0
