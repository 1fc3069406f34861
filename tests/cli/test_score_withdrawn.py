"""``fhir-alliance score`` of what was entered in error."""

import json

import pytest

from fhir_alliance.fhir.json_text import to_bytes
from tests.building import Resource, response, without
from tests.cli.conftest import Run

WITHDRAWN = response(status="entered-in-error", id="r1")


@pytest.mark.case("no-result")
@pytest.mark.parametrize("made", [WITHDRAWN, without(WITHDRAWN, "subject")], ids=["sound", "no-subject"])
def test_a_withdrawal_has_no_result(run: Run, made: Resource) -> None:
    """The reason is told, for programs and for people, and nothing has failed."""
    as_json, as_text = run("score", "-", stdin=to_bytes(made)), run("score", "--text", "-", stdin=to_bytes(made))
    told = json.loads(as_json.output)["issue"][-1]

    assert (as_json.exit_code, as_text.exit_code) == (0, 0)
    assert told["severity"] == "information"
    assert "entered in error" in told["diagnostics"]
    assert told["diagnostics"] in as_text.output.replace("\n", " ")
