"""One clinic's service: its parts, as ``wiring.py`` put them together."""

from dataclasses import dataclass

from sqlalchemy import Engine

from fhir_alliance.accept import Reception
from fhir_alliance.assess import Assessor
from fhir_alliance.catalog import Catalog
from fhir_alliance.deliver import Delivery
from fhir_alliance.ledger.ledger import Ledger
from fhir_alliance.ledger.reads import Reads
from fhir_alliance.settings import Settings


@dataclass(frozen=True, slots=True)
class Service:
    """One clinic's service, wired."""

    settings: Settings
    catalog: Catalog
    assessor: Assessor
    engine: Engine
    ledger: Ledger
    reads: Reads
    reception: Reception
    #: None without an EHR: what should stand stands at once
    delivery: Delivery | None
