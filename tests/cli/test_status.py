"""``fhir-alliance status`` and ``fhir-alliance release``."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fhir_alliance.cli import advice
from fhir_alliance.cli.age import age
from fhir_alliance.ledger.breaker import Breaker
from fhir_alliance.ledger.database import Database
from fhir_alliance.ledger.ledger import Ledger, Outcome
from fhir_alliance.ledger.opening import open_database
from fhir_alliance.ledger.reads import Attention
from fhir_alliance.ledger.records import Entry
from fhir_alliance.ledger.tables import State
from fhir_alliance.settings import read_settings
from fhir_alliance.wiring import make_service
from tests.building import Resource, response
from tests.cli.conftest import Run
from tests.cli.test_show import taken_in

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
def test_no_database_yet(run: Run, ledger_file: Path, arguments: list[str]) -> None:
    """Where serve has never run, that is told, and nothing is made."""
    done = run(*arguments)

    assert done.exit_code == 2
    assert done.stderr == (
        f"Error: FHIR_ALLIANCE_DATABASE_URL: there is no database at {ledger_file} yet: "
        "fhir-alliance serve makes it\n"
    )
    assert not ledger_file.exists()


def test_another_file(run: Run, ledger_file: Path) -> None:
    """A file that is no database is told in one line."""
    ledger_file.write_text("not a database, but quite some text")
    done = run("status")

    assert done.exit_code == 2
    why = "the file is no database (SQLITE_NOTADB)"
    assert done.stderr == f"Error: FHIR_ALLIANCE_DATABASE_URL: {ledger_file} does not work as a database: {why}\n"


def test_empty_database(run: Run, ledger_file: Path) -> None:
    """A database without tables is of no version, and is left so."""
    ledger_file.touch()
    done = run("status")

    assert done.exit_code == 2
    assert done.stderr == "Error: the database has no tables yet: fhir-alliance migrate\n"


def test_nothing_yet(run: Run, receive: Receive) -> None:  # noqa: ARG001
    """An idle service has nothing to tell, and needs nobody."""
    assert run("status").output == (
        "Results in the chart: 0 due, 0 sending, 0 unknown, 0 held, 0 settled, 0 dropped\n"
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
    assert max(map(len, told.splitlines()[6:])) <= 80


def test_invalid_response(run: Run, receive: Receive) -> None:
    """An invalid response is told by its id, with what is wrong first, and nothing to release."""
    receive(response(id="wrong", subject=None))
    (one,) = json.loads(run("status", "--json").output)["attention"]

    assert (one["kind"], one["response"], one["release"], one["command"]) == ("invalid", "wrong", None, None)
    assert one["reason"] == "required QuestionnaireResponse.subject"
    assert "invalid: QuestionnaireResponse/wrong, since" in run("status").output


def test_json(run: Run, moved: str) -> None:  # noqa: ARG001
    """``--json`` tells the same for programs."""
    report = json.loads(run("status", "--json").output)

    assert report["states"] == {"due": 0, "sending": 0, "unknown": 0, "held": 1, "settled": 1, "dropped": 0}
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

    assert once.output == f"Observation/{one['id']}: released, and goes on.\n"
    assert held(run) == []
    told = "it is settled: there is nothing to release"
    assert (again.exit_code, again.stderr) == (1, f"Observation/{one['id']}: {told}.\n")


def test_several_at_once(run: Run, moved: str) -> None:  # noqa: ARG001
    """Each is decided by itself; one that cannot be does not keep the others."""
    (one,) = held(run)
    done = run("drop", "no-such-result", one["id"])

    assert done.exit_code == 1
    assert done.stdout == f"Observation/{one['id']}: dropped; what stands in the chart stays.\n"
    assert done.stderr == "no-such-result: there is no such result.\n"
    assert json.loads(run("status", "--json").output)["states"]["dropped"] == 1


def test_retry_is_no_release(run: Run, moved: str) -> None:  # noqa: ARG001
    """What a person must judge is not simply tried again."""
    (one,) = held(run)
    done = run("retry", one["id"])

    assert done.exit_code == 1
    assert "a person must judge it first" in done.stderr
    assert held(run) == [one]


def test_release_to_an_ehr(run: Run, moved: str, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    """With an EHR a released result is due."""
    (one,) = held(run)
    monkeypatch.setenv("FHIR_ALLIANCE_EHR_URL", EHR_URL)
    done = run("release", one["id"])

    assert done.output == f"Observation/{one['id']}: released, and goes on.\n"
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


@pytest.fixture
def failing(
    run: Run, database: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Database]:
    """A result that waits, on a database of either kind, and an EHR that failed as often as ``fail`` is told."""
    monkeypatch.setenv("FHIR_ALLIANCE_EHR_URL", EHR_URL)
    monkeypatch.setenv("FHIR_ALLIANCE_DATABASE_URL", database)
    run("migrate")
    request.getfixturevalue("receive")(response(id="r1"))
    opened = open_database(database)
    yield opened
    opened.engine.dispose()


def fail(database: Database, times: int, minutes: float) -> None:
    """The EHR failed that often, for the first time so many minutes ago."""
    began = datetime.now(UTC) - timedelta(minutes=minutes)
    with database.writing() as connection:
        for number in range(times):
            now = began if number == 0 else datetime.now(UTC)
            patience = timedelta(seconds=90 if number == times - 1 else 0)
            Breaker("default", None).note(connection, "http-503", patience, now, None, is_sign=True)


@contextmanager
def claimed() -> Iterator[tuple[Ledger, Entry]]:
    """A worker takes what is due longest."""
    service = make_service(read_settings())
    ledger = service.clinics["default"].ledger
    taken = ledger.claim(datetime.now(UTC), "worker", timedelta(seconds=60))
    assert taken is not None
    yield ledger, taken
    service.database.engine.dispose()


def hold(reason: str) -> None:
    """An attempt ends so that a person must look."""
    with claimed() as (ledger, taken):
        ledger.settle(taken, Outcome(state=State.HELD, reason=reason, stands=None), datetime.now(UTC))


@pytest.mark.usefixtures("failing")
def test_an_ehr_that_was_asked(run: Run) -> None:
    """So long as nothing failed that is told; what is under way is not to be tried beside that."""
    with claimed():
        told = run("status").output
    under_way = json.loads(run("status", "--json").output)["oldest"]["sending"]["id"]

    assert "EHR: answers, as far as the last attempt tells.\n" in told
    assert f"\nTo look at what has waited longest: fhir-alliance show {under_way}\n" in told
    assert "fhir-alliance retry" not in told
    assert told.endswith("\nNothing needs a person.\n")


@pytest.mark.usefixtures("failing")
def test_an_ehr_that_was_never_asked(run: Run) -> None:
    """Nobody knows whether it answers; what waits is told with its age and with what to type."""
    told = run("status").output
    report = json.loads(run("status", "--json").output)
    oldest = report["oldest"]["due"]["id"]

    assert "EHR: not asked yet.\n" in told
    assert "\nOldest: due " in told
    assert "Waiting: 1 because of not-tried. No attempt was made yet." in told
    assert f"\nTo look at what has waited longest: fhir-alliance show {oldest}\n" in told
    assert f"\nTo try it now: fhir-alliance retry {oldest}\n" in told
    assert (report["ehr"]["up"], report["ehr"]["asked"]) == (True, False)
    assert 0 <= report["oldest"]["due"]["seconds"] < 60


def test_an_ehr_that_is_left_alone(run: Run, failing: Database) -> None:
    """Since when, why, what that means, and when it is asked next."""
    fail(failing, 5, minutes=180)
    told = run("status").output
    ehr = json.loads(run("status", "--json").output)["ehr"]

    assert f"EHR: left alone, failing since {ehr['failing_since']} (3 h): http-503. The server failed" in told
    assert "Nothing needs a person." not in told
    assert f" Next probe in {int(ehr['next_probe_seconds'])} s, at {ehr['next_probe']}.\n" in told
    assert (ehr["up"], ehr["failures"], ehr["reason"]) == (False, 5, "http-503")
    assert 80 <= ehr["next_probe_seconds"] <= 90


def test_an_ehr_that_is_being_probed(run: Run, failing: Database) -> None:
    """When the next probe is depends on this one."""
    fail(failing, 5, minutes=180)
    with failing.writing() as connection:
        Breaker("default", None).open(connection, datetime.now(UTC))
    with claimed():
        told = run("status").output
        ehr = json.loads(run("status", "--json").output)["ehr"]

    assert ". A probe is under way.\n" in told
    assert (ehr["up"], ehr["probing"], ehr["next_probe"], ehr["next_probe_seconds"]) == (False, True, None, None)


def test_an_ehr_that_began_to_fail(run: Run, failing: Database) -> None:
    """It is asked until it has failed five times in a row."""
    with failing.writing() as connection:
        Breaker("default", None).note(connection, "no-answer", timedelta(), datetime.now(UTC), None, is_sign=True)

    assert "EHR: failed 1 time in a row, since 2" in run("status").output
    assert json.loads(run("status", "--json").output)["ehr"]["up"] is True


def test_an_ehr_that_is_left_alone_on_a_terminal(
    run: Run, failing: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same, beside a table of states and ages."""
    fail(failing, 5, minutes=180)
    monkeypatch.setenv("FORCE_COLOR", "1")
    told = run("status").output

    assert "EHR: left alone, failing since" in told
    assert "Nothing needs a person." not in told
    assert re.search(r"│ due +│ 1 +│ \d+ s", told)


@pytest.mark.parametrize("left", ["[clinics.soutth]", "[clinics.south]\n"], ids=["renamed", "without its EHR"])
def test_a_clinic_that_nobody_delivers_for(
    run: Run,
    ledger_file: Path,  # noqa: ARG001
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    left: str,
) -> None:
    """What waits there is told of, beside the clinics that are named, and at each start."""
    settings = tmp_path / "clinics.toml"
    monkeypatch.setenv("FHIR_ALLIANCE_CONFIG", str(settings))
    north = '[clinics.north]\nehr_url = "https://north.example/fhir"\n'
    settings.write_text(f'{north}[clinics.south]\nehr_url = "https://south.example/fhir"\n')
    service = make_service(read_settings())
    taken_in(service, response(id="r1"), "south")
    taken_in(service, response(id="r2"), "north")
    service.database.engine.dispose()
    assert run("status").stderr == ""

    settings.write_text(north + left)
    told = "the settings name no EHR for clinic south, where results wait: 1"
    assert run("status", "--json").stderr == f"Warning: {told}.\n"
    caplog.clear()
    make_service(read_settings()).database.engine.dispose()
    assert caplog.messages == [told]


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0 s"),
        (119.9, "119 s"),
        (120, "2 min"),
        (7199, "119 min"),
        (7200, "2 h"),
        (172799, "47 h"),
        (172800, "2 days"),
        (40 * 86400, "40 days"),
    ],
)
def test_an_age(seconds: float, told: str) -> None:
    """One number, never more than it is."""
    assert age(seconds) == told


@pytest.mark.parametrize("command", ["serve", "work"])
def test_unusable_database(run: Run, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that cannot be made stops the start with one line."""
    monkeypatch.setenv("FHIR_ALLIANCE_EHR_URL", EHR_URL)
    monkeypatch.setenv("FHIR_ALLIANCE_DATABASE_URL", "sqlite:////no/such/folder/ledger.sqlite")
    done = run(command)

    assert done.exit_code == 2
    named = "/no/such/folder/ledger.sqlite does not work as a database: there is no folder /no/such/folder"
    assert done.stderr == f"Error: FHIR_ALLIANCE_DATABASE_URL: {named}\n"


@pytest.mark.parametrize(
    ("reason", "command"),
    [
        ("http-422 invalid", "retry"),
        ("http-302", "retry"),
        ("several-there", "retry"),
        ("no-way-to-look", "retry"),
        ("changed-in-chart", "release"),
        ("deleted-in-chart", "release"),
        ("not-kept: status", "release"),
        ("not-kept", "release"),
    ],
)
@pytest.mark.usefixtures("failing")
def test_what_to_type_is_not_refused(run: Run, reason: str, command: str) -> None:
    """What the EHR refused is tried again, all else is a person's to judge; told alike everywhere, and done."""
    hold(reason)
    (one,) = held(run)
    typed = f"fhir-alliance {command} {one['id']}"

    assert (one["command"], one["release"]) == (typed, typed if command == "release" else None)
    assert f"hen {command}" in one["advice"] or f"; {command} to " in one["advice"]
    assert f"\n  {typed}\n" in run("status").output
    assert f"\nTo {command} it: {typed}\n" in run("show", one["id"]).output
    assert run(*typed.split()[1:]).exit_code == 0
    history = json.loads(run("show", "--json", one["id"]).output)["history"]
    assert history[-1]["reason"] == {"retry": "retried", "release": "released"}[command]


@pytest.mark.parametrize(
    ("kind", "reason", "told"),
    [
        ("held", "subject-changed", "names another patient"),
        ("held", "two-submissions", "the identifier of another"),
        ("held", "deleted-in-chart", "release to write it again, or to let it be where it was withdrawn"),
        ("held", "changed-in-chart", "release to write over the change"),
        ("held", "not-kept: status, value", "shows another status, value than was written"),
        ("held", "http-422 invalid Observation.encounter", "The server refused it as it is"),
        ("held", "http-302", "set that one as the FHIR base. Then retry."),
        ("not-whole", "not kept: note, method", "left out: note, method. Nothing needs to be done"),
        ("invalid", "required QuestionnaireResponse.subject", "Have it corrected in the EHR"),
    ],
)
def test_advice(kind: str, reason: str, told: str) -> None:
    """Every reason for which a person is asked has its own plain words."""
    assert told in advice.of(Attention(kind, "id", "response", reason, datetime.now(UTC)))
