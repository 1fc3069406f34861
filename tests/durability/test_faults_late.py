"""A write that is carried out when its sender has gone: in every order, the newest version stands, once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fhir_alliance.catalog import Catalog
from fhir_alliance.ledger.tables import State
from fhir_alliance.sandbox import Sandbox
from tests.deliver.answers import response
from tests.deliver.ehr_desk import EhrDesk
from tests.durability.fault_kinds import Kind, Step
from tests.durability.fault_plan import Plan
from tests.durability.fault_rehearsal import FaultyRehearsal, rehearsing

WRITES = frozenset({Step.WRITE})
CALM = Plan(rate=0)
#: one submission: what may stand already, what is late, what is newer
STOOD, LATE, NEWER = (
    response(counts=counts, status=status)
    for counts, status in (((9, 0, 0), "completed"), ((7, 1, 1), "amended"), ((4, 2, 3), "amended"))
)
STATUSES = {"create": ("final", "amended"), "change": ("amended", "amended")}
AS_LATE, AS_NEWER = "Yes to 7 of 9", "Yes to 4 of 9"


def once(kind: Kind) -> Plan:
    """The next write meets this, and no other."""
    return Plan(rate=1, kinds=(kind,), steps=WRITES, most=99)


@pytest.fixture(params=["our ids", "the EHR's ids"])
def rehearsal(request: pytest.FixtureRequest, catalog: Catalog, tmp_path: Path) -> Iterator[FaultyRehearsal]:
    """An EHR that takes a create at our id, or on the condition that nothing is there."""
    with Sandbox(update_create=request.param == "our ids") as sandbox:
        desk = EhrDesk(sandbox)
        with rehearsing(desk, catalog, tmp_path, CALM) as made:
            yield made
        desk.close()


@pytest.fixture(params=["create", "change"])
def late(request: pytest.FixtureRequest, rehearsal: FaultyRehearsal) -> str:
    """A write is late: the one that creates, or one that changes what stands; which of both."""
    if request.param == "change":
        rehearsal.take(STOOD)
        rehearsal.finish_all()
    rehearsal.take(LATE)
    attempt(rehearsal, Kind.LATE)
    assert rehearsal.entry.state is State.UNKNOWN
    assert rehearsal.proxy.record.underway == 1
    return str(request.param)


def attempt(rehearsal: FaultyRehearsal, kind: Kind) -> None:
    """One attempt whose write meets this."""
    rehearsal.proxy.plan = once(kind)
    rehearsal.attempt_next()
    rehearsal.proxy.plan = CALM


def stands(rehearsal: FaultyRehearsal) -> list[tuple[str, str]]:
    """Status and the beginning of the value of all that stands."""
    found = rehearsal.ehr.observations()
    return [(one["status"], one["valueCodeableConcept"]["text"][:13]) for one in found]


def is_settled(rehearsal: FaultyRehearsal) -> None:
    """All is at rest, and nobody is asked; each content was carried out once."""
    rehearsal.finish_all()
    assert rehearsal.entry.state is State.SETTLED, rehearsal.history
    reached = rehearsal.proxy.record.stories[rehearsal.entry.id].reached
    carried_out = [one.content for one in reached if one.carried_out]
    assert len(set(carried_out)) == len(carried_out)


def test_before_the_next_look(rehearsal: FaultyRehearsal, late: str) -> None:
    """The look finds it: nothing is sent again."""
    rehearsal.proxy.let_late_on()
    is_settled(rehearsal)

    assert stands(rehearsal) == [(STATUSES[late][0], AS_LATE)]
    assert len(rehearsal.proxy.record.stories[rehearsal.entry.id].reached) == (1 if late == "create" else 2)


def test_after_it_was_sent_again(rehearsal: FaultyRehearsal, late: str) -> None:
    """It changes nothing: what it asked for to be there, or not there, is not so any more."""
    is_settled(rehearsal)
    rehearsal.proxy.let_late_on()

    assert stands(rehearsal) == [(STATUSES[late][0], AS_LATE)]


@pytest.mark.usefixtures("late")
def test_before_a_newer_version_is_sent(rehearsal: FaultyRehearsal) -> None:
    """It is known for ours, and changed."""
    rehearsal.take(NEWER)
    rehearsal.proxy.let_late_on()
    is_settled(rehearsal)

    assert stands(rehearsal) == [("amended", AS_NEWER)]


def test_after_a_newer_version_was_sent(rehearsal: FaultyRehearsal, late: str) -> None:
    """The older one does not come back."""
    rehearsal.take(NEWER)
    is_settled(rehearsal)
    rehearsal.proxy.let_late_on()

    assert stands(rehearsal) == [("final" if late == "create" else "amended", AS_NEWER)]


@pytest.mark.parametrize("kind", [Kind.ERROR, Kind.UNAVAILABLE, Kind.RESET_BEFORE, Kind.CONFLICT])
@pytest.mark.usefixtures("late")
def test_after_a_newer_version_was_lost(rehearsal: FaultyRehearsal, kind: Kind) -> None:
    """A newer version is sent and does not arrive, then the older one does: it is ours still, and is changed."""
    rehearsal.take(NEWER)
    attempt(rehearsal, kind)
    rehearsal.proxy.let_late_on()
    is_settled(rehearsal)

    assert stands(rehearsal) == [("amended", AS_NEWER)]


@pytest.mark.usefixtures("late")
@pytest.mark.parametrize("kind", [Kind.ERROR, Kind.UNAVAILABLE, Kind.RESET_BEFORE])
def test_what_a_look_has_confirmed_stays_known(rehearsal: FaultyRehearsal, kind: Kind) -> None:
    """It arrives and is found, but the newer version is lost: it is ours still, and is changed."""
    rehearsal.take(NEWER)
    rehearsal.proxy.let_late_on()
    attempt(rehearsal, kind)
    is_settled(rehearsal)

    assert stands(rehearsal) == [("amended", AS_NEWER)]


@pytest.mark.parametrize("withdrawal", ["deleted", "in error", "not shared"])
def test_after_it_was_withdrawn(rehearsal: FaultyRehearsal, late: str, withdrawal: str) -> None:
    """Nothing of it is to be read, whenever it arrives."""
    if withdrawal == "deleted":
        rehearsal.take_deletion("r1")
    elif withdrawal == "in error":
        rehearsal.take({**LATE, "status": "entered-in-error"})
    else:
        rehearsal.take(response(status="amended", sharing="none"))
    rehearsal.finish_all()
    rehearsal.proxy.let_late_on()
    rehearsal.finish_all()

    found = rehearsal.ehr.observations()
    assert {one["status"] for one in found} <= {"entered-in-error"}
    assert [one for one in found if "valueCodeableConcept" in one] == []
    assert len(found) == 1 or late == "create"


@pytest.mark.parametrize("before", [[], [Kind.UNAVAILABLE] * 3, [Kind.ERROR] * 3])
def test_a_lie_after_other_faults(rehearsal: FaultyRehearsal, before: list[Kind]) -> None:
    """The EHR says that it made a new version and made none: it is sent again, and nobody is asked."""
    for contact in ("consultation-call", "first-session"):
        rehearsal.take(response(status="amended", contact=contact))
        rehearsal.finish_all()
    rehearsal.take(response(status="amended", contact="later-session"))
    for kind in (*before, Kind.LIE):
        attempt(rehearsal, kind)
    is_settled(rehearsal)

    (found,) = rehearsal.ehr.observations()
    assert "later-session" in str(found["component"])
