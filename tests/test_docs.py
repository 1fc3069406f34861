"""The documents and the program say the same: what one names, the other has."""

import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from fhir_alliance.ledger.reasons import SUBJECT_CHANGED, TWO_SUBMISSIONS
from fhir_alliance.ledger.tables import State
from fhir_alliance.settings import Settings

ROOT = Path(__file__).parent.parent
OPERATORS = ROOT / "docs/operators.md"


def undocumented(names: Iterable[str], text: str) -> list[str]:
    """The names that do not stand in ``text`` as code."""
    return [name for name in names if f"`{name}`" not in text]


def test_every_setting_is_documented() -> None:
    """The operators' page names every setting there is."""
    assert undocumented([name.upper() for name in Settings.model_fields], OPERATORS.read_text()) == []


def test_an_undocumented_setting_is_seen() -> None:
    """The test above is red for a setting that the page does not name."""
    settings = [*(name.upper() for name in Settings.model_fields), "FORGOTTEN"]

    assert undocumented(settings, OPERATORS.read_text()) == ["FORGOTTEN"]


def test_every_documented_setting_exists() -> None:
    """The operators' page names no setting that is gone."""
    table = OPERATORS.read_text().split("## Settings")[1].split("## ")[0]
    named = set(re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE))

    assert named == {name.upper() for name in Settings.model_fields}


def test_every_state_and_reason_is_documented() -> None:
    """The operators' page says what to do for every state, and for every reason to hold."""
    text = OPERATORS.read_text()
    reasons = [SUBJECT_CHANGED, TWO_SUBMISSIONS, "deleted-in-chart", "changed-in-chart"]

    assert undocumented([*(str(state) for state in State), *reasons], text) == []


def test_every_command_is_documented() -> None:
    """The README names every command that --help lists."""
    told = subprocess.run(
        [sys.executable, "-m", "fhir_alliance", "--help"], capture_output=True, text=True, check=True
    ).stdout
    commands = re.findall(r"^  (\w+) ", told.split("Commands:")[1], re.MULTILINE)
    readme = (ROOT / "README.md").read_text()

    assert len(commands) >= 8
    assert [name for name in commands if not re.search(rf"^\| `{name}\b", readme, re.MULTILINE)] == []


def case_keys() -> set[str]:
    """The keys in docs/cases.md."""
    return set(re.findall(r"^\| `([a-z0-9-]+)` \|", (ROOT / "docs/cases.md").read_text(), re.MULTILINE))


def shown_cases() -> set[str]:
    """The keys that tests are marked with."""
    tests = (path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    return {key for text in tests for key in re.findall(r"""mark\.case\(\s*["']([\w-]+)["']""", text)}


def test_every_case_is_shown_by_a_test() -> None:
    """Each settled case has a test that is marked with its key, and no mark names a case that is not there."""
    assert len(case_keys()) > 50
    assert case_keys() - shown_cases() == set()
    assert shown_cases() - case_keys() == set()


@pytest.mark.parametrize("page", ["CONFORMANCE.md", "ARCHITECTURE.md"])
def test_every_named_test_exists(page: str) -> None:
    """A line that names its test names one that is there."""
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", (ROOT / page).read_text())

    missing = [
        f"{path}::{name}"
        for path, name in named
        if not (ROOT / path).is_file() or f"def {name}" not in (ROOT / path).read_text()
    ]

    assert named
    assert missing == []


def test_every_link_leads_somewhere() -> None:
    """A link from one document to another, or to a folder, leads to something."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]

    dead = [
        f"{page.name}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:]+)(?:#[\w-]*)?\)", page.read_text())
        if not (page.parent / target).exists()
    ]

    assert dead == []
