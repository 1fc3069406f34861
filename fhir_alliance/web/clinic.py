"""The clinic that a request is for: its path names it, or there is one alone.

``/clinics/{clinic}/fhir/…`` is served as ``/fhir/…``, mounted there (PEP 3333: SCRIPT_NAME), so that links lead
back.
"""

import re
from collections.abc import Callable, Collection
from typing import Any, cast

from flask import abort, request

from fhir_alliance.accept import Receipt
from fhir_alliance.fhir.identity import Door
from fhir_alliance.keeping import Arrival
from fhir_alliance.service import ClinicService, Service
from fhir_alliance.settings import DEFAULT_CLINIC
from fhir_alliance.telemetry.context import request_id

_KEY = "fhir_alliance.clinic"
_PLACE = re.compile(r"(/clinics/([a-z0-9-]+))(/(?:fhir|notify)(?:/.*)?)", re.DOTALL)

WsgiApp = Callable[..., Any]


def by_path(service: Service, wsgi_app: WsgiApp) -> WsgiApp:
    """The application, told whose request each is."""
    alone = None if service.settings.clinics else service.clinics[DEFAULT_CLINIC]

    def wsgi_app_for(environ: dict[str, Any], start_response: Any) -> Any:
        place = None if alone else _PLACE.fullmatch(environ["PATH_INFO"])
        if place is None:
            return wsgi_app({**environ, _KEY: alone}, start_response)
        mounted = {"SCRIPT_NAME": environ.get("SCRIPT_NAME", "") + place[1], "PATH_INFO": place[3]}
        return wsgi_app({**environ, **mounted, _KEY: service.clinics.get(place[2])}, start_response)

    return wsgi_app_for


def clinic() -> ClinicService:
    """Whose request it is; 404 where the path names no clinic of ours."""
    return cast("ClinicService", request.environ[_KEY] or abort(404))


def clinic_name() -> str | None:
    """The name of that clinic; None where there is none."""
    found: ClinicService | None = request.environ.get(_KEY)
    return found.ledger.clinic if found else None


def is_astray() -> bool:
    """Whether its path had to name a clinic of ours, and does not."""
    return request.environ.get(_KEY, "") is None


def receive(
    door: Door, response_id: str | None, body: bytes | None, if_match: Collection[str] | None = None
) -> Receipt:
    """Take in, for that clinic, what this request brings; ``body`` is None for a deletion."""
    arrival = Arrival(door=door, response_id=response_id, body=body, if_match=if_match, request_id=request_id())
    return clinic().reception.receive(arrival)
