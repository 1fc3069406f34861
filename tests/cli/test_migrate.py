"""``migrate``: tells from which version to which, on either kind of database."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.ledger.test_migrations import NEWEST


def test_the_versions_are_told(run: Run, empty_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From none to this one; a second time nothing is left to do."""
    monkeypatch.setenv("FHIR_ALLIANCE_DATABASE_URL", empty_database)
    assert run("migrate").output == f"The tables are at version {NEWEST} now; before: none.\n"
    assert run("migrate").output == f"The tables are at version {NEWEST} already.\n"


def test_a_server_that_is_not_there_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the setting's name; the URL may hold a password, and is not."""
    monkeypatch.setenv("FHIR_ALLIANCE_DATABASE_URL", "postgresql://alliance:geheim@127.0.0.1:1/alliance")
    done = run("migrate")
    assert done.exit_code == 2
    assert "FHIR_ALLIANCE_DATABASE_URL" in done.stderr
    assert "geheim" not in done.stderr


def test_a_folder_is_no_database(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told in one line."""
    monkeypatch.setenv("FHIR_ALLIANCE_DATABASE_URL", f"sqlite:///{tmp_path}")
    done = run("migrate")
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
