"""Keeps what came no longer than the clinic says: bodies once all that they called for is at rest, and notices."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, bindparam, delete, exists, not_, or_, select, tuple_, update

from fhir_alliance.ledger.database import Database
from fhir_alliance.ledger.tables import Instant, State, entry, notice, version

#: versions looked at, and notices removed, in one transaction, so that none is long
BATCH = 100
#: seconds between two of them, so that others come in between
BREATH = 0.05
#: seconds until all is looked through again
ROUND = 3600.0

_Place = tuple[datetime, str, int]
_START: _Place = (datetime(1970, 1, 1, tzinfo=UTC), "", 0)

#: nothing of it is under way, or waits for the EHR or a person
_AT_REST = or_(entry.c.state == State.SETTLED, and_(entry.c.state == State.DROPPED, entry.c.sent.is_(None)))
_OPEN = exists().where(entry.c.submission_id == version.c.submission_id, not_(_AT_REST))
_PLACE = tuple_(version.c.received_at, version.c.submission_id, version.c.number)
_BEHIND = tuple_(bindparam("from_time", type_=Instant()), bindparam("from_submission"), bindparam("from_number"))
# what another worker has in its hands is passed over
_NEXT = (
    select(version.c.received_at, version.c.submission_id, version.c.number, _OPEN.label("is_open"))
    .where(
        version.c.clinic == bindparam("of_clinic"),
        version.c.body.is_not(None),
        version.c.received_at.between(bindparam("from_time", type_=Instant()), bindparam("by")),
        _PLACE > _BEHIND,
    )
    .order_by(version.c.received_at, version.c.submission_id, version.c.number)
    .limit(BATCH)
    .with_for_update(of=version, skip_locked=True)
)
_PURGE = (
    update(version)
    .where(version.c.submission_id == bindparam("of_submission"), version.c.number == bindparam("of_number"))
    .values(body=None)
)
_OLD_NOTICES = (
    select(notice.c.id)
    .where(notice.c.clinic == bindparam("of_clinic"), notice.c.received_at <= bindparam("by"))
    .order_by(notice.c.received_at)
    .limit(BATCH)
    .with_for_update(skip_locked=True)
)
_REMOVE_NOTICES = delete(notice).where(notice.c.id.in_(_OLD_NOTICES))


class Purge:
    """One round after another through the bodies and notices of one clinic, batch by batch."""

    def __init__(self, database: Database, clinic: str, keep: timedelta) -> None:
        """``keep``: how long what came is kept at least, from its arrival on."""
        self._database = database
        self._clinic = clinic
        self._keep = keep
        self._place = _START

    def batch(self, now: datetime) -> bool:
        """Look at the next that are old enough; False where that was the round's last batch."""
        with self._database.writing() as connection:
            rows = connection.execute(_NEXT, self._behind(now)).all()
            gone = [row for row in rows if not row.is_open]
            if gone:
                connection.execute(_PURGE, [_named(row) for row in gone])
            named = {"of_clinic": self._clinic, "by": now - self._keep}
            removed = connection.execute(_REMOVE_NOTICES, named).rowcount
        self._place = _place(rows[-1]) if len(rows) == BATCH else _START
        return max(len(rows), removed) >= BATCH

    def _behind(self, now: datetime) -> dict[str, Any]:
        time, submission, number = self._place
        place = {"from_time": time, "from_submission": submission, "from_number": number}
        return {"of_clinic": self._clinic, "by": now - self._keep, **place}


def _place(row: Row[Any]) -> _Place:
    return row.received_at, row.submission_id, row.number


def _named(row: Row[Any]) -> dict[str, Any]:
    return {"of_submission": row.submission_id, "of_number": row.number}


class Purges:
    """The purges of all clinics that keep less than everything."""

    def __init__(
        self, database: Database, keep_days: Mapping[str, int | None], clock: Callable[[], datetime]
    ) -> None:
        """``keep_days``: for each clinic; None keeps everything."""
        self._clock = clock
        self._purges = [
            Purge(database, name, timedelta(days=days)) for name, days in keep_days.items() if days is not None
        ]

    def __bool__(self) -> bool:
        """Whether there is anything to do, ever."""
        return bool(self._purges)

    def step(self) -> float:
        """A batch for each clinic; the seconds to wait before the next."""
        more = [one.batch(self._clock()) for one in self._purges]
        return BREATH if any(more) else ROUND
