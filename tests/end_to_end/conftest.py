"""Clinics, opened and closed."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fhir_alliance.sandbox import Sandbox
from tests.deliver.ehr_desk import EhrDesk
from tests.end_to_end.clinic import Clinic
from tests.end_to_end.service import Service
from tests.schema import faults


@pytest.fixture(scope="module")
def open_clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Clinic]]:
    """Open clinics; close them in the end."""
    opened: list[tuple[Clinic, Sandbox]] = []

    def make(dialect: str = "put", **settings: Any) -> Clinic:
        sandbox = Sandbox()
        folder = tmp_path_factory.mktemp("clinic")
        service = Service(folder, **{"ehr_url": sandbox.base_url, "ehr_timeout": 5, **settings})
        opened.append((Clinic(EhrDesk(sandbox), service), sandbox))
        opened[-1][0].subscribe(dialect)
        return opened[-1][0]

    yield make
    for clinic, sandbox in opened:
        broken = [fault for kept in clinic.ehr.observations() for fault in faults(kept)]
        assert not broken, broken  # a process of its own is not seen by the check of every emission
        if clinic.service.process.poll() is None:
            clinic.service.kill()
        clinic.ehr.close()
        sandbox.close()
