"""A database that fails for hours is two lines in the log, with its cause in the first."""

import logging

import pytest

from fhir_alliance.telemetry.outage import Outage

FULL = "its disk is full (SQLITE_FULL)"
BUSY = "another program has it locked (SQLITE_BUSY)"
BEGINS = "the database does not answer: {}; trying again"
OVER = "the database answers again"


@pytest.fixture(autouse=True)
def level(caplog: pytest.LogCaptureFixture) -> None:
    """As the service has it."""
    caplog.set_level(logging.INFO)


def test_its_begin_and_its_end_are_told(caplog: pytest.LogCaptureFixture) -> None:
    """Once each, however often work was tried in between."""
    outage = Outage()
    outage.ends("look")
    for _ in range(3):
        outage.begins("look", FULL)
    outage.ends("look")
    outage.ends("look")

    assert caplog.messages == [BEGINS.format(FULL), OVER]


def test_it_is_over_when_all_work_is_done(caplog: pytest.LogCaptureFixture) -> None:
    """On a full disk what only reads goes on meanwhile."""
    outage = Outage()
    for _ in range(3):
        outage.begins("turn", FULL)
        outage.ends("look")
        outage.begins("purge", FULL)
    outage.ends("purge")
    assert caplog.messages == [BEGINS.format(FULL)]

    outage.ends("turn")
    assert caplog.messages == [BEGINS.format(FULL), OVER]


def test_another_cause_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """What is mended only in part is seen."""
    outage = Outage()
    outage.begins("look", BUSY)
    outage.begins("look", FULL)

    assert caplog.messages == [BEGINS.format(BUSY), BEGINS.format(FULL)]
