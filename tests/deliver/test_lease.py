"""A lease: long enough for every attempt, and the only licence to send."""

from datetime import timedelta

import pytest

from fhir_alliance.deliver import Timing
from fhir_alliance.ledger.database import BUSY_SECONDS
from fhir_alliance.ledger.tables import State
from tests.deliver.answers import response

#: metadata, a look by id, one by identifier, metadata once more when their hour is over, a write, a look
REQUESTS = 7
#: for its turn among the writers of its process, then for those of others
WAITS_OF_A_WRITE = 2
#: what the ledger writes of an attempt before its last request: the claim, and what is about to be sent
WRITES = 2


@pytest.mark.parametrize("seconds", [0.3, 10, 60])
def test_it_outlasts_the_longest_attempt(seconds):
    """Every request takes its whole time, and the ledger lets each of its writes wait as long as it ever does."""
    timing = Timing(lambda: None, lambda: 0.5, timedelta(seconds=seconds))
    waits = WRITES * WAITS_OF_A_WRITE * BUSY_SECONDS

    assert timing.lease > timedelta(seconds=REQUESTS * seconds + waits)


@pytest.mark.parametrize("stood_before", [False, True])
def test_who_lost_it_sends_nothing(rehearsal, stood_before):
    """A worker looks and stalls; another delivers a newer version; the first wakes up, and keeps its hands off."""
    if stood_before:
        rehearsal.settle(response())
    rehearsal.take(response(counts=(4, 2, 3)))
    claimed = rehearsal.ledger.claim(rehearsal.clock(), "of the slow", rehearsal.timing.lease)
    found = rehearsal.chart.look(claimed.id, claimed.ehr_id, by_identifier=False)
    rehearsal.clock.moment += rehearsal.timing.lease
    rehearsal.take(response(counts=(3, 3, 3)))
    settled = rehearsal.finish()
    rehearsal.ehr.forget()

    outcome = rehearsal.delivery._reconcile(claimed, found)
    rehearsal.ledger.settle(claimed, outcome, rehearsal.clock())
    assert rehearsal.ehr.log() == []
    assert (rehearsal.entry, settled.state) == (settled, State.SETTLED)
