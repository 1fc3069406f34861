"""One validator for all tests, which knows what we publish and the instrument of every type."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fhir_alliance.catalog import Catalog, read_catalog
from tests.peers.present import require
from tests.peers.validator import every_type
from tests.peers.validator.validator import MADE, Validator, running


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The definitions that both sides read."""
    made = tmp_path_factory.mktemp("definitions")
    every_type.write(made)
    return made


@pytest.fixture(scope="session")
def every_catalog(folder: Path) -> Catalog:
    """The same definitions, as we read them."""
    return read_catalog(folder)


@pytest.fixture(scope="session")
def validator(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Validator]:
    """The validator; where it is absent the test is skipped."""
    require("validator", MADE, "java")
    with running(tmp_path_factory.mktemp("validator") / "log", folder) as started:
        yield started
