"""The same before a real HAPI, whose ids are its own and which refuses in its own way; and a few kills."""

from contextlib import closing
from pathlib import Path

import pytest
import requests

from tests.durability import campaign as killing
from tests.durability.chart import FhirChart
from tests.durability.fault_campaign import Order, campaign
from tests.durability.fault_entered import enter
from tests.durability.fault_kinds import Kind
from tests.durability.fault_plan import Plan
from tests.durability.fleet import sailing
from tests.durability.ledger import reading
from tests.durability.submissions import draw
from tests.peers.hapi.server import PATIENCE, Hapi

SEED = 20261150
PLAN = Plan(seed=SEED, rate=0.15, expires_at=100)
#: seconds: HAPI makes its statement of 1.5 MB anew for each who asks, in half a second where it is alone
LIMIT = 2.0


@pytest.fixture(scope="module")
def hapi(shared_hapi: Hapi) -> Hapi:
    """HAPI, as quick as it becomes."""
    for _ in range(3):
        assert requests.get(f"{shared_hapi.base_url}/metadata", timeout=PATIENCE).ok
    return shared_hapi


@pytest.mark.slow
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_every_fault_before_hapi(hapi: Hapi, database: str, tmp_path: Path) -> None:
    """Right, once, and told; a person is asked only where HAPI was said to have given an id that nobody finds."""
    order = Order(submissions=50, plan=PLAN, limit=LIMIT, workers=3)
    summary = campaign(order, tmp_path, database, hapi.base_url)

    # where HAPI itself is at the limit, it cannot always be seen which side was first
    assert [one for one in summary.faults if not one.endswith(" no-answer/too-slow")] == [], f"\n{summary}"
    assert set(summary.held) <= {"not-kept"}
    assert len(summary.held) <= summary.played[Kind.LIE]


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_killed_at_random_before_hapi(hapi: Hapi, database: str, tmp_path: Path) -> None:
    """Each chart as its newest version says, once, whatever is killed."""
    enter(hapi.base_url, draw(40, SEED))
    order = killing.Order(submissions=40, kills=4, restarts=0, seed=SEED)
    with (
        closing(FhirChart(hapi.base_url)) as chart,
        reading(database) as ledger,
        sailing(tmp_path, database, hapi.base_url, ehr_timeout=LIMIT) as fleet,
    ):
        summary = killing.Campaign(order, fleet, chart, ledger, None).run(lambda _: None)

    assert summary.faults == [], f"\n{summary}"
