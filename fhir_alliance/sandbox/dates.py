"""FHIR dates of any precision, as the stretch of time they name."""

import calendar
import re
from datetime import UTC, datetime, timedelta

_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?"
)


def period(text: str) -> tuple[datetime, datetime]:
    """First instant of a date and the first one after it; without a zone: UTC. Raises ValueError."""
    found = _DATE.fullmatch(text)
    if not found:
        raise ValueError(f"not a FHIR date: {text}")
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    micros = int((fraction or "0")[:6].ljust(6, "0"))
    start = datetime(
        int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0), micros
    )
    length = _length(start, [month, day, hour, second, fraction].count(None), fraction)
    try:
        return _in_zone(start, zone), _in_zone(start + length, zone)
    except OverflowError as error:
        raise ValueError(f"too far away: {text}") from error


def _length(start: datetime, parts_missing: int, fraction: str | None) -> timedelta:
    days = calendar.monthrange(start.year, start.month)[1]
    of_year = timedelta(days=365 + calendar.isleap(start.year))
    if parts_missing == 0:
        return timedelta(seconds=10.0 ** -min(len(fraction or ""), 6))
    spans = [timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1), timedelta(days=days), of_year]
    return spans[parts_missing - 1]


def _in_zone(moment: datetime, zone: str | None) -> datetime:
    if zone in {None, "Z"}:
        return moment.replace(tzinfo=UTC)
    return datetime.fromisoformat(f"{moment.isoformat()}{zone}")


def instant(moment: datetime) -> str:
    """A UTC datetime as a FHIR instant with milliseconds."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
