"""``fhir-alliance serve``: both doors, and the worker that delivers."""

import sys

import click


@click.command("serve")
def command() -> None:
    """Serve both doors, and deliver results to the EHR.

    Says "fhir-alliance is ready: http://HOST:PORT" once it listens. Address, EHR and all else are settings.
    """
    from fhir_alliance.settings import read_settings
    from fhir_alliance.telemetry.logs import write_logs
    from fhir_alliance.wiring import make_server

    settings = read_settings()
    write_logs(sys.stderr)
    server = make_server(settings)
    try:
        server.listen()
    except OSError as fault:
        where = f"FHIR_ALLIANCE_HOST {settings.host}, FHIR_ALLIANCE_PORT {settings.port}"
        raise click.ClickException(f"{where}: cannot listen there: {fault.strerror}") from fault
    server.run()
