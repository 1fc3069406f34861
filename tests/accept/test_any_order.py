"""However an EHR's events are ordered and repeated, the newest version decides what stands."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from fhir_alliance.scoring.result import Result
from tests.building import Resource, response
from tests.web.desk import Desk, open_desk, updated

#: what a version may be; the second says whether it can change what stands
KINDS: list[tuple[Resource, bool]] = [
    *((response((yes, 0, 0)), True) for yes in range(5, 9)),
    (response((6, 0, 0), status="amended", sharing="topics"), True),
    (response((6, 0, 0), sharing="none"), True),
    (response(""), True),
    (response(status="entered-in-error"), True),
    (response(status="in-progress"), False),
    (response(status="stopped"), False),
    (response(subject=None), False),
    ({**response(), "status": "foo"}, False),
]

versions = st.lists(st.sampled_from(KINDS), min_size=1, max_size=6)


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[list[tuple[Resource, bool]], list[int]]:
    """Versions of one response, oldest first; and the order in which they come, some more than once."""
    made = draw(versions)
    order = list(range(len(made)))
    repeated = draw(st.lists(st.sampled_from(order), max_size=4))
    return made, draw(st.permutations(order + repeated))


def says(desk: Desk) -> tuple[object, ...] | None:
    """What should stand, as far as a chart would show it; None where nothing does."""
    for entry in desk.entries().values():
        statement = entry.wanted
        if isinstance(statement, Result):
            return statement.counts.yes, statement.topics, entry.state
    return None


def told(folder: str, ehr: str, made: list[tuple[Resource, bool]], order: list[int]) -> tuple[object, ...] | None:
    """What stands after these versions came in that order."""
    settings = {"EHR_URL": ehr} if ehr else {}
    with open_desk(Path(folder), **settings) as desk:
        for number in order:
            desk.clock.go(1)
            answer = desk.tell("r1", {**made[number][0], "meta": updated(number)})
            assert answer.status_code == 200
        return says(desk)


@given(arrivals(), st.sampled_from(["", "https://ehr.example/fhir"]))
@settings(max_examples=30)
def test_any_order_ends_in_the_newest(drawn: tuple[list[tuple[Resource, bool]], list[int]], ehr: str) -> None:
    """What stands is what the newest version that calls for anything would have called for alone."""
    made, order = drawn
    effective = [number for number, (_, counts) in enumerate(made) if counts][-1:]
    with TemporaryDirectory() as first, TemporaryDirectory() as second:
        assert told(first, ehr, made, order) == told(second, ehr, made, effective)
