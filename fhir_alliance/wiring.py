"""The one place where the clock, the random source and the adapters are named."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError

from fhir_alliance import PROGRAM
from fhir_alliance.accept import Reception
from fhir_alliance.assess import Assessor, Clinic
from fhir_alliance.catalog import Catalog, read_catalog
from fhir_alliance.deliver import Delivery, Timing
from fhir_alliance.ehr.capabilities import Capabilities
from fhir_alliance.ehr.chart import FhirChart
from fhir_alliance.ehr.client import FhirClient
from fhir_alliance.errors import Unscorable, WrongSetting
from fhir_alliance.ledger.database import check_schema, migrate, open_database
from fhir_alliance.ledger.ledger import Ledger
from fhir_alliance.ledger.reads import Reads
from fhir_alliance.scoring.result import Sharing
from fhir_alliance.service import Service
from fhir_alliance.settings import Settings
from fhir_alliance.web.app import create_app
from fhir_alliance.web.server import Server
from fhir_alliance.worker import Worker

#: the clinic that the plain settings describe
DEFAULT_CLINIC = "default"


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def make_assessor(settings: Settings) -> Assessor:
    """What checks and scores, without a ledger."""
    clinic = Clinic(DEFAULT_CLINIC, settings.ehr_url, Sharing(settings.sharing), settings.confidentiality)
    return Assessor(read_catalog(settings.questionnaires), clinic, PROGRAM)


def make_client(settings: Settings, url: str) -> FhirClient:
    """A client for ``url``; the EHR's token goes to the EHR alone."""
    secret = settings.ehr_token if url.rstrip("/") == (settings.ehr_url or "").rstrip("/") else None
    token = secret.get_secret_value() if secret else None
    return FhirClient(url, token, settings.ehr_timeout, settings.ehr_ca)


def make_service(settings: Settings) -> Service:
    """Everything; WrongSetting, UnknownSchema or Unscorable where database or folder are not fit to run on."""
    assessor = make_assessor(settings)
    engine = open_database(settings.database_url)
    try:
        with _working(settings):
            migrate(engine)
            check_schema(engine)
        return _put_together(settings, assessor, engine)
    except BaseException:
        engine.dispose()
        raise


def _put_together(settings: Settings, assessor: Assessor, engine: Engine) -> Service:
    ledger = Ledger(engine, DEFAULT_CLINIC, own_chart=settings.ehr_url is None)
    reads = Reads(engine, DEFAULT_CLINIC)
    _check_questionnaires(reads, assessor.catalog)
    return Service(
        settings=settings,
        catalog=assessor.catalog,
        assessor=assessor,
        engine=engine,
        ledger=ledger,
        reads=reads,
        reception=Reception(ledger, assessor, now),
        delivery=_delivery(settings, ledger, assessor.catalog),
    )


def make_server(settings: Settings) -> Server:
    """The web server, with the delivery inside where there is an EHR."""
    service = make_service(settings)
    app = create_app(service)
    service.engine.dispose()  # no connection may cross the fork
    return Server(app, settings, Worker(service.delivery) if service.delivery else None)


@contextmanager
def open_reads(settings: Settings) -> Iterator[Reads]:
    """Questions to the ledger that ``serve`` made; WrongSetting, UnknownSchema where it cannot be asked."""
    with _existing_database(settings) as engine:
        yield Reads(engine, DEFAULT_CLINIC)


@contextmanager
def open_ledger(settings: Settings) -> Iterator[Ledger]:
    """The ledger that ``serve`` made; WrongSetting, UnknownSchema where there is none to work on."""
    with _existing_database(settings) as engine:
        yield Ledger(engine, DEFAULT_CLINIC, own_chart=settings.ehr_url is None)


@contextmanager
def _existing_database(settings: Settings) -> Iterator[Engine]:
    """Never made or migrated here: a mistyped path would look like an empty ledger."""
    path = Path(make_url(settings.database_url).database or "")
    if not path.is_file():
        why = f"there is no database at {path} yet: fhir-alliance serve makes it"
        raise WrongSetting(f"FHIR_ALLIANCE_DATABASE_URL: {why}")
    engine = open_database(settings.database_url)
    try:
        with _working(settings):
            check_schema(engine)
            yield engine
    finally:
        engine.dispose()


@contextmanager
def _working(settings: Settings) -> Iterator[None]:
    """WrongSetting where the database cannot be opened, read or written."""
    try:
        yield
    except DatabaseError as fault:
        path = make_url(settings.database_url).database
        raise WrongSetting(f"FHIR_ALLIANCE_DATABASE_URL: {path} does not work as a database") from fault


def _delivery(settings: Settings, ledger: Ledger, catalog: Catalog) -> Delivery | None:
    if settings.ehr_url is None:
        return None
    client = make_client(settings, settings.ehr_url)
    chart = FhirChart(client, Capabilities(client, time.monotonic))
    timing = Timing(now, random.SystemRandom().random, timedelta(seconds=settings.ehr_timeout))
    return Delivery(ledger, chart, catalog, settings.ehr_url, timing)


def _check_questionnaires(reads: Reads, catalog: Catalog) -> None:
    """What stands in a chart can be changed or withdrawn only with the Questionnaire it came from."""
    for canonical in reads.questionnaires():
        if canonical not in catalog.questionnaires:
            why = f"results in the ledger were made with {canonical}, which the folder lacks"
            raise Unscorable("questionnaires", "Questionnaire", why)
