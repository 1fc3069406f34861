"""Which clinics have something to deliver now, and how much waits."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BindParameter, bindparam, exists, func, or_, select, text

from fhir_alliance.ledger import clock
from fhir_alliance.ledger.database import Database
from fhir_alliance.ledger.tables import UNFINISHED, WAITING, State, ehr, entry

#: how often times are looked at that lie too far ahead
_MENDED_EVERY = timedelta(seconds=10)

_ENTER = text("INSERT INTO ehr (clinic, failures) VALUES (:clinic, 0) ON CONFLICT (clinic) DO NOTHING")
_BY: BindParameter[datetime] = bindparam("by")
_OWN = entry.c.clinic == ehr.c.clinic
_READY = select(ehr.c.clinic).where(
    or_(ehr.c.probe_at.is_(None), ehr.c.probe_at <= _BY),
    or_(ehr.c.next_at.is_(None), ehr.c.next_at <= _BY),
    or_(exists().where(_OWN, entry.c.due_at <= _BY), exists().where(_OWN, entry.c.lease_until <= _BY)),
)

_OF_CLINICS: BindParameter[list[str]] = bindparam("of_clinics", expanding=True)
# each number is read from an index, of the clinic's own few rows
_ENTRIES = (
    select(entry.c.clinic, entry.c.state, func.count())
    .where(entry.c.clinic.in_(_OF_CLINICS), entry.c.state.in_(UNFINISHED))
    .group_by(entry.c.clinic, entry.c.state)
)
_OLDEST = select(func.min(entry.c.due_at)).where(_OWN, entry.c.due_at.is_not(None)).scalar_subquery()
_EHRS = select(ehr.c.clinic, ehr.c.probe_at, _OLDEST.label("oldest")).where(ehr.c.clinic.in_(_OF_CLINICS))
# every clinic that ever had an EHR is known there
_LEFT_OVER = (
    select(entry.c.clinic, func.count().label("number"))
    .join(ehr, _OWN)
    .where(ehr.c.clinic.not_in(_OF_CLINICS), entry.c.state.in_(WAITING))
    .group_by(entry.c.clinic)
    .order_by(entry.c.clinic)
)


@dataclass(frozen=True, slots=True)
class Extent:
    """How much waits, and whether it can go out."""

    #: (clinic, state) → entries, for every state that is no rest
    entries: Mapping[tuple[str, State], int]
    #: clinic with an EHR → seconds since an entry could have been sent; 0 where none waits
    oldest_due: Mapping[str, float]
    #: clinic with an EHR → whether that is not left alone
    ehr_up: Mapping[str, bool]


class Backlog:
    """What waits, over all clinics."""

    def __init__(self, database: Database, longest: timedelta) -> None:
        """``longest``: neither a lease nor a wait, but one that an EHR asks for, is meant to last longer."""
        self._database = database
        self._longest = longest
        self._mended_at: datetime | None = None

    def enter(self, clinics: Collection[str]) -> None:
        """Know of these clinics' EHRs from now on."""
        with self._database.reading() as connection:
            new = set(clinics).difference(connection.execute(select(ehr.c.clinic)).scalars())
        if new:  # a start that has nothing to write works on a disk that takes no writes, too
            with self._database.writing() as connection:
                connection.execute(_ENTER, [{"clinic": one} for one in sorted(new)])

    def ready(self, now: datetime) -> Sequence[str]:
        """The clinics for which an attempt may begin now."""
        if self._mended_at is None or abs(now - self._mended_at) >= _MENDED_EVERY:
            self._mend(now)
            self._mended_at = now
        with self._database.reading() as connection:
            return connection.execute(_READY, {"by": now}).scalars().all()

    def _mend(self, now: datetime) -> None:
        """Where a clock was put back."""
        with self._database.reading() as connection:
            clinics = clock.astray(connection, now, self._longest)
        for clinic in clinics:
            with self._database.writing() as connection:
                clock.mend(connection, clinic, now, self._longest)

    def left_over(self, with_ehr: Collection[str]) -> Mapping[str, int]:
        """Clinic → how many entries wait there and nobody delivers, for each not ``with_ehr`` any more."""
        with self._database.reading() as connection:
            found = connection.execute(_LEFT_OVER, {"of_clinics": list(with_ehr)}).all()
        return {row.clinic: row.number for row in found}

    def extent(self, clinics: Collection[str], with_ehr: Collection[str], now: datetime) -> Extent:
        """How much waits at ``clinics``, of which some have an EHR."""
        with self._database.reading() as connection:
            found = connection.execute(_ENTRIES, {"of_clinics": list(clinics)})
            counts = {(clinic, State(state)): number for clinic, state, number in found}
            ehrs = connection.execute(_EHRS, {"of_clinics": list(with_ehr)}).all()
        return Extent(
            entries={
                (clinic, state): counts.get((clinic, state), 0) for clinic in clinics for state in UNFINISHED
            },
            oldest_due={one.clinic: _seconds_since(one.oldest, now) for one in ehrs},
            ehr_up={one.clinic: one.probe_at is None for one in ehrs},
        )


def _seconds_since(moment: datetime | None, now: datetime) -> float:
    """0 where there is none, or it is to come."""
    return max(0.0, (now - moment).total_seconds()) if moment else 0.0
