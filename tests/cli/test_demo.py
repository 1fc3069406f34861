"""``fhir-alliance demo``: the whole program at once, as a visitor first meets it."""

import json
import re
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.artifacts.folder import SAMPLES
from tests.cli.conftest import COMMAND, Run

FOLDER = SAMPLES[0].parent


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    """A copy of the samples, to change."""
    return Path(shutil.copytree(FOLDER, tmp_path / "samples"))


def play(*arguments: object) -> "subprocess.CompletedProcess[str]":
    """The demo, once, in a process of its own."""
    command = [*COMMAND, "demo", "--once", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=100, check=False)


def table(output: str) -> list[str]:
    """The rows, each on one line with single spaces; the summary last."""
    below = output.partition("─\n")[2]
    return [" ".join(row.split()) for row in re.split(r"\n\s*\n|\n(?=\d+ in all)", below.strip())]


def test_shipped_samples() -> None:
    """Every way a response can go shows in one table, read back from the EHR, and nothing else is said."""
    done = play()
    rows = table(done.stdout)

    assert (done.returncode, done.stderr) == (0, "")
    assert rows[-1] == (
        "11 in all: 5 in the chart, 2 withdrawn, 1 held for a person, 1 invalid, 2 without a result."
    )
    assert re.fullmatch(
        r"Ada Example 7/1/1 yes to final Yes to 7 of 9 \(no 1, open 1\): yes to most – most potential for a "
        r"strong alliance Observation/[0-9a-f-]{36}",
        rows[0],
    )
    assert rows[4].startswith("Edda 6/1/2 yes to amended Yes to 6 of 9")
    assert rows[5].startswith("Fritz – – entered- withdrawn: entered in error Fictional in-error Observation/")
    assert rows[6] == "Gala Mockup – – – nothing: no question is answered"
    assert rows[8].startswith("Iris – – – nothing: the response is invalid.")
    assert rows[10] == "Kira Sample – – – held for a person: the response now names another patient"
    assert max(map(len, done.stdout.splitlines())) <= 100


def test_changed_sample(samples: Path) -> None:
    """Another answer in a file is another row in the table."""
    file = samples / "04-all-yes-1.json"
    file.write_text(file.read_text("utf-8").replace('"yes"', '"no"').replace('"Yes"', '"No"'), "utf-8")
    for other in samples.glob("*-?.json"):
        if other != file:
            other.unlink()
    rows = table(play("--samples", samples).stdout)

    assert rows[0].startswith("Dino 0/9/0 no to final Yes to 0 of 9 (no 9, open 0): no to most")
    assert rows[-1] == "1 in all: 1 in the chart."


def test_broken_sample(run: Run, samples: Path) -> None:
    """A sample that is no JSON is named before anything starts."""
    (samples / "01-yes-to-most-1.json").write_text("{", "utf-8")
    done = run("demo", "--once", "--samples", samples)

    assert done.exit_code == 1
    assert done.stderr.startswith("Error: 01-yes-to-most-1.json: Malformed JSON at line 1")


def test_samples_without_people(run: Run, samples: Path) -> None:
    """The people are needed."""
    (samples / "people.json").unlink()

    assert run("demo", "--samples", samples).stderr == "Error: people.json is missing among the samples.\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stays_until_told_to_stop(start: Any, samples: Path, number: int) -> None:
    """Without --once charts and service can be looked at, until Ctrl-C ends both."""
    for one in samples.glob("*-?.json"):
        if not one.name.startswith("01"):
            one.unlink()
    process = start("demo", "--samples", str(samples))
    told: list[str] = []
    while not told or not told[-1].startswith("Ctrl-C"):
        told.append(process.stdout.readline())
        assert told[-1], process.stderr.read()
    service = re.search(r"service is ready: (\S+)", "".join(told))
    chart = re.search(r"http\S+/chart/demo-ada", told[-2])
    assert service
    assert chart
    page = requests.get(chart[0], timeout=10).text
    ready = requests.get(f"{service[1]}/readyz", timeout=10).status_code
    process.send_signal(number)

    assert "Yes to 7 of 9" in page
    assert ready == 200
    assert process.wait(40) == 0
    with pytest.raises(requests.ConnectionError):
        requests.get(service[1], timeout=10)


def test_samples_are_in_name_order() -> None:
    """The first versions are entered before any second one."""
    from fhir_alliance.cli.demo.samples import read_samples

    samples = read_samples(None)

    assert [len(wave) for wave in samples.waves] == [10, 3]
    assert samples.waves[1][0]["id"] == "demo-amended"
    assert samples.pairs[-2:] == (("demo-moved", "Patient/demo-jonas"), ("demo-moved", "Patient/demo-kira"))
    assert {json.dumps(one) for one in samples.people} != set()
