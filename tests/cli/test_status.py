"""``fhir-alliance status`` and ``fhir-alliance release``."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fhir_alliance.cli import advice
from fhir_alliance.ledger.reads import Attention
from tests.building import Resource, response
from tests.cli.conftest import Run

Receive = Callable[[Resource], None]
EHR_URL = "https://ehr.example/fhir"


@pytest.fixture
def moved(receive: Receive) -> str:
    """A response that came to name another patient; the id of the entry that is held for it."""
    receive(response(id="moved", subject="Patient/p1"))
    receive(response(id="moved", subject="Patient/p2"))
    return "moved"


def held(run: Run) -> list[Any]:
    """What status tells as held."""
    report = json.loads(run("status", "--json").output)
    return [one for one in report["attention"] if one["kind"] == "held"]


@pytest.mark.parametrize("arguments", [["status"], ["release", "x"]], ids=" ".join)
def test_no_database_yet(run: Run, database: Path, arguments: list[str]) -> None:
    """Where serve has never run, that is told, and nothing is made."""
    done = run(*arguments)

    assert done.exit_code == 2
    assert done.stderr == (
        f"Error: FHIR_ALLIANCE_DATABASE_URL: there is no database at {database} yet: "
        "fhir-alliance serve makes it\n"
    )
    assert not database.exists()


def test_another_file(run: Run, database: Path) -> None:
    """A file that is no database is told in one line."""
    database.write_text("not a database, but quite some text")
    done = run("status")

    assert done.exit_code == 2
    assert done.stderr == f"Error: FHIR_ALLIANCE_DATABASE_URL: {database} does not work as a database\n"


def test_empty_database(run: Run, database: Path) -> None:
    """A database without tables is of no version, and is left so."""
    database.touch()
    done = run("status")

    assert done.exit_code == 2
    assert done.stderr.startswith("Error: the database is at version none, this program needs ")


def test_nothing_yet(run: Run, receive: Receive) -> None:  # noqa: ARG001
    """An idle service has nothing to tell, and needs nobody."""
    assert run("status").output == (
        "Results in the chart: 0 due, 0 sending, 0 unknown, 0 held, 0 settled\n"
        "Versions of responses received: none\n"
        "Other events, only counted: none\n"
        "Nothing needs a person.\n"
    )


def test_held_result(run: Run, moved: str) -> None:
    """What is held is told with the response, why, what to do, and the command for it."""
    told = run("status").output
    (one,) = held(run)

    assert "0 sending, 0 unknown, 1 held, 1 settled" in told
    assert f"held: QuestionnaireResponse/{moved} → Observation/{one['id']}, since 2" in told
    assert ": subject-changed\n  The response now names another patient" in told
    assert told.endswith(f"\n  fhir-alliance release {one['id']}\n")
    assert max(map(len, told.splitlines()[5:])) <= 80


def test_invalid_response(run: Run, receive: Receive) -> None:
    """An invalid response is told by its id, with what is wrong first, and nothing to release."""
    receive(response(id="wrong", subject=None))
    (one,) = json.loads(run("status", "--json").output)["attention"]

    assert (one["kind"], one["response"], one["release"]) == ("invalid", "wrong", None)
    assert one["reason"] == "required QuestionnaireResponse.subject"
    assert "invalid: QuestionnaireResponse/wrong, since" in run("status").output


def test_json(run: Run, moved: str) -> None:  # noqa: ARG001
    """``--json`` tells the same for programs."""
    report = json.loads(run("status", "--json").output)

    assert report["states"] == {"due": 0, "sending": 0, "unknown": 0, "held": 1, "settled": 1}
    assert report["versions"] == {"scored": 2}
    assert report["notices"] == {}
    assert report["attention"][0]["advice"].startswith("The response now names another patient")


def test_table_on_a_terminal(run: Run, moved: str, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    """On a terminal the same stands in a table."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    told = run("status").output

    assert "│ held" in told
    assert f"fhir-alliance release {held(run)[0]['id']}" in told


def test_release(run: Run, moved: str) -> None:  # noqa: ARG001
    """Without an EHR a released result stands at once; a second release finds nothing held."""
    (one,) = held(run)
    once, again = run("release", one["id"]), run("release", one["id"])

    assert once.output == f"Observation/{one['id']} is released, and stands now.\n"
    assert held(run) == []
    assert (again.exit_code, again.stderr) == (
        1,
        f"Error: {one['id']} is not held: fhir-alliance status tells what is.\n",
    )


def test_release_to_an_ehr(run: Run, moved: str, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    """With an EHR a released result is due."""
    (one,) = held(run)
    monkeypatch.setenv("FHIR_ALLIANCE_EHR_URL", EHR_URL)
    done = run("release", one["id"])

    assert done.output == f"Observation/{one['id']} is released: it goes to the EHR with the next attempt.\n"
    assert json.loads(run("status", "--json").output)["states"]["due"] == 1


def test_waiting(run: Run, moved: str, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    """What waits is told with what it waits for, for people and for programs."""
    (one,) = held(run)
    monkeypatch.setenv("FHIR_ALLIANCE_EHR_URL", EHR_URL)
    run("release", one["id"])

    assert "Waiting: 1 because of released. A person released it." in run("status").output
    assert json.loads(run("status", "--json").output)["waiting"] == [
        {"reason": "released", "entries": 1, "advice": "A person released it."}
    ]


@pytest.mark.parametrize("command", ["serve", "work"])
def test_unusable_database(run: Run, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that cannot be made stops the start with one line."""
    monkeypatch.setenv("FHIR_ALLIANCE_EHR_URL", EHR_URL)
    monkeypatch.setenv("FHIR_ALLIANCE_DATABASE_URL", "sqlite:////no/such/folder/ledger.sqlite")
    done = run(command)

    assert done.exit_code == 2
    assert done.stderr == (
        "Error: FHIR_ALLIANCE_DATABASE_URL: /no/such/folder/ledger.sqlite does not work as a database\n"
    )


@pytest.mark.parametrize(
    ("kind", "reason", "told"),
    [
        ("held", "subject-changed", "names another patient"),
        ("held", "two-submissions", "the identifier of another"),
        ("held", "deleted-in-chart", "release to write it again, or to let it be where it was withdrawn"),
        ("held", "changed-in-chart", "release to write over the change"),
        ("held", "not-kept: status, value", "shows another status, value than was written"),
        ("held", "http-422 invalid Observation.encounter", "The server refused it as it is"),
        ("held", "http-302", "set that one as the FHIR base. Then release."),
        ("not-whole", "not kept: note, method", "left out: note, method. Nothing needs to be done"),
        ("invalid", "required QuestionnaireResponse.subject", "Have it corrected in the EHR"),
    ],
)
def test_advice(kind: str, reason: str, told: str) -> None:
    """Every reason for which a person is asked has its own plain words."""
    assert told in advice.of(Attention(kind, "id", "response", reason, datetime.now(UTC)))
