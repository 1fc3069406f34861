"""The demo, act by act: prepare the EHR, enter responses, wait for the chart, read it back."""

import time
from dataclasses import dataclass

import click

from fhir_alliance.assess import Assessor
from fhir_alliance.cli.demo.ehr import DemoEhr
from fhir_alliance.cli.demo.rows import Reading, Row
from fhir_alliance.cli.demo.samples import Samples
from fhir_alliance.cli.demo.service import RunningService
from fhir_alliance.ehr.publish import publish
from fhir_alliance.ledger.reads import Reads
from fhir_alliance.ledger.tables import WAITING

#: seconds until everything that was entered must be in the charts
PATIENCE = 60.0
PAUSE = 0.05


@dataclass(frozen=True, slots=True)
class Play:
    """An EHR and the service beside it."""

    ehr: DemoEhr
    service: RunningService
    assessor: Assessor
    reads: Reads

    def prepare(self, samples: Samples) -> None:
        """The artifacts, the people, and the EHR's word to the service."""
        published = list(publish(self.ehr.fhir, self.assessor.catalog))
        people = self.ehr.enter(samples.people)
        self.ehr.subscribe(f"{self.service.url()}/notify")
        click.echo(f"The EHR has {len(published)} published artifacts, {people} people and one Subscription.")

    def enter(self, samples: Samples) -> None:
        """First versions, then the next ones, each once those before are in the charts."""
        for number, wave in enumerate(samples.waves, start=1):
            entered = self.ehr.enter(wave)
            click.echo(f"Entered {entered} responses (version {number}); waiting for the charts …")
            self._settle()

    def _settle(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while under_way := self._under_way():
            self.service.require()
            if time.monotonic() > deadline:
                raise click.ClickException(self.service.told(f"Not settled in time: {under_way}."))
            time.sleep(PAUSE)

    def _under_way(self) -> str:
        """What is not yet where it belongs; empty where all is."""
        hooks = self.ehr.hooks()
        if hooks["failed"]:
            raise click.ClickException(self.service.told(f"The EHR gave up {hooks['failed']} messages."))
        states = self.reads.states()
        counts = [("messages", hooks["pending"]), *((str(state), states[state]) for state in WAITING)]
        return ", ".join(f"{number} {name}" for name, number in counts if number)

    def read_back(self, samples: Samples) -> list[Row]:
        """What the charts say now."""
        reading = Reading(self.ehr, self.assessor, self.reads.attention())
        return [reading.row(response_id, subject) for response_id, subject in samples.pairs]
