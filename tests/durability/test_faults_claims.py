"""The claims can fail: each is shown a campaign in which it does not hold."""

from collections import Counter

import pytest

from tests.durability.fault_campaign import vacuous
from tests.durability.fault_claims import Told, faults_of
from tests.durability.fault_kinds import DRAWN, Kind, Step
from tests.durability.fault_record import Met, Reached, Story
from tests.durability.fault_wire import METADATA

MADE, MADE_AGAIN, REFUSED = (Reached("a", "PUT", status) for status in (201, 200, 412))
CHANGED = Reached("b", "PUT", 200)


def met(*kinds: Kind) -> list[Met]:
    """Faults of writes, with a request between them that was answered."""
    return [Met(2 * turn, kind, Step.WRITE) for turn, kind in enumerate(kinds)]


ANSWERED_412 = Counter({"http-412": 1})
IN_ORDER = {
    "nothing happened": (Story(reached=[MADE]), Told(1, ())),
    "amended in flight": (Story(reached=[MADE, CHANGED]), Told(2, ("changed-meanwhile",))),
    "refused": (Story(met=met(Kind.ERROR), reached=[MADE]), Told(1, ("http-500",))),
    "late": (Story(met=met(Kind.LATE), reached=[MADE, REFUSED]), Told(1, ("no-answer",))),
    "met its own late one": (
        Story(met=met(Kind.LATE), reached=[MADE, REFUSED], refused=ANSWERED_412),
        Told(1, ("too-slow", "http-412")),
    ),
    "a lie": (Story(met=met(Kind.LIE), reached=[MADE]), Told(1, ("not-kept",))),
    "a lie, and no read-back": (
        Story(met=[Met(1, Kind.LIE, Step.WRITE), Met(2, Kind.ERROR, Step.READ)], reached=[MADE]),
        Told(1, ("http-500",)),
    ),
}
IN_ORDER |= {
    "a create that was lied about": (
        Story(met=[Met(1, Kind.LIE, Step.WRITE, "POST")], reached=[MADE]),
        Told(2, ("not-kept",) * 4),
    ),
    "a create that was answered with nothing": (
        Story(met=[Met(1, Kind.EMPTY, Step.WRITE, "POST")], reached=[MADE]),
        Told(1, ()),
    ),
}
NOT_IN_ORDER = {
    "lines without a cause: 1 × not-kept": (
        Story(met=[Met(1, Kind.LIE, Step.WRITE)], reached=[MADE]),
        Told(1, ("not-kept",) * 2),
    ),
    "1 writes beyond need": (Story(met=met(Kind.ERROR), reached=[MADE, REFUSED]), Told(1, ("http-500",))),
    "a was carried out 2 times": (Story(met=met(Kind.LATE), reached=[MADE, MADE_AGAIN]), Told(1, ("no-answer",))),
    "2 contents, and 1 were called for": (Story(reached=[MADE, CHANGED]), Told(1, ())),
    "no line tells of 1 × http-500": (Story(met=met(Kind.ERROR, Kind.ERROR)), Told(1, ("http-500",))),
    "lines without a cause: 1 × http-503": (Story(reached=[MADE]), Told(1, ("http-503",))),
    "lines without a cause: 1 × changed-in-chart": (Story(reached=[MADE]), Told(1, ("changed-in-chart",))),
}


@pytest.mark.parametrize("case", IN_ORDER)
def test_what_may_be(case: str) -> None:
    """No claim minds it."""
    story, told = IN_ORDER[case]
    assert faults_of({"e": story}, {"e": told}) == []


@pytest.mark.parametrize("said", NOT_IN_ORDER)
def test_what_may_not_be(said: str) -> None:
    """Found, and said once."""
    story, told = NOT_IN_ORDER[said]
    (found,) = faults_of({"e": story}, {"e": told})
    assert said in found


def test_a_fault_of_the_metadata() -> None:
    """Its line stands with any entry; a second line has no cause, and an entry of nobody is found."""
    stories = {METADATA: Story(met=[Met(0, Kind.HTML, Step.METADATA)]), "e": Story(reached=[MADE])}
    line = "no-usable-metadata"
    assert faults_of(stories, {"e": Told(1, (line,))}) == []
    assert len(faults_of(stories, {"e": Told(1, (line, line))})) == 1
    assert faults_of(stories, {}) == ["e: asked for, and unknown to the ledger"]


def test_a_kind_that_was_never_played() -> None:
    """What was not tried is not shown."""
    played = Counter((*DRAWN, Kind.EXPIRED))
    assert vacuous(played) == []
    assert vacuous(played - Counter([Kind.LIE])) == ["lie: never played"]
