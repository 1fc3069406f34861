"""Every reason that the ledger knows has advice of its own."""

import pytest

from fhir_alliance.cli import advice
from fhir_alliance.ledger import reasons

#: what an entry may wait for
WAITING = (
    reasons.NOT_KEPT,
    reasons.LEASE_RAN_OUT,
    reasons.CHANGED_MEANWHILE,
    reasons.UNEXPECTED,
    reasons.RELEASED,
    reasons.RETRIED,
)


@pytest.mark.parametrize("reason", WAITING)
def test_what_waits_has_advice_of_its_own(reason: str) -> None:
    """What did not come from the EHR is not laid at its door."""
    assert advice.of_code(reason) != advice.of_code("a code that nobody knows")
