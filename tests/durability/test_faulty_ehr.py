"""The proxy does what it says: what its client sees of each fault, and what then stands in the real EHR."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from fhir_alliance.sandbox import Sandbox
from tests.deliver.ehr_desk import until
from tests.durability.fault_kinds import DRAWN, Kind, Step
from tests.durability.fault_plan import Plan
from tests.durability.faulty_ehr import FaultyEhr

LIMIT = 0.3
TOKEN = "a-token"
ENTRY = "0b5a6c1e-8a52-5d7f-8d1c-2f4a9b7e6c33"
OBSERVATION = {
    "resourceType": "Observation",
    "id": ENTRY,
    "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{ENTRY}"}],
    "status": "final",
    "code": {"text": "A test"},
    "subject": {"reference": "Patient/p1"},
}
CUT, NONE = "cut", "no answer in time"
#: what the client of a first write sees, and whether it was carried out by then
SEEN: dict[Kind, tuple[int | str, bool]] = {
    Kind.TOO_MANY: (429, False),
    Kind.ERROR: (500, False),
    Kind.UNAVAILABLE: (503, False),
    Kind.CONFLICT: (412, False),
    Kind.RESET_BEFORE: (CUT, False),
    Kind.RESET_AFTER: (CUT, True),
    Kind.HANG_BEFORE: (NONE, False),
    Kind.HANG_AFTER: (NONE, True),
    Kind.LATE: (NONE, False),
    Kind.EMPTY: (201, True),
    Kind.HTML: (200, False),
    Kind.LIE: (201, False),
}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """The real EHR."""
    with Sandbox() as made:
        yield made


def write(proxy: FaultyEhr, token: str = TOKEN) -> int | str:
    """The status with which a first write is answered, or what happened instead."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"}
    url = f"{proxy.base_url}/Observation/{ENTRY}"
    try:
        return requests.put(url, json=OBSERVATION, headers=headers, timeout=LIMIT).status_code
    except requests.ReadTimeout:
        return NONE
    except requests.ConnectionError:
        return CUT


def stands(sandbox: Sandbox) -> list[dict[str, Any]]:
    """The Observations in the real EHR."""
    found = requests.get(f"{sandbox.base_url}/Observation", timeout=10).json()
    return [one["resource"] for one in found.get("entry", [])]


def always(kind: Kind) -> Plan:
    """Every write meets it."""
    return Plan(rate=1, kinds=(kind,), steps=frozenset({Step.WRITE}))


@pytest.mark.parametrize("kind", DRAWN)
def test_each_fault(sandbox: Sandbox, kind: Kind) -> None:
    """It is seen, it reaches the EHR or not, and it is noted; a late write reaches it when it is let on."""
    with FaultyEhr(sandbox.base_url, always(kind), limit=LIMIT, late=60, token=TOKEN) as proxy:
        assert (write(proxy), len(stands(sandbox)) == 1) == SEEN[kind]
        proxy.let_late_on()
        story = proxy.record.stories[ENTRY]

    reaches = SEEN[kind][1] or kind is Kind.LATE
    assert [one.status for one in story.reached] == [201] * reaches
    assert len(stands(sandbox)) == reaches
    assert story.faults == {kind: 1}


def test_without_a_fault(sandbox: Sandbox) -> None:
    """Requests and answers pass as they are."""
    with FaultyEhr(sandbox.base_url, Plan(rate=0), limit=LIMIT, late=60) as proxy:
        assert (write(proxy), write(proxy)) == (201, 200)
        story = proxy.record.stories[ENTRY]
        read = requests.get(f"{proxy.base_url}/Observation/{ENTRY}", timeout=10)

    assert read.headers["ETag"] == 'W/"1"'  # the same again changes nothing
    assert [read.json()] == stands(sandbox)
    assert ([one.status for one in story.reached], len(story.contents)) == ([201, 200], 1)


def test_a_token(sandbox: Sandbox) -> None:
    """A wrong one is never taken, and the right one not while it is expired."""
    plan = Plan(rate=0, expires_at=1, expired_for=0.5)
    with FaultyEhr(sandbox.base_url, plan, limit=LIMIT, late=60, token=TOKEN) as proxy:
        assert write(proxy, "another") == 403
        assert [write(proxy) for _ in range(3)] == [201, 401, 401]
        until(lambda: write(proxy) == 200)


def test_left_alone_for_long(sandbox: Sandbox) -> None:
    """It works again, for a while."""
    plan = Plan(rate=1, kinds=(Kind.ERROR,), most=600, recovers_after=1, well_for=2)
    with FaultyEhr(sandbox.base_url, plan, limit=LIMIT, late=60) as proxy:
        assert write(proxy) == 500
        time.sleep(1.1)
        assert (write(proxy), write(proxy)) == (201, 200)
        until(lambda: write(proxy) == 500)


def test_the_same_seed_plays_the_same_faults() -> None:
    """In whatever order the entries come; another seed plays others."""
    requests_of = [(f"entry-{number % 50}", number // 50) for number in range(500)]
    drawn = {
        seed: {one: Plan(seed=seed).draw(one[0], Step.WRITE, one[1], 0) for one in order}
        for seed, order in ((1, requests_of), (2, requests_of), (3, requests_of[::-1]))
    }
    again = {one: Plan(seed=3).draw(one[0], Step.WRITE, one[1], 0) for one in requests_of}

    assert drawn[3] == again
    assert drawn[1] != drawn[2]
    assert set(drawn[1].values()) == {None, *DRAWN}
    assert 0.2 < sum(kind is not None for kind in drawn[1].values()) / 500 < 0.4


def test_what_was_never_played_comes_first() -> None:
    """Where it fits: a read cannot be lied about."""
    plan, rest = Plan(rate=1), {Kind.ERROR, Kind.LIE}
    assert {plan.draw(f"entry-{number}", Step.WRITE, 0, 0, rest) for number in range(50)} == rest
    assert {plan.draw(f"entry-{number}", Step.READ, 0, 0, rest) for number in range(50)} == {Kind.ERROR}
    assert len({plan.draw(f"entry-{number}", Step.READ, 0, 0, {Kind.LIE}) for number in range(50)}) > 1
