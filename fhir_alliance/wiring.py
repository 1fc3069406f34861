"""The one place where the clock, the random source and the adapters are named."""

import logging
import random
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy.exc import DatabaseError

from fhir_alliance import PROGRAM
from fhir_alliance.accept import Receipt, Reception
from fhir_alliance.assess import Assessor, Clinic
from fhir_alliance.catalog import Catalog, read_catalog
from fhir_alliance.clinic_settings import ClinicSettings, base_of
from fhir_alliance.deliver import Delivery, Timing
from fhir_alliance.ehr.capabilities import Capabilities
from fhir_alliance.ehr.chart import FhirChart
from fhir_alliance.ehr.client import FhirClient
from fhir_alliance.errors import DatabaseUnavailable, Unscorable, WrongSetting
from fhir_alliance.ledger.backlog import Backlog
from fhir_alliance.ledger.cause import cause
from fhir_alliance.ledger.database import Database
from fhir_alliance.ledger.decisions import Decisions
from fhir_alliance.ledger.forget import Forget
from fhir_alliance.ledger.ledger import Ledger
from fhir_alliance.ledger.opening import open_database
from fhir_alliance.ledger.oversight import Oversight
from fhir_alliance.ledger.purge import Purges
from fhir_alliance.ledger.reads import Reads
from fhir_alliance.ledger.schema import migrate, require_schema
from fhir_alliance.recognise import Recognition
from fhir_alliance.scoring.result import Sharing
from fhir_alliance.service import ClinicService, Service
from fhir_alliance.settings import DEFAULT_CLINIC, Settings
from fhir_alliance.telemetry.ledger_gauges import LedgerGauges
from fhir_alliance.telemetry.metrics import Metrics
from fhir_alliance.telemetry.watch import Telemetry, WatchRequest, unwatched
from fhir_alliance.web.app import create_app, create_metrics_app
from fhir_alliance.web.metrics import serve_alone
from fhir_alliance.web.server import Server
from fhir_alliance.worker import Worker

#: the clinic, and how many
LEFT_OVER = "the settings name no EHR for clinic {}, where results wait: {}"

log = logging.getLogger(__name__)


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def make_assessor(settings: Settings) -> Assessor:
    """What checks and scores, without a ledger and for no clinic that has a name."""
    return _assessor(DEFAULT_CLINIC, settings, read_catalog(settings.questionnaires))


def _assessor(name: str, settings: ClinicSettings, catalog: Catalog) -> Assessor:
    clinic = Clinic(name, settings.ehr_url, Sharing(settings.sharing), settings.confidentiality)
    return Assessor(catalog, clinic, PROGRAM)


def make_client(settings: Settings, url: str) -> FhirClient:
    """A client for ``url``; a token goes to the EHR that it is for, alone."""
    same = (one for one in settings.by_name.values() if one.ehr_base == base_of(url))
    return _client(url, next(same, settings.model_copy(update={"ehr_token": None})))


def _client(url: str, settings: ClinicSettings, watch: WatchRequest = unwatched) -> FhirClient:
    token = settings.ehr_token.get_secret_value() if settings.ehr_token else None
    return FhirClient(url, token, settings.ehr_timeout, settings.ehr_ca, watch)


def make_service(settings: Settings) -> Service:
    """Everything; WrongSetting, UnknownSchema or Unscorable where database or folder are not fit to run on."""
    catalog = read_catalog(settings.questionnaires)
    database = open_database(settings.database_url)
    try:
        with _working(settings):
            if settings.database_file:
                migrate(database)
            require_schema(database)
            backlog = _backlog(settings, database)
            telemetry = _telemetry(settings, backlog)
            for name, number in backlog.left_over(_with_ehr(settings)).items():
                log.warning(LEFT_OVER.format(name, number))
        named = settings.by_name.items()
        clinics = {name: _clinic(name, one, catalog, database, telemetry) for name, one in named}
        return Service(settings, catalog, database, clinics, telemetry)
    except BaseException:
        database.engine.dispose()
        raise


def _telemetry(settings: Settings, backlog: Backlog) -> Telemetry:
    """What tells of the clinics; those that have an EHR are entered in the backlog."""
    clinics = list(settings.by_name)
    with_ehr = _with_ehr(settings)
    backlog.enter(with_ehr)
    metrics = Metrics(clinics, LedgerGauges(lambda: backlog.extent(clinics, with_ehr, now())))
    return Telemetry(metrics, time.monotonic, lambda: str(uuid.uuid4()))


def _with_ehr(settings: Settings) -> list[str]:
    return [name for name, one in settings.by_name.items() if one.ehr_url]


def _clinic(
    name: str, settings: ClinicSettings, catalog: Catalog, database: Database, telemetry: Telemetry
) -> ClinicService:
    own_chart = settings.ehr_url is None
    ledger = Ledger(database, name, own_chart=own_chart, rate=settings.ehr_rate)
    reads = Reads(database, name)
    _check_questionnaires(reads, catalog)
    assessor = _assessor(name, settings, catalog)

    def told(receipt: Receipt) -> None:
        telemetry.metrics.taken_in(name, receipt.outcome)

    return ClinicService(
        settings=settings,
        assessor=assessor,
        ledger=ledger,
        reads=reads,
        reception=Reception(ledger, assessor, now, told),
        delivery=_delivery(settings, ledger, catalog, telemetry),
    )


def make_decisions(name: str, settings: ClinicSettings, database: Database) -> Decisions:
    """What a person may decide about the results of one clinic."""
    request = timedelta(seconds=settings.ehr_timeout)
    return Decisions(database, name, own_chart=settings.ehr_url is None, request=request)


def make_server(settings: Settings) -> Server:
    """The web server, with the delivery inside where there is an EHR."""
    service = make_service(settings)
    app = create_app(service)
    service.database.engine.dispose()  # no connection may cross the fork
    purges = _purges(service)
    return Server(app, settings, _worker(service, purges) if _deliveries(service) or purges else None)


def serve_metrics(service: Service) -> str | None:
    """Serve ``/metrics`` alone, in a thread, where METRICS_PORT is set; its URL."""
    settings = service.settings
    if settings.metrics_port is None:
        return None
    return serve_alone(create_metrics_app(service), settings.host, settings.metrics_port)


def make_worker(service: Service) -> Worker:
    """What delivers and purges; WrongSetting where there is no EHR to deliver to."""
    if not _deliveries(service):
        raise WrongSetting("FHIR_ALLIANCE_EHR_URL: not set, so there is no EHR to deliver to")
    return _worker(service, _purges(service))


def _worker(service: Service, purges: Purges) -> Worker:
    backlog = _backlog(service.settings, service.database)
    return Worker(_deliveries(service), lambda: backlog.ready(now()), purges.step if purges else None)


def _purges(service: Service) -> Purges:
    keep_days = {name: one.settings.keep_days for name, one in service.clinics.items()}
    return Purges(service.database, keep_days, now)


def _backlog(settings: Settings, database: Database) -> Backlog:
    slowest = max(one.ehr_timeout for one in settings.by_name.values())
    return Backlog(database, _timing(slowest).longest)


def _timing(request: float) -> Timing:
    return Timing(now, random.SystemRandom().random, timedelta(seconds=request))


def _deliveries(service: Service) -> dict[str, Delivery]:
    return {name: one.delivery for name, one in service.clinics.items() if one.delivery}


def migrate_database(settings: Settings) -> tuple[str | None, str | None]:
    """Bring the tables to this program's version; the version before, and the one now."""
    database = open_database(settings.database_url)
    try:
        with _working(settings):
            return migrate(database)
    finally:
        database.engine.dispose()


@contextmanager
def open_oversight(settings: Settings) -> Iterator[Mapping[str, Oversight]]:
    """Questions to each clinic's ledger; WrongSetting, UnknownSchema where it cannot be asked."""
    with _existing_database(settings) as database:
        yield {name: Oversight(database, name) for name in settings.by_name}


def results_left_over(settings: Settings) -> Mapping[str, int]:
    """Clinic → how many results wait there and nobody delivers; WrongSetting, UnknownSchema where none can say."""
    with _existing_database(settings) as database:
        return _backlog(settings, database).left_over(_with_ehr(settings))


@contextmanager
def open_decisions(settings: Settings) -> Iterator[Mapping[str, Decisions]]:
    """Decisions about each clinic's results; WrongSetting, UnknownSchema where there is no ledger."""
    with _existing_database(settings) as database:
        yield {name: make_decisions(name, one, database) for name, one in settings.by_name.items()}


@contextmanager
def open_forget(settings: Settings) -> Iterator[Mapping[str, Forget]]:
    """How each clinic forgets a patient; WrongSetting, UnknownSchema where there is no ledger."""
    with _existing_database(settings) as database:
        yield {
            name: Forget(database, name, own_chart=one.ehr_url is None) for name, one in settings.by_name.items()
        }


@contextmanager
def _existing_database(settings: Settings) -> Iterator[Database]:
    """Never made or migrated here: a mistyped path would look like an empty ledger."""
    path = settings.database_file
    if path and not path.is_file():
        why = f"there is no database at {path} yet: fhir-alliance serve makes it"
        raise WrongSetting(f"FHIR_ALLIANCE_DATABASE_URL: {why}")
    database = open_database(settings.database_url)
    try:
        with _working(settings):
            require_schema(database)
            yield database
    finally:
        database.engine.dispose()


@contextmanager
def _working(settings: Settings) -> Iterator[None]:
    """WrongSetting where the database cannot be opened, read or written."""
    try:
        yield
    except (DatabaseError, DatabaseUnavailable) as fault:
        named = settings.database_file or "the server that is named"
        why = _why(settings, fault)
        raise WrongSetting(f"FHIR_ALLIANCE_DATABASE_URL: {named} does not work as a database: {why}") from fault


def _why(settings: Settings, fault: DatabaseError | DatabaseUnavailable) -> str:
    file = settings.database_file
    if file and not file.parent.is_dir():
        return f"there is no folder {file.parent}"
    return fault.cause if isinstance(fault, DatabaseUnavailable) else cause(fault)


def _delivery(settings: ClinicSettings, ledger: Ledger, catalog: Catalog, telemetry: Telemetry) -> Delivery | None:
    if settings.ehr_url is None:
        return None
    clinic = ledger.clinic
    client = _client(settings.ehr_url, settings, partial(telemetry.ehr_request, clinic))
    chart = FhirChart(client, Capabilities(client, time.monotonic))
    watch = partial(telemetry.attempt, clinic)
    timing = _timing(settings.ehr_timeout)
    return Delivery(ledger, chart, Recognition(catalog, settings.ehr_url), timing, watch)


def _check_questionnaires(reads: Reads, catalog: Catalog) -> None:
    """What stands in a chart can be changed or withdrawn only with the Questionnaire it came from."""
    for canonical in reads.questionnaires():
        if canonical not in catalog.questionnaires:
            why = f"results in the ledger were made with {canonical}, which the folder lacks"
            raise Unscorable("questionnaires", "Questionnaire", why)
