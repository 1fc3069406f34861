"""Delivery in this process through the proxy, with time in the test's hand: exact, and fast."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from sqlalchemy import select

from fhir_alliance.catalog import Catalog
from fhir_alliance.ledger.records import Entry
from fhir_alliance.ledger.tables import ehr
from tests.deliver.ehr_desk import EhrDesk
from tests.deliver.rehearsal import Rehearsal
from tests.durability.fault_plan import Plan
from tests.durability.faulty_ehr import FaultyEhr

#: seconds that one request may take, where each hang takes as long
LIMIT = 0.3
#: and where none hangs, so that a busy machine is not taken for a slow EHR
PATIENT_LIMIT = 5.0
#: longer than any test: what is late waits to be let on
LATE = 60.0


class FaultyRehearsal(Rehearsal):
    """Many entries of one clinic, whose EHR stands behind the proxy."""

    def __init__(self, desk: EhrDesk, catalog: Catalog, folder: Path, proxy: FaultyEhr, limit: float) -> None:
        super().__init__(desk, catalog, folder, proxy.base_url, limit)
        self.proxy = proxy

    def finish_all(self, most: int = 1000) -> None:
        """Attempt, each time when it is due and the EHR is not left alone, until all is at rest."""
        for _ in range(most):
            due = self.due_at
            if due is None:
                return
            self.clock.moment = max(self.clock.moment, due, self._left_alone_until or due)
            self.delivery.deliver_one(str(uuid4()))
        raise AssertionError(f"not at rest: {self.history[-10:]}")

    @property
    def _left_alone_until(self) -> datetime | None:
        """When the EHR may be asked again; None where it was not failing."""
        with self.engine.connect() as connection:
            probe_at: datetime | None = connection.execute(select(ehr.c.probe_at)).scalar()
        return probe_at

    def attempt_next(self) -> Entry:
        """One attempt, when it is due; the first entry after it."""
        assert self.due_at is not None, "nothing was due"
        self.clock.moment = max(self.clock.moment, self.due_at)
        return self.attempt()


@contextmanager
def rehearsing(
    desk: EhrDesk, catalog: Catalog, folder: Path, plan: Plan, limit: float = LIMIT
) -> Iterator[FaultyRehearsal]:
    """A rehearsal that is over when the block ends."""
    with FaultyEhr(desk.base_url, plan, limit=limit, late=LATE) as proxy:
        made = FaultyRehearsal(desk, catalog, folder, proxy, limit)
        try:
            yield made
        finally:
            made.engine.dispose()
