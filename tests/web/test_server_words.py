"""What gunicorn says comes among our own lines, without what it quotes of a request."""

import logging
from collections.abc import Iterator

import pytest
from gunicorn.config import Config

from fhir_alliance.web.server import Words


@pytest.fixture
def words() -> Iterator[Words]:
    """Gunicorn's logger, as the server has it; the loggers behind it are as before in the end."""
    ours = logging.getLogger("gunicorn.error")
    before = (ours.propagate, ours.level, list(ours.handlers))
    yield Words(Config())
    ours.propagate, ours.handlers = before[0], before[2]
    ours.setLevel(before[1])


def test_a_request_is_not_quoted(words: Words, caplog: pytest.LogCaptureFixture) -> None:
    """Neither what was no HTTP, nor the address of one that went wrong."""
    words.warning("Invalid request from ip=127.0.0.1: Invalid HTTP Version 'ada'")
    try:
        raise ValueError
    except ValueError:
        words.exception("Error handling request %s %s", "GET", "/fhir/Patient/ada")
        words.exception(ValueError("ada"))

    assert [one.getMessage() for one in caplog.records] == [
        "Invalid request",
        "Error handling request",
        "unexpected",
    ]
    assert all(one.exc_info for one in caplog.records[1:])


def test_its_own_business_is_told(words: Words, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever keeps the service from its work."""
    words.error("Connection in use: %s", "('127.0.0.1', 8080)")

    assert caplog.messages == ["Connection in use: ('127.0.0.1', 8080)"]
