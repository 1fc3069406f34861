"""A sandbox EHR, and delivery to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fhir_alliance.catalog import Catalog
from fhir_alliance.sandbox import Sandbox
from tests.deliver.ehr_desk import EhrDesk
from tests.deliver.rehearsal import Rehearsal


@pytest.fixture
def ehr() -> Iterator[EhrDesk]:
    """An empty EHR."""
    with Sandbox() as sandbox:
        desk = EhrDesk(sandbox)
        yield desk
        desk.close()


@pytest.fixture
def rehearsal(ehr: EhrDesk, catalog: Catalog, tmp_path: Path) -> Iterator[Rehearsal]:
    """Delivery to that EHR."""
    made = Rehearsal(ehr, catalog, tmp_path)
    yield made
    made.engine.dispose()
