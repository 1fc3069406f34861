"""Mends times that were set before a clock was put back: what would wait for hours waits as long as it ever does.

Of its own accord an entry waits no longer than ``longest``, and a lease lasts no longer. An EHR may ask for more;
whether that still holds is told by when it was noted.
"""

from datetime import datetime, timedelta

from sqlalchemy import BindParameter, Connection, bindparam, case, exists, or_, select, update

from fhir_alliance.ledger.tables import Instant, State, ehr, entry

#: clocks of several hosts may differ by so much
DRIFT = timedelta(minutes=1)

_NOW: BindParameter[datetime] = bindparam("by", type_=Instant())
#: when whatever begins now is over
_END: BindParameter[datetime] = bindparam("end", type_=Instant())
_OWN = entry.c.clinic == ehr.c.clinic
_LONG_LEASE = entry.c.lease_until > _END
_LONG_WAIT = entry.c.due_at > _END
_LATER_THAN_THE_EHR = or_(ehr.c.probe_at.is_(None), entry.c.due_at > ehr.c.probe_at)
_NOTED_LATER = ehr.c.noted_at > bindparam("drifted")

_ASTRAY = select(ehr.c.clinic).where(
    or_(
        _NOTED_LATER,
        exists().where(_OWN, _LONG_LEASE),
        exists().where(_OWN, _LONG_WAIT, _LATER_THAN_THE_EHR),
    )
)
_THIS: BindParameter[str] = bindparam("of_clinic")
# entries are locked before the EHR's row, as everyone does who needs both
_LOCKED = (
    select(entry.c.id)
    .where(entry.c.clinic == _THIS, or_(_LONG_LEASE, _LONG_WAIT))
    .order_by(entry.c.id)
    .with_for_update()
)
# one probe too many does no harm
_EHR = (
    update(ehr)
    .where(ehr.c.clinic == _THIS, _NOTED_LATER)
    .values(probe_at=case((ehr.c.probe_at.is_not(None), _NOW)), next_at=None, noted_at=_NOW)
)
# whoever has it in its hands, or sent it, may still be at it
_LEASED = update(entry).where(entry.c.clinic == _THIS, _LONG_LEASE).values(lease_until=_END)
_WAITING = (
    update(entry)
    .where(entry.c.clinic == _THIS, _LONG_WAIT, exists().where(_OWN, _LATER_THAN_THE_EHR))
    .values(due_at=case((entry.c.state == State.DUE, _NOW), else_=_END))
)


def astray(connection: Connection, now: datetime, longest: timedelta) -> list[str]:
    """The clinics of which a time lies further ahead than it can have been meant."""
    return list(connection.execute(_ASTRAY, _times(now, longest)).scalars())


def mend(connection: Connection, clinic: str, now: datetime, longest: timedelta) -> None:
    """Bring them back: what surely was not sent is due now, all else when what is under way must be over."""
    for statement in (_LOCKED, _EHR, _LEASED, _WAITING):
        connection.execute(statement, {"of_clinic": clinic, **_times(now, longest)})


def _times(now: datetime, longest: timedelta) -> dict[str, datetime]:
    return {"by": now, "end": now + longest, "drifted": now + DRIFT}
