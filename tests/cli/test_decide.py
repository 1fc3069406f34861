"""``retry``, ``release`` and ``drop``: which result is meant, and why nothing was decided."""

import json
from collections.abc import Callable

import pytest

from tests.building import Resource, response
from tests.cli.conftest import Run

Receive = Callable[[Resource], None]
COMMANDS = ["retry", "release", "drop"]


@pytest.fixture
def settled(run: Run, receive: Receive) -> str:
    """The id of a result that stands."""
    receive(response(id="r1"))
    return str(json.loads(run("show", "--json", "r1").stdout)["id"])


@pytest.fixture
def moved(receive: Receive) -> str:
    """A response with two results: it came to name another patient."""
    receive(response(id="moved"))
    receive(response(id="moved", subject="Patient/p2"))
    return "moved"


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("named", ["r1", "QuestionnaireResponse/r1", "urn:uuid:{}", "Observation/{}"])
def test_the_state_is_told(run: Run, settled: str, command: str, named: str) -> None:
    """In which there is nothing to decide; by every name that ``show`` takes."""
    done = run(command, named.format(settled.upper()))

    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == f"Observation/{settled}: it is settled: there is nothing to {command}.\n"


def test_what_is_dropped_is_released(run: Run, moved: str) -> None:  # noqa: ARG001
    """Retry says so; to drop it once more is nothing."""
    held = json.loads(run("status", "--json").stdout)["oldest"]["held"]["id"]
    run("drop", held)

    assert run("retry", held).stderr == f"Observation/{held}: it is dropped: release takes it up again.\n"
    assert run("drop", held).stderr == f"Observation/{held}: it is dropped: there is nothing to drop.\n"
    assert run("release", held).exit_code == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_several_fit(run: Run, moved: str, command: str) -> None:
    """Nothing is decided; the command is told for each."""
    done = run(command, moved)

    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("moved: several results go by it; say which:\n")
    assert done.stderr.count(f"\n  fhir-alliance {command} ") == 2


@pytest.mark.parametrize("command", COMMANDS)
def test_none_fits(run: Run, receive: Receive, command: str) -> None:
    """A response without a result is told as that; a patient is none."""
    receive(response(id="wrong", subject=None))
    why = "invalid (required QuestionnaireResponse.subject)"

    assert run(command, "wrong").stderr == f"wrong: no result came of it; its newest version is {why}.\n"
    assert run(command, "Patient/wrong").stderr.startswith("Patient/wrong: takes the id of a result")
