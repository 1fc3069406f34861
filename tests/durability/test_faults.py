"""Submissions to an EHR that does everything wrong: each chart ends right, and nobody is asked."""

from pathlib import Path

import pytest

from fhir_alliance.sandbox import Sandbox
from tests.durability.fault_campaign import Order, campaign
from tests.durability.fault_plan import Plan

PLAN = Plan(seed=20261125, rate=0.1, expires_at=300)
#: seconds: more than the sandbox takes beside other tests
LIMIT = 1.5


@pytest.mark.slow
def test_every_fault_at_a_quarter_of_the_attempts(database: str, tmp_path: Path) -> None:
    """The chart holds what each newest version calls for, once; no write is in vain; the history tells why."""
    with Sandbox() as ehr:
        summary = campaign(Order(submissions=150, plan=PLAN, limit=LIMIT), tmp_path, database, ehr.base_url)

    assert (summary.faults, summary.held) == ([], []), f"\n{summary}"
