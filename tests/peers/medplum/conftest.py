"""Clinics with Medplum: one for all tests that end nothing, and others of a test's own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.end_to_end.service import Service
from tests.peers.medplum.clinic import MedplumClinic
from tests.peers.medplum.server import running


@pytest.fixture(scope="session")
def open_medplum(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., MedplumClinic]]:
    """Open clinics; close them in the end."""
    with ExitStack() as stack:

        def make(**settings: Any) -> MedplumClinic:
            folder = tmp_path_factory.mktemp("medplum")
            medplum = stack.enter_context(running(folder))
            clinic = MedplumClinic(medplum, Service(folder, ehr_url=medplum.base_url, **settings))
            stack.callback(clinic.close)
            return clinic

        yield make


@pytest.fixture(scope="session")
def clinic(open_medplum: Callable[..., MedplumClinic]) -> MedplumClinic:
    """One clinic for all these tests; each has a patient of its own."""
    return open_medplum()


@pytest.fixture
def patient(request: pytest.FixtureRequest) -> str:
    """The id of the test's own patient."""
    name: str = request.node.name
    return name.removeprefix("test_").replace("_", "-").rstrip("]").replace("[", "-")[:60]
