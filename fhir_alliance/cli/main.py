"""The command ``fhir-alliance``: its commands by name, each imported only when it is asked for."""

import errno
import os
import sys
from importlib import import_module
from typing import Any, cast

import click

from fhir_alliance import __version__
from fhir_alliance.errors import AllianceError

#: name → (module with the ``command``, its help in one line)
COMMANDS = {
    "serve": ("fhir_alliance.cli.serve", "Serve both doors, and deliver results to the EHR."),
    "work": ("fhir_alliance.cli.work", "Deliver results to the EHR, without serving."),
    "score": ("fhir_alliance.cli.score", "Score responses from files; nothing is sent."),
    "validate": ("fhir_alliance.cli.validate", "Check responses and Questionnaires in files."),
    "publish": ("fhir_alliance.cli.publish", "Put the checklist and its terms on a FHIR server."),
    "status": ("fhir_alliance.cli.status", "Tell what is delivered, and what a person must look at."),
    "show": ("fhir_alliance.cli.show", "Tell all about one result, and what became of it when."),
    "release": ("fhir_alliance.cli.release", "Let a held result go on to the EHR."),
    "retry": ("fhir_alliance.cli.retry", "Try results again now that what was wrong is mended."),
    "drop": ("fhir_alliance.cli.drop", "Give results up: nothing more is written for them."),
    "forget": ("fhir_alliance.cli.forget", "Remove all that is held of one patient."),
    "migrate": ("fhir_alliance.cli.migrate", "Bring the database's tables to this version."),
    "demo": ("fhir_alliance.cli.demo", "Play the whole way on this machine, with a small EHR."),
}

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Stopped(click.ClickException):
    """A known error: one clear line on stderr, and exit status 2."""

    exit_code = 2


class LazyGroup(click.Group):
    """Commands of a table; the help of all is told without importing any."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """The names, in the table's order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command, imported now; None where there is none."""
        if cmd_name not in COMMANDS:
            return None
        return cast("click.Command", import_module(COMMANDS[cmd_name][0]).command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The table, as help."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, (_, told) in COMMANDS.items()])

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command line; where what it writes finds no room, that is told in one line, too."""
        try:
            return super().main(*args, **kwargs)
        except OSError as fault:
            if fault.errno not in _NO_ROOM:
                raise
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left would be told at exit
            click.echo(f"Error: the output cannot be written: {fault.strerror}", err=True)
            sys.exit(1)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for; what is known to go wrong never ends in a traceback."""
        try:
            return super().invoke(ctx)
        except AllianceError as fault:
            raise Stopped(str(fault)) from fault


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="fhir-alliance")
def main() -> None:
    """Put a client's early impression of the therapeutic alliance into the patient chart, over FHIR R4.

    Settings are FHIR_ALLIANCE_* variables, or the TOML file that FHIR_ALLIANCE_CONFIG names.
    """
