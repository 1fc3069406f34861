"""An attempt that stumbles over what nobody thought of: told, tried again later, and no other waits for it."""

import logging
from datetime import timedelta

import pytest

from fhir_alliance.ledger.reads import Reads
from fhir_alliance.ledger.tables import State
from fhir_alliance.worker import Worker
from tests.deliver.answers import response
from tests.deliver.ehr_desk import until
from tests.deliver.rehearsal import LIMIT

SECRET = "Ada Lovelace, Patient/p1, Yes to 7 of 9"


class Stumbling:
    """A chart in which some step goes wrong in a way that is no fault of a chart."""

    def __init__(self, chart, step, entry_id):
        self._chart, self._step, self._entry_id = chart, step, entry_id

    def look(self, observation_id, ehr_id, *, by_identifier):
        """Looks, unless it stumbles."""
        self._stumble("look", observation_id)
        return self._chart.look(observation_id, ehr_id, by_identifier=by_identifier)

    def write(self, resource, *condition):
        """Stumbles before, or after, what is written."""
        self._stumble("before the write", resource["id"])
        written = self._chart.write(resource, *condition)
        self._stumble("after the write", resource["id"])
        return written

    def _stumble(self, step, entry_id):
        if (step, entry_id) == (self._step, self._entry_id):
            raise ValueError(SECRET)


STEPS = ("look", "before the write", "after the write")


def stumble(rehearsal, step):
    """Let every attempt at the first entry go wrong at this step."""
    rehearsal.delivery._chart = Stumbling(rehearsal.chart, step, rehearsal.entry.id)


def mend(rehearsal):
    """Let it go right again."""
    rehearsal.delivery._chart = rehearsal.chart


@pytest.mark.parametrize("step", STEPS[:2])
def test_it_is_unknown_and_told(rehearsal, step):
    """Due again later and later, as after no answer; status names the reason; mended, it is delivered once."""
    rehearsal.take(response())
    stumble(rehearsal, step)
    waits = []
    for _ in range(4):
        with pytest.raises(ValueError, match="Ada"):
            rehearsal.delivery.deliver_one("a lease")
        assert (rehearsal.entry.state, rehearsal.entry.reason) == (State.UNKNOWN, "unexpected")
        waits.append(rehearsal.due_at - rehearsal.clock())
        rehearsal.clock.moment = rehearsal.due_at

    assert waits == [timedelta(seconds=LIMIT + wait) for wait in (0.5, 1, 2, 4)]
    assert Reads(rehearsal.database, "default").waiting() == {"unexpected": 1}
    mend(rehearsal)
    entry = rehearsal.finish()
    assert (entry.state, entry.attempts, rehearsal.ehr.versions(entry.id)) == (State.SETTLED, 0, 1)


def test_what_it_had_sent_is_not_forgotten(rehearsal):
    """It stumbles when the first write has arrived, and a clinician changes that: held, not written over."""
    rehearsal.take(response())
    stumble(rehearsal, "after the write")
    with pytest.raises(ValueError, match="Ada"):
        rehearsal.delivery.deliver_one("a lease")
    mend(rehearsal)
    kept = rehearsal.ehr.kept(f"Observation/{rehearsal.entry.id}")
    theirs = rehearsal.ehr.change(kept, valueCodeableConcept={"text": "Ask her again"})
    entry = rehearsal.finish()

    assert rehearsal.ehr.kept(f"Observation/{entry.id}") == theirs
    assert (entry.state, entry.reason) == (State.HELD, "changed-in-chart")


def test_what_it_had_sent_is_known_again(rehearsal):
    """It stumbles when an amendment has arrived, and another comes: what stands is ours, and is amended."""
    rehearsal.settle(response())
    rehearsal.take(response(counts=(4, 2, 3)))
    stumble(rehearsal, "after the write")
    with pytest.raises(ValueError, match="Ada"):
        rehearsal.delivery.deliver_one("a lease")
    mend(rehearsal)
    rehearsal.take(response(counts=(3, 3, 3)))
    entry = rehearsal.finish()

    assert (entry.state, entry.reason, rehearsal.ehr.versions(entry.id)) == (State.SETTLED, None, 3)


@pytest.mark.parametrize("step", STEPS)
def test_the_worker_goes_on_with_the_others(rehearsal, step, monkeypatch, caplog):
    """All others are delivered; the log tells where it happened, and nothing of what the error says."""
    monkeypatch.setattr("fhir_alliance.worker.TROUBLE", 0.01)
    rehearsal.take(response("r1", patient="p1"))
    stumble(rehearsal, step)
    for number in range(2, 5):
        rehearsal.take(response(f"r{number}", patient=f"p{number}"))
    worker = Worker({"default": rehearsal.delivery}, lambda: ["default"])
    with caplog.at_level(logging.DEBUG, logger="fhir_alliance"):
        worker.start()
        try:
            until(lambda: [one.state for one in rehearsal.entries].count(State.SETTLED) == 3)
            until(lambda: Reads(rehearsal.database, "default").waiting() == {"unexpected": 1})
        finally:
            worker.stop(10)

    (told,) = [one for one in caplog.records if one.name == "fhir_alliance.worker"]
    assert told.getMessage().startswith("unexpected ValueError\n")
    assert "_stumble" in caplog.text
    assert not any(word in caplog.text for word in ("Ada", "Patient/p1", "7 of 9"))
