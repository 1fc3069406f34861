"""The Flask application: doors, who may enter, and what becomes of every error."""

import logging
import traceback
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from fhir_alliance.errors import DatabaseFault
from fhir_alliance.fhir.issues import Code, Unreadable, error
from fhir_alliance.fhir.json_text import MOST_BYTES
from fhir_alliance.service import Service
from fhir_alliance.web import artifacts, form_receiver, health, metrics, notify, observations, responses, traffic
from fhir_alliance.web.access import refuse_stranger
from fhir_alliance.web.clinic import by_path, is_astray
from fhir_alliance.web.negotiation import outcome

#: seconds after which a caller may try again when the database does not answer
RETRY_AFTER = 5

log = logging.getLogger(__name__)

_CODES = {
    404: (Code.NOT_FOUND, "There is nothing here."),
    405: (Code.NOT_SUPPORTED, "This interaction is not offered here."),
    413: (Code.TOO_COSTLY, f"A request may have {MOST_BYTES:,} bytes."),
}


def create_app(service: Service) -> Flask:
    """The application, for every clinic."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES + 1  # one more is read, to see that it is too large
    if service.settings.public_url:
        app.wsgi_app = _under(service.settings.public_url, app.wsgi_app)  # type: ignore[method-assign]
    app.wsgi_app = by_path(service, app.wsgi_app)  # type: ignore[method-assign]
    traffic.watch(app, service.telemetry)
    app.before_request(refuse_stranger)
    app.after_request(_harden)
    for door in (
        artifacts.blueprint(service.catalog),
        responses.blueprint(),
        form_receiver.blueprint(),
        observations.blueprint(service.catalog),
        notify.blueprint(),
        health.blueprint(service.database),
        metrics.blueprint(service),
    ):
        app.register_blueprint(door)
    _answer_errors(app)
    return app


def create_metrics_app(service: Service) -> Flask:
    """The application for where only deliveries are made: ``/metrics`` alone."""
    app = Flask(__name__, static_folder=None)
    traffic.watch(app, service.telemetry)
    app.after_request(_harden)
    app.register_blueprint(metrics.blueprint(service))
    _answer_errors(app)
    return app


def _answer_errors(app: Flask) -> None:
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Unreadable, lambda fault: outcome(400, fault.issue))
    app.register_error_handler(DatabaseFault, _no_database)
    app.register_error_handler(Exception, _unexpected)


def _under(public_url: str, wsgi_app: Callable[..., Any]) -> Callable[..., Any]:
    """Links lead to where callers reach us; a proxy's own headers are not believed, anyone can send them."""
    scheme, _, host = public_url.partition("://")

    def wsgi_app_under(environ: dict[str, Any], start_response: Any) -> Any:
        return wsgi_app({**environ, "wsgi.url_scheme": scheme, "HTTP_HOST": host}, start_response)

    return wsgi_app_under


def _harden(response: Response) -> Response:
    """Nothing of a patient stays in a cache, nothing is taken for a page."""
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _http_error(fault: HTTPException) -> Response:
    status = fault.code or 500
    code, text = _CODES.get(status, (Code.INVALID, "The request cannot be understood."))
    if status == 404 and is_astray():
        text = "No clinic's door is here: they are /clinics/NAME/fhir and /clinics/NAME/notify."
    elif status == 404 and request.path.startswith("/fhir/"):
        code, text = Code.NOT_SUPPORTED, "This server has no such resource type, or does not offer this."
    response = outcome(status, error(code, text))
    for name, value in fault.get_headers():
        if name in ("Allow", "Location"):
            response.headers[name] = value
    return response


def _no_database(fault: DatabaseFault) -> Response:
    log.warning("the database does not answer: %s", fault.cause)
    response = outcome(503, error(Code.TRANSIENT, "The database does not answer; nothing was kept. Try again."))
    response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def _unexpected(fault: Exception) -> Response:
    """Where it happened goes to the log; the message does not, it may quote a patient."""
    where = "".join(traceback.format_tb(fault.__traceback__))
    log.error("unexpected %s\n%s", type(fault).__name__, where)
    return outcome(500, error(Code.EXCEPTION, "Something unexpected happened; it is in the log."))
