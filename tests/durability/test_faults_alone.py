"""One kind of fault alone: exactly as many writes reach the EHR as the chart needs, and each fault is told of."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from fhir_alliance.catalog import Catalog
from fhir_alliance.sandbox import Sandbox
from tests.deliver.answers import response
from tests.deliver.ehr_desk import EhrDesk
from tests.durability.fault_kinds import DRAWN, Kind, Step, fits
from tests.durability.fault_plan import Plan
from tests.durability.fault_rehearsal import LIMIT, PATIENT_LIMIT, FaultyRehearsal, rehearsing

Open = Callable[[Plan], FaultyRehearsal]

#: these take the client's time limit each
HANGS = {Kind.HANG_BEFORE, Kind.HANG_AFTER, Kind.LATE}


@pytest.fixture
def begin(catalog: Catalog, tmp_path: Path) -> Iterator[Open]:
    """Begin a rehearsal with these faults."""
    with ExitStack() as opened:
        desk = EhrDesk(opened.enter_context(Sandbox()))
        opened.callback(desk.close)
        yield lambda plan: opened.enter_context(rehearsing(desk, catalog, tmp_path, plan, limit_of(plan)))


def limit_of(plan: Plan) -> float:
    """Seconds that one request may take."""
    return PATIENT_LIMIT if HANGS.isdisjoint(plan.kinds) else LIMIT


def submissions(kind: Kind) -> range:
    """So many are enough to show it."""
    return range(4 if kind in HANGS else 20)


def first(number: int) -> dict[str, object]:
    """The first version of a submission."""
    return response(f"r{number}", (7, 1, 1), patient=f"p{number}")


def second(number: int) -> dict[str, object]:
    """Its second."""
    return response(f"r{number}", (4, 2, 3), patient=f"p{number}", status="amended")


def stands(rehearsal: FaultyRehearsal) -> set[tuple[str, str, str]]:
    """What stands in all charts: status, the beginning of the value, and how many versions there were."""
    found = rehearsal.ehr.observations()
    assert len({one["id"] for one in found}) == len(found) == len(rehearsal.entries)
    texts = [(one["status"], one["valueCodeableConcept"]["text"][:13]) for one in found]
    return {(*text, one["meta"]["versionId"]) for text, one in zip(texts, found, strict=True)}


def deliver(rehearsal: FaultyRehearsal, *versions: dict[str, object]) -> None:
    """Take them in, and attempt until all is at rest."""
    for version in versions:
        rehearsal.take(version)
    rehearsal.finish_all()
    rehearsal.proxy.let_late_on()
    rehearsal.finish_all()


def writes_of_each(rehearsal: FaultyRehearsal) -> set[int]:
    """How many writes of each entry reached the EHR."""
    stories = rehearsal.proxy.record.stories
    return {len(stories[entry.id].reached) for entry in rehearsal.entries}


@pytest.mark.parametrize("kind", [kind for kind in DRAWN if fits(kind, Step.READ)])
def test_every_entry_meets_it_at_two_reads(begin: Open, kind: Kind) -> None:
    """One write for each version, however the looks failed."""
    rehearsal = begin(Plan(rate=1, kinds=(kind,), steps=frozenset({Step.READ}), most=2))
    deliver(rehearsal, *map(first, submissions(kind)))

    assert stands(rehearsal) == {("final", "Yes to 7 of 9", "1")}
    assert writes_of_each(rehearsal) == {1}
    assert rehearsal.proxy.record.played == {kind: 2 * len(submissions(kind))}


@pytest.mark.parametrize("kind", [kind for kind in DRAWN if fits(kind, Step.METADATA)])
def test_the_metadata_meet_it(begin: Open, kind: Kind) -> None:
    """One write for each version, and nothing is sent before the EHR has said how."""
    rehearsal = begin(Plan(rate=1, kinds=(kind,), steps=frozenset({Step.METADATA}), most=2))
    deliver(rehearsal, *map(first, submissions(kind)))

    assert stands(rehearsal) == {("final", "Yes to 7 of 9", "1")}
    assert writes_of_each(rehearsal) == {1}
    assert rehearsal.proxy.record.played == {kind: 2}


@pytest.mark.parametrize("kind", DRAWN)
def test_every_entry_meets_it_at_its_first_write(begin: Open, kind: Kind) -> None:
    """Each version reaches the EHR once, whether the first attempt got there or not; twice where it was late."""
    rehearsal = begin(Plan(rate=1, kinds=(kind,), steps=frozenset({Step.WRITE}), most=1))
    deliver(rehearsal, *map(first, submissions(kind)))

    assert stands(rehearsal) == {("final", "Yes to 7 of 9", "1")}
    assert writes_of_each(rehearsal) == {2 if kind is Kind.LATE else 1}
    assert rehearsal.proxy.record.played == {kind: len(submissions(kind))}


@pytest.mark.parametrize("kind", DRAWN)
def test_every_entry_meets_it_at_a_change(begin: Open, kind: Kind) -> None:
    """The same of a second version, where the first stands already."""
    rehearsal = begin(Plan(rate=0, kinds=(kind,)))
    deliver(rehearsal, *map(first, submissions(kind)))
    rehearsal.proxy.plan = Plan(rate=1, kinds=(kind,), steps=frozenset({Step.WRITE}), most=1)
    deliver(rehearsal, *map(second, submissions(kind)))

    assert stands(rehearsal) == {("amended", "Yes to 4 of 9", "2")}
    assert writes_of_each(rehearsal) == {3 if kind is Kind.LATE else 2}
    assert rehearsal.proxy.record.played == {kind: len(submissions(kind))}


def test_the_token_expires(begin: Open) -> None:
    """While it is not valid nothing reaches the EHR; then all goes on."""
    rehearsal = begin(Plan(rate=0, kinds=(), expires_at=15, expired_for=0.3))
    deliver(rehearsal, *map(first, range(20)))

    assert stands(rehearsal) == {("final", "Yes to 7 of 9", "1")}
    assert writes_of_each(rehearsal) == {1}
    assert set(rehearsal.proxy.record.played) == {Kind.EXPIRED}
