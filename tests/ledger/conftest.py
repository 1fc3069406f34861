"""The desks of the doors' tests, on a database of either kind."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.building import EHR_URL
from tests.deliver.conftest import ehr
from tests.web.desk import Desk, open_desk

__all__ = ["desk", "ehr", "ehr_desk"]


def desk_on(url: str, folder: Path, **named: str) -> AbstractContextManager[Desk]:
    """A desk on a database that has its tables."""
    return open_desk(folder, DATABASE_URL=url, **named)


@pytest.fixture
def desk(database: str, tmp_path: Path) -> Iterator[Desk]:
    """A clinic without an EHR."""
    with desk_on(database, tmp_path) as made:
        yield made


@pytest.fixture
def ehr_desk(database: str, tmp_path: Path) -> Iterator[Desk]:
    """A clinic with an EHR, to which nothing is delivered here."""
    with desk_on(database, tmp_path, EHR_URL=EHR_URL) as made:
        yield made
