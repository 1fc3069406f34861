"""Submissions, a service with several workers, and an EHR behind the proxy: begun, at rest, judged."""

import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.durability.chart import FhirChart
from tests.durability.clients import Clients
from tests.durability.fault_claims import Told, faults_of
from tests.durability.fault_entered import enter
from tests.durability.fault_kinds import DRAWN, Kind
from tests.durability.fault_plan import Plan
from tests.durability.fault_submissions import draw, rounds
from tests.durability.fault_wire import METADATA
from tests.durability.faulty_ehr import FaultyEhr
from tests.durability.fleet import Fleet, sailing
from tests.durability.ledger import Entry, LedgerRows, reading
from tests.durability.submissions import Event, Telling
from tests.durability.verdict import faults, wait_for_rest

TOKEN = "the-token-of-the-service"
#: the next round begins when so few of the entries are not at rest
UNDERWAY = 0.3

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How large a campaign is, and how long one request may take."""

    submissions: int
    plan: Plan
    workers: int = 4
    #: seconds that one request may take
    limit: float = 0.5
    #: seconds until all is at rest, from one round to the next and in the end
    patience: float = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What was played, and what is wrong."""

    faults: list[str]
    #: why persons are asked, a line an entry; they were, and let go
    held: list[str]
    played: Counter[Kind]
    #: those of them that the metadata met
    at_metadata: Counter[Kind]
    writes: int
    contents: int
    seconds: float

    def __str__(self) -> str:
        lines = {
            "faults": ", ".join(f"{kind} {self.played[kind]}" for kind in Kind),
            "in all": f"{self.played.total()}, {self.at_metadata.total()} of them at the metadata",
            "EHR": f"{self.writes} writes reached it, with {self.contents} contents",
            "held": ", ".join(f"{reason} {count}" for reason, count in Counter(self.held).items()) or "none",
            "duration": f"{self.seconds:.0f} s",
        }
        told = [f"{name:13} {value}" for name, value in lines.items()]
        return "\n".join([*told, *(f"FAULT: {one}" for one in self.faults)])


class Campaign:
    """A fleet over one database, and the proxy before its EHR."""

    def __init__(self, order: Order, proxy: FaultyEhr, fleet: Fleet, ledger: LedgerRows, chart: FhirChart) -> None:
        self._order = order
        self._proxy = proxy
        self._record = proxy.record
        self._fleet = fleet
        self._ledger = ledger
        self._chart = chart
        self._submissions = draw(order.submissions, order.plan.seed)
        self._acknowledged = Counter[Event]()

    def run(self, tell: Tell) -> Summary:
        """All of it; ``tell`` hears of its progress."""
        began = time.monotonic()
        for told in rounds(self._submissions, self._order.plan.seed):
            self._tell(told)
            tell(f"{len(told)} told, {self._record.played.total()} faults")
            self._let_go_on(tell)
            tell(f"most delivered, {self._record.played.total()} faults")
        self._rest(tell)
        self._proxy.calm()
        held = self._held()
        for entry in held:
            self._fleet.command("release", entry.id)
        self._rest(tell)
        return self._summary(held, time.monotonic() - began)

    def _tell(self, told: Telling) -> None:
        """A round, until all of it is acknowledged."""
        with Clients(self._fleet.url, told) as clients:
            clients.finish()
        self._acknowledged += clients.acknowledged

    def _let_go_on(self, tell: Tell) -> None:
        """Return when most is delivered: some versions of the next round meet the rest in flight."""
        wait_for_rest(self._ledger, self._order.patience, few=self._order.submissions * UNDERWAY, tell=tell)

    def _rest(self, tell: Tell) -> None:
        """Nothing is left to deliver, and nothing is held that could still reach the EHR."""
        wait_for_rest(self._ledger, self._order.patience, tell=tell)
        self._record.wait_for_all(self._order.patience)
        wait_for_rest(self._ledger, self._order.patience, tell=tell)

    def _held(self) -> list[Entry]:
        return [entry for entry in self._ledger.entries() if entry.state == "held"]

    def _summary(self, held: list[Entry], seconds: float) -> Summary:
        stories, played = self._record.stories, self._record.played
        wrong = faults(self._submissions, self._acknowledged, self._chart, self._ledger)
        let_go = {entry.response_id for entry in held}
        wrong = [one for one in wrong if not (one.endswith("is no arrow") and one.partition(":")[0] in let_go)]
        return Summary(
            faults=[*wrong, *faults_of(stories, told_of(self._ledger)), *vacuous(played), *self._fleet.errors],
            held=[str(entry.history[-1][2]) for entry in held],
            played=played,
            at_metadata=stories[METADATA].faults,
            writes=sum(len(story.reached) for story in stories.values()),
            contents=sum(len(story.contents) for story in stories.values()),
            seconds=seconds,
        )


def told_of(ledger: LedgerRows) -> dict[str, Told]:
    """What the ledger tells of each entry."""
    versions = ledger.versions()
    return {entry.id: _told(entry, versions[entry.response_id]) for entry in ledger.entries()}


def _told(entry: Entry, versions: int) -> Told:
    released = sum(before == "held" for before, _, _ in entry.history)
    ended = [reason for before, _, reason in entry.history if before == "sending" and reason]
    return Told(versions + released, tuple(ended))


def vacuous(played: Counter[Kind]) -> list[str]:
    """A campaign in which a fault was never played shows nothing about it."""
    return [f"{kind}: never played" for kind in (*DRAWN, Kind.EXPIRED) if not played[kind]]


def campaign(order: Order, folder: Path, database: str, ehr_url: str, tell: Tell = lambda _: None) -> Summary:
    """One campaign over an empty database, from the first process to the last; ``ehr_url``: the real EHR's."""
    enter(ehr_url, draw(order.submissions, order.plan.seed))
    late = order.limit * 10
    with ExitStack() as opened:
        proxy = opened.enter_context(FaultyEhr(ehr_url, order.plan, limit=order.limit, late=late, token=TOKEN))
        settings = {"workers": order.workers, "ehr_timeout": order.limit, "ehr_token": TOKEN}
        fleet = opened.enter_context(sailing(folder, database, proxy.base_url, **settings))
        ledger = opened.enter_context(reading(database))
        chart = FhirChart(ehr_url)
        opened.callback(chart.close)
        return Campaign(order, proxy, fleet, ledger, chart).run(tell)
