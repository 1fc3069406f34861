"""The documents and the program say the same: what one names, the other has."""

import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

from fhir_alliance.cli.main import COMMANDS
from fhir_alliance.ledger import reasons
from fhir_alliance.ledger.backlog import Extent
from fhir_alliance.ledger.reasons import SUBJECT_CHANGED, TWO_SUBMISSIONS
from fhir_alliance.ledger.tables import State
from fhir_alliance.settings import Settings
from fhir_alliance.telemetry.ledger_gauges import LedgerGauges
from fhir_alliance.telemetry.metrics import Metrics

ROOT = Path(__file__).parent.parent
OPERATORS = ROOT / "docs/operators.md"
RUNBOOK = ROOT / "docs/operations.md"
#: what each of the runbook's entries says
PARTS = ("You see", "It means", "Type", "Never")
#: reasons for which nothing is held: a result waits, or is dropped
NEVER_HELD = {
    reasons.LEASE_RAN_OUT,
    reasons.CHANGED_MEANWHILE,
    reasons.UNEXPECTED,
    reasons.RELEASED,
    reasons.RETRIED,
    reasons.DROPPED,
}
FAULTS = ("EHR down", "Database down", "Disk full", "Clock set back")


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


def scrape() -> str:
    """What is told of one clinic with an EHR, with something of every metric."""
    told = Metrics(["x"], LedgerGauges(lambda: Extent({("x", State.DUE): 1}, {"x": 0}, {"x": True})))
    told.taken_in("x", "created")
    told.answered("none", "GET", 200, 0)
    told.asked("x", "GET", 200, 0)
    return told.text().decode()


def test_every_metric_is_documented() -> None:
    """The operators' page names every metric that is told, with its labels."""
    kinds = re.findall(r"^# TYPE (fhir_alliance_\w+)", scrape(), re.MULTILINE)

    assert len(kinds) == 9
    assert undocumented(kinds, OPERATORS.read_text()) == []


def alerts() -> list[dict[str, Any]]:
    """The rules for Prometheus that the runbook gives."""
    (given,) = re.findall(r"```yaml\n(.*?)```", RUNBOOK.read_text(), re.DOTALL)
    return [rule for group in yaml.safe_load(given)["groups"] for rule in group["rules"]]


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: str(rule["alert"]))
def test_an_alert_can_fire(rule: dict[str, Any]) -> None:
    """Prometheus understands it, its metrics are told, and the part of the runbook that it names is there."""
    promql_parser.parse(rule["expr"])
    series = set(re.findall(r"^(fhir_alliance_\w+)", scrape(), re.MULTILINE))
    named = set(re.findall(r"fhir_alliance_\w+", rule["expr"]))
    titles = {title.strip("`") for title in runbook_entries(RUNBOOK.read_text())}
    parts = set(re.findall(r'"([^"]+)"', rule["annotations"]["summary"]))

    assert named
    assert named <= series
    assert parts <= titles


def test_every_state_and_reason_is_documented() -> None:
    """The operators' page says what to do for every state, and for every reason to hold."""
    text = OPERATORS.read_text()
    reasons = [SUBJECT_CHANGED, TWO_SUBMISSIONS, "deleted-in-chart", "changed-in-chart"]

    assert undocumented([*(str(state) for state in State), *reasons], text) == []


def known_reasons() -> list[str]:
    """Every reason of ``ledger/reasons.py``."""
    return [value for name, value in vars(reasons).items() if name.isupper() and isinstance(value, str)]


def runbook_entries(text: str) -> dict[str, str]:
    """Title → what the runbook says under it."""
    return dict(re.findall(r"^### (.+)\n((?:(?!^#).*\n?)*)", text, re.MULTILINE))


def missing_from(text: str) -> list[str]:
    """States, held reasons and faults that the runbook lacks, or says only in part."""
    entries = runbook_entries(text)
    held = [f"`{one}`" for one in known_reasons() if one not in NEVER_HELD]
    wanted = [*(f"`{state}`" for state in State), *held, *FAULTS]
    return [
        f"{title}: {part}" for title in wanted for part in PARTS if f"- **{part}** " not in entries.get(title, "")
    ]


def test_the_runbook_is_whole() -> None:
    """For every state, held reason and fault: what you see, what it means, what to type, what never to do."""
    assert missing_from(RUNBOOK.read_text()) == []
    assert undocumented(known_reasons(), RUNBOOK.read_text()) == []


@pytest.mark.parametrize(
    ("cut", "missing"),
    [
        ("### `held`\n", "`held`: Type"),
        ("### `not-kept`\n", "`not-kept`: Never"),
        ("- **Never** restart this program", "EHR down: Never"),
    ],
)
def test_a_gap_in_the_runbook_is_seen(cut: str, missing: str) -> None:
    """The test above is red where an entry, or a part of one, is gone."""
    assert missing in missing_from(RUNBOOK.read_text().replace(cut, ""))


def test_what_the_runbook_says_to_type_exists() -> None:
    """Every command that stands there is one."""
    named = set(re.findall(r"fhir-alliance ([a-z]+)", RUNBOOK.read_text().split("## States")[1]))

    assert {"status", "show", "release", "retry", "drop"} <= named
    assert named <= COMMANDS.keys()


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
