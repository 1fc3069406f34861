"""A sandbox EHR, and delivery to it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fhir_alliance.catalog import Catalog
from fhir_alliance.sandbox import Sandbox
from tests.deliver.ehr_desk import EhrDesk
from tests.deliver.rehearsal import LIMIT, SHORT_LIMIT, Rehearsal


@pytest.fixture
def ehr() -> Iterator[EhrDesk]:
    """An empty EHR."""
    with Sandbox() as sandbox:
        desk = EhrDesk(sandbox)
        yield desk
        desk.close()


@pytest.fixture
def limit(request: pytest.FixtureRequest) -> float:
    """Seconds that one request may take: few where the fault is a hang."""
    return SHORT_LIMIT if re.search(r"\bhang\b", request.node.name) else LIMIT


@pytest.fixture
def rehearsal(ehr: EhrDesk, catalog: Catalog, tmp_path: Path, limit: float) -> Iterator[Rehearsal]:
    """Delivery to that EHR."""
    made = Rehearsal(ehr, catalog, tmp_path, limit=limit)
    yield made
    made.engine.dispose()
