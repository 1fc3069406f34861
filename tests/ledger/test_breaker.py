"""An EHR that fails is left alone, probed by one attempt at a time, and let drain at the clinic's rate."""

from datetime import timedelta, timezone

import pytest
from sqlalchemy import select

from fhir_alliance.ledger.backlog import Backlog
from fhir_alliance.ledger.breaker import LONGEST_PAUSE, MOST_FAILURES, Breaker
from fhir_alliance.ledger.decisions import Answer
from fhir_alliance.ledger.ledger import Ledger, Outcome
from fhir_alliance.ledger.tables import State, ehr, entry
from tests.building import response
from tests.web.desk import Desk

LEASE = timedelta(seconds=60)
LONGEST = timedelta(hours=2)


def fill(desk: Desk, results: int = 20) -> None:
    """So many results to deliver, all of them due."""
    for number in range(results):
        desk.post(response(subject=f"Patient/p{number}"))


def attempt(
    desk: Desk,
    fault: str | None = None,
    patience: int = 0,
    ledger: Ledger | None = None,
    *,
    is_sign: bool = True,
) -> bool:
    """An attempt that ends so; False where none may begin."""
    ledger, now = ledger or desk.clinic.ledger, desk.clock()
    entry = ledger.claim(now, "worker", LEASE)
    if entry is None:
        return False
    later = now + timedelta(hours=1)
    wait = timedelta(seconds=patience)
    told = {"ehr_fault": fault, "is_sign": is_sign, "patience": wait}
    outcome = Outcome(state=State.DUE, stands=None, due_at=later, **told)
    ledger.settle(entry, outcome, now)
    return True


def failing(desk: Desk, failures: int = MOST_FAILURES) -> None:
    """So many failures in a row."""
    assert all(attempt(desk, "http-503") for _ in range(failures))


def ready(desk: Desk) -> list[str]:
    """The clinics for which an attempt may begin."""
    return list(Backlog(desk.service.database, LONGEST).ready(desk.clock()))


def test_a_few_failures_are_no_reason(ehr_desk: Desk) -> None:
    """One fewer than five in a row, then an answer, then as many again: it goes on."""
    fill(ehr_desk)
    failing(ehr_desk, MOST_FAILURES - 1)
    assert attempt(ehr_desk)
    failing(ehr_desk, MOST_FAILURES - 1)
    assert ready(ehr_desk) == ["default"]


def test_it_is_left_alone_and_probed(ehr_desk: Desk) -> None:
    """After five failures nothing begins for a second; then one attempt, and no other beside it."""
    fill(ehr_desk)
    failing(ehr_desk)
    assert (ready(ehr_desk), attempt(ehr_desk)) == ([], False)

    ehr_desk.clock.go(1)
    assert ready(ehr_desk) == ["default"]
    assert ehr_desk.clinic.ledger.claim(ehr_desk.clock(), "probe", LEASE) is not None
    assert (ready(ehr_desk), attempt(ehr_desk)) == ([], False)


def test_each_failed_probe_doubles_the_pause(ehr_desk: Desk) -> None:
    """1, 2, 4 … seconds, five minutes at most."""
    fill(ehr_desk)
    failing(ehr_desk)
    for pause in (1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300):
        ehr_desk.clock.go(pause - 0.1)
        assert not attempt(ehr_desk, "http-503")
        ehr_desk.clock.go(0.1)
        assert attempt(ehr_desk, "http-503")
    assert timedelta(seconds=300) == LONGEST_PAUSE


def test_an_answer_ends_it(ehr_desk: Desk) -> None:
    """The first that is answered, whatever the answer: all may go on."""
    fill(ehr_desk)
    failing(ehr_desk)
    ehr_desk.clock.go(1)
    assert attempt(ehr_desk)
    assert all(attempt(ehr_desk) for _ in range(5))
    (row,) = ehr_desk.rows(ehr)
    assert (row.failures, row.probe_at, row.next_at, row.reason, row.failing_since) == (0, None, None, None, None)


def test_what_is_no_sign_is_not_counted(ehr_desk: Desk) -> None:
    """An error of ours, or of one entry again: it neither adds to a row of failures nor ends one."""
    fill(ehr_desk)
    failing(ehr_desk, MOST_FAILURES - 1)
    assert all(attempt(ehr_desk, "unexpected", is_sign=False) for _ in range(MOST_FAILURES))
    assert ready(ehr_desk) == ["default"]
    failing(ehr_desk, 1)
    assert ready(ehr_desk) == []


def test_a_probe_that_is_no_sign_was_in_vain(ehr_desk: Desk) -> None:
    """The EHR stays alone for as long as after any other, and why it is stays told."""
    fill(ehr_desk)
    failing(ehr_desk)
    ehr_desk.clock.go(1)
    assert attempt(ehr_desk, "unexpected", is_sign=False)
    ehr_desk.clock.go(1.9)
    assert ready(ehr_desk) == []
    ehr_desk.clock.go(0.1)
    assert ready(ehr_desk) == ["default"]
    (row,) = ehr_desk.rows(ehr)
    assert row.reason == "http-503"


def test_the_least_tried_is_the_probe(ehr_desk: Desk) -> None:
    """What fails for reasons of its own was due before, and does not keep the EHR alone."""
    fill(ehr_desk, MOST_FAILURES)
    failing(ehr_desk)
    ehr_desk.clock.go(3600)
    assert attempt(ehr_desk, "http-503")
    ehr_desk.post(response(subject="Patient/new"))
    ehr_desk.clock.go(3600)
    probe = ehr_desk.clinic.ledger.claim(ehr_desk.clock(), "worker", LEASE)
    assert probe is not None
    assert probe.subject == "Patient/new"


def test_what_the_ehr_asks_for_holds_for_all(ehr_desk: Desk) -> None:
    """One Retry-After is enough, and is waited out."""
    fill(ehr_desk)
    assert attempt(ehr_desk, "http-429", patience=30)
    ehr_desk.clock.go(29)
    assert not attempt(ehr_desk)
    ehr_desk.clock.go(1)
    assert attempt(ehr_desk)
    assert attempt(ehr_desk)


def test_what_is_known_is_kept(ehr_desk: Desk) -> None:
    """Since when it fails, and how."""
    fill(ehr_desk)
    began = ehr_desk.clock()
    failing(ehr_desk, 3)
    ehr_desk.clock.go(1)
    failing(ehr_desk, 1)
    (row,) = ehr_desk.rows(ehr)
    assert (row.failures, row.reason, row.failing_since) == (4, "http-503", began)


def test_a_probe_whose_worker_died_is_made_by_another(ehr_desk: Desk) -> None:
    """No later than its lease runs out."""
    fill(ehr_desk)
    failing(ehr_desk)
    ehr_desk.clock.go(1)
    assert ehr_desk.clinic.ledger.claim(ehr_desk.clock(), "of the dead", LEASE) is not None
    ehr_desk.clock.go(LEASE.total_seconds())
    assert ready(ehr_desk) == ["default"]
    assert attempt(ehr_desk)


def test_a_person_may_say_that_it_works_again(ehr_desk: Desk) -> None:
    """To retry one result ends the pause for the next attempt."""
    fill(ehr_desk)
    failing(ehr_desk)
    due = next(one for one in ehr_desk.entries().values() if one.attempts)
    assert ehr_desk.decisions.retry(due.id, ehr_desk.clock()) is Answer.DONE
    assert ready(ehr_desk) == ["default"]
    assert attempt(ehr_desk)


@pytest.mark.parametrize("rate", [2, 50])
def test_the_backlog_drains_at_the_rate(ehr_desk: Desk, rate: int) -> None:
    """Workers that look every fifth of a second make as many attempts as may be made, and no more."""
    fill(ehr_desk, 120)
    limited = Ledger(ehr_desk.service.database, "default", own_chart=False, rate=rate)
    made = 0
    for _ in range(10):
        while attempt(ehr_desk, ledger=limited):
            made += 1
        ehr_desk.clock.go(0.2)
    assert 1.8 * rate <= made <= 1.8 * rate + 2  # the last look was after 1.8 seconds


def test_of_two_who_reckon_at_once_one_may_begin(ehr_desk: Desk) -> None:
    """After a while without attempts there is credit; two who read so spend it one after another."""
    limited = Breaker("default", rate=2)
    with ehr_desk.service.database.writing() as connection:
        for _ in range(3):
            read, now = limited.condition(connection), ehr_desk.clock()
            assert [limited.lets(connection, read, now, LEASE) for _ in range(2)] == [True, False]
            ehr_desk.clock.go(10)


def test_clinics_do_not_wait_for_each_other(ehr_desk: Desk) -> None:
    """Another clinic's EHR is another row."""
    database = ehr_desk.service.database
    Backlog(database, LONGEST).enter(["default", "other"])
    fill(ehr_desk)
    failing(ehr_desk)
    with database.reading() as connection:
        found = connection.execute(select(ehr.c.clinic, ehr.c.failures).order_by(ehr.c.clinic)).all()
    assert [tuple(row) for row in found] == [("default", MOST_FAILURES), ("other", 0)]


def test_what_began_before_says_nothing_of_now(ehr_desk: Desk) -> None:
    """Attempts under way when the EHR is left alone neither prolong the pause nor end it."""
    fill(ehr_desk)
    ledger, begun = ehr_desk.clinic.ledger, ehr_desk.clock()
    early = [ledger.claim(begun, f"worker {number}", LEASE) for number in range(3)]
    ehr_desk.clock.go(0.1)
    failing(ehr_desk)
    for claimed, fault in zip(early, ("http-503", "http-503", None), strict=True):
        assert claimed is not None
        ledger.settle(
            claimed, Outcome(state=State.HELD, stands=None, reason="x", ehr_fault=fault), ehr_desk.clock()
        )
        assert ready(ehr_desk) == []

    ehr_desk.clock.go(1)
    assert attempt(ehr_desk)
    assert ready(ehr_desk) == ["default"]


def test_what_began_before_may_ask_for_patience(ehr_desk: Desk) -> None:
    """The EHR's own word counts, whoever heard it."""
    fill(ehr_desk)
    entry = ehr_desk.clinic.ledger.claim(ehr_desk.clock(), "early", LEASE)
    assert entry is not None
    ehr_desk.clock.go(0.1)
    failing(ehr_desk)
    patience = timedelta(seconds=30)
    outcome = Outcome(state=State.HELD, stands=None, reason="x", ehr_fault="http-429", patience=patience)
    ehr_desk.clinic.ledger.settle(entry, outcome, ehr_desk.clock())
    ehr_desk.clock.go(29)
    assert ready(ehr_desk) == []
    ehr_desk.clock.go(1)
    assert ready(ehr_desk) == ["default"]


def test_a_success_from_before_does_not_end_the_wait(ehr_desk: Desk) -> None:
    """Asked to wait by one answer, answered well by another that was asked for earlier: it waits."""
    fill(ehr_desk)
    ledger = ehr_desk.clinic.ledger
    early = ledger.claim(ehr_desk.clock(), "early", LEASE)
    assert early is not None
    ehr_desk.clock.go(0.1)
    assert attempt(ehr_desk, "http-429", patience=30)
    ledger.settle(early, Outcome(state=State.HELD, stands=None, reason="x"), ehr_desk.clock())
    assert ready(ehr_desk) == []


def test_the_rate_holds_when_a_clock_is_put_back(ehr_desk: Desk) -> None:
    """The next attempt does not wait until the time is what it was."""
    fill(ehr_desk)
    limited = Ledger(ehr_desk.service.database, "default", own_chart=False, rate=0.01)
    while attempt(ehr_desk, ledger=limited):
        pass
    ehr_desk.clock.go(-3 * 3600)
    assert not attempt(ehr_desk, ledger=limited)
    assert ready(ehr_desk) == ["default"]
    assert attempt(ehr_desk, ledger=limited)
    assert not attempt(ehr_desk, ledger=limited)


def test_a_time_that_is_mended_is_the_same_in_every_zone(ehr_desk: Desk) -> None:
    """What was due hours ahead is due now, whatever the zone in which now is told."""
    fill(ehr_desk)
    ehr_desk.clock.at = (ehr_desk.clock() - timedelta(hours=3)).astimezone(timezone(timedelta(hours=4)))
    assert ready(ehr_desk) == ["default"]
    assert {row.due_at for row in ehr_desk.rows(entry)} == {ehr_desk.clock()}
