"""The profile of a long run, and one clinic's doors for all cases."""

import logging
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.fuzz.doors import Doors
from tests.fuzz.quick import quick_desk

#: cases a door; ``pytest tests/fuzz --hypothesis-profile=long --hypothesis-seed=1``
settings.register_profile("long", deadline=None, database=None, max_examples=25_000)


class Lines(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line, with its traceback."""
        self.text += f"{self.format(record)}\n"


@pytest.fixture(scope="session")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """All doors of one clinic, and all that it logs."""
    lines, ours = Lines(), logging.getLogger("fhir_alliance")
    ours.setLevel(logging.DEBUG)
    logging.getLogger().addHandler(lines)
    with quick_desk(tmp_path_factory.mktemp("fuzz")) as desk:
        yield Doors(desk, lambda: lines.text)
    logging.getLogger().removeHandler(lines)
    ours.setLevel(logging.NOTSET)
