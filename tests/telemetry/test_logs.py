"""A line is one JSON object with known fields; what others say comes without what it may quote."""

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fhir_alliance.telemetry.context import belonging
from fhir_alliance.telemetry.logs import FIELDS, Line, tell

SECRET = "Ada Lovelace, Patient/p1"


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Every line that is written, as ``write_logs`` writes it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Line())
    root, ours = logging.getLogger(), logging.getLogger("fhir_alliance")
    before = ours.level
    root.addHandler(handler)
    ours.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)
    ours.setLevel(before)


def test_an_event_has_its_fields(lines: Callable[[], list[dict[str, Any]]]) -> None:
    """Time in UTC, level and event first, then what it belongs to, then what is said of it."""
    with belonging(clinic="north", request_id="r-1", entry=None):
        tell(logging.getLogger("fhir_alliance.web.traffic"), logging.INFO, "request", route="/metrics", status=200)
    (line,) = lines()

    assert list(line) == ["time", "level", "event", "clinic", "request_id", "route", "status"]
    assert line["time"].endswith("+00:00")
    assert (line["level"], line["event"], line["clinic"], line["request_id"]) == (
        "info",
        "request",
        "north",
        "r-1",
    )


def test_no_other_field_comes_out(lines: Callable[[], list[dict[str, Any]]]) -> None:
    """What is not on the list is left out, so that a mistake tells nothing."""
    tell(
        logging.getLogger("fhir_alliance.x"),
        logging.INFO,
        "request",
        path=f"/fhir/{SECRET}",
        body=SECRET,
        status=200,
    )
    (line,) = lines()

    assert set(line) <= {"time", "level", "event", *FIELDS}
    assert SECRET not in json.dumps(line)


def test_plain_words_of_ours_come_out_alike(lines: Callable[[], list[dict[str, Any]]]) -> None:
    """The standard library's loggers, in one line however many there are, with what they belong to."""
    with belonging(clinic="north"):
        logging.getLogger("fhir_alliance.worker").error("unexpected %s\n%s", "ValueError", "line 1\nline 2")
    (line,) = lines()

    assert line["event"] == "unexpected ValueError\nline 1\nline 2"
    assert (line["level"], line["logger"], line["clinic"]) == ("error", "fhir_alliance.worker", "north")


def test_words_of_others_come_without_what_is_filled_in(lines: Callable[[], list[dict[str, Any]]]) -> None:
    """An HTTP library names addresses, and these the patient; errors come without their message."""
    other = logging.getLogger("urllib3.connectionpool")
    other.warning("Failed to parse headers (url=%s)", SECRET)
    try:
        raise ValueError(SECRET)
    except ValueError:
        other.warning("it went wrong", exc_info=sys.exc_info())
    plain, met = lines()

    assert plain["event"] == "Failed to parse headers (url=%s)"
    assert met["fault"] == "ValueError"
    assert "test_logs.py" in met["where"]
    assert "Ada" not in json.dumps([plain, met]).replace(f'raise ValueError("{SECRET}")', "")


def test_a_belonging_ends_with_its_block(lines: Callable[[], list[dict[str, Any]]]) -> None:
    """The next line of the thread belongs to nothing."""
    with belonging(clinic="north", request_id="r-1"):
        pass
    tell(logging.getLogger("fhir_alliance.x"), logging.INFO, "later")

    assert set(lines()[0]) == {"time", "level", "event"}
