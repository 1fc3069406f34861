"""A desk with and one without an EHR."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import building
from tests.web.desk import Desk, open_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A clinic without an EHR: what should stand stands at once."""
    with open_desk(tmp_path) as desk:
        yield desk


@pytest.fixture
def ehr_desk(tmp_path: Path) -> Iterator[Desk]:
    """A clinic with an EHR, to which nothing is delivered."""
    with open_desk(tmp_path, EHR_URL=building.EHR_URL) as desk:
        yield desk
