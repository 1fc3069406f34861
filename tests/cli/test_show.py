"""``fhir-alliance show``: all about one result, and nothing that the client answered."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fhir_alliance.fhir.identity import Door
from fhir_alliance.fhir.json_text import to_bytes
from fhir_alliance.keeping import Arrival
from fhir_alliance.service import Service
from fhir_alliance.settings import read_settings
from fhir_alliance.wiring import make_service
from tests.building import Resource, response
from tests.cli.conftest import Run

TWO = '[clinics.north]\nehr_url = "https://north.example/fhir"\n[clinics.south]\n'

Receive = Callable[..., None]


def taken_in(service: Service, told: Resource, clinic: str = "default") -> None:
    """A response arrives at the EHR's door of a clinic."""
    arrival = Arrival(door=Door.NOTIFY, response_id=told["id"], body=to_bytes(told))
    service.clinics[clinic].reception.receive(arrival)


@pytest.fixture
def take_in(run: Run, database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receive]:
    """Take responses in, on a database of either kind."""
    monkeypatch.setenv("FHIR_ALLIANCE_DATABASE_URL", database)
    assert run("migrate").exit_code == 0
    service = make_service(read_settings())
    yield lambda told: taken_in(service, told)
    service.database.engine.dispose()


@pytest.fixture
def at_two(ledger_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receive]:  # noqa: ARG001
    """Two clinics, one of which has an EHR; take a response in at one of them."""
    (tmp_path / "settings.toml").write_text(TWO)
    monkeypatch.setenv("FHIR_ALLIANCE_CONFIG", str(tmp_path / "settings.toml"))
    service = make_service(read_settings())
    yield lambda told, clinic: taken_in(service, told, clinic)
    service.database.engine.dispose()


def shown(run: Run, *words: object) -> Any:
    """What ``show --json`` tells."""
    done = run("show", "--json", *words)
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def held(run: Run) -> str:
    """The id of what is held."""
    return str(json.loads(run("status", "--json").stdout)["oldest"]["held"]["id"])


def test_a_result_that_stands(run: Run, take_in: Receive) -> None:
    """By the response's id: what should stand, what does, and how it came so."""
    take_in(response(id="r1"))
    told = shown(run, "r1")

    assert told["subject"] == "Patient/p1"
    assert (told["state"], told["reason"], told["hold"], told["advice"]) == ("settled", None, None, None)
    assert told["should_stand"] == {
        "fit": "yes-to-most",
        "yes": 7,
        "no": 1,
        "open": 1,
        "authored": "2026-11-12T18:30:00-05:00",
    }
    assert told["stands"] == {"status": "final", **told["should_stand"]}
    assert [(one["from"], one["to"]) for one in told["history"]] == [("new", "settled")]
    assert shown(run, told["id"])["history"] == shown(run, told["submission"])["history"] == told["history"]


def test_a_held_result_for_people(run: Run, take_in: Receive) -> None:
    """In plain words: for how long, why, what to do, the commands, and every step."""
    take_in(response(id="moved"))
    take_in(response(id="moved", subject="Patient/p2"))
    entry_id = held(run)
    done = run("show", f"Observation/{entry_id}")
    told = done.output

    assert done.exit_code == 0
    assert told.startswith(f"Result: Observation/{entry_id}\nOf: QuestionnaireResponse/moved\nChart: Patient/p2\n")
    assert re.search(r"\nState: held for \d+ s, because of subject-changed\n", told)
    assert "\nShould stand: yes-to-most (7 yes, 1 no, 1 open), answered 2026-11-12\n" in told
    assert "\nStands: nothing\n" in told
    assert "What to do: The response now names another patient" in told
    assert f"\nTo release it: fhir-alliance release {entry_id}\n" in told
    assert told.rstrip().endswith("new → held     subject-changed")
    assert max(map(len, told.splitlines())) <= 80


def test_what_is_withdrawn_is_not_told(run: Run, take_in: Receive) -> None:
    """Of a result that nobody should read any more only that, and why."""
    take_in(response(id="r1"))
    take_in(response(id="r1", sharing="none"))
    told = run("show", "r1").output

    assert shown(run, "r1")["should_stand"] == {"withdrawn": "masked"}
    assert "Stands: entered-in-error: withdrawn, since the client no longer shares it\n" in told
    assert "yes-to-most" not in told + run("show", "--json", "r1").output


def test_no_answer_and_no_name_is_told(run: Run, take_in: Receive) -> None:
    """Neither the therapist, nor the encounter, nor which questions were answered how."""
    asked = response(
        "YYYYYYYNO", id="r1", sharing="topics", therapist="Dr. Okonjo", encounter="Encounter/visit-nine"
    )
    take_in({**asked, "identifier": {"system": "urn:x", "value": "born-1980-05-02"}})
    told = run("show", "r1").output + run("show", "--json", "r1").output

    for secret in ("Okonjo", "visit-nine", "born-1980", "silences", "direction", "topic"):
        assert secret not in told


def test_a_table_on_a_terminal(run: Run, take_in: Receive, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal the history stands in a table."""
    take_in(response(id="r1"))
    monkeypatch.setenv("FORCE_COLOR", "1")

    assert "│ new  │ settled │" in run("show", "r1").output


def test_unknown(run: Run, take_in: Receive) -> None:
    """One clear line, and exit status 1."""
    take_in(response(id="r1"))
    done = run("show", "nothing")

    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "Error: nothing: there is no such result.\n"


def test_no_result_came_of_it(run: Run, take_in: Receive) -> None:
    """What was invalid has no result, and that is told."""
    take_in(response(id="wrong", subject=None))
    done = run("show", "wrong")

    assert done.exit_code == 1
    why = "invalid (required QuestionnaireResponse.subject)"
    assert done.stderr == f"Error: wrong: no result came of it; its newest version is {why}.\n"


@pytest.mark.parametrize(
    "written", ["urn:uuid:{}", "URN:UUID:{}", "{}", "Observation/{}", "https://ehr.example/Observation/{}"]
)
def test_an_id_as_it_is_printed_elsewhere(run: Run, take_in: Receive, written: str) -> None:
    """As ``forget`` and the chart have it, or in the capitals of another program."""
    take_in(response(id="r1"))
    entry_id = shown(run, "r1")["id"]

    assert shown(run, written.format(entry_id.upper()))["id"] == entry_id
    assert shown(run, written.format(entry_id))["id"] == entry_id


@pytest.mark.parametrize("named", ["Patient/r1", "Encounter/r1", "https://ehr.example/Patient/r1"])
def test_what_is_no_result(run: Run, take_in: Receive, named: str) -> None:
    """A patient of the same id is not taken for the response."""
    take_in(response(id="r1"))
    done = run("show", named)

    assert (done.exit_code, done.stdout) == (1, "")
    takes = "takes the id of a result, here or at the EHR, of its response or of its submission"
    assert done.stderr == f"Error: {named}: {takes}.\n"
    assert shown(run, "QuestionnaireResponse/r1")["response"] == "r1"


def test_several_results_of_it(run: Run, take_in: Receive) -> None:
    """A response with a result for each of two patients does not say which is meant."""
    take_in(response(id="moved"))
    take_in(response(id="moved", subject="Patient/p2"))
    done = run("show", "moved")

    assert done.exit_code == 1
    assert done.stderr.startswith("Error: moved: several results go by it; say which:\n")
    assert f"  fhir-alliance show {held(run)}  (clinic default)\n" in done.stderr


def test_the_same_id_at_two_clinics(run: Run, at_two: Receive) -> None:
    """A response's id may be two responses' at two clinics; ``--clinic`` says which."""
    for clinic in ("north", "south"):
        at_two(response(id="r1"), clinic)

    assert run("show", "r1").exit_code == 1
    assert (shown(run, "--clinic", "north", "r1")["state"], shown(run, "--clinic", "south", "r1")["state"]) == (
        "due",
        "settled",
    )
    north = shown(run, "--clinic", "north", "r1")["id"]
    assert "\nClinic: north\n" in run("show", north).output
    assert run("show", "--clinic", "south", north).stderr == f"Error: {north}: there is no such result.\n"


@pytest.mark.parametrize("command", ["show", "release", "retry", "drop"])
@pytest.mark.parametrize("odd", ["r1\udcff", "r1\0", "\x1b[2J"], ids=ascii)
def test_an_id_that_no_column_can_hold(run: Run, take_in: Receive, command: str, odd: str) -> None:
    """It is not there, and the terminal is told so in what it can write."""
    take_in(response(id="r1"))
    done = run(command, odd)

    assert done.exit_code == 1
    assert "\N{REPLACEMENT CHARACTER}" in done.stderr
    assert "there is no such result" in done.stderr


@pytest.mark.parametrize("words", [("show", "r1"), ("status",)], ids=" ".join)
def test_a_clinic_that_is_not_there(run: Run, at_two: Receive, words: tuple[str, ...]) -> None:  # noqa: ARG001
    """A mistake of usage, which tells those that are."""
    done = run(*words, "--clinic", "west")

    assert done.exit_code == 2
    assert "there is no clinic 'west'; there are north, south" in done.stderr


def test_status_of_one_clinic(run: Run, at_two: Receive) -> None:
    """The others are left out; only a clinic with an EHR is told how that does."""
    at_two(response(id="r1"), "north")
    every = json.loads(run("status", "--json").stdout)["clinics"]
    one = json.loads(run("status", "--json", "--clinic", "north").stdout)["clinics"]

    assert (list(every), list(one)) == (["north", "south"], ["north"])
    assert (every["north"]["ehr"]["up"], every["south"]["ehr"]) == (True, None)
    assert "Clinic south" not in run("status", "--clinic", "north").output
