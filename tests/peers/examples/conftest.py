"""The doors and the delivery that the examples are shown to."""

from collections.abc import Iterator

import pytest

from tests.deliver.conftest import ehr, limit, rehearsal
from tests.peers.examples.examples import PACKAGE
from tests.peers.present import require
from tests.web.desk import TABLES, Desk, open_desk

__all__ = ["ehr", "limit", "rehearsal"]


@pytest.fixture(scope="session", autouse=True)
def examples() -> None:
    """The package is here, or its tests are skipped."""
    require("examples", PACKAGE)


@pytest.fixture(scope="session")
def one_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One clinic without an EHR, for all examples."""
    with open_desk(tmp_path_factory.mktemp("examples")) as desk:
        yield desk


@pytest.fixture
def desk(one_desk: Desk) -> Iterator[Desk]:
    """The same, with an empty ledger."""
    yield one_desk
    with one_desk.service.database.engine.execution_options(writes=True).begin() as connection:
        for table in reversed(TABLES):
            connection.execute(table.delete())
