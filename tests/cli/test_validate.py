"""``fhir-alliance validate``."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from fhir_alliance.fhir.json_text import to_bytes
from tests.artifacts.folder import ARTIFACTS, CHECKLIST
from tests.building import Resource, response
from tests.cli.conftest import Run

GOOD = response(id="good")
WRONG = response(id="wrong", subject=None)
NO_SUBJECT = "error required QuestionnaireResponse.subject – A finished response has a subject."


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Write a file into the working folder; its name."""
    monkeypatch.chdir(tmp_path)

    def file(*resources: Resource, indent: int | None = None) -> str:
        text = "\n".join(json.dumps(one, indent=indent) for one in resources)
        Path("x.json").write_text(text, "utf-8")
        return "x.json"

    return file


def test_valid_response(run: Run, file: Any) -> None:
    """Where nothing is wrong, the file is ok."""
    done = run("validate", file(GOOD, indent=2))

    assert (done.output, done.exit_code) == ("x.json: ok\n", 0)


def test_invalid_response(run: Run, file: Any) -> None:
    """Every issue is told with severity, code, element and words, and the status is 1."""
    done = run("validate", file({**WRONG, "authored": "2026"}, indent=2))

    assert done.output.splitlines() == [
        f"x.json: {NO_SUBJECT}",
        "x.json: error value QuestionnaireResponse.authored – authored must name at least the day.",
    ]
    assert done.exit_code == 1


def test_lines(run: Run, file: Any) -> None:
    """In a file of lines, each issue tells its line."""
    done = run("validate", file(GOOD, WRONG, GOOD))

    assert (done.output, done.exit_code) == (f"x.json:2: {NO_SUBJECT}\n", 1)


def test_bundle(run: Run, file: Any) -> None:
    """In a Bundle, each issue tells its entry; what is not checked here is no fault."""
    entries = [{"resource": {"resourceType": "Patient"}}, {"resource": WRONG}]
    done = run("validate", file({"resourceType": "Bundle", "entry": entries}, indent=1))

    assert done.output.splitlines() == [
        "x.json: information informational Bundle.entry[0].resource – Nothing of this type is checked here.",
        "x.json: error required Bundle.entry[1].resource.subject – A finished response has a subject.",
    ]


def test_many_files(run: Run, file: Any) -> None:
    """Each file is judged for itself."""
    name = file(WRONG, indent=1)
    Path("y.json").write_bytes(to_bytes(response("", id="blank")))
    done = run("validate", name, "y.json")

    assert done.output.splitlines() == [
        f"x.json: {NO_SUBJECT}",
        "y.json:1: information informational – No question is answered, so there is no result.",
        "y.json: ok",
    ]
    assert done.exit_code == 1


def test_empty_file(run: Run, file: Any) -> None:
    """A file with nothing in it is not ok."""
    done = run("validate", file())

    assert (done.output, done.exit_code) == ("x.json: error required – There is nothing in this file.\n", 1)


def test_hostile_names_are_made_plain(run: Run, file: Any) -> None:
    """What a file calls its elements cannot give orders to the terminal."""
    done = run("validate", file({**GOOD, "\x1b[2J": 1}, indent=1))

    assert "\x1b" not in done.output
    assert done.exit_code == 1


def test_shipped_artifacts(run: Run) -> None:
    """All that is shipped is ok."""
    done = run("validate", *ARTIFACTS)

    assert done.output.splitlines() == [f"{path}: ok" for path in ARTIFACTS]
    assert done.exit_code == 0


def test_questionnaire_of_ones_own(run: Run, file: Any) -> None:
    """A Questionnaire beside the shipped one is read with the folder's terms."""
    own = {**CHECKLIST, "id": "own", "url": "https://clinic.example/fhir/Questionnaire/own"}

    assert run("validate", file(own, indent=1)).output == "x.json: ok\n"


def test_questionnaire_that_cannot_be_scored(run: Run, file: Any) -> None:
    """What would stop the start is told, as the start would tell it."""
    own = copy.deepcopy(CHECKLIST)
    del own["item"][0]["linkId"]
    scored = next(item for item in own["item"] if item.get("linkId") == "warmth")
    scored["answerOption"] = scored["answerOption"][1:]
    broken = run("validate", file(own, indent=1))
    own["item"][0]["linkId"] = "intro"
    unscorable = run("validate", file(own, indent=1))

    assert broken.output.startswith("x.json: error required Questionnaire.item[0].linkId – ")
    assert unscorable.output.startswith("x.json: error invalid Questionnaire.item[")
    assert unscorable.output.endswith("].answerOption – a scored item needs the rule's options: yes\n")
    assert (broken.exit_code, unscorable.exit_code) == (1, 1)
