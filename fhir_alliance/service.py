"""The service and its clinics: their parts, as ``wiring.py`` put them together."""

from collections.abc import Mapping
from dataclasses import dataclass

from fhir_alliance.accept import Reception
from fhir_alliance.assess import Assessor
from fhir_alliance.catalog import Catalog
from fhir_alliance.clinic_settings import ClinicSettings
from fhir_alliance.deliver import Delivery
from fhir_alliance.ledger.database import Database
from fhir_alliance.ledger.ledger import Ledger
from fhir_alliance.ledger.reads import Reads
from fhir_alliance.settings import Settings
from fhir_alliance.telemetry.watch import Telemetry


@dataclass(frozen=True, slots=True)
class ClinicService:
    """What serves one clinic, and sees nothing of another."""

    settings: ClinicSettings
    assessor: Assessor
    ledger: Ledger
    reads: Reads
    reception: Reception
    #: None without an EHR: what should stand stands at once
    delivery: Delivery | None


@dataclass(frozen=True, slots=True)
class Service:
    """What all clinics share, and each of them by its name."""

    settings: Settings
    catalog: Catalog
    database: Database
    clinics: Mapping[str, ClinicService]
    telemetry: Telemetry
