"""Forgets one patient: the one exception to a history that only grows."""

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, delete, func, select, tuple_, union, update

from fhir_alliance.errors import AllianceError
from fhir_alliance.ledger.database import Database
from fhir_alliance.ledger.reads import DOORS
from fhir_alliance.ledger.records import Entry, read_entry
from fhir_alliance.ledger.tables import State, alias, entry, history, notice, submission, version
from fhir_alliance.scoring.result import Status

#: bodies read at once, without a lock
PAGE = 500
#: names of one statement
_CHUNK = 500

_BODIES = (
    select(version.c.submission_id, version.c.number, version.c.body)
    .where(
        version.c.clinic == bindparam("of_clinic"),
        version.c.body.is_not(None),
        tuple_(version.c.submission_id, version.c.number)
        > tuple_(bindparam("from_submission"), bindparam("from_number")),
    )
    .order_by(version.c.submission_id, version.c.number)
    .limit(PAGE)
)
_OF_SUBMISSIONS = select(version.c.submission_id, version.c.number, version.c.body).where(
    version.c.body.is_not(None)
)
_NAMED = union(
    select(submission.c.id).where(
        submission.c.clinic == bindparam("of_clinic"), submission.c.subject == bindparam("of_subject")
    ),
    select(entry.c.submission_id).where(
        entry.c.clinic == bindparam("of_clinic"), entry.c.subject == bindparam("of_subject")
    ),
)
_LOCKED = select(submission.c.id).order_by(submission.c.id).with_for_update()
_LOCKED_ENTRIES = select(entry.c.id).order_by(entry.c.id).with_for_update()

#: a version: its submission, and its number
Place = tuple[str, int]


class UnderWay(AllianceError):
    """An attempt to write a result of the patient is under way: nothing was removed."""

    def __init__(self) -> None:
        super().__init__("an attempt to write a result of this patient is under way: try again in a minute")


@dataclass(frozen=True, slots=True)
class Sought:
    """The patient to forget."""

    #: ``Patient/{id}``
    subject: str
    #: whom a body is about, ``Patient/{id}``; None where it cannot be told
    patient_of: Callable[[bytes], str | None]


@dataclass(frozen=True, slots=True)
class Left:
    """A result that the EHR has, or may have; we do not touch it."""

    #: the entry's id, which is in the Observation's identifier
    id: str
    #: its id at the EHR, where that is known
    ehr_id: str | None
    state: State
    #: what it says: final, amended, entered-in-error; None where nothing is known to stand
    status: Status | None
    #: something was sent, and it is not known what became of it
    perhaps: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What the ledger has of one patient."""

    submissions: int
    versions: int
    entries: int
    left: tuple[Left, ...]

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.versions or self.entries or self.submissions)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows that are the patient's: whole submissions, and parts of those that are another's, too."""

    whole: tuple[str, ...]
    shared: tuple[str, ...]
    entries: tuple[Entry, ...]
    #: versions of shared submissions that are about the patient
    versions: tuple[Place, ...]


class Forget:
    """What one clinic's ledger has of a patient, and its end."""

    def __init__(self, database: Database, clinic: str, *, own_chart: bool) -> None:
        """``own_chart``: the clinic has no EHR, so that nothing stands but here."""
        self._database = database
        self._clinic = clinic
        self._own_chart = own_chart

    def named(self, sought: Sought) -> set[str]:
        """The submissions of which a body that is kept is about the patient, page by page and without a lock."""
        return {name for name, body in self._bodies() if sought.patient_of(body) == sought.subject}

    def _bodies(self) -> Iterator[tuple[str, bytes]]:
        place: Place = ("", 0)
        while True:
            values = {"of_clinic": self._clinic, "from_submission": place[0], "from_number": place[1]}
            with self._database.reading() as connection:
                rows = connection.execute(_BODIES, values).all()
            for row in rows:
                yield row.submission_id, row.body
            if len(rows) < PAGE:
                return
            place = (rows[-1].submission_id, rows[-1].number)

    def look(self, sought: Sought, named: Set[str]) -> Found:
        """What there is of the patient; ``named``: what ``named`` found of them."""
        with self._database.reading() as connection:
            return self._found(connection, self._rows(connection, sought, named))

    def remove(self, sought: Sought, named: Set[str]) -> Found:
        """Remove all of it in one transaction; what there was. UnderWay where a worker has some in its hands."""
        with self._database.writing() as connection:
            ids = self._submissions(connection, sought.subject, named)
            for some in _chunks(ids):  # in the order of the intake: submissions, then entries
                connection.execute(_LOCKED.where(submission.c.id.in_(some)))
                connection.execute(_LOCKED_ENTRIES.where(entry.c.submission_id.in_(some)))
            rows = self._rows(connection, sought, named)
            if any(one.state is State.SENDING for one in rows.entries):
                raise UnderWay
            found = self._found(connection, rows)
            self._remove(connection, sought.subject, rows)
            return found

    # --- which rows

    def _submissions(self, connection: Connection, subject: str, named: Set[str]) -> list[str]:
        wanted = {"of_clinic": self._clinic, "of_subject": subject}
        return sorted({*named, *connection.execute(_NAMED, wanted).scalars()})

    def _rows(self, connection: Connection, sought: Sought, named: Set[str]) -> _Rows:
        ids = self._submissions(connection, sought.subject, named)
        entries = [
            read_entry(row)
            for some in _chunks(ids)
            for row in connection.execute(select(entry).where(entry.c.submission_id.in_(some)))
        ]
        patients = dict(self._patients(connection, ids, sought))
        shared = {one.submission_id for one in entries if one.subject != sought.subject}
        shared |= {place[0] for place, patient in patients.items() if patient not in (None, sought.subject)}
        return _Rows(
            whole=tuple(one for one in ids if one not in shared),
            shared=tuple(sorted(shared)),
            entries=tuple(one for one in entries if one.subject == sought.subject),
            versions=tuple(
                place for place, patient in patients.items() if place[0] in shared and patient == sought.subject
            ),
        )

    def _patients(
        self, connection: Connection, ids: Sequence[str], sought: Sought
    ) -> Iterator[tuple[Place, str | None]]:
        """Each version of these submissions that has its body, with whom that is about."""
        for some in _chunks(ids):
            for row in connection.execute(_OF_SUBMISSIONS.where(version.c.submission_id.in_(some))):
                yield (row.submission_id, row.number), sought.patient_of(row.body)

    def _found(self, connection: Connection, rows: _Rows) -> Found:
        counted = [
            connection.execute(
                select(func.count()).select_from(version).where(version.c.submission_id.in_(some))
            ).scalar_one()
            for some in _chunks(rows.whole)
        ]
        left = () if self._own_chart else tuple(one for one in map(_left, rows.entries) if one)
        versions = sum(counted) + len(rows.versions)
        return Found(len(rows.whole), versions, len(rows.entries), left)

    # --- their end

    def _remove(self, connection: Connection, subject: str, rows: _Rows) -> None:
        for some in _chunks([one.id for one in rows.entries]):
            connection.execute(delete(history).where(history.c.entry_id.in_(some)))
            connection.execute(delete(entry).where(entry.c.id.in_(some)))
        for submission_id, number in rows.versions:
            this = and_(version.c.submission_id == submission_id, version.c.number == number)
            connection.execute(delete(version).where(this))
        self._hand_over(connection, subject, rows.shared)
        for some in _chunks(rows.whole):
            self._remove_notices(connection, some)
            for table in (alias, version):
                connection.execute(delete(table).where(table.c.submission_id.in_(some)))
            connection.execute(delete(submission).where(submission.c.id.in_(some)))

    def _hand_over(self, connection: Connection, subject: str, shared: Sequence[str]) -> None:
        """What is another's, too, is from now on only theirs; a next patient is still seen as a change."""
        other = select(func.max(entry.c.subject)).where(entry.c.submission_id == submission.c.id)
        for some in _chunks(shared):
            theirs = and_(submission.c.id.in_(some), submission.c.subject == subject)
            connection.execute(update(submission).where(theirs).values(subject=other.scalar_subquery()))

    def _remove_notices(self, connection: Connection, submissions: Sequence[str]) -> None:
        """Those that carry the id of a response of theirs."""
        theirs = select(alias.c.value).where(alias.c.submission_id.in_(submissions), alias.c.kind.in_(DOORS))
        own = and_(notice.c.clinic == self._clinic, notice.c.response_id.in_(theirs))
        connection.execute(delete(notice).where(own))


def _left(one: Entry) -> Left | None:
    """What the EHR has of an entry; None where nothing was ever sent."""
    perhaps = bool(one.sent) or one.created
    if one.stands is None and not perhaps:
        return None
    return Left(one.id, one.ehr_id, one.state, one.stands.status if one.stands else None, perhaps)


def _chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), _CHUNK):
        yield names[start : start + _CHUNK]
