"""Alive, and able to work. Neither asks the EHR: its being down is no reason to restart us."""

from flask import Blueprint, Response

from fhir_alliance.ledger.database import Database
from fhir_alliance.web.negotiation import outcome


def blueprint(database: Database) -> Blueprint:
    """``/healthz`` and ``/readyz``."""
    door = Blueprint("health", __name__)

    @door.get("/healthz")
    def alive() -> Response:
        return outcome(200)

    @door.get("/readyz")
    def ready() -> Response:
        database.try_to_write()
        return outcome(200)

    return door
