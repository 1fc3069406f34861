"""The ground under all tests: an awkward zone, the shipped catalog, and a check of every emission."""

import os
import signal
import time
from collections.abc import Callable, Generator, Iterator
from datetime import datetime

import pytest
from hypothesis import settings

from fhir_alliance.assess import Assessor
from fhir_alliance.catalog import Catalog
from tests import building
from tests.emissions import Emissions
from tests.schema import MISSING, schema_path

pytest_plugins = ("tests.databases", "tests.peers.hapi.shared")

#: four hours ahead of UTC, without summer time: what forgets its zone shows
os.environ["TZ"] = "Asia/Dubai"
time.tzset()

# a shell that runs the tests in the background lets them, and all that they start, ignore an interrupt
signal.signal(signal.SIGINT, signal.default_int_handler)

EMISSIONS = Emissions()
EMISSIONS.install()

settings.register_profile("quick", deadline=None, database=None, max_examples=100)
settings.load_profile("quick")


def pytest_sessionstart() -> None:
    """Where it counts, half a check is none."""
    if os.environ.get("CI") == "true" and schema_path() is None:
        raise pytest.UsageError(MISSING)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where it counts nothing is skipped: what a test needs has to be there."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true":
        report.outcome, report.longrepr = "failed", f"skipped where nothing may be: {report.longrepr}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was not checked."""
    if schema_path() is None:
        terminalreporter.write_line(f"Emissions were checked by the models alone: {MISSING}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """What left the program after the last test counts, too."""
    found = EMISSIONS.take()
    if found:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        print("\n".join(found))  # noqa: T201


@pytest.fixture(autouse=True)
def emissions() -> Iterator[Emissions]:
    """Fail the test in which a resource left the program that is no valid R4."""
    yield EMISSIONS
    found = EMISSIONS.take()
    if found:
        pytest.fail("\n".join(found), pytrace=False)


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """The shipped folder."""
    return building.shipped()


@pytest.fixture
def clock() -> Callable[[], datetime]:
    """A clock that stands still at ``building.NOW``."""
    return building.clock


@pytest.fixture
def assessor(catalog: Catalog) -> Assessor:
    """Checks and scores for one fixed clinic, with an EHR, that shares summaries."""
    return Assessor(catalog, building.CLINIC, building.PROGRAM)
