"""The servers, each started when it is first asked for and once, and a client of the one that a test is run on."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from tests.contracts.receiver import Receiver
from tests.contracts.servers import SERVERS
from tests.contracts.speaking import Resource, Speaking


@pytest.fixture(scope="session")
def started(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Speaking]]:
    """A client of the server of this name, which is started if need be; skips where it is not installed."""
    with ExitStack() as stack:

        @cache
        def start(name: str) -> Speaking:
            traits, running = SERVERS[name]
            server = stack.enter_context(running(request))
            client = Speaking(server.base_url, traits)
            stack.callback(client.session.close)
            return client

        yield start


@pytest.fixture(scope="session", params=SERVERS)
def server(request: pytest.FixtureRequest) -> str:
    """The name of each server."""
    return str(request.param)


@pytest.fixture
def fhir(server: str, started: Callable[[str], Speaking]) -> Speaking:
    """A client of the server."""
    return started(server)


@pytest.fixture
def patient(fhir: Speaking) -> Resource:
    """A patient whom nothing refers to yet."""
    return fhir.made({"resourceType": "Patient", "name": [{"family": "Example"}]})


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """An HTTP server that a Subscription can name."""
    with Receiver() as receiver:
        yield receiver
