"""What a person may decide about an entry, in which state, and what becomes of it."""

from datetime import timedelta

import pytest

from fhir_alliance.ledger.decisions import Answer
from fhir_alliance.ledger.ledger import Outcome
from fhir_alliance.ledger.reasons import CHANGED_IN_CHART, DELETED_IN_CHART, NOT_KEPT
from fhir_alliance.ledger.records import Entry
from fhir_alliance.ledger.tables import State
from fhir_alliance.scoring.result import next_standing
from tests.building import response
from tests.web.desk import Desk

LEASE = timedelta(seconds=60)


def attempted(desk: Desk, state: State, reason: str | None = None) -> Entry:
    """The only entry, after an attempt that ended so."""
    claimed = desk.clinic.ledger.claim(desk.clock(), "worker", LEASE)
    assert claimed is not None
    stands = next_standing(claimed.wanted, claimed.stands) if state is State.SETTLED else claimed.stands
    later = desk.clock() + timedelta(hours=1)
    outcome = Outcome(state=state, stands=stands, reason=reason, due_at=later, ehr_id=claimed.id)
    desk.clinic.ledger.settle(claimed, outcome, desk.clock())
    return desk.entry()


@pytest.fixture
def waiting(ehr_desk: Desk) -> Entry:
    """A result that the EHR did not take yet."""
    ehr_desk.put("r1", response())
    return attempted(ehr_desk, State.DUE, "http-503")


def due_now(desk: Desk) -> bool:
    """Whether it is claimed now."""
    return desk.clinic.ledger.claim(desk.clock(), "next", LEASE) is not None


def test_what_waits_is_tried_again_now(ehr_desk: Desk, waiting: Entry) -> None:
    """It need not wait for its hour."""
    assert not due_now(ehr_desk)
    assert ehr_desk.decisions.retry(waiting.id, ehr_desk.clock()) is Answer.DONE
    assert ehr_desk.entry().attempts == 0
    assert due_now(ehr_desk)


def test_what_may_be_under_way_is_left_until_it_has_ended(ehr_desk: Desk) -> None:
    """A look before that could miss what arrives behind it."""
    ehr_desk.put("r1", response())
    unknown = attempted(ehr_desk, State.UNKNOWN, "no-answer")
    ends = ehr_desk.service.settings.by_name["default"].ehr_timeout
    ehr_desk.clock.go(1)
    assert ehr_desk.decisions.retry(unknown.id, ehr_desk.clock()) is Answer.DONE
    ehr_desk.clock.go(ends - 1.1)
    assert not due_now(ehr_desk)
    ehr_desk.clock.go(0.1)
    assert due_now(ehr_desk)


def test_what_was_refused_is_tried_again(ehr_desk: Desk) -> None:
    """Once what the EHR found wrong is mended."""
    ehr_desk.put("r1", response())
    held = attempted(ehr_desk, State.HELD, "http-422 invalid")
    assert ehr_desk.decisions.retry(held.id, ehr_desk.clock()) is Answer.DONE
    assert (ehr_desk.entry().state, ehr_desk.entry().released) == (State.DUE, False)


@pytest.mark.parametrize("reason", [CHANGED_IN_CHART, DELETED_IN_CHART, f"{NOT_KEPT}: status"])
def test_what_a_person_must_judge_is_not_tried_again(ehr_desk: Desk, reason: str) -> None:
    """To write over someone's change is another decision: release."""
    ehr_desk.put("r1", response())
    held = attempted(ehr_desk, State.HELD, reason)
    assert ehr_desk.decisions.retry(held.id, ehr_desk.clock()) is Answer.NEEDS_RELEASE
    assert ehr_desk.entry() == held


def test_a_changed_subject_is_not_tried_again(ehr_desk: Desk) -> None:
    """Whose answers they are is a person's to say."""
    ehr_desk.put("r1", response())
    ehr_desk.put("r1", response(subject="Patient/p2"))
    held = ehr_desk.entries()["Patient/p2"]
    assert ehr_desk.decisions.retry(held.id, ehr_desk.clock()) is Answer.NEEDS_RELEASE
    assert ehr_desk.decisions.drop(held.id, ehr_desk.clock()) is Answer.DONE


def test_what_is_dropped_is_left(ehr_desk: Desk, waiting: Entry) -> None:
    """Nothing more is written for it, it is not told as a result, and the history says so."""
    assert ehr_desk.decisions.drop(waiting.id, ehr_desk.clock()) is Answer.DONE
    ehr_desk.clock.go(7200)
    assert not due_now(ehr_desk)
    assert (ehr_desk.entry().state, ehr_desk.entry().reason) == (State.DROPPED, "dropped")
    assert ehr_desk.search() == []


def test_the_same_version_again_leaves_it(ehr_desk: Desk, waiting: Entry) -> None:
    """What was given up does not come back by itself."""
    ehr_desk.decisions.drop(waiting.id, ehr_desk.clock())
    ehr_desk.put("r1", response())
    assert ehr_desk.entry().state is State.DROPPED


@pytest.mark.parametrize(
    ("change", "state"),
    [(response((3, 5, 1)), State.DUE), (response(status="entered-in-error"), State.SETTLED)],
    ids=["amended", "entered in error"],
)
def test_a_new_version_takes_it_up(
    ehr_desk: Desk, waiting: Entry, change: dict[str, object], state: State
) -> None:
    """New answers are a new reason to write; a withdrawal of what never stood is none."""
    ehr_desk.decisions.drop(waiting.id, ehr_desk.clock())
    ehr_desk.put("r1", change)
    assert ehr_desk.entry().state is state


def test_what_stands_is_withdrawn_though_it_was_dropped(ehr_desk: Desk) -> None:
    """An amendment was given up; that the response was an error must reach the chart all the same."""
    ehr_desk.put("r1", response())
    attempted(ehr_desk, State.SETTLED)
    ehr_desk.put("r1", response((3, 5, 1)))
    entry = attempted(ehr_desk, State.HELD, "http-422")
    ehr_desk.decisions.drop(entry.id, ehr_desk.clock())
    ehr_desk.put("r1", response(status="entered-in-error"))
    assert ehr_desk.entry().state is State.DUE


def test_a_person_may_take_it_up_again(ehr_desk: Desk, waiting: Entry) -> None:
    """By releasing it."""
    ehr_desk.decisions.drop(waiting.id, ehr_desk.clock())
    assert ehr_desk.decisions.release(waiting.id, ehr_desk.clock()) is Answer.DONE
    assert due_now(ehr_desk)


@pytest.mark.parametrize("decision", ["release", "retry", "drop"])
def test_what_cannot_be_decided_is_said(ehr_desk: Desk, decision: str) -> None:
    """An entry that is not there, is in a worker's hands, or is settled."""
    decide = getattr(ehr_desk.decisions, decision)
    assert decide("no-such-entry", ehr_desk.clock()) is Answer.UNKNOWN
    ehr_desk.put("r1", response())
    claimed = ehr_desk.clinic.ledger.claim(ehr_desk.clock(), "worker", LEASE)
    assert claimed is not None
    assert decide(claimed.id, ehr_desk.clock()) is Answer.UNDER_WAY
    stands = next_standing(claimed.wanted, None)
    ehr_desk.clinic.ledger.settle(
        claimed, Outcome(state=State.SETTLED, stands=stands, ehr_id=claimed.id), ehr_desk.clock()
    )
    assert decide(claimed.id, ehr_desk.clock()) is Answer.NOT_OPEN
