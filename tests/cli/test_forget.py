"""``fhir-alliance forget``."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.building import Resource, response
from tests.cli.conftest import Run

Receive = Callable[[Resource], None]
EHR_URL = "https://ehr.example/fhir"


def held(run: Run) -> int:
    """How many versions status counts."""
    return sum(json.loads(run("status", "--json").output)["versions"].values())


def forget(run: Run, *words: str, answer: bytes = b"") -> str:
    """What the command says; it ends well."""
    done = run("forget", *words, stdin=answer)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("named", ["p1", "Patient/p1"])
def test_a_patient_is_forgotten(run: Run, receive: Receive, named: str) -> None:
    """By the id, with or without the type; a second time there is nothing."""
    receive(response(id="r1"))
    receive(response(id="r2", subject="Patient/p2"))
    told = forget(run, named, "--yes")

    assert told.startswith("Held: submissions 1, versions 1, results 1.\nRemoved: submissions 1")
    assert "Not touched: the EHR, backups" in told
    assert held(run) == 1
    assert forget(run, named) == "Nothing is found of Patient/p1.\n"


def test_unfinished_responses(run: Run, receive: Receive) -> None:
    """Who is named elsewhere than as the subject is found; of two patients in one response the other stays."""
    draft = {**response(id="r1", status="in-progress", subject=None), "source": {"reference": "Patient/p1"}}
    receive(draft)
    for subject in ("Patient/p9", "Patient/p10"):
        receive(response(id="r2", status="in-progress", subject=subject))

    assert forget(run, "p1", "--yes").startswith("Held: submissions 1, versions 1, results 0.")
    assert forget(run, "p9", "--yes").startswith("Held: submissions 0, versions 1, results 0.")
    assert held(run) == 1
    assert forget(run, "p10", "--yes").startswith("Held: submissions 1, versions 1, results 0.")


def test_it_asks_first(run: Run, receive: Receive) -> None:
    """No answer, or no, removes nothing."""
    receive(response(id="r1"))
    for answer in (b"", b"n\n"):
        done = run("forget", "p1", stdin=answer)
        assert done.exit_code == 1
        assert "There is no way back" in done.output
        assert held(run) == 1
    forget(run, "p1", answer=b"y\n")
    assert held(run) == 0


def test_json_tells_before_and_after(run: Run, receive: Receive) -> None:
    """One line each, so that what stands in the EHR is told whatever happens to the removal."""
    receive(response(id="r1"))
    before, after = [json.loads(line) for line in forget(run, "p1", "--yes", "--json").splitlines()]

    assert (before.pop("removed"), after.pop("removed")) == (False, True)
    assert before == after
    assert (before["submissions"], before["versions"], before["results"], before["in_ehr"]) == (1, 1, 1, [])
    assert run("forget", "p1", "--json").exit_code == 2


@pytest.mark.parametrize("named", ["", "Patient/", "Practitioner/p1", "p 1", "Patient/p1/_history/1"])
def test_what_is_no_patient(run: Run, receive: Receive, named: str) -> None:
    """A typing error is refused, not taken for a patient of whom nothing is held."""
    receive(response(id="r1"))
    done = run("forget", named, "--yes")
    assert done.exit_code == 2
    assert "takes a FHIR id" in done.stderr
    assert held(run) == 1


def test_a_clinic_of_several(run: Run, tmp_path: Path, ledger_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has to be named, and must be there."""
    from fhir_alliance.settings import read_settings
    from fhir_alliance.wiring import make_service

    config = tmp_path / "clinics.toml"
    config.write_text('[clinics.north]\nehr_url = "https://n.example"\n[clinics.south]\n')
    monkeypatch.setenv("FHIR_ALLIANCE_CONFIG", str(config))
    make_service(read_settings()).database.engine.dispose()
    assert ledger_file.exists()

    for words in ([], ["--clinic", "east"]):
        done = run("forget", "p1", "--yes", *words)
        assert (done.exit_code, "takes one of north, south" in done.stderr) == (2, True)
    assert forget(run, "p1", "--clinic", "south") == "Nothing is found of Patient/p1 at clinic south.\n"
