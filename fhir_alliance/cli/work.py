"""``fhir-alliance work``: the worker that delivers, alone."""

import signal
from threading import Thread
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from fhir_alliance.worker import Worker


@click.command("work")
def command() -> None:
    """Deliver results to the EHR, without serving.

    Any number may run beside one another and beside serve. SIGTERM and Ctrl-C let the attempt under way end.
    """
    import logging

    from fhir_alliance.errors import WrongSetting
    from fhir_alliance.settings import read_settings
    from fhir_alliance.wiring import make_service
    from fhir_alliance.worker import Worker

    settings = read_settings()
    if settings.ehr_url is None:
        raise WrongSetting("FHIR_ALLIANCE_EHR_URL: not set, so there is no EHR to deliver to")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    delivery = make_service(settings).delivery
    assert delivery is not None, "an EHR is set"  # noqa: S101  # make_service's promise
    worker = Worker(delivery)
    _stop_on_signal(worker)
    click.echo(f"fhir-alliance delivers to {settings.ehr_url}")
    worker.run()


def _stop_on_signal(worker: "Worker") -> None:
    """In a thread: the handler may interrupt the very wait that a stop has to wake."""

    def stop(*_: object) -> None:
        Thread(target=worker.stop, args=(0,)).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
