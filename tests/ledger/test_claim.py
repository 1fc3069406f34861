"""Claiming and settling: one attempt at a time, and nothing that came in meanwhile is lost."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from fhir_alliance.ledger.decisions import Answer
from fhir_alliance.ledger.ledger import Outcome
from fhir_alliance.ledger.records import Entry, Sent
from fhir_alliance.ledger.tables import State, history
from fhir_alliance.ledger.tables import entry as table
from fhir_alliance.scoring.result import Standing, Status, Withdrawn, next_standing
from tests.building import response
from tests.ledger.conftest import desk_on
from tests.web.desk import Desk

LEASE = timedelta(seconds=60)
P1, P2 = "Patient/p1", "Patient/p2"


def claim(desk: Desk, name: str = "one") -> Entry | None:
    """Claim what is due now."""
    return desk.clinic.ledger.claim(desk.clock(), name, LEASE)


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


def sent(entry: Entry) -> Sent:
    """What should stand, sent without an answer."""
    standing = written(entry).stands
    assert standing is not None
    return Sent(standing)


def settle(desk: Desk, entry: Entry, outcome: Outcome) -> None:
    """Settle now."""
    desk.clinic.ledger.settle(entry, outcome, desk.clock())


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
    first = replace(first, sent=(sent(first),))
    assert ehr_desk.clinic.ledger.sending(first, ehr_desk.clock()) is None
    ehr_desk.clock.go(LEASE.total_seconds())
    second = claimed(ehr_desk, "two")
    assert (second.id, second.lease, second.sent) == (first.id, "two", first.sent)
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
    about_to_send = replace(first, sent=(sent(first),))
    assert ehr_desk.clinic.ledger.sending(about_to_send, ehr_desk.clock()) == "lease-ran-out"
    assert ehr_desk.contents() == before


def test_nothing_is_sent_that_could_outlast_the_lease(ehr_desk: Desk) -> None:
    """Nobody has taken over yet, but could while it is under way."""
    ehr_desk.post(response())
    entry = claimed(ehr_desk)
    sending = ehr_desk.clinic.ledger.sending
    ends = ehr_desk.clock() + LEASE
    assert sending(entry, ends + timedelta(seconds=1)) == "lease-ran-out"
    assert sending(entry, ends) is None


@pytest.mark.parametrize("change", ["amended", "deleted", "held"])
def test_what_changed_since_the_claim_is_not_sent(ehr_desk: Desk, change: str) -> None:
    """A new version, a withdrawal, a patient who changed and changed back."""
    ehr_desk.put("r1", response())
    entry = claimed(ehr_desk)
    if change == "deleted":
        ehr_desk.delete("r1")
    elif change == "amended":
        ehr_desk.put("r1", response((6, 0, 0)))
    else:
        ehr_desk.put("r1", response(subject=P2))
        ehr_desk.put("r1", response())
    assert ehr_desk.clinic.ledger.sending(entry, ehr_desk.clock()) == "changed-meanwhile"


def test_a_row_that_cannot_be_read(ehr_desk: Desk) -> None:
    """It waits for a person, and the next is claimed."""
    for subject in (P1, P2):
        ehr_desk.post(response(subject=subject))
        ehr_desk.clock.go(1)
    broken = ehr_desk.entries()[P1].id
    with ehr_desk.service.database.writing() as connection:
        connection.execute(update(table).where(table.c.id == broken).values(wanted={"no": "statement"}))
    assert claim(ehr_desk) is None
    assert claimed(ehr_desk).subject == P2
    (row,) = (one for one in ehr_desk.rows(table) if one.id == broken)
    assert (row.state, row.reason) == ("held", "unexpected")


def test_what_was_recorded_is_told(ehr_desk: Desk) -> None:
    """Not how the attempt ended, where a hold or a lost lease counts for more."""
    ehr_desk.put("r1", response())
    entry = claimed(ehr_desk)
    ehr_desk.put("r1", response(subject=P2))
    ehr_desk.put("r1", response())
    settle = ehr_desk.clinic.ledger.settle
    assert settle(entry, written(entry), ehr_desk.clock()) == (State.HELD, "subject-changed")
    assert settle(entry, written(entry), ehr_desk.clock()) is None


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
        outcome = Outcome(state=state, stands=None, reason="http-500", due_at=due_at, sent=(sent(entry),))
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
    assert ehr_desk.decisions.release(entry.id, ehr_desk.clock()) is Answer.DONE
    assert claimed(ehr_desk).hold is None


def test_a_release_is_used_up_by_the_attempt(ehr_desk: Desk) -> None:
    """It lasts while the outcome is open, and ends when the attempt does."""
    ehr_desk.post(response())
    settle(ehr_desk, claimed(ehr_desk), Outcome(state=State.HELD, stands=None, reason="changed-in-chart"))
    ehr_desk.decisions.release(ehr_desk.entry().id, ehr_desk.clock())
    settle(ehr_desk, claimed(ehr_desk), Outcome(state=State.DUE, stands=None, reason="http-503", released=True))
    assert ehr_desk.entry().released
    entry = claimed(ehr_desk)
    settle(ehr_desk, entry, written(entry))
    assert not ehr_desk.entry().released


def test_a_withdrawal_of_what_may_stand_is_not_forgotten(ehr_desk: Desk) -> None:
    """Sent without an answer, then an EHR that is down: it may stand in the chart, so a withdrawal is due."""
    ehr_desk.put("r1", response())
    first = claimed(ehr_desk)
    settle(ehr_desk, first, Outcome(state=State.UNKNOWN, stands=None, reason="timeout", sent=(sent(first),)))
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
    settle(ehr_desk, amended, Outcome(state=State.UNKNOWN, reason="timeout", sent=(sent(amended),), **known))
    again = claimed(ehr_desk, "two")
    settle(ehr_desk, again, Outcome(state=State.DUE, reason="http-503", sent=again.sent, **known))
    ehr_desk.put("r1", response())
    assert ehr_desk.entry().state is State.DUE


def test_a_withdrawal_where_the_ehr_is_given_up(ehr_desk: Desk, database: str, tmp_path: Path) -> None:
    """Perhaps an amendment was written when the clinic took its EHR away: what comes then is taken in."""
    ehr_desk.put("r1", response())
    first = claimed(ehr_desk)
    ehr_desk.clinic.ledger.settle(first, written(first), ehr_desk.clock())
    ehr_desk.put("r1", response((5, 2, 2)))
    again = claimed(ehr_desk)
    unsure = Outcome(state=State.UNKNOWN, stands=again.stands, due_at=ehr_desk.clock(), ehr_id=again.id)
    ehr_desk.clinic.ledger.settle(again, unsure, ehr_desk.clock())

    with desk_on(database, tmp_path) as alone:
        assert alone.delete("r1").status_code == 204
        assert (alone.entry().state, type(alone.entry().wanted)) == (State.UNKNOWN, Withdrawn)
