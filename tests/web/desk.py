"""One clinic's service in process: both doors, its ledger, and a clock that is moved by hand."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from flask.testing import FlaskClient
from sqlalchemy import Table, select
from werkzeug.test import TestResponse

from fhir_alliance import wiring
from fhir_alliance.accept import Reception
from fhir_alliance.catalog import read_catalog
from fhir_alliance.fhir.datetimes import instant
from fhir_alliance.ledger import tables
from fhir_alliance.ledger.decisions import Decisions
from fhir_alliance.ledger.records import Entry, read_entry
from fhir_alliance.service import ClinicService, Service
from fhir_alliance.settings import DEFAULT_CLINIC, read_settings
from fhir_alliance.web.app import create_app
from fhir_alliance.wiring import make_decisions, make_service
from tests import building
from tests.databases import lay_file

RESPONSES = "/fhir/QuestionnaireResponse"
OBSERVATIONS = "/fhir/Observation"
NOTIFY = "/notify/QuestionnaireResponse"
FHIR_JSON = "application/fhir+json"
#: the tables that an arrival can change
TABLES = (tables.submission, tables.alias, tables.version, tables.entry, tables.history, tables.notice)

Body = bytes | building.Resource | None


class Clock:
    """A clock that goes only when it is told to."""

    def __init__(self) -> None:
        self.at = building.NOW

    def __call__(self) -> datetime:
        """The time."""
        return self.at

    def go(self, seconds: float = 60) -> None:
        """Let time pass."""
        self.at += timedelta(seconds=seconds)


@dataclass
class Desk:
    """The doors, and what the ledger behind them holds."""

    service: Service
    clock: Clock
    client: FlaskClient

    @property
    def clinic(self) -> ClinicService:
        """The clinic that has no name."""
        return self.service.clinics[DEFAULT_CLINIC]

    @property
    def decisions(self) -> Decisions:
        """What a person may decide about its results."""
        return make_decisions(DEFAULT_CLINIC, self.clinic.settings, self.service.database)

    def send(self, method: str, path: str, body: Body = None, **headers: str) -> TestResponse:
        """A request as FHIR JSON; ``If_Match="x"`` becomes a header."""
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.open(path, method=method, data=data, headers={"Content-Type": FHIR_JSON, **named})

    def get(self, path: str, **headers: str) -> TestResponse:
        """Read or search."""
        return self.client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, body: Body, **headers: str) -> TestResponse:
        """Create at our own server."""
        return self.send("POST", RESPONSES, body, **headers)

    def put(self, response_id: str, body: building.Resource, **headers: str) -> TestResponse:
        """Update at our own server."""
        return self.send("PUT", f"{RESPONSES}/{response_id}", {**body, "id": response_id}, **headers)

    def delete(self, response_id: str, **headers: str) -> TestResponse:
        """Delete at our own server."""
        return self.send("DELETE", f"{RESPONSES}/{response_id}", None, **headers)

    def read(self, response_id: str, **headers: str) -> TestResponse:
        """Read a response at our own server."""
        return self.get(f"{RESPONSES}/{response_id}", **headers)

    def tell(self, response_id: str, body: Body, **headers: str) -> TestResponse:
        """An EHR's event: this response was written."""
        return self.send("PUT", f"{NOTIFY}/{response_id}", body, **headers)

    def search(self, query: str = "") -> list[building.Resource]:
        """The Observations on the first page."""
        answer = self.get(f"{OBSERVATIONS}?{query}")
        assert answer.status_code == 200, answer.text
        return [entry["resource"] for entry in resource(answer).get("entry", ())]

    def rows(self, table: Table) -> list[Any]:
        """All rows of a table, in the order of its key."""
        with self.service.database.engine.connect() as connection:
            return list(connection.execute(select(table).order_by(*table.primary_key.columns)))

    def contents(self) -> dict[str, list[Any]]:
        """Every row of every table."""
        return {table.name: self.rows(table) for table in TABLES}

    def is_empty(self) -> bool:
        """Whether nothing at all was kept."""
        return not any(self.contents().values())

    def entries(self) -> dict[str, Entry]:
        """Subject → entry."""
        return {row.subject: read_entry(row) for row in self.rows(tables.entry)}

    def entry(self) -> Entry:
        """The only entry."""
        (found,) = self.entries().values()
        return found

    def versions(self) -> list[tuple[str, str, bool]]:
        """Door, kind and lateness of every version, by submission and number."""
        return [(row.door, row.kind, row.late) for row in self.rows(tables.version)]


def resource(answer: TestResponse) -> building.Resource:
    """The FHIR resource of an answer."""
    assert answer.content_type.partition(";")[0] == FHIR_JSON, answer.content_type
    parsed = json.loads(answer.data)
    assert isinstance(parsed, dict)
    return parsed


def issue(answer: TestResponse) -> building.Resource:
    """The first issue of an OperationOutcome."""
    outcome = resource(answer)
    assert outcome["resourceType"] == "OperationOutcome", outcome
    first = outcome["issue"][0]
    assert isinstance(first, dict)
    return first


def moment(minutes: float) -> str:
    """A FHIR instant, so many minutes after ten o'clock of a day that is past."""
    return instant(datetime(2026, 11, 20, 10, tzinfo=UTC) + timedelta(minutes=minutes))


def updated(minutes: float | None, **more: Any) -> building.Resource:
    """A ``meta`` that was last updated then."""
    return {**({} if minutes is None else {"lastUpdated": moment(minutes)}), **more}


#: a folder does not change while tests run, and reading it takes longer than most of them
_read_once = cache(read_catalog)


def _timed(clinic: ClinicService, clock: Clock) -> ClinicService:
    """The clinic with its time in the test's hand."""
    return replace(clinic, reception=Reception(clinic.ledger, clinic.assessor, clock, clinic.reception.told))


@contextmanager
def open_desk(folder: Path, **named: str) -> Iterator[Desk]:
    """A desk on a fresh SQLite file; ``EHR_URL="…"`` and the like are settings."""
    lay_file(folder / "ledger.sqlite")
    given = {"DATABASE_URL": f"sqlite:///{folder / 'ledger.sqlite'}", **named}
    settings = read_settings({f"FHIR_ALLIANCE_{name}": value for name, value in given.items()})
    with patch.object(wiring, "read_catalog", _read_once):
        service = make_service(settings)
    clock = Clock()
    clinics = {name: _timed(one, clock) for name, one in service.clinics.items()}
    service = replace(service, clinics=clinics)
    try:
        yield Desk(service, clock, create_app(service).test_client())
    finally:
        service.database.engine.dispose()
