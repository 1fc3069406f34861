"""The database refuses what the program must not do: impossible pairs, and arrows that do not exist."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from fhir_alliance.ledger.tables import ARROWS, State, entry, history
from tests.building import EHR_URL, NOW, response
from tests.web.desk import Desk, open_desk

PAIRS = sorted(product(["new", *State], State))
LATER = NOW

#: what each state needs, and another must not have
NEEDS: dict[State, dict[str, Any]] = {
    State.DUE: {"due_at": LATER},
    State.UNKNOWN: {"due_at": LATER},
    State.SENDING: {"lease": "worker", "lease_until": LATER},
    State.HELD: {"reason": "changed-in-chart"},
    State.SETTLED: {},
    State.DROPPED: {},
}
BARE = {
    "due_at": None,
    "lease": None,
    "lease_until": None,
    "reason": None,
    "hold": None,
    "stands": None,
    "ehr_id": None,
}
IMPOSSIBLE: dict[str, dict[str, Any]] = {
    "an unknown state": {"state": "lost"},
    "due without a time": {"state": State.DUE},
    "unknown without a time": {"state": State.UNKNOWN},
    "settled with a time": {"state": State.SETTLED, "due_at": LATER},
    "held with a time": {"state": State.HELD, "reason": "x", "due_at": LATER},
    "sending with a time": {**NEEDS[State.SENDING], "state": State.SENDING, "due_at": LATER},
    "sending without a lease": {"state": State.SENDING},
    "sending without an end": {"state": State.SENDING, "lease": "worker"},
    "an end without a lease": {"state": State.SETTLED, "lease_until": LATER},
    "a lease when due": {"state": State.DUE, "due_at": LATER, "lease": "worker", "lease_until": LATER},
    "held without a reason": {"state": State.HELD},
    "standing without an id": {"state": State.SETTLED, "stands": {}},
}


@pytest.fixture(scope="module")
def ehr_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A clinic with one result; what is refused leaves it as it is."""
    with open_desk(tmp_path_factory.mktemp("checks"), EHR_URL=EHR_URL) as desk:
        desk.post(response())
        yield desk


def put(desk: Desk, **values: Any) -> None:
    """Write columns of the only entry, past the program."""
    with desk.service.database.engine.execution_options(writes=True).begin() as connection:
        connection.execute(update(entry).values({**BARE, **values}))


@pytest.mark.parametrize("state", State)
def test_a_state_with_what_it_needs_is_taken(ehr_desk: Desk, state: State) -> None:
    """No check is too strict."""
    put(ehr_desk, state=state, **NEEDS[state])
    assert ehr_desk.entry().state is state


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_an_impossible_pair_is_refused(ehr_desk: Desk, name: str) -> None:
    """Each check refuses its own, and leaves the row as it was."""
    before = ehr_desk.entry()
    with pytest.raises(IntegrityError, match="CHECK constraint failed"):
        put(ehr_desk, **IMPOSSIBLE[name])
    assert ehr_desk.entry() == before


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_only_the_arrows_are_told(ehr_desk: Desk, before: str, after: str) -> None:
    """The history takes an arrow that exists, and refuses every other."""
    line = {"clinic": "default", "entry_id": ehr_desk.entry().id, "at": NOW}
    writes = ehr_desk.service.database.engine.execution_options(writes=True)
    with writes.begin() as connection:
        add = insert(history).values(from_state=before, to_state=after, **line)
        if (before, after) in ARROWS:
            connection.execute(add)
        else:
            with pytest.raises(IntegrityError, match="ck_history_arrow"):
                connection.execute(add)


def test_a_second_entry_for_one_patient_is_refused(ehr_desk: Desk) -> None:
    """One submission has one entry in one chart."""
    (row,) = ehr_desk.rows(entry)
    with (
        pytest.raises(IntegrityError, match="UNIQUE"),
        ehr_desk.service.database.engine.execution_options(writes=True).begin() as connection,
    ):
        connection.execute(insert(entry).values({**row._mapping, "id": "another"}))


def test_an_entry_of_no_submission_is_refused(ehr_desk: Desk) -> None:
    """SQLite checks its foreign keys only where it is told to."""
    with pytest.raises(IntegrityError, match="FOREIGN KEY"):
        put(ehr_desk, submission_id="none", state=State.SETTLED)
