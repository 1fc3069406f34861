"""``fhir-alliance score``."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fhir_alliance.fhir.identity import Door, id_key, observation_id, submission_id
from fhir_alliance.fhir.json_text import to_bytes
from tests.building import Resource, response
from tests.cli.conftest import COMMAND, Run
from tests.schema import faults

BLANK = response("", id="blank")
GOOD = response("YYYYYYYNO", id="good")
WRONG = response("YYYYYYYNO", id="wrong", subject=None)
BYTES_IN_A_MEGABYTE = 1024 * 1024


def bundle(*resources: Resource) -> Resource:
    """A Bundle of them."""
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}


def lines(*resources: Resource) -> bytes:
    """One resource a line."""
    return b"\n".join(map(to_bytes, resources))


def outcomes(output: str) -> list[Any]:
    """Per line: the value's text, or severity and diagnostics of the first issue."""
    told = []
    for line in output.splitlines():
        resource = json.loads(line)
        assert faults(resource) == []
        if resource["resourceType"] == "Observation":
            told.append(resource["valueCodeableConcept"]["text"])
        else:
            issue = resource["issue"][0]
            told.append((issue["severity"], issue["diagnostics"]))
    return told


SEVEN = "Yes to 7 of 9 (no 1, open 1): yes to most – potential for a strong alliance"


def test_one_response(run: Run, tmp_path: Path) -> None:
    """A response becomes its Observation on one line, with the ids that the EHR's door would give it."""
    file = tmp_path / "one.json"
    file.write_text(json.dumps(GOOD, indent=2), "utf-8")
    done = run("score", file)
    made = json.loads(done.output)

    assert done.exit_code == 0
    assert done.output.count("\n") == 1
    assert made["valueCodeableConcept"]["text"] == SEVEN
    assert made["status"] == "final"
    assert made["derivedFrom"] == [{"reference": "QuestionnaireResponse/good"}]
    submission = submission_id("default", id_key(Door.NOTIFY, "good"))
    assert made["id"] == observation_id("default", submission, "Patient/p1")


def test_response_without_id(run: Run) -> None:
    """Without an id the response is known by its content, and the same one scores to the same Observation."""
    once, again = (run("score", "-", stdin=lines(response())).output for _ in range(2))

    assert json.loads(once)["id"] == json.loads(again)["id"]
    assert "identifier" in json.loads(once)["derivedFrom"][0]


def test_lines_in_order(run: Run) -> None:
    """Every line has its answer in its place; a broken one stops no other, and the status tells of it."""
    done = run("score", "-", stdin=lines(GOOD, BLANK) + b"\n{oh\n\n" + lines(WRONG, GOOD))

    assert outcomes(done.output) == [
        SEVEN,
        ("information", "Line 2: No question is answered, so there is no result."),
        ("error", "Line 3: Malformed JSON at column 2."),
        ("error", "Line 5: A finished response has a subject."),
        SEVEN,
    ]
    assert done.exit_code == 1


@pytest.mark.parametrize(
    ("unscored", "why"),
    [
        (BLANK, "No question is answered, so there is no result."),
        (response(sharing="none"), "The client wants no summary in the record."),
        (response(status="in-progress"), "A response with status in-progress is not scored."),
        (response(status="entered-in-error"), "The response was entered in error, so there is no result."),
    ],
)
def test_no_result_is_no_failure(run: Run, unscored: Resource, why: str) -> None:
    """A valid response without a result is told, and nothing has failed."""
    done = run("score", "-", stdin=json.dumps(unscored, indent=1).encode())

    assert outcomes(done.output) == [("information", why)]
    assert done.exit_code == 0


def test_bundle_in_order(run: Run) -> None:
    """A Bundle's entries are answered in order; what is no response is told, and has not failed."""
    patient = {"resourceType": "Patient", "id": "p1"}
    done = run("score", "-", stdin=json.dumps(bundle(patient, GOOD, BLANK), indent=1).encode())

    assert outcomes(done.output) == [
        ("information", "This entry is no QuestionnaireResponse, so it is not scored."),
        SEVEN,
        ("information", "No question is answered, so there is no result."),
    ]
    assert json.loads(done.output.splitlines()[0])["issue"][0]["expression"] == ["Bundle.entry[0].resource"]
    assert done.exit_code == 0


def test_fault_in_a_bundle(run: Run) -> None:
    """An entry that breaks a rule fails, and its place is told from the Bundle on."""
    done = run("score", "-", stdin=json.dumps(bundle(GOOD, WRONG), indent=1).encode())

    assert json.loads(done.output.splitlines()[1])["issue"][0]["expression"] == [
        "Bundle.entry[1].resource.subject"
    ]
    assert done.exit_code == 1


def test_another_type_fails(run: Run) -> None:
    """Outside a Bundle, another resource was surely not meant."""
    done = run("score", "-", stdin=lines({"resourceType": "Patient", "id": "p1"}))

    assert outcomes(done.output) == [("error", "Line 1: The resource must be a QuestionnaireResponse.")]
    assert done.exit_code == 1


def test_many_files(run: Run, tmp_path: Path) -> None:
    """Files are read in the order given, and one fault is enough for status 1."""
    good, wrong = tmp_path / "good.json", tmp_path / "wrong.json"
    good.write_bytes(to_bytes(GOOD))
    wrong.write_bytes(to_bytes(WRONG))
    done = run("score", wrong, good)

    assert [type(one) for one in outcomes(done.output)] == [tuple, str]
    assert done.exit_code == 1


def test_missing_file(run: Run, tmp_path: Path) -> None:
    """A file that is not there is a mistake of usage."""
    done = run("score", tmp_path / "none.json")

    assert done.exit_code == 2
    assert "does not exist" in done.stderr


def test_text(run: Run) -> None:
    """``--text`` gives value and note as a clinician reads them, wrapped, with a blank line between."""
    told = run("score", "--text", "-", stdin=lines(GOOD, BLANK, WRONG)).output

    assert told.startswith(f"{SEVEN}\nClient's own early impression of working with this therapist, 12 Nov 2026.")
    assert told.endswith(
        "review.\n\nLine 2: No question is answered, so there is no result.\n\n"
        "Line 3: A finished response has a subject. (QuestionnaireResponse.subject)\n"
    )
    assert max(map(len, told.splitlines())) <= 80


def test_settings_count(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clinic's word on sharing holds where the client said nothing."""
    monkeypatch.setenv("FHIR_ALLIANCE_SHARING", "none")

    assert outcomes(run("score", "-", stdin=to_bytes(GOOD)).output) == [
        ("information", "Line 1: The client wants no summary in the record.")
    ]


def test_each_line_at_once(start: Any) -> None:
    """Whoever feeds a pipe gets each answer before the next question."""
    process = start("score", "-")
    for _ in range(2):
        process.stdin.write(to_bytes(GOOD).decode() + "\n")
        process.stdin.flush()

        assert outcomes(process.stdout.readline()) == [SEVEN]


def test_reader_that_leaves() -> None:
    """Where nobody reads on, the command ends without a traceback."""
    with subprocess.Popen(
        [*COMMAND, "score", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdout.close()
        _, told = process.communicate(lines(GOOD, GOOD))

    assert told == b""


def _peak(count: int, tmp_path: Path) -> int:
    """Bytes that the command held at most, over a file of ``count`` lines of 8 KB."""
    file = tmp_path / f"{count}.ndjson"
    line = to_bytes(response("", status="in-progress"))[:-1] + b" " * 8000 + b"}\n"
    file.write_bytes(line * count)
    code = (
        "import resource, sys; from fhir_alliance.cli.main import main\n"
        f"main(['score', {str(file)!r}], standalone_mode=False)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.count(b"\n") == count
    return int(done.stderr) * 1024


def test_memory_stays_flat(tmp_path: Path) -> None:
    """Of 160 MB in 20,000 lines no more is held than of a few: the file is never in memory."""
    assert _peak(20_000, tmp_path) - _peak(200, tmp_path) < 8 * BYTES_IN_A_MEGABYTE


def test_bar_on_a_terminal(tmp_path: Path) -> None:
    """A bar by bytes shows on stderr where that is a terminal, and never in the output."""
    file = tmp_path / "one.ndjson"
    file.write_bytes(lines(*[GOOD] * 50))
    code = (
        "import sys; sys.stderr.isatty = lambda: True\n"
        f"from fhir_alliance.cli.main import main; main(['score', {str(file)!r}])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)

    assert done.stdout.count(b"\n") == 50
    assert b"kB" in done.stderr


def test_of_several_files_the_broken_one_is_named(run: Run, tmp_path: Path) -> None:
    """With its line, where it has lines; a good one is as it is alone, and so is a broken one."""
    good, broken, some = (tmp_path / name for name in ("good.json", "broken.json", "some.ndjson"))
    good.write_bytes(to_bytes(GOOD))
    broken.write_text("{bad")
    some.write_bytes(lines(GOOD, WRONG))
    done = run("score", good, broken, some)

    assert done.exit_code == 1
    assert outcomes(done.output) == [
        SEVEN,
        ("error", f"{broken}: Malformed JSON at line 1, column 2."),
        SEVEN,
        ("error", f"{some}, line 2: A finished response has a subject."),
    ]
    assert outcomes(run("score", broken).output) == [("error", "Malformed JSON at line 1, column 2.")]


@pytest.mark.parametrize(
    "arguments", [["score"], ["score", "--text"], ["validate"], ["validate", "--help"]], ids=" ".join
)
def test_a_full_disk(tmp_path: Path, arguments: list[str]) -> None:
    """Output that finds no room is told in one line, and the exit status is 1."""
    file = tmp_path / "one.json"
    file.write_bytes(to_bytes(GOOD))
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, *arguments, file], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )

    assert done.returncode == 1
    assert done.stderr == "Error: the output cannot be written: No space left on device\n"
