"""``fhir-alliance serve``: both doors, and the worker that delivers."""

import click


@click.command("serve")
def command() -> None:
    """Serve both doors, and deliver results to the EHR.

    Says "fhir-alliance is ready: http://HOST:PORT" once it listens. Address, EHR and all else are settings.
    """
    from fhir_alliance.settings import read_settings
    from fhir_alliance.wiring import make_server

    make_server(read_settings()).run()
