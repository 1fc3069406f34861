"""FHIR dates as spans of time: a day is a day long.

https://hl7.org/fhir/R4/datatypes.html#dateTime, https://hl7.org/fhir/R4/search.html#date
"""

from datetime import UTC, datetime, timedelta

_LENGTHS = {len("2026"): 366, len("2026-11"): 31, len("2026-11-24"): 1}


def to_the_day(text: str) -> bool:
    """Whether a FHIR dateTime names at least a day."""
    return len(text) >= len("2026-11-24")


def span(text: str) -> tuple[datetime, datetime]:
    """First instant of a FHIR dateTime, and first instant after it; a date is taken in UTC.

    ValueError where ``text`` names no instant (30 February, a leap second), or one at the end of time.
    """
    try:
        start = _start(text)
        return start, _after(text, start)
    except OverflowError as fault:
        raise ValueError("no time that can be reckoned with") from fault


def _start(text: str) -> datetime:
    if "T" in text:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    year, month, day = [int(part) for part in (text + "-01-01")[: len("2026-11-24")].split("-")]
    return datetime(year, month, day, tzinfo=UTC)


def _after(text: str, start: datetime) -> datetime:
    if "T" in text:
        return start + timedelta(seconds=0 if "." in text else 1)
    after = start + timedelta(days=_LENGTHS[len(text)])
    if len(text) == len("2026-11-24"):
        return after
    # a month or a year may be shorter than the longest one
    return after.replace(day=1, month=after.month if len(text) > len("2026") else 1)


def in_future(text: str, now: datetime, allowed: timedelta) -> bool:
    """Whether ``text`` lies more than ``allowed`` after ``now``, wherever on earth its date was written."""
    ahead = timedelta() if "T" in text else timedelta(hours=14)
    try:
        return _start(text) > now + allowed + ahead
    except OverflowError:  # a zone that leads out of the years there are
        return text >= "5000"


def instant(moment: datetime) -> str:
    """A FHIR instant in UTC, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_instant(text: object) -> datetime | None:
    """The moment that a FHIR instant names, in UTC; None where it names none."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
        return moment.astimezone(UTC) if moment and moment.tzinfo else None
    except (OverflowError, ValueError):
        return None


def spoken(text: str) -> str:
    """The date of a FHIR dateTime as a person writes it: ``12 Nov 2026``."""
    year, month, day = text[:10].split("-")
    return f"{int(day)} {_MONTHS[int(month) - 1]} {year}"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
