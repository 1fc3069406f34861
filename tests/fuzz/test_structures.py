"""Responses that are almost good, at every door: no error of ours, one verdict, the score that anyone counts."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.emissions import Emissions
from tests.fuzz.changes import BASES, bodies
from tests.fuzz.doors import DOORS, Doors
from tests.fuzz.verdict import check
from tests.fuzz.writing import written

#: the gate tries the same 2,000 cases each time, a long run looks for new ones
LONG = settings.get_current_profile_name() == "long"
CASES = settings(
    max_examples=settings().max_examples if LONG else 334,
    derandomize=not LONG,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("door", DOORS)
def test_no_response_is_too_odd(doors: Doors, emissions: Emissions, door: str) -> None:
    """Whatever comes: the same verdict when it comes again, that of ``score``, and the score of the oracle."""
    seen = {"accepted": 0, "refused": 0}

    @CASES
    @given(bodies())
    def holds(body: bytes) -> None:
        accepted = check(doors, emissions, door, body)
        seen["accepted" if accepted else "refused"] += 1

    holds()
    assert min(seen.values()) > sum(seen.values()) / 10, "the changes are too tame, or too wild"


@pytest.mark.parametrize("door", ["update", "notify-id"])
def test_what_stood_stands(doors: Doors, emissions: Emissions, door: str) -> None:
    """A version that is refused changes nothing of what the one before it came to."""

    @CASES
    @given(bodies())
    def holds(body: bytes) -> None:
        doors.empty()
        doors.send(door, written(BASES[1], "plain"))
        stood = doors.desk.search()
        doors.send(door, body)
        if all(one.failed for one in doors.score(body)):
            assert doors.desk.search() == stood
        emissions.take()

    holds()
    doors.empty()
