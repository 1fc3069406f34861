"""Every request has an id, is counted, and is told in one line: by its rule, never by its path."""

import logging

from flask import Flask, Response, g, request

from fhir_alliance.telemetry.context import HEADER, belong, is_request_id, request_id
from fhir_alliance.telemetry.logs import tell
from fhir_alliance.telemetry.watch import Telemetry
from fhir_alliance.web.clinic import clinic_name

#: asked for by machines, again and again: told only where it goes wrong
_ASKED_OFTEN = frozenset({"/healthz", "/readyz", "/metrics"})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OTHER = "other"
#: the route of a request that none of ours fits
_NO_ROUTE = "none"

log = logging.getLogger(__name__)


def watch(app: Flask, telemetry: Telemetry) -> None:
    """Before all that may refuse a request, and after all that may change its answer."""

    def begin() -> None:
        given = request.headers.get(HEADER, "")
        belong(request_id=given if is_request_id(given) else telemetry.new_id(), clinic=clinic_name())
        g.begun = telemetry.elapsed()

    def end(response: Response) -> Response:
        route, method, status = _route(), _method(), response.status_code
        seconds = telemetry.elapsed() - g.begun
        telemetry.metrics.answered(route, method, status, seconds)
        said = {"route": route, "method": method, "status": status, "seconds": round(seconds, 3)}
        tell(log, _level(route, status), "request", **said)
        response.headers[HEADER] = request_id()
        return response

    app.before_request(begin)
    app.after_request(end)
    app.teardown_request(lambda _: belong())


def _route() -> str:
    return request.url_rule.rule if request.url_rule else _NO_ROUTE


def _method() -> str:
    """It may be any word that a caller sends."""
    return request.method if request.method in _METHODS else _OTHER


def _level(route: str, status: int) -> int:
    if status >= 500:
        return logging.WARNING
    return logging.DEBUG if route in _ASKED_OFTEN and status < 400 else logging.INFO
