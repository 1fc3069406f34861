"""``fhir-alliance demo``: the whole way on one machine, from a response to the chart."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from fhir_alliance.cli.demo.play import Play
    from fhir_alliance.cli.demo.samples import Samples


@click.command("demo")
@click.option("--once", is_flag=True, help="Stop after the table.")
@click.option("--samples", hidden=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
def command(once: bool, samples: Path | None) -> None:
    """Play the whole way on this machine, with a small EHR.

    An EHR in memory and the service start on free ports of this machine, made-up responses are entered, and what
    stands in the charts is read back. Without --once both stay until Ctrl-C, to look around. Nothing is kept.
    """
    from fhir_alliance.cli.demo.samples import read_samples
    from fhir_alliance.errors import ChartFault

    entered = read_samples(samples)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever ends the demo ends the service, too
    try:
        with _started() as play:
            _show(play, entered)
            if not once:
                _stay(play, entered)
    except ChartFault as fault:
        raise click.ClickException(f"The demo's EHR did not do as asked: {fault.code}") from fault


@contextmanager
def _started() -> Iterator["Play"]:
    """EHR and service, each listening, with nothing in them."""
    from fhir_alliance.cli.demo.ehr import DemoEhr
    from fhir_alliance.cli.demo.play import Play
    from fhir_alliance.cli.demo.service import running_service
    from fhir_alliance.sandbox import Sandbox
    from fhir_alliance.settings import DEFAULT_CLINIC, read_settings
    from fhir_alliance.wiring import make_assessor, make_client, open_oversight

    with TemporaryDirectory(prefix="fhir-alliance-") as folder, Sandbox() as sandbox:
        click.echo(f"An EHR is ready: {sandbox.url}/")
        environment = {
            "FHIR_ALLIANCE_DATABASE_URL": f"sqlite:///{folder}/ledger.sqlite",
            "FHIR_ALLIANCE_EHR_URL": sandbox.base_url,
            "FHIR_ALLIANCE_HOST": "127.0.0.1",
            "FHIR_ALLIANCE_PORT": "0",
        }
        settings = read_settings(environment)
        ehr = DemoEhr(sandbox.url, make_client(settings, sandbox.base_url))
        with running_service(environment, Path(folder)) as service:
            click.echo(f"The service is ready: {service.url()}")
            with open_oversight(settings) as reads:
                yield Play(ehr, service, make_assessor(settings), reads[DEFAULT_CLINIC])


def _show(play: "Play", samples: "Samples") -> None:
    from fhir_alliance.cli.demo.rows import Outcome
    from fhir_alliance.cli.demo.table import show

    play.prepare(samples)
    play.enter(samples)
    rows = play.read_back(samples)
    show(rows)
    wrong = sum(row.outcome is Outcome.WRONG for row in rows)
    if wrong:
        raise click.ClickException(play.service.told(f"{wrong} of {len(rows)} are not as they should be."))


def _stay(play: "Play", samples: "Samples") -> None:
    """Until Ctrl-C, unless the service ends."""
    url = play.ehr.url
    chart = f", or one chart: {url}/chart/{samples.people[0]['id']}" if samples.people else ""
    click.echo(f"Look around: {url}/{chart}\nCtrl-C stops both.")
    try:
        play.service.process.wait()
        play.service.require()
    except KeyboardInterrupt:
        click.echo("Stopped.")
