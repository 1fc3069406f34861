"""What the ledger tells: results, responses, and what a person must look at."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    ScalarSelect,
    Select,
    TextClause,
    and_,
    false,
    func,
    or_,
    select,
    text,
    tuple_,
)

from fhir_alliance.ledger.database import Database
from fhir_alliance.ledger.records import Entry, Version, read_entry, read_version
from fhir_alliance.ledger.tables import NOT_WHOLE, State, alias, entry, notice, submission, version

#: as much as a person can look at in one go; the counts tell of the rest
MOST_TOLD = 1000
#: the kinds of alias that are ids of responses
DOORS = ("fhir", "notify")


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What results to find; every part that is given must hold."""

    ids: Sequence[str] | None = None
    subjects: Sequence[str] | None = None
    #: ``system|code``, ``system|``, ``|code`` (none has no system) or ``code``
    codes: Sequence[str] | None = None
    #: ids of the responses they come from, at either door
    responses: Sequence[str] | None = None
    #: (prefix, first instant, first instant after) of the effective time
    dates: Sequence[tuple[str, datetime, datetime]] = ()


@dataclass(frozen=True, slots=True)
class Attention:
    """A submission or entry that a person should look at."""

    #: held, invalid (its newest version), or not-whole (the EHR left elements out)
    kind: str
    #: the entry's id, for ``release`` or ``retry``; else the submission's
    id: str
    #: the response as its door knows it
    response: str
    reason: str
    since: datetime
    #: what a person must judge, whatever the reason
    hold: str | None = None


class Reads:
    """Read-only questions to the ledger of one clinic."""

    def __init__(self, database: Database, clinic: str) -> None:
        self._database = database
        self._clinic = clinic

    # --- responses at our own server

    def response(self, fhir_id: str, number: int | None = None) -> Version | None:
        """The newest version under an id of our own server, or the one with this number."""
        found = (
            select(version)
            .join(alias, alias.c.submission_id == version.c.submission_id)
            .where(alias.c.clinic == self._clinic, alias.c.kind == "fhir", alias.c.value == fhir_id)
            .where(version.c.door == "fhir")
            .order_by(version.c.number.desc())
            .limit(1)
        )
        if number is not None:
            found = found.where(version.c.number == number)
        with self._database.reading() as connection:
            row = connection.execute(found).first()
        return read_version(row) if row else None

    # --- results

    def entries(self, search: Search, most: int, after: tuple[datetime, str] | None) -> list[Entry]:
        """At most ``most`` results, newest first, behind the one at ``after`` (issued, id)."""
        with self._database.reading() as connection:
            found = self._found(connection, search)
            page = found.order_by(entry.c.issued.desc(), entry.c.id.desc()).limit(most)
            if after:
                page = page.where(tuple_(entry.c.issued, entry.c.id) < after)
            return [read_entry(row) for row in connection.execute(page)]

    def count(self, search: Search) -> int:
        """How many results there are in all."""
        with self._database.reading() as connection:
            found = self._found(connection, search).with_only_columns(func.count())
            return int(connection.execute(found).scalar_one())

    def _found(self, connection: Connection, search: Search) -> Select[tuple[object, ...]]:
        """Held and dropped entries are left out, and those that were withdrawn before anything stood."""
        never_stood = and_(entry.c.withdrawn, entry.c.stands.is_(None))
        return select(entry).where(
            self._own(connection, search.responses),
            entry.c.state.not_in([State.HELD, State.DROPPED]),
            ~never_stood,
            *_conditions(search),
        )

    def _own(self, connection: Connection, response_ids: Sequence[str] | None) -> ColumnElement[bool]:
        """Those of the clinic; where responses are named, of its submissions that go by one of these ids.

        That they are the clinic's as well is not said again: SQLite would look at all that it has.
        """
        if response_ids is None:
            return entry.c.clinic == self._clinic
        named = submissions_of(self._clinic, response_ids).distinct()
        return _is_any(entry.c.submission_id, [row.submission_id for row in connection.execute(named)])

    def questionnaires(self) -> list[str]:
        """``url|version`` of every Questionnaire that a result was made with."""
        with self._database.reading() as connection:
            found = select(entry.c.questionnaire).where(entry.c.clinic == self._clinic).distinct()
            return list(connection.execute(found).scalars())

    # --- the operator's questions

    def states(self) -> dict[str, int]:
        """State → how many entries are in it."""
        counts = self._counts(entry.c.state, entry.c.clinic == self._clinic)
        return {state: counts.get(state, 0) for state in State}

    def waiting(self) -> dict[str, int]:
        """What the last attempt met → how many entries are due or unknown because of it."""
        unsent = entry.c.state.in_([State.DUE, State.UNKNOWN])
        return self._counts(
            entry.c.reason, and_(entry.c.clinic == self._clinic, unsent, entry.c.reason.is_not(None))
        )

    def versions(self) -> dict[str, int]:
        """Kind → how many versions were found to be of it."""
        return self._counts(version.c.kind, version.c.clinic == self._clinic)

    def notices(self) -> dict[str, int]:
        """Kind → how many events came that were no responses of ours."""
        return self._counts(notice.c.kind, notice.c.clinic == self._clinic)

    def _counts(self, column: ColumnElement[str], condition: ColumnElement[bool]) -> dict[str, int]:
        with self._database.reading() as connection:
            counts = select(column, func.count()).where(condition).group_by(column).order_by(column)
            rows = connection.execute(counts)
            return {str(kind): int(number) for kind, number in rows}

    def attention(self) -> list[Attention]:
        """Held entries, submissions whose newest version is invalid, and results not kept whole."""
        return [*self._held(), *self._invalid(), *self._not_whole()]

    def _held(self) -> list[Attention]:
        found = self._told(entry.c.state == State.HELD)
        return [Attention("held", row.id, row.response, row.reason, row.changed_at, row.hold) for row in found]

    def _not_whole(self) -> list[Attention]:
        found = self._told(text(NOT_WHOLE))
        return [
            Attention("not-whole", row.id, row.response, f"not kept: {', '.join(row.losses)}", row.changed_at)
            for row in found
        ]

    def _told(self, condition: ColumnElement[bool] | TextClause) -> Sequence[Row[Any]]:
        """Entries with the response they came from."""
        found = (
            select(entry, response_name(entry.c.submission_id).label("response"))
            .where(entry.c.clinic == self._clinic, condition)
            .order_by(entry.c.changed_at)
            .limit(MOST_TOLD)
        )
        with self._database.reading() as connection:
            return connection.execute(found).all()

    def _invalid(self) -> list[Attention]:
        newest = version.c.number == submission.c.versions
        found = (
            select(
                version.c.submission_id,
                version.c.issues,
                version.c.received_at,
                response_name(version.c.submission_id).label("response"),
            )
            .join(submission, and_(submission.c.id == version.c.submission_id, newest))
            .where(version.c.clinic == self._clinic, version.c.kind == "invalid")
            .order_by(version.c.received_at)
            .limit(MOST_TOLD)
        )
        with self._database.reading() as connection:
            rows = connection.execute(found).all()
        return [
            Attention("invalid", row.submission_id, row.response, first_issue(row.issues), row.received_at)
            for row in rows
        ]


def response_name(submission_id: ColumnElement[str]) -> ScalarSelect[str]:
    """The response's id at a door; an identifier is never told, it may name the patient."""
    named = select(func.max(alias.c.value)).where(alias.c.submission_id == submission_id, alias.c.kind.in_(DOORS))
    return named.scalar_subquery()


def first_issue(issues: list[dict[str, Any]]) -> str:
    """Code and element of the first issue; there is always one where a version is invalid."""
    return " ".join([issues[0]["code"], *issues[0].get("expression", [])])


def _conditions(search: Search) -> Iterator[ColumnElement[bool]]:
    if search.ids is not None:
        yield _is_any(entry.c.id, search.ids)
    if search.subjects is not None:
        yield _is_any(entry.c.subject, search.subjects)
    if search.codes is not None:
        yield or_(false(), *(_has_code(code) for code in search.codes))
    for prefix, start, end in search.dates:
        yield _in_time(prefix, start, end)


def submissions_of(clinic: str, response_ids: Sequence[str]) -> Select[tuple[str]]:
    """The submissions that go by one of these ids at either door."""
    named = (alias.c.clinic == clinic, alias.c.kind.in_(DOORS), alias.c.value.in_(response_ids))
    return select(alias.c.submission_id).where(*named)


def _is_any(column: ColumnElement[str], values: Sequence[str]) -> ColumnElement[bool]:
    """One value is asked for as one: only then does SQLite know that an index has them in order."""
    return column == values[0] if len(values) == 1 else column.in_(values)


def _has_code(token: str) -> ColumnElement[bool]:
    if token.endswith("|"):
        return entry.c.code.startswith(token, autoescape=True)
    if "|" in token:
        return entry.c.code == token
    return entry.c.code.endswith(f"|{token}", autoescape=True)


def _in_time(prefix: str, start: datetime, end: datetime) -> ColumnElement[bool]:
    """The prefixes of https://hl7.org/fhir/R4/search.html#prefix; the parameter's time is ``start`` to ``end``."""
    within = and_(entry.c.effective_from >= start, entry.c.effective_until <= end)
    comparisons = {
        "eq": within,
        "ne": ~within,
        "gt": entry.c.effective_until > end,
        "ge": or_(entry.c.effective_until > end, within),
        "lt": entry.c.effective_from < start,
        "le": or_(entry.c.effective_from < start, within),
        "sa": entry.c.effective_from >= end,
        "eb": entry.c.effective_until <= start,
    }
    return comparisons[prefix]
