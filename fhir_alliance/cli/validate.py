"""``fhir-alliance validate``: all that is wrong with what stands in files."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fhir_alliance.cli.checker import Checker
    from fhir_alliance.cli.documents import Found


@click.command("validate")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
)
@click.pass_context
def command(ctx: click.Context, files: tuple[str, ...]) -> None:
    """Check responses and Questionnaires in files.

    FILE is a resource, a Bundle, or NDJSON with one of them a line; - is standard input. A response is checked as
    it would be on arrival, a Questionnaire as at the start: whether it can be scored. The exit status is 1 where
    there is an error.
    """
    from fhir_alliance.cli.checker import Checker
    from fhir_alliance.cli.files import read_files
    from fhir_alliance.settings import read_settings
    from fhir_alliance.wiring import make_assessor, now

    checker = Checker(make_assessor(read_settings()), now)
    valid = [_check(checker, name, documents) for name, documents in read_files(files)]
    ctx.exit(0 if all(valid) else 1)


def _check(checker: "Checker", name: str, documents: "Iterator[Found]") -> bool:
    """Tell all of one file; whether there is no error in it."""
    from fhir_alliance.cli.plain import plain
    from fhir_alliance.fhir.issues import Code, error, errors

    empty, valid = True, True
    for found in documents:
        empty = False
        place = name if found.line is None else f"{name}:{found.line}"
        for issue in checker.issues(found):
            valid = valid and not errors((issue,))
            where = f" {issue.expression}" if issue.expression else ""
            click.echo(plain(f"{place}: {issue.severity} {issue.code}{where} – {issue.diagnostics}"))
    if empty:
        nothing = error(Code.REQUIRED, "There is nothing in this file.")
        click.echo(f"{name}: {nothing.severity} {nothing.code} – {nothing.diagnostics}")
    elif valid:
        click.echo(f"{name}: ok")
    return valid and not empty
