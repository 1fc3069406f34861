"""What an operator is told: since when each state's oldest waits, how the EHR does, and all about one entry."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from fhir_alliance.ledger.ledger import Outcome
from fhir_alliance.ledger.oversight import Condition, Oversight
from fhir_alliance.ledger.tables import State
from fhir_alliance.scoring.result import next_standing
from tests.building import response
from tests.web.desk import Desk

LEASE = timedelta(seconds=60)


def oversight(desk: Desk, clinic: str = "default") -> Oversight:
    """The operator's questions about a clinic."""
    return Oversight(desk.service.database, clinic)


def attempt(
    desk: Desk, state: State, reason: str | None = None, fault: str | None = None, ehr_id: str | None = None
) -> str:
    """The entry that was due longest, after an attempt that ended so; its next one is due at once."""
    claimed = desk.clinic.ledger.claim(desk.clock(), "worker", LEASE)
    assert claimed is not None
    stands = next_standing(claimed.wanted, claimed.stands) if state is State.SETTLED else claimed.stands
    ended = {"due_at": desk.clock(), "ehr_id": ehr_id or claimed.id, "ehr_fault": fault}
    desk.clinic.ledger.settle(claimed, Outcome(state=state, stands=stands, reason=reason, **ended), desk.clock())
    return claimed.id


def test_nothing_waits_where_all_is_settled(desk: Desk) -> None:
    """What is at rest has no age; nor has an empty ledger."""
    assert oversight(desk).oldest() == {}
    desk.put("r1", response())
    assert desk.entry().state is State.SETTLED
    assert oversight(desk).oldest() == {}


def test_attempts_do_not_make_it_younger(ehr_desk: Desk) -> None:
    """What was due for an hour, however often it was tried, has waited an hour."""
    ehr_desk.put("r1", response())
    began = ehr_desk.clock()
    for state in (State.DUE, State.UNKNOWN):
        ehr_desk.clock.go(1800)
        attempt(ehr_desk, state, "no-answer")
    (oldest,) = oversight(ehr_desk).oldest().values()

    assert list(oversight(ehr_desk).oldest()) == [State.UNKNOWN]
    assert oldest.since == began


def test_the_oldest_of_each_state(ehr_desk: Desk) -> None:
    """Of several the one that has waited longest is told; what is under way waits, too."""
    for number in (1, 2, 3):
        ehr_desk.put(f"r{number}", response(subject=f"Patient/p{number}"))
        ehr_desk.clock.go()
    entries = ehr_desk.entries()
    assert ehr_desk.clinic.ledger.claim(ehr_desk.clock(), "worker", LEASE) is not None
    oldest = oversight(ehr_desk).oldest()

    assert {state: one.id for state, one in oldest.items()} == {
        State.SENDING: entries["Patient/p1"].id,
        State.DUE: entries["Patient/p2"].id,
    }
    assert oldest[State.DUE].since - oldest[State.SENDING].since == timedelta(seconds=60)


def test_held_since_it_was_held(ehr_desk: Desk) -> None:
    """The wait for a person begins when it is held, not when it was first due."""
    ehr_desk.put("r1", response())
    ehr_desk.clock.go(3600)
    entry_id = attempt(ehr_desk, State.HELD, "http-422 invalid")
    held_at = ehr_desk.clock()
    ehr_desk.clock.go(60)
    ehr_desk.put("r1", response("NNNNNNNNN"))  # what comes meanwhile does not count anew
    oldest = oversight(ehr_desk).oldest()

    assert (oldest[State.HELD].id, oldest[State.HELD].since) == (entry_id, held_at)


def test_settled_and_due_again_is_a_new_wait(ehr_desk: Desk) -> None:
    """What stood for a while and is to change waits since it is to change."""
    ehr_desk.put("r1", response())
    attempt(ehr_desk, State.SETTLED)
    ehr_desk.clock.go(3600)
    ehr_desk.put("r1", response("NNNNNNNNN"))

    assert oversight(ehr_desk).oldest()[State.DUE].since == ehr_desk.clock()


def test_what_was_never_tried_is_counted(ehr_desk: Desk) -> None:
    """Until the first attempt has ended."""
    ehr_desk.put("r1", response())
    assert oversight(ehr_desk).untried() == 1
    attempt(ehr_desk, State.DUE, "http-503")
    assert oversight(ehr_desk).untried() == 0


def test_what_waits_is_told_in_one_order(ehr_desk: Desk) -> None:
    """Two looks that find the same read alike."""
    reasons = [f"http-5{number:02}" for number in range(9)]
    for reason in reasons:
        ehr_desk.put(reason, response(subject=f"Patient/{reason}"))
    for reason in reversed(reasons):
        ehr_desk.clock.go()
        attempt(ehr_desk, State.DUE, reason)
    with ehr_desk.service.database.writing() as connection:
        connection.execute(text("ANALYZE"))  # now PostgreSQL knows that they are few, and counts in no order

    assert list(oversight(ehr_desk).waiting()) == reasons


def test_how_the_ehr_does(ehr_desk: Desk) -> None:
    """It works until it fails; after five failures it is left alone, and the next probe is known."""
    assert oversight(ehr_desk).condition(ehr_desk.clock()) == Condition()
    ehr_desk.put("r1", response())
    began = ehr_desk.clock()
    for _ in range(5):
        attempt(ehr_desk, State.DUE, "http-503", "http-503")
    failing = oversight(ehr_desk).condition(ehr_desk.clock())
    assert failing == Condition(5, began, "http-503", began + timedelta(seconds=1), asked=True)
    ehr_desk.clock.go()
    attempt(ehr_desk, State.SETTLED)

    assert oversight(ehr_desk).condition(ehr_desk.clock()) == Condition(asked=True)


def test_a_probe_under_way(ehr_desk: Desk) -> None:
    """It is told as long as it is, and of one whose worker died no longer than its lease."""
    ehr_desk.put("r1", response())
    for _ in range(5):
        attempt(ehr_desk, State.DUE, "http-503", "http-503")
    assert not oversight(ehr_desk).condition(ehr_desk.clock()).probing
    ehr_desk.clock.go(1)
    probe = ehr_desk.clinic.ledger.claim(ehr_desk.clock(), "probe", timedelta(seconds=60))
    assert probe is not None
    assert oversight(ehr_desk).condition(ehr_desk.clock()).probing
    assert not oversight(ehr_desk).condition(ehr_desk.clock() + timedelta(seconds=60)).probing
    vain = Outcome(state=State.DUE, stands=None, due_at=ehr_desk.clock(), ehr_fault="http-503")
    ehr_desk.clinic.ledger.settle(probe, vain, ehr_desk.clock())

    assert not oversight(ehr_desk).condition(ehr_desk.clock()).probing


def test_known_by_every_id(ehr_desk: Desk) -> None:
    """An entry goes by its own id, the EHR's, its response's and its submission's, at its own clinic alone."""
    ehr_desk.tell("r1", response(id="r1"))
    attempt(ehr_desk, State.SETTLED, ehr_id="at-the-ehr")
    entry = ehr_desk.entry()

    for name in (entry.id, "at-the-ehr", "r1", entry.submission_id):
        assert oversight(ehr_desk).known_as(name) == [entry.id]
        assert oversight(ehr_desk, "another").known_as(name) == []
    assert oversight(ehr_desk).known_as("r2") == []
    assert oversight(ehr_desk, "another").dossier(entry.id) is None


def test_an_id_of_both_kinds(ehr_desk: Desk) -> None:
    """Where the EHR's Observation and another response have the same id, both results go by it."""
    ehr_desk.tell("7", response(id="7"))
    attempt(ehr_desk, State.SETTLED, ehr_id="8")
    ehr_desk.tell("8", response(id="8", subject="Patient/p2"))

    assert oversight(ehr_desk).known_as("8") == sorted(one.id for one in ehr_desk.entries().values())


def test_several_of_one_response(ehr_desk: Desk) -> None:
    """A response that came to name another patient has an entry for each."""
    ehr_desk.tell("r1", response(id="r1"))
    ehr_desk.tell("r1", response(id="r1", subject="Patient/p2"))

    assert oversight(ehr_desk).known_as("r1") == sorted(one.id for one in ehr_desk.entries().values())


@pytest.mark.parametrize(
    ("told", "newest"),
    [
        (response(id="r1", subject=None), ("invalid", "required QuestionnaireResponse.subject")),
        (response("", id="r1"), ("blank", "")),
    ],
    ids=["invalid", "blank"],
)
def test_no_result_of_it(ehr_desk: Desk, told: dict[str, object], newest: tuple[str, str]) -> None:
    """Of a response without a result it is known what its newest version is."""
    ehr_desk.tell("r1", told)

    assert oversight(ehr_desk).known_as("r1") == []
    assert oversight(ehr_desk).newest_version("r1") == newest
    assert oversight(ehr_desk, "another").newest_version("r1") is None


def test_all_about_one_entry(ehr_desk: Desk) -> None:
    """Its state, its next attempt, and every step with its time and reason, in order."""
    ehr_desk.tell("r1", response(id="r1"))
    ehr_desk.clock.go()
    entry_id = attempt(ehr_desk, State.DUE, "http-503")
    found = oversight(ehr_desk).dossier(entry_id)

    assert found is not None
    assert (found.entry, found.response) == (ehr_desk.entry(), "r1")
    assert found.due_at == ehr_desk.clock()
    assert [(one.before, one.after, one.reason) for one in found.history] == [
        ("new", State.DUE, None),
        (State.DUE, State.SENDING, None),
        (State.SENDING, State.DUE, "http-503"),
    ]
    assert found.history[-1].at - found.history[0].at == timedelta(seconds=60)
