"""What the command line says of itself, and what it costs to ask."""

import subprocess
import sys
from importlib import import_module

import pytest

from fhir_alliance import __version__
from fhir_alliance.cli.main import COMMANDS
from tests.cli.conftest import Run

#: what no help needs
HEAVY = ("rich", "pydantic", "fhir.resources", "sqlalchemy", "flask", "requests")


def test_help_tells_every_command(run: Run) -> None:
    """The help lists each command with one line, in the table's order."""
    told = run("--help").output
    places = [told.index(f"  {name} ") for name in COMMANDS]

    assert places == sorted(places)
    assert all(line in told for _, line in COMMANDS.values())


@pytest.mark.parametrize("name", COMMANDS)
def test_command_agrees_with_the_table(name: str) -> None:
    """A command's own help begins with the table's line, and its name is the table's."""
    module, line = COMMANDS[name]
    command = import_module(module).command

    assert command.name == name
    assert (command.help or "").startswith(f"{line}\n")


@pytest.mark.parametrize("arguments", [["--help"], *([name, "--help"] for name in COMMANDS)], ids=" ".join)
def test_help_imports_click_alone(arguments: list[str]) -> None:
    """Help answers at once, since nothing heavy is imported for it."""
    code = (
        "import sys; from fhir_alliance.cli.main import main\n"
        f"try: main({arguments!r})\n"
        f"finally: print([one for one in {HEAVY!r} if one in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[0].startswith("Usage: ")
    assert done.stdout.splitlines()[-1] == "[]"


def test_version(run: Run) -> None:
    """The version is the package's."""
    assert run("--version").output == f"fhir-alliance, version {__version__}\n"


def test_unknown_command(run: Run) -> None:
    """A command that does not exist is a mistake of usage."""
    done = run("scoer")

    assert done.exit_code == 2
    assert "No such command 'scoer'" in done.stderr


@pytest.mark.parametrize("arguments", [["status"], ["score", "-"], ["work"], ["serve"]], ids=" ".join)
def test_wrong_setting_is_told(run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    """A setting that is wrong ends a command with its name and what it takes, and status 2."""
    monkeypatch.setenv("FHIR_ALLIANCE_SHARING", "some")
    done = run(*arguments)

    assert done.exit_code == 2
    assert done.stderr.startswith("Error: FHIR_ALLIANCE_SHARING: takes what stands in the chart")
    assert done.stderr.count("\n") == 1
