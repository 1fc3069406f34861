"""One HAPI for all tests that do not end it, and one clinic around it."""

from collections.abc import Iterator

import pytest

from tests.end_to_end.service import Service
from tests.peers.hapi.clinic import TOKEN, HapiClinic
from tests.peers.hapi.server import Hapi, running
from tests.schema import faults


@pytest.fixture(scope="session")
def hapi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hapi]:
    """A HAPI server, with its resources in memory."""
    with running(tmp_path_factory.mktemp("hapi")) as server:
        yield server


@pytest.fixture(scope="session")
def joined(hapi: Hapi, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HapiClinic]:
    """HAPI and the service, joined by the Subscription."""
    clinic = HapiClinic(hapi, Service(tmp_path_factory.mktemp("service"), ehr_url=hapi.base_url, token=TOKEN))
    try:
        clinic.subscribe()
        yield clinic
    finally:
        clinic.close()


@pytest.fixture
def patient(request: pytest.FixtureRequest) -> str:
    """The id of the test's own patient; its response has it, too."""
    name: str = request.node.name
    return name.removeprefix("test_").replace("_", "-").rstrip("]").replace("[", "-")[:60]


@pytest.fixture
def clinic(joined: HapiClinic, patient: str) -> Iterator[HapiClinic]:
    """The clinic with the test's own patient; whatever the test does, nothing is left for anyone to do."""
    joined.put({"resourceType": "Patient", "id": patient})
    yield joined
    joined.at_rest()
    assert set(joined.service.states()) <= {"settled"}
    assert [fault for kept in joined.observations(patient) for fault in faults(kept)] == []
