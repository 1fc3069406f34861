"""Delivery in this process: a real ledger, a real HTTP client, the sandbox EHR, and time in the test's hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from fhir_alliance import PROGRAM
from fhir_alliance.accept import Arrival, Receipt, Reception
from fhir_alliance.assess import Assessor, Clinic
from fhir_alliance.catalog import Catalog
from fhir_alliance.deliver import Delivery, Timing
from fhir_alliance.ehr.capabilities import Capabilities
from fhir_alliance.ehr.chart import FhirChart
from fhir_alliance.ehr.client import FhirClient
from fhir_alliance.fhir.identity import Door
from fhir_alliance.fhir.json_text import to_bytes
from fhir_alliance.ledger.decisions import Decisions
from fhir_alliance.ledger.ledger import Ledger
from fhir_alliance.ledger.opening import open_database
from fhir_alliance.ledger.records import Entry, read_entry
from fhir_alliance.ledger.tables import State, entry, history
from fhir_alliance.recognise import Recognition
from fhir_alliance.scoring.result import Sharing
from tests.databases import lay_file
from tests.deliver.ehr_desk import EhrDesk

#: seconds that one request to the EHR may take: so many that a busy machine is not taken for a slow EHR
LIMIT = 5.0
#: and where the EHR hangs for longer than that
SHORT_LIMIT = 0.5
FOUR_EAST = timezone(timedelta(hours=4))


class Clock:
    """The time, which stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 12, 15, 0, tzinfo=FOUR_EAST)

    def __call__(self) -> datetime:
        return self.moment

    def seconds(self) -> float:
        """The same, as seconds that never go back."""
        return self.moment.timestamp()


class Rehearsal:
    """One clinic's delivery to one sandbox."""

    def __init__(
        self, ehr: EhrDesk, catalog: Catalog, folder: Path, base_url: str | None = None, limit: float = LIMIT
    ) -> None:
        self.ehr = ehr
        self.clock = Clock()
        self.limit = limit
        #: what the random source gives
        self.luck = 0.5
        url = base_url or ehr.base_url
        lay_file(folder / "ledger.sqlite")
        self.database = open_database(f"sqlite:///{folder / 'ledger.sqlite'}")
        self.engine = self.database.engine
        self.ledger = Ledger(self.database, "default", own_chart=False)
        self.decisions = Decisions(self.database, "default", own_chart=False, request=timedelta(seconds=limit))
        assessor = Assessor(catalog, Clinic("default", url, Sharing.SUMMARY, "R"), PROGRAM)
        self.reception = Reception(self.ledger, assessor, self.clock)
        client = FhirClient(url, None, limit)
        self.chart = FhirChart(client, Capabilities(client, self.clock.seconds))
        self.timing = Timing(self.clock, lambda: self.luck, timedelta(seconds=limit))
        self.recognition = Recognition(catalog, url)
        self.delivery = Delivery(self.ledger, self.chart, self.recognition, self.timing)

    def take(self, response: dict[str, Any], door: Door = Door.NOTIFY) -> Receipt:
        """Take in one version of a response."""
        return self.reception.receive(Arrival(door=door, response_id=response["id"], body=to_bytes(response)))

    def take_deletion(self, response_id: str) -> Receipt:
        """Take in that a response was deleted."""
        return self.reception.receive(Arrival(door=Door.NOTIFY, response_id=response_id))

    def attempt(self) -> Entry:
        """One attempt at what is due now; the first entry after it."""
        assert self.delivery.deliver_one(str(uuid4())), "nothing was due"
        return self.entry

    def finish(self, most: int = 5) -> Entry:
        """Attempt, each time when it is due, until a person is asked for or all is settled."""
        for _ in range(most):
            due = self.due_at
            if due is None:
                return self.entry
            self.clock.moment = max(self.clock.moment, due)
            self.attempt()
        assert self.due_at is None, f"not at rest: {self.history}"
        return self.entry

    @contextmanager
    def attempting(self) -> Iterator[Thread]:
        """An attempt in a thread of its own, over when the block has ended."""
        thread = Thread(target=self.delivery.deliver_one, args=(str(uuid4()),))
        thread.start()
        try:
            yield thread
        finally:
            thread.join(20)
            assert not thread.is_alive()

    @property
    def entries(self) -> list[Entry]:
        """Every entry, the oldest first."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(entry).order_by(entry.c.issued, entry.c.id))
            return [read_entry(row) for row in rows]

    @property
    def entry(self) -> Entry:
        """The first entry."""
        return self.entries[0]

    @property
    def due_at(self) -> datetime | None:
        """When the next attempt is due; None where all is at rest."""
        with self.engine.connect() as connection:
            times = connection.execute(select(entry.c.due_at, entry.c.lease_until)).all()
        moments = [due or lease for due, lease in times if due or lease]
        return min(moments).astimezone(UTC) if moments else None

    @property
    def history(self) -> list[tuple[str, str, str | None]]:
        """Every change of state: from, to, why."""
        columns = (history.c.from_state, history.c.to_state, history.c.reason)
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(select(*columns).order_by(history.c.id))]

    @property
    def arrows(self) -> list[str]:
        """The states that the entry went through."""
        return [to_state for _, to_state, _ in self.history]

    def settle(self, response: dict[str, Any]) -> Entry:
        """Take in a response and deliver it; counting begins anew behind it."""
        self.take(response)
        settled = self.finish()
        assert settled.state is State.SETTLED, self.history
        self.ehr.forget()
        return settled
