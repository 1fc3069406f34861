"""What an EHR may lack: each ability can be switched off, and the statement says so."""

from collections.abc import Callable, Iterator

import pytest

from fhir_alliance.sandbox import Sandbox
from tests.sandbox.conftest import Client

BUNDLE = {"resourceType": "Bundle", "type": "transaction"}


@pytest.fixture
def client_of() -> Iterator[Callable[..., Client]]:
    """Starts a sandbox with such offers, and gives a client of it."""
    clients: list[Client] = []

    def start(**offers: bool) -> Client:
        clients.append(Client(Sandbox(**offers)))
        return clients[-1]

    yield start
    for one in clients:
        one.session.close()
        one.ehr.close()


def offered(client: Client, name: str) -> bool:
    """What the statement says of Observations, or of the server."""
    rest = client.get("metadata").json()["rest"][0]
    observation = next(one for one in rest["resource"] if one["type"] == "Observation")
    told = {
        "transaction": "interaction" in rest,
        "checks_references": "enforced" in observation.get("referencePolicy", ()),
    }
    return told[name] if name in told else observation[name]


@pytest.mark.parametrize(
    ("offer", "name"),
    [
        ("update_create", "updateCreate"),
        ("conditional_create", "conditionalCreate"),
        ("conditional_update", "conditionalUpdate"),
        ("transaction", "transaction"),
        ("checks_references", "checks_references"),
    ],
)
@pytest.mark.parametrize("given", [True, False])
def test_the_statement_says_what_is_offered(client_of, offer, name, given):
    """Switched on or off, it is told."""
    assert offered(client_of(**{offer: given}), name) is given


def test_an_unknown_offer_is_an_error():
    """A misspelt switch switches nothing, so it is refused."""
    with pytest.raises(TypeError, match="update_creates"):
        Sandbox(update_creates=False)


def test_ids_given_by_the_server_alone(client_of, observation, refused):
    """Without update-as-create a PUT at a new id is refused, and one at an id given before is taken."""
    client = client_of(update_create=False)
    id_ = client.post(observation()).json()["id"]

    assert refused(client.put(observation()), 405, "not-supported")
    assert client.get("Observation/o1").status_code == 404
    assert client.put(observation(id_, status="amended")).status_code == 200
    client.send("DELETE", f"Observation/{id_}")
    assert client.put(observation(id_)).status_code == 201


def test_no_conditional_create(client_of, observation, refused):
    """If-None-Exist is refused aloud, so that a client which sends it all the same shows."""
    client = client_of(conditional_create=False)

    assert refused(client.post(observation(), If_None_Exist="identifier=x"), 400, "not-supported")
    assert client.get("Observation").json()["total"] == 0
    assert client.post(observation()).status_code == 201


def test_no_conditional_update(client_of, observation, refused):
    """PUT with a search in place of an id is refused."""
    client = client_of(conditional_update=False)

    assert refused(client.send("PUT", "Observation?identifier=x", observation()), 405, "not-supported")
    assert client.get("Observation").json()["total"] == 0
    assert client.put(observation()).status_code == 201


def test_no_transaction(client_of, refused):
    """The base takes nothing."""
    assert refused(client_of(transaction=False).send("POST", "", BUNDLE), 404, "not-supported")
