"""Leaves an EHR alone that fails, probes it, and lets what waited go out at the clinic's own rate.

What is known stands in the database, so that all workers on all hosts know the same.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Update, bindparam, insert, or_, select, update

from fhir_alliance.ledger.tables import ehr

#: attempts in a row that may fail before the EHR is left alone
MOST_FAILURES = 5
FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=5)
#: what the rate left unused may be made up for, since workers look only now and then
_CREDIT = timedelta(seconds=1)

_EHR = select(ehr).where(ehr.c.clinic == bindparam("of_clinic"))
_LOCKED = _EHR.with_for_update()
_CHANGE = update(ehr).where(ehr.c.clinic == bindparam("of_clinic"))
_PROBE = _CHANGE.where(ehr.c.probe_at <= bindparam("by"))
_LEFT_ALONE = _CHANGE.where(ehr.c.probe_at > bindparam("by"))
# reckoned from what was read, so only as long as that still stands
_NEXT = _CHANGE.where(ehr.c.next_at.is_not_distinct_from(bindparam("of_next", type_=ehr.c.next_at.type)))
_ANSWERED = _CHANGE.where(
    ehr.c.failures > 0, or_(ehr.c.probe_at.is_(None), ehr.c.probe_at == bindparam("of_probe"))
).values(failures=0, probe_at=None, reason=None, failing_since=None)


class Breaker:
    """Whether one clinic's EHR may be asked now."""

    def __init__(self, clinic: str, rate: float | None) -> None:
        """``rate``: the most attempts a second; None for no limit."""
        self._clinic = clinic
        self._step = timedelta(seconds=1 / rate) if rate else None

    def condition(self, connection: Connection) -> Row[Any] | None:
        """What is known of the EHR; None where nothing is."""
        return connection.execute(_EHR, {"of_clinic": self._clinic}).first()

    def lets(self, connection: Connection, row: Row[Any] | None, now: datetime, length: timedelta) -> bool:
        """Whether an attempt of at most ``length`` may begin; where the EHR fails, one at a time."""
        if row is None:
            return True
        if row.probe_at is not None:
            return self._took(connection, _PROBE, now, {"by": now, "probe_at": now + length})
        if self._step is None:
            return True
        begin = max(row.next_at or now, now - _CREDIT)
        if begin > now:
            return False
        return self._took(connection, _NEXT, now, {"of_next": row.next_at, "next_at": begin + self._step})

    def _took(self, connection: Connection, change: Update, now: datetime, values: dict[str, Any]) -> bool:
        """Of several who come at once, one takes the turn."""
        noted = {"of_clinic": self._clinic, "noted_at": now}
        return connection.execute(change, {**noted, **values}).rowcount == 1

    def open(self, connection: Connection, now: datetime) -> None:
        """A person says that it works again: the next attempt may begin now."""
        connection.execute(_LEFT_ALONE, {"of_clinic": self._clinic, "by": now, "probe_at": now})

    def note(
        self,
        connection: Connection,
        fault: str | None,
        patience: timedelta,
        now: datetime,
        until: datetime | None,
        *,
        is_sign: bool,
    ) -> None:
        """How an attempt met the EHR: ``fault`` is None where it answered; else it asks for ``patience``.

        ``is_sign``: a failure that is none is not counted, but a probe it ended in vain.
        ``until``: when its lease was to end. So the probe is known: of what began before the EHR was left alone,
        no success ends that, and no failure prolongs it beyond what the EHR asks for.
        """
        if fault is None:
            connection.execute(_ANSWERED, {"of_clinic": self._clinic, "of_probe": until})
            return
        row = connection.execute(_LOCKED, {"of_clinic": self._clinic}).first()
        if row is not None and row.probe_at not in (None, until):
            self._prolong(connection, max(row.probe_at, now + patience), now)
            return
        if not is_sign and not is_left_alone(row):
            return
        reason = {"reason": fault} if is_sign else {}
        failing = {"noted_at": now, **reason, **_failing(row, patience, now)}
        if row is None:
            connection.execute(insert(ehr), {"clinic": self._clinic, **failing})
        else:
            connection.execute(_CHANGE, {"of_clinic": self._clinic, **failing})

    def _prolong(self, connection: Connection, probe_at: datetime, now: datetime) -> None:
        connection.execute(_CHANGE, {"of_clinic": self._clinic, "probe_at": probe_at, "noted_at": now})


def is_left_alone(row: Row[Any] | None) -> bool:
    """Whether an EHR in this condition is only probed."""
    return row is not None and row.probe_at is not None


def _failing(row: Row[Any] | None, patience: timedelta, now: datetime) -> dict[str, Any]:
    """The columns after one more failure."""
    failures = (row.failures if row else 0) + 1
    pause = max(patience, _pause(failures), FIRST_PAUSE if is_left_alone(row) else timedelta())
    since = row.failing_since if row else None
    return {"failures": failures, "probe_at": now + pause if pause else None, "failing_since": since or now}


def _pause(failures: int) -> timedelta:
    """1, 2, 4 … 300 seconds."""
    beyond = failures - MOST_FAILURES
    return timedelta() if beyond < 0 else min(LONGEST_PAUSE, FIRST_PAUSE * (1 << min(beyond, 16)))
