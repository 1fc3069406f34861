"""A response that goes from one patient to another and back, where this service is the chart."""

import itertools

import pytest

from fhir_alliance.ledger.decisions import Answer
from tests.building import response
from tests.web.desk import Desk

P1, P2 = "Patient/p1", "Patient/p2"
PATHS = [
    path
    for length in range(2, 6)
    for path in itertools.product((P1, P2), repeat=length)
    if all(one != other for one, other in itertools.pairwise(path))
]


def go(desk: Desk, path: tuple[str, ...], *, changing: bool) -> None:
    """Every version names the next patient, with the same answers or with others."""
    for number, subject in enumerate(path):
        desk.put("r1", response((5 + number if changing else 5, 0, 0), subject=subject))


def statuses(desk: Desk) -> dict[str, str]:
    """Subject → status of what is told of it."""
    return {one["subject"]["reference"]: one["status"] for one in desk.search()}


@pytest.mark.case("own-chart")
@pytest.mark.parametrize("path", PATHS, ids=lambda path: " ".join(one[-2:] for one in path))
@pytest.mark.parametrize("changing", [False, True], ids=["same-answers", "other-answers"])
def test_it_is_settled_or_held_and_never_due(desk: Desk, path: tuple[str, ...], changing: bool) -> None:
    """Nobody delivers here, so nothing may wait for that: the last patient's is held, the other withdrawn."""
    go(desk, path, changing=changing)
    other = P1 if path[-1] == P2 else P2
    entries = desk.entries()

    assert (entries[path[-1]].state, entries[other].state) == ("held", "settled")
    assert statuses(desk).get(other, "entered-in-error") == "entered-in-error"


@pytest.mark.case("own-chart")
@pytest.mark.parametrize("path", PATHS, ids=lambda path: " ".join(one[-2:] for one in path))
@pytest.mark.parametrize("subject", [P1, P2])
def test_a_release_settles(desk: Desk, path: tuple[str, ...], subject: str) -> None:
    """Only what is held can be released; then it stands at once, and nothing is due for ever."""
    go(desk, path, changing=False)
    entry = desk.entries()[subject]
    held = subject == path[-1]

    assert (desk.decisions.release(entry.id, desk.clock()) is Answer.DONE) is held
    assert desk.clinic.reads.waiting() == {}
    assert desk.clinic.reads.states() == {
        "due": 0,
        "sending": 0,
        "unknown": 0,
        "held": 0 if held else 1,
        "settled": 2 if held else 1,
        "dropped": 0,
    }
    assert statuses(desk).get(subject) in (("final", "amended") if held else (None, "entered-in-error"))
