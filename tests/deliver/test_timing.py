"""When the next attempt is due: exponential, bounded, with full jitter."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir_alliance.deliver import LONGEST_WAIT, Timing
from tests.deliver.answers import response
from tests.deliver.rehearsal import LIMIT

#: the largest number below 1
ALMOST = 1 - 2**-53


def backoff(attempts, luck):
    """Seconds to wait after so many attempts."""
    timing = Timing(lambda: None, lambda: luck, timedelta(seconds=10))
    return timing.backoff(attempts).total_seconds()


def test_the_longest_waits():
    """1, 2, 4 … 256 seconds, and never more than five minutes."""
    longest = [round(backoff(attempts, ALMOST)) for attempts in range(12)]

    assert longest == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]


@given(st.integers(0, 10**6), st.floats(0, ALMOST))
def test_full_jitter(attempts, luck):
    """Anything from nothing to the longest wait, in proportion to chance, after any number of attempts."""
    most = min(2.0 ** min(attempts, 16), LONGEST_WAIT.total_seconds())

    assert backoff(attempts, 0) == 0
    assert backoff(attempts, luck) == pytest.approx(most * luck, abs=1e-5)


@pytest.mark.parametrize(("fault", "least"), [("reset", LIMIT), ("status", 0)])
def test_with_no_luck_at_all(rehearsal, fault, least):
    """What may still be under way is left alone for as long as a request may take; what was refused is not."""
    rehearsal.luck = 0
    rehearsal.take(response())
    rehearsal.ehr.fault(fault, method="PUT", status=503)
    rehearsal.attempt()

    assert (rehearsal.due_at - rehearsal.clock()).total_seconds() == least


def test_the_count_begins_anew(rehearsal):
    """After a success the next trouble waits as short as the first."""
    for counts in ((7, 1, 1), (4, 2, 3)):
        rehearsal.take(response(counts=counts))
        rehearsal.ehr.fault("status", method="PUT", status=503, times=3)
        waits = []
        for _ in range(3):
            rehearsal.attempt()
            waits.append((rehearsal.due_at - rehearsal.clock()).total_seconds())
            rehearsal.clock.moment = rehearsal.due_at
        assert waits == [0.5, 1, 2]
        rehearsal.finish()
