"""What is received is kept no longer than the clinic says, and nothing that is still needed goes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update

from fhir_alliance.ledger import purge
from fhir_alliance.ledger.ledger import Outcome
from fhir_alliance.ledger.purge import ROUND, Purge, Purges
from fhir_alliance.ledger.tables import State, entry, history, notice, version
from fhir_alliance.scoring.result import next_standing
from fhir_alliance.settings import DEFAULT_CLINIC
from tests.building import EHR_URL, NOW, response
from tests.ledger.conftest import desk_on
from tests.web.desk import Desk, issue, updated

DAY = timedelta(days=1)
LEASE = timedelta(seconds=60)
KEEP = 30 * DAY


def purged(desk: Desk, after: timedelta = KEEP, clinic: str = DEFAULT_CLINIC) -> None:
    """A whole round, ``after`` so much time."""
    made = Purge(desk.service.database, clinic, KEEP)
    while made.batch(NOW + after):
        pass


def kept(desk: Desk) -> list[bool]:
    """Which versions still have their body."""
    return [row.body is not None for row in desk.rows(version)]


def attempted(desk: Desk, state: State, **named: Any) -> None:
    """An attempt to write the only entry ends in ``state``."""
    ledger = desk.clinic.ledger
    claimed = ledger.claim(NOW, "lease", LEASE)
    assert claimed is not None
    standing = next_standing(claimed.wanted, claimed.stands)
    stands = {"stands": standing, "ehr_id": claimed.id, "etag": 'W/"1"'} if state is State.SETTLED else {}
    ledger.settle(claimed, Outcome(**{"state": state, "stands": None, **stands, **named}), NOW)


def test_what_is_settled_goes_when_its_time_is_over(desk: Desk) -> None:
    """Not a second sooner; what has to be known of it stays."""
    desk.tell("r1", response(id="r1"))
    before = desk.contents()
    purged(desk, KEEP - timedelta(seconds=1))
    assert desk.contents() == before
    purged(desk)

    after = desk.contents()
    assert kept(desk) == [False]
    assert {name: rows for name, rows in after.items() if name != "version"} == {
        name: rows for name, rows in before.items() if name != "version"
    }
    (was,), (now,) = before["version"], after["version"]
    assert {**was._asdict(), "body": None} == now._asdict()


def test_each_version_has_its_own_time(desk: Desk) -> None:
    """The newer one stays as long as the older one did."""
    desk.tell("r1", response(id="r1"))
    desk.clock.go(DAY.total_seconds())
    desk.tell("r1", response("YYYYYYYYY", id="r1"))
    purged(desk)
    assert kept(desk) == [False, True]
    purged(desk, KEEP + DAY)
    assert kept(desk) == [False, False]


@pytest.mark.parametrize(
    ("state", "named"),
    [
        (State.DUE, {"reason": "http-503"}),
        (State.UNKNOWN, {"reason": "no-answer"}),
        (State.HELD, {"reason": "http-422"}),
    ],
)
def test_what_is_open_stays(ehr_desk: Desk, state: State, named: dict[str, Any]) -> None:
    """Due, under way, unknown and held: a person may have to look at the answers yet."""
    ehr_desk.tell("r1", response(id="r1"))
    purged(ehr_desk)
    assert kept(ehr_desk) == [True]
    assert ehr_desk.clinic.ledger.claim(NOW, "x", timedelta()) is not None
    purged(ehr_desk)
    assert (ehr_desk.entry().state, kept(ehr_desk)) == (State.SENDING, [True])
    attempted(ehr_desk, state, **named)
    purged(ehr_desk)
    assert (ehr_desk.entry().state, kept(ehr_desk)) == (state, [True])


def test_what_was_given_up_goes_unless_it_is_unknown_what_arrived(ehr_desk: Desk) -> None:
    """``drop`` ends it; but where an attempt went unanswered, a person may come back to it."""
    ehr_desk.tell("r1", response(id="r1"))
    attempted(ehr_desk, State.DUE, reason="http-503")
    ehr_desk.decisions.drop(ehr_desk.entry().id, NOW)
    sent = [{"standing": {}, "under_way": True}]
    with ehr_desk.service.database.writing() as connection:
        connection.execute(update(entry).values(sent=sent))
    purged(ehr_desk)
    assert kept(ehr_desk) == [True]
    with ehr_desk.service.database.writing() as connection:
        connection.execute(update(entry).values(sent=None))
    purged(ehr_desk)
    assert kept(ehr_desk) == [False]


def test_every_entry_counts(ehr_desk: Desk) -> None:
    """A response that changed its patient has two: it stays while one of them is open."""
    ehr_desk.tell("r1", response(id="r1"))
    attempted(ehr_desk, State.SETTLED)
    ehr_desk.tell("r1", response(id="r1", subject="Patient/p2"))
    attempted(ehr_desk, State.SETTLED)
    assert {one.state for one in ehr_desk.entries().values()} == {State.SETTLED, State.HELD}
    purged(ehr_desk)
    assert kept(ehr_desk) == [True, True]


def test_what_called_for_nothing_goes(desk: Desk) -> None:
    """Invalid, unfinished and unreadable responses, too; ``status`` tells of them as before."""
    desk.tell("r1", response(id="r1", subject="Group/g1"))
    desk.tell("r2", response(id="r2", status="in-progress"))
    desk.tell("r3", b"{")
    told = set(desk.clinic.reads.attention())
    purged(desk)
    assert kept(desk) == [False] * 3
    assert set(desk.clinic.reads.attention()) == told


@pytest.mark.case("purged-known")
def test_the_same_is_known_again_after_it(desk: Desk) -> None:
    """At both doors a copy of a purged version is the same version, and changes nothing."""
    desk.tell("r1", response(id="r1", meta=updated(1)))
    desk.tell("r2", response((3, 3, 3), id="r2"))
    made = desk.post(response((9, 0, 0)))
    purged(desk)
    before = desk.contents()
    desk.tell("r1", response(id="r1", meta=updated(1)))
    desk.tell("r2", response((3, 3, 3), id="r2"))
    again = desk.post(response((9, 0, 0)))

    assert (again.status_code, again.headers["Location"]) == (200, made.headers["Location"])
    assert desk.contents() == before


@pytest.mark.case("purged-known")
def test_an_amendment_after_it_amends_the_same(desk: Desk) -> None:
    """The entry, its first date and the order are as if nothing had been purged."""
    desk.tell("r1", response(id="r1", meta=updated(5)))
    purged(desk)
    later = "2026-11-19T10:00:00Z"
    desk.tell("r1", response("YYYYYYYYY", id="r1", status="amended", authored=later, meta=updated(9)))
    desk.tell("r1", response("NNNNNNNNN", id="r1", meta=updated(3)))

    (found,) = desk.search()
    assert (found["status"], found["effectiveDateTime"]) == ("amended", response()["authored"])
    assert desk.entry().wanted.counts.yes == 9
    assert [late for _, _, late in desk.versions()] == [False, False, True]


@pytest.mark.case("purged-gone")
def test_a_read_answers_that_it_is_gone_and_why(desk: Desk) -> None:
    """410 for the response and for the version, but not for a newer one; its result is still found."""
    desk.put("r1", response())
    purged(desk)
    for path in ("r1", "r1/_history/1"):
        answer = desk.read(path)
        assert (answer.status_code, issue(answer)["code"]) == (410, "deleted")
        assert "no longer" in issue(answer)["diagnostics"]
    assert len(desk.search("derived-from=QuestionnaireResponse/r1")) == 1
    assert desk.put("r1", response("YYYYYYYYY"), If_Match='W/"1"').status_code == 200
    assert [desk.read(path).status_code for path in ("r1", "r1/_history/2", "r1/_history/1")] == [200, 200, 410]


def test_only_the_clinic_that_says_so(database: str, tmp_path: Path) -> None:
    """Another clinic's responses stay."""
    with desk_on(database, tmp_path) as desk:
        desk.tell("r1", response(id="r1"))
        purged(desk, clinic="another")
        assert kept(desk) == [True]
        assert not Purges(desk.service.database, {DEFAULT_CLINIC: None}, desk.clock)


def test_it_goes_on_in_batches(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is open does not keep a round from what lies behind it; then there is a long rest."""
    monkeypatch.setattr(purge, "BATCH", 2)
    monkeypatch.setattr(purge, "_NEXT", purge._NEXT.limit(2))
    for number in range(7):
        desk.tell(f"r{number}", response(id=f"r{number}", subject=f"Patient/p{number}"))
    open_ones = [f"Patient/p{number}" for number in range(4)]
    held = {"state": State.HELD, "reason": "http-422"}
    with desk.service.database.writing() as connection:
        connection.execute(update(entry).where(entry.c.subject.in_(open_ones)).values(held))
    purges = Purges(desk.service.database, {DEFAULT_CLINIC: 30}, lambda: NOW + KEEP)
    waits = [purges.step() for _ in range(4)]

    assert waits == [purge.BREATH] * 3 + [ROUND]
    assert sorted(kept(desk)) == [False] * 3 + [True] * 4
    with desk.service.database.writing() as connection:
        connection.execute(update(entry).values(state=State.SETTLED, reason=None))
    while purges.step() != ROUND:
        pass
    assert kept(desk) == [False] * 7


def test_what_was_only_noted_goes_when_its_time_is_over(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each at its time, batch by batch, and of the clinic alone: until then status counts it."""
    monkeypatch.setattr(purge, "BATCH", 2)
    monkeypatch.setattr(
        purge, "_REMOVE_NOTICES", delete(notice).where(notice.c.id.in_(purge._OLD_NOTICES.limit(2)))
    )
    for _ in range(5):
        desk.send("POST", "/notify")
    desk.clock.go(DAY.total_seconds())
    desk.send("POST", "/notify")
    purged(desk, clinic="another")
    purged(desk, KEEP - timedelta(seconds=1))
    assert desk.clinic.reads.notices() == {"empty": 6}
    purged(desk)
    assert desk.clinic.reads.notices() == {"empty": 1}
    purged(desk, KEEP + DAY)
    assert desk.rows(notice) == []


@pytest.fixture
def desks(database: str, tmp_path: Path) -> Iterator[list[Desk]]:
    """Services with connections of their own."""
    with desk_on(database, tmp_path, EHR_URL=EHR_URL) as one, desk_on(database, tmp_path, EHR_URL=EHR_URL) as two:
        yield [one, two]


def test_side_by_side_and_beside_arrivals(desks: list[Desk]) -> None:
    """Several workers purge while responses arrive and are claimed: nobody fails, all that is due to go goes."""
    for number in range(250):
        desks[0].tell(f"r{number}", response(id=f"r{number}", subject=f"Patient/p{number}"))
    with desks[0].service.database.writing() as connection:
        connection.execute(update(entry).values(state=State.SETTLED, due_at=None))

    def arrive() -> None:
        for number in range(250, 290):
            told = desks[1].tell(f"r{number}", response(id=f"r{number}", subject=f"Patient/p{number}"))
            assert told.status_code == 200
            assert desks[1].clinic.ledger.claim(NOW, f"lease-{number}", LEASE) is not None

    with ThreadPoolExecutor(5) as pool:
        work = [pool.submit(purged, desks[number % 2]) for number in range(4)] + [pool.submit(arrive)]
        for one in work:
            one.result(60)
    purged(desks[0])
    assert sorted(kept(desks[0])) == [False] * 250 + [True] * 40
    assert len(desks[0].rows(history)) == 250 + 40 * 2
