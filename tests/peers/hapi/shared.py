"""One HAPI for all tests that find what they need beside what others left."""

from collections.abc import Iterator

import pytest

from tests.peers.hapi.server import Hapi, running


@pytest.fixture(scope="session")
def shared_hapi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hapi]:
    """A HAPI server, with its resources in memory."""
    with running(tmp_path_factory.mktemp("shared-hapi")) as server:
        yield server
