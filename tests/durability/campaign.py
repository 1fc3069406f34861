"""One campaign: submissions told by eight clients, a fleet that is killed all the while, and the verdict."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.durability.chart import Chart, sandbox
from tests.durability.clients import Clients
from tests.durability.fleet import SERVE, Fleet, sailing
from tests.durability.ledger import LedgerRows, reading
from tests.durability.saboteur import DATABASE, Blow, Saboteur
from tests.durability.saboteur import draw as draw_blows
from tests.durability.submissions import draw as draw_submissions
from tests.durability.submissions import telling
from tests.durability.verdict import faults, wait_for_rest

#: seconds from the last event until nothing is left to deliver
REST = 600
MOST_TOLD = 20

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How large a campaign is; the same seed gives the same submissions, disorder and blows."""

    submissions: int
    kills: int
    restarts: int
    seed: int
    #: one of busy_ehr's EHRS
    ehr: str = "least"


@dataclass(frozen=True, slots=True)
class Summary:
    """What happened, a line each, and what is wrong."""

    lines: dict[str, str]
    faults: list[str]

    def __str__(self) -> str:
        told = [f"{name:13} {value}" for name, value in self.lines.items()]
        faults = [f"FAULT: {one}" for one in self.faults[:MOST_TOLD]]
        more = [f"and {len(self.faults) - MOST_TOLD} more"] if len(self.faults) > MOST_TOLD else []
        return "\n".join([*told, *faults, *more])


class Campaign:
    """A fleet over one empty database, beside an EHR."""

    def __init__(
        self, order: Order, fleet: Fleet, chart: Chart, ledger: LedgerRows, restart: Callable[[], None] | None
    ) -> None:
        """``restart``: restarts the database's server as a crash would; None where it has none."""
        self._fleet = fleet
        self._chart = chart
        self._ledger = ledger
        self._restart = restart
        self._submissions = draw_submissions(order.submissions, order.seed)
        self._told = telling(self._submissions, order.seed)
        restarts = order.restarts if restart else 0
        self._blows = draw_blows(order.seed, fleet.members, order.kills, restarts)

    def run(self, tell: Tell) -> Summary:
        """All of it; ``tell`` hears of its progress."""
        start = time.monotonic()
        with Clients(self._fleet.url, self._told) as clients:
            saboteur = Saboteur(lambda: self._share(clients), lambda target: self._strike(target, clients, tell))
            saboteur.work(self._blows)
            clients.finish()
        worked = time.monotonic() - start
        tell("all is acknowledged; what is under way is waited for")
        self._fleet.ready()
        wait_for_rest(self._ledger, REST, tell=tell)
        took = {"duration": f"{worked:.0f} s until all was acknowledged, {time.monotonic() - start:.0f} s in all"}
        lines = {**self._came(clients), **_blows_told(saboteur.struck), **self._kept(), **took}
        spared = [
            f"{blow.target} was not struck: the work stood still" for blow in self._blows[len(saboteur.struck) :]
        ]
        return Summary(lines, [*spared, *self._wrong(clients)])

    def _share(self, clients: Clients) -> float:
        """How much of the work is done: of the telling, and of the delivering."""
        if clients.failed:
            clients.finish()
        return (clients.share + self._ledger.settled() / len(self._submissions)) / 2

    def _strike(self, target: str, clients: Clients, tell: Tell) -> None:
        self._fleet.ready()
        if target in (SERVE, DATABASE):
            clients.until_busy()
        tell(f"{target} is killed")
        if target == DATABASE:
            assert self._restart is not None
            self._restart()
        else:
            self._fleet.restart(target)

    # --- what is told in the end

    def _wrong(self, clients: Clients) -> list[str]:
        return [
            *faults(self._submissions, clients.acknowledged, self._chart, self._ledger),
            *(f"{name} ended by itself" for name in self._fleet.fallen),
            *(f"logged: {line}" for line in self._fleet.errors),
        ]

    def _came(self, clients: Clients) -> dict[str, str]:
        acknowledged, lost = clients.acknowledged.total(), clients.attempts_lost
        events = f"{len(self._told)} sent, {acknowledged} acknowledged, {lost} attempts without a 2xx"
        return {"submissions": str(len(self._submissions)), "events": events}

    def _kept(self) -> dict[str, str]:
        reasons = Counter(why for entry in self._ledger.entries() for _, _, why in entry.history if why)
        found = self._chart.observations()
        kept = sum(int(one["meta"]["versionId"]) for one in found)
        told = f"{len(found)} Observations, {self._chart.writes()} writes, {kept} of them kept"
        return {"ledger": _listed(reasons), "EHR": told}


def _blows_told(struck: list[Blow]) -> dict[str, str]:
    targets = Counter(blow.target for blow in struck)
    restarts = targets.pop(DATABASE, 0)
    return {"kills": f"{targets.total()} ({_listed(targets)})", "restarts": f"{restarts} of the database"}


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "nothing"


def campaign(
    order: Order, folder: Path, database: str, restart: Callable[[], None] | None, tell: Tell = lambda _: None
) -> Summary:
    """One campaign, from the first process to the last."""
    ehr, ledger_rows = sandbox(order.ehr), reading(database)
    with ehr as chart, ledger_rows as ledger, sailing(folder, database, chart.base_url) as fleet:
        return Campaign(order, fleet, chart, ledger, restart).run(tell)
