"""What the ledger tells: results, responses, and what a person must look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Engine, Select, and_, func, or_, select

from fhir_alliance.ledger.records import Entry, Version, read_entry, read_version
from fhir_alliance.ledger.tables import State, alias, entry, notice, submission, version


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What results to find; every part that is given must hold."""

    ids: Sequence[str] | None = None
    subjects: Sequence[str] | None = None
    #: ``system|code``, ``|code`` (none has no system) or ``code``
    codes: Sequence[str] | None = None
    sources: Sequence[str] | None = None
    #: (prefix, first instant, first instant after) of the effective time
    dates: Sequence[tuple[str, datetime, datetime]] = ()


@dataclass(frozen=True, slots=True)
class Attention:
    """A submission or entry that a person should look at."""

    #: held, unknown-schema of the response, or losses in the chart
    kind: str
    #: the entry's id, for ``release``; else the submission's
    id: str
    #: the response as its door knows it
    response: str
    reason: str
    since: datetime


class Reads:
    """Read-only questions to the ledger of one clinic."""

    def __init__(self, engine: Engine, clinic: str) -> None:
        self._engine = engine
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
        with self._engine.connect() as connection:
            row = connection.execute(found).first()
        return read_version(row) if row else None

    # --- results

    def entries(self, search: Search, most: int, after: tuple[datetime, str] | None) -> list[Entry]:
        """At most ``most`` results, newest first, behind the one at ``after`` (issued, id)."""
        page = self._found(search).order_by(entry.c.issued.desc(), entry.c.id.desc()).limit(most)
        if after:
            issued, entry_id = after
            same = and_(entry.c.issued == issued, entry.c.id < entry_id)
            page = page.where(or_(entry.c.issued < issued, same))
        with self._engine.connect() as connection:
            return [read_entry(row) for row in connection.execute(page)]

    def count(self, search: Search) -> int:
        """How many results there are in all."""
        with self._engine.connect() as connection:
            found = self._found(search).with_only_columns(func.count())
            return int(connection.execute(found).scalar_one())

    def _found(self, search: Search) -> Select[tuple[object, ...]]:
        """Held entries are left out, and those that were withdrawn before anything stood."""
        never_stood = and_(entry.c.state == State.SETTLED, entry.c.stands.is_(None))
        return select(entry).where(
            entry.c.clinic == self._clinic,
            entry.c.state != State.HELD,
            ~never_stood,
            *_conditions(search),
        )

    def questionnaires(self) -> list[str]:
        """``url|version`` of every Questionnaire that a result was made with."""
        with self._engine.connect() as connection:
            found = select(entry.c.questionnaire).where(entry.c.clinic == self._clinic).distinct()
            return list(connection.execute(found).scalars())

    # --- the operator's questions

    def states(self) -> dict[str, int]:
        """State → how many entries are in it."""
        counts = self._counts(entry.c.state, entry.c.clinic == self._clinic)
        return {state: counts.get(state, 0) for state in State}

    def versions(self) -> dict[str, int]:
        """Kind → how many versions were found to be of it."""
        return self._counts(version.c.kind, version.c.clinic == self._clinic)

    def notices(self) -> dict[str, int]:
        """Kind → how many events came that were no responses of ours."""
        return self._counts(notice.c.kind, notice.c.clinic == self._clinic)

    def _counts(self, column: ColumnElement[str], condition: ColumnElement[bool]) -> dict[str, int]:
        with self._engine.connect() as connection:
            rows = connection.execute(select(column, func.count()).where(condition).group_by(column))
            return {str(kind): int(number) for kind, number in rows}

    def attention(self) -> list[Attention]:
        """Held entries, submissions whose newest version is invalid, and results not kept whole."""
        return [*self._held(), *self._invalid(), *self._not_whole()]

    def _held(self) -> list[Attention]:
        found = self._told(entry.c.state == State.HELD)
        return [Attention("held", row.id, row.response, row.reason, row.changed_at) for row in found]

    def _not_whole(self) -> list[Attention]:
        """``losses`` is an empty array where all was kept."""
        found = self._told(and_(entry.c.state == State.SETTLED, func.json_array_length(entry.c.losses) > 0))
        return [
            Attention("not-whole", row.id, row.response, f"not kept: {', '.join(row.losses)}", row.changed_at)
            for row in found
        ]
