"""``fhir-alliance work``: the worker that delivers, alone."""

import signal
import sys
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
    from fhir_alliance.settings import read_settings
    from fhir_alliance.telemetry.logs import write_logs
    from fhir_alliance.wiring import make_service, make_worker, serve_metrics

    settings = read_settings()
    write_logs(sys.stderr)
    service = make_service(settings)
    worker = make_worker(service)
    _stop_on_signal(worker)
    metrics = serve_metrics(service)
    for name, clinic in service.clinics.items():
        if clinic.delivery:
            whose = f" ({name})" if settings.clinics else ""
            click.echo(f"fhir-alliance delivers to {clinic.settings.ehr_url}{whose}")
    if metrics:
        click.echo(f"fhir-alliance tells its metrics: {metrics}")
    worker.run()


def _stop_on_signal(worker: "Worker") -> None:
    """In a thread: the handler may interrupt the very wait that a stop has to wake."""

    def stop(*_: object) -> None:
        Thread(target=worker.stop, args=(0,)).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
