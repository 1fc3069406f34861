"""Claiming and settling: one attempt at a time, and nothing that came in meanwhile is lost."""

from datetime import timedelta
from typing import Any

import pytest

from fhir_alliance.ledger.ledger import Outcome
from fhir_alliance.ledger.records import Entry
from fhir_alliance.ledger.tables import State, history
from fhir_alliance.scoring.result import Standing, Status, next_standing
from tests.building import response
from tests.web.desk import Desk

LEASE = timedelta(seconds=60)
P1, P2 = "Patient/p1", "Patient/p2"


def claim(desk: Desk, name: str = "one") -> Entry | None:
    """Claim what is due now."""
    return desk.service.ledger.claim(desk.clock(), name, LEASE)


def claimed(desk: Desk, name: str = "one") -> Entry:
    """Claim what must be due now."""
    found = claim(desk, name)
    assert found is not None
    return found


def written(entry: Entry) -> Outcome:
    """As if what should stand had been written and read back."""
    standing = next_standing(entry.wanted, entry.stands)
    assert standing is not None
    return Outcome(state=State.SETTLED, stands=standing, ehr_id=entry.id, etag='W/"1"')


def settle(desk: Desk, entry: Entry, outcome: Outcome) -> None:
    """Settle now."""
    desk.service.ledger.settle(entry, outcome, desk.clock())


def arrows(desk: Desk) -> list[tuple[str, str, str | None]]:
    """The history, oldest first."""
    return [(row.from_state, row.to_state, row.reason) for row in desk.rows(history)]


def test_what_is_due_longest_is_claimed_first(ehr_desk: Desk) -> None:
    """In the order in which they became due, each once."""
    for number in range(3):
        ehr_desk.post(response(subject=f"Patient/p{number}"))
        ehr_desk.clock.go(1)
    subjects = [claimed(ehr_desk, f"worker {number}").subject for number in range(3)]
    assert subjects == ["Patient/p0", "Patient/p1", "Patient/p2"]
    assert claim(ehr_desk) is None


def test_what_is_not_yet_due_is_not_claimed(ehr_desk: Desk) -> None:
    """An attempt that is to be made later waits until then."""
    ehr_desk.post(response())
    entry = claimed(ehr_desk)
    later = ehr_desk.clock() + timedelta(seconds=30)
    settle(ehr_desk, entry, Outcome(state=State.DUE, stands=None, reason="http-503", due_at=later))
    assert claim(ehr_desk) is None
    ehr_desk.clock.go(30)
    again = claimed(ehr_desk, "two")
    assert (again.id, again.attempts, again.reason) == (entry.id, 1, "http-503")


def test_a_claim_is_exclusive_while_its_lease_lasts(ehr_desk: Desk) -> None:
    """One write per entry is in flight at a time."""
    ehr_desk.post(response())
    claimed(ehr_desk)
    ehr_desk.clock.go(LEASE.total_seconds() - 1)
    assert claim(ehr_desk, "two") is None


def test_a_lease_that_ran_out_is_unknown_first(ehr_desk: Desk) -> None:
    """Whoever takes it over is told that something may have been sent."""
    ehr_desk.post(response())
    first = claimed(ehr_desk)
    sent = next_standing(first.wanted, None)
    assert sent is not None
    ehr_desk.service.ledger.sending(first, sent)
    ehr_desk.clock.go(LEASE.total_seconds())
    second = claimed(ehr_desk, "two")
    assert (second.id, second.lease, second.sent) == (first.id, "two", sent)
    assert arrows(ehr_desk) == [
        ("new", "due", None),
        ("due", "sending", None),
        ("sending", "unknown", "lease-ran-out"),
        ("unknown", "sending", None),
    ]


def test_who_lost_the_lease_settles_nothing(ehr_desk: Desk) -> None:
    """A worker that woke up late changes neither state nor history."""
    ehr_desk.post(response())
    first = claimed(ehr_desk)
    ehr_desk.clock.go(LEASE.total_seconds())
    claimed(ehr_desk, "two")
    before = ehr_desk.contents()
    settle(ehr_desk, first, written(first))
    ehr_desk.service.ledger.sending(first, Standing(first.wanted, Status.FINAL))
    assert ehr_desk.contents() == before


def test_who_settled_already_settles_nothing_more(ehr_desk: Desk) -> None:
    """A lease ends with its attempt."""
    ehr_desk.post(response())
    entry = claimed(ehr_desk)
    settle(ehr_desk, entry, written(entry))
    before = ehr_desk.contents()
    settle(ehr_desk, entry, Outcome(state=State.HELD, stands=None, reason="late"))
    assert ehr_desk.contents() == before


def test_what_stands_is_kept(ehr_desk: Desk) -> None:
    """Id, ETag and statement as the EHR confirmed them; the next status is amended."""
    ehr_desk.put("r1", response())
    entry = claimed(ehr_desk)
    settle(ehr_desk, entry, written(entry))
    settled = ehr_desk.entry()
    assert (settled.state, settled.ehr_id, settled.etag, settled.attempts) == ("settled", entry.id, 'W/"1"', 0)
    ehr_desk.put("r1", response((6, 0, 0)))
    again = claimed(ehr_desk)
    assert again.stands == settled.stands
    assert written(again).stands == Standing(again.wanted, Status.AMENDED)


def test_a_change_while_sending_makes_it_due_again(ehr_desk: Desk) -> None:
    """What was written is not what should stand any more."""
    ehr_desk.put("r1", response())
    entry = claimed(ehr_desk)
    ehr_desk.put("r1", response((6, 0, 0)))
    assert ehr_desk.entry().state is State.SENDING
    settle(ehr_desk, entry, written(entry))
    due = ehr_desk.entry()
    assert (due.state, due.reason) == ("due", "changed-meanwhile")
    assert written(claimed(ehr_desk, "two")).stands == Standing(due.wanted, Status.AMENDED)


def test_a_withdrawal_while_sending_makes_it_due_again(ehr_desk: Desk) -> None:
    """A result deleted while it was being written is withdrawn from the chart."""
    ehr_desk.put("r1", response())
    entry = claimed(ehr_desk)
    ehr_desk.delete("r1")
    settle(ehr_desk, entry, written(entry))
    assert ehr_desk.entry().state is State.DUE
    standing = written(claimed(ehr_desk, "two")).stands
    assert standing is not None
    assert standing.status is Status.ENTERED_IN_ERROR


def test_a_change_and_back_while_sending_is_settled(ehr_desk: Desk) -> None:
    """What was written is what should stand again."""
    ehr_desk.put("r1", response())
    entry = claimed(ehr_desk)
    ehr_desk.put("r1", response((6, 0, 0)))
    ehr_desk.put("r1", response())
    settle(ehr_desk, entry, written(entry))
    assert ehr_desk.entry().state is State.SETTLED


@pytest.mark.parametrize("state", [State.SETTLED, State.DUE, State.HELD, State.UNKNOWN])
def test_a_hold_while_sending_holds_after_it(ehr_desk: Desk, state: State) -> None:
    """A patient changed and changed back meanwhile: a person must look, however the attempt ended."""
    ehr_desk.put("r1", response())
    entry = claimed(ehr_desk)
    ehr_desk.put("r1", response(subject=P2))
    ehr_desk.put("r1", response((6, 0, 0)))
    assert ehr_desk.entries()[P1].hold == "subject-changed"
    outcome = written(entry)
    if state is not State.SETTLED:
        due_at = None if state is State.HELD else ehr_desk.clock()
        outcome = Outcome(state=state, stands=None, reason="http-500", due_at=due_at, sent=outcome.stands)
    settle(ehr_desk, entry, outcome)
    held = ehr_desk.entries()[P1]
    assert (held.state, held.reason, held.hold) == ("held", "subject-changed", "subject-changed")
    assert held.sent == outcome.sent


def test_a_hold_outlives_a_lease(ehr_desk: Desk) -> None:
    """A worker that died while sending takes no hold with it."""
    ehr_desk.put("r1", response())
    claimed(ehr_desk)
    ehr_desk.put("r1", response(subject=P2))
    ehr_desk.put("r1", response((6, 0, 0)))
    ehr_desk.clock.go(LEASE.total_seconds())
    assert claim(ehr_desk, "two") is None
    held = ehr_desk.entries()[P1]
    assert (held.state, held.reason) == ("held", "subject-changed")


def test_a_held_entry_is_never_claimed(ehr_desk: Desk) -> None:
    """Neither now nor later, until a person releases it; then whatever is found may be overwritten."""
    ehr_desk.post(response())
    entry = claimed(ehr_desk)
    settle(ehr_desk, entry, Outcome(state=State.HELD, stands=None, reason="http-422"))
    ehr_desk.clock.go(10**6)
    assert claim(ehr_desk) is None
    assert ehr_desk.service.ledger.release(entry.id, ehr_desk.clock())
    assert claimed(ehr_desk).hold is None


def test_a_release_is_used_up_by_the_attempt(ehr_desk: Desk) -> None:
    """It lasts while the outcome is open, and ends when the attempt does."""
    ehr_desk.post(response())
    settle(ehr_desk, claimed(ehr_desk), Outcome(state=State.HELD, stands=None, reason="changed-in-chart"))
    ehr_desk.service.ledger.release(ehr_desk.entry().id, ehr_desk.clock())
    settle(ehr_desk, claimed(ehr_desk), Outcome(state=State.DUE, stands=None, reason="http-503"))
    assert ehr_desk.entry().released
    entry = claimed(ehr_desk)
    settle(ehr_desk, entry, written(entry))
    assert not ehr_desk.entry().released


def test_a_withdrawal_of_what_may_stand_is_not_forgotten(ehr_desk: Desk) -> None:
    """Sent without an answer, then an EHR that is down: it may stand in the chart, so a withdrawal is due."""
    ehr_desk.put("r1", response())
    first = claimed(ehr_desk)
    sent = written(first).stands
    settle(ehr_desk, first, Outcome(state=State.UNKNOWN, stands=None, reason="timeout", sent=sent))
    second = claimed(ehr_desk, "two")
    settle(ehr_desk, second, Outcome(state=State.DUE, stands=None, reason="http-503", sent=second.sent))
    ehr_desk.delete("r1")
    assert ehr_desk.entry().state is State.DUE
    assert claim(ehr_desk, "three") is not None


def test_a_change_back_of_what_may_stand_is_not_forgotten(ehr_desk: Desk) -> None:
    """An amendment that may have arrived is taken back, though what should stand is what surely stood."""
    ehr_desk.put("r1", response())
    entry = claimed(ehr_desk)
    settle(ehr_desk, entry, written(entry))
    ehr_desk.put("r1", response((6, 0, 0)))
    amended = claimed(ehr_desk)
    known: dict[str, Any] = {"stands": amended.stands, "ehr_id": amended.ehr_id, "etag": amended.etag}
    sent = written(amended).stands
    settle(ehr_desk, amended, Outcome(state=State.UNKNOWN, reason="timeout", sent=sent, **known))
    again = claimed(ehr_desk, "two")
    settle(ehr_desk, again, Outcome(state=State.DUE, reason="http-503", sent=again.sent, **known))
    ehr_desk.put("r1", response())
    assert ehr_desk.entry().state is State.DUE
