"""``fhir-alliance score``: responses in, Observations out, one a line."""

import sys

import click


@click.command("score")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
)
@click.option("--text", is_flag=True, help="Write what a clinician would read, rather than FHIR.")
@click.pass_context
def command(ctx: click.Context, files: tuple[str, ...], text: bool) -> None:
    """Score responses from files; nothing is sent.

    FILE is a QuestionnaireResponse, a Bundle, or NDJSON with one of them a line; - is standard input. For each
    response one line is written, in order: its Observation, or an OperationOutcome that tells why there is none,
    and of several files in which. The exit status is 1 where a response breaks a rule.
    """
    from fhir_alliance.cli.files import read_files
    from fhir_alliance.cli.scorer import Scorer
    from fhir_alliance.fhir.json_text import to_bytes
    from fhir_alliance.settings import read_settings
    from fhir_alliance.wiring import make_assessor, now

    scorer = Scorer(make_assessor(read_settings()), now)
    output = sys.stdout.buffer
    failed, gap = False, b""
    for name, documents in read_files(files):
        for found in documents:
            scored = scorer.score(found, name if len(files) > 1 else None)
            failed |= scored.failed
            output.write(gap + scored.as_text().encode() if text else to_bytes(scored.as_resource()))
            output.write(b"\n")
            output.flush()  # whoever reads a pipe gets each line at once
            gap = b"\n" if text else b""
    ctx.exit(1 if failed else 0)
