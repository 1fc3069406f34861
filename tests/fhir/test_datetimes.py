"""FHIR dates as spans of time."""

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from fhir_alliance.fhir.datetimes import in_future, instant, parse_instant, span, spoken, to_the_day
from tests.building import NOW

DAY = timedelta(hours=24)


def utc(*parts: int) -> datetime:
    """A moment in UTC."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


def test_the_tests_run_in_an_awkward_zone() -> None:
    """Four hours ahead of UTC: what takes the machine's zone for UTC fails here."""
    assert time.localtime(0).tm_gmtoff == 4 * 3600


@pytest.mark.parametrize(
    ("text", "start", "after"),
    [
        ("2026", utc(2026, 1, 1), utc(2027, 1, 1)),
        ("2024", utc(2024, 1, 1), utc(2025, 1, 1)),
        ("2026-02", utc(2026, 2, 1), utc(2026, 3, 1)),
        ("2026-12", utc(2026, 12, 1), utc(2027, 1, 1)),
        ("2024-02-29", utc(2024, 2, 29), utc(2024, 3, 1)),
        ("2026-12-31", utc(2026, 12, 31), utc(2027, 1, 1)),
        ("2026-11-12T18:30:00-05:00", utc(2026, 11, 12, 23, 30), utc(2026, 11, 12, 23, 30, 1)),
        ("2026-11-12T01:00:00+04:00", utc(2026, 11, 11, 21), utc(2026, 11, 11, 21, 0, 1)),
        ("2026-11-12T10:00:00Z", utc(2026, 11, 12, 10), utc(2026, 11, 12, 10, 0, 1)),
        ("2026-11-12T10:00:00.5Z", utc(2026, 11, 12, 10, 0, 0, 500_000), utc(2026, 11, 12, 10, 0, 0, 500_000)),
    ],
)
def test_span(text: str, start: datetime, after: datetime) -> None:
    """A year, month, day or second lasts as long as it does; a date is taken in UTC."""
    assert span(text) == (start, after)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30",
        "2016-12-31T23:59:60Z",
        "9999",
        "9999-12-31",
        "9999-12-31T23:59:59-12:00",
        "0001-01-01T00:00:00+14:00",
    ],
)
def test_what_names_no_instant_is_a_value_error(text: str) -> None:
    """A day that no calendar has, a leap second, and what lies beyond the ends of Python's time."""
    with pytest.raises(ValueError, match=r"."):
        span(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-24T09:30:00Z", False),
        ("2026-11-25T09:30:00Z", False),
        ("2026-11-25T09:30:01Z", True),
        ("2026-11-25T13:30:00+04:00", False),
        ("2026-11-25T13:30:01+04:00", True),
        ("2026-11-25", False),
        ("2026-11-26", True),
        ("2027", True),
        ("2026", False),
        ("0001-01-01", False),
    ],
)
def test_in_future(text: str, expected: bool) -> None:
    """More than the allowed time ahead; a bare date begins fourteen hours earlier in Kiribati."""
    assert in_future(text, NOW, DAY) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2026", False), ("2026-11", False), ("2026-11-12", True), ("2026-11-12T10:00:00Z", True)],
)
def test_to_the_day(text: str, expected: bool) -> None:
    """US Core asks for a day at least."""
    assert to_the_day(text) is expected


def test_instant_is_utc_to_the_millisecond() -> None:
    """Whatever the zone, an instant is written in UTC."""
    moment = datetime(2026, 11, 24, 1, 2, 3, 456_789, tzinfo=timezone(timedelta(hours=4)))
    assert instant(moment) == "2026-11-23T21:02:03.456Z"
    assert instant(NOW) == "2026-11-24T09:30:00.000Z"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-23T21:02:03.456Z", utc(2026, 11, 23, 21, 2, 3, 456_000)),
        ("2026-11-24T01:02:03+04:00", utc(2026, 11, 23, 21, 2, 3)),
        ("2026-11-24T01:02:03", None),
        ("2026-11-24", None),
        ("soon", None),
        (1_731_400_000, None),
        (None, None),
        ([], None),
    ],
)
def test_parse_instant(text: object, expected: datetime | None) -> None:
    """An instant has a zone; anything else names no moment, and raises nothing."""
    assert parse_instant(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-12", "12 Nov 2026"),
        ("2026-01-02T23:59:59-05:00", "2 Jan 2026"),
        ("2026-12-31T00:00:00+14:00", "31 Dec 2026"),
    ],
)
def test_spoken(text: str, expected: str) -> None:
    """The day where the client was, not the day in UTC."""
    assert spoken(text) == expected
