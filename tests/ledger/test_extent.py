"""How much waits, how long, and which EHR is left alone: each number from an index."""

from datetime import timedelta

from sqlalchemy import event, insert, text

from fhir_alliance.ledger.backlog import Backlog, Extent
from fhir_alliance.ledger.ledger import Outcome
from fhir_alliance.ledger.tables import UNFINISHED, State, ehr
from tests.building import response
from tests.ledger.test_breaker import LEASE, attempt, failing, fill
from tests.web.desk import Desk


def extent(desk: Desk, *clinics: str) -> Extent:
    """Of the one clinic, or of those named."""
    named = clinics or ("default",)
    return Backlog(desk.service.database, timedelta(hours=1)).extent(named, named, desk.clock())


def test_nothing_waits(ehr_desk: Desk) -> None:
    """Every state is told, with zero; a result that is settled is not counted."""
    fill(ehr_desk, 1)
    entry = ehr_desk.clinic.ledger.claim(ehr_desk.clock(), "worker", LEASE)
    assert entry is not None
    ehr_desk.clinic.ledger.settle(entry, Outcome(state=State.SETTLED, stands=None), ehr_desk.clock())
    ehr_desk.send("DELETE", "/fhir/QuestionnaireResponse/none")

    assert State.SETTLED not in UNFINISHED
    told = extent(ehr_desk)
    assert sum(told.entries.values()) == ehr_desk.clinic.reads.states()[State.DUE]
    assert {state for _, state in told.entries} == set(UNFINISHED)


def test_each_state_is_counted(ehr_desk: Desk) -> None:
    """As ``status`` counts them."""
    fill(ehr_desk, 4)
    ehr_desk.put("r1", response(subject="Patient/a"))
    ehr_desk.put("r1", response(subject="Patient/b"))  # held: the subject changed
    assert ehr_desk.clinic.ledger.claim(ehr_desk.clock(), "worker", LEASE)
    states = ehr_desk.clinic.reads.states()

    assert states[State.HELD] == states[State.SENDING] == 1
    assert extent(ehr_desk).entries == {("default", state): states[state] for state in UNFINISHED}


def test_the_oldest_is_told_in_seconds(ehr_desk: Desk) -> None:
    """Since it could have been sent; nothing where it is to come, or there is none."""
    assert extent(ehr_desk).oldest_due == {"default": 0}
    fill(ehr_desk, 1)
    ehr_desk.clock.go(90)
    fill(ehr_desk, 2)
    assert extent(ehr_desk).oldest_due == {"default": 90}

    assert attempt(ehr_desk)  # due again in an hour
    assert attempt(ehr_desk)
    assert extent(ehr_desk).oldest_due == {"default": 0}


def test_an_ehr_that_is_left_alone_is_down(ehr_desk: Desk) -> None:
    """From the fifth failure to the next answer."""
    fill(ehr_desk)
    failing(ehr_desk, 4)
    assert extent(ehr_desk).ehr_up == {"default": True}
    failing(ehr_desk, 1)
    assert extent(ehr_desk).ehr_up == {"default": False}
    ehr_desk.clock.go(2)
    assert attempt(ehr_desk)
    assert extent(ehr_desk).ehr_up == {"default": True}


def test_only_the_clinics_asked_for(ehr_desk: Desk) -> None:
    """What a clinic left behind that the settings name no more is not told."""
    fill(ehr_desk, 3)
    with ehr_desk.service.database.writing() as connection:
        connection.execute(insert(ehr), {"clinic": "north", "failures": 0})
    told = extent(ehr_desk, "north")

    assert told.oldest_due == {"north": 0}
    assert set(told.ehr_up) == {"north"}
    assert sum(told.entries.values()) == 0


def test_no_table_is_read_through(ehr_desk: Desk) -> None:
    """Thousands of settled results are not looked at: the plan names an index for each number."""
    fill(ehr_desk, 1)
    asked = []
    engine = ehr_desk.service.database.engine
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2:4]))
    extent(ehr_desk)
    statements = [(sql, values) for sql, values in asked if "entry" in sql]
    word = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
    plans = []
    with ehr_desk.service.database.reading() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL enable_seqscan = off"))  # a small table is read through at once
        for sql, values in statements:
            rows = connection.exec_driver_sql(f"{word} {sql}", values)
            plans.append("\n".join(str(row) for row in rows))

    assert len(plans) == 2
    assert "ix_entry_state" in plans[0]
    assert "ix_entry_due" in plans[1]
    assert not any("SCAN entry" in plan or "Seq Scan on entry" in plan for plan in plans)


def test_an_age_is_never_negative(ehr_desk: Desk) -> None:
    """A clock that was put back makes nobody younger than now."""
    fill(ehr_desk, 1)
    ehr_desk.clock.at -= timedelta(hours=1)

    assert extent(ehr_desk).oldest_due == {"default": 0}
