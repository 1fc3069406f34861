"""``/metrics``, for Prometheus; beside the doors, or alone where only deliveries are made."""

import socket
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from flask import Blueprint, Flask, Response
from prometheus_client import CONTENT_TYPE_LATEST

from fhir_alliance.errors import WrongSetting
from fhir_alliance.fhir.issues import Code, error
from fhir_alliance.service import Service
from fhir_alliance.settings import Settings
from fhir_alliance.web.access import refuse_without
from fhir_alliance.web.negotiation import outcome


def blueprint(service: Service) -> Blueprint:
    """``/metrics``, which tells of all clinics."""
    door = Blueprint("metrics", __name__)

    @door.get("/metrics")
    def metrics() -> Response:
        told = Response(content_type=CONTENT_TYPE_LATEST)
        refused = _refuse(service.settings)
        if refused is None:
            told.set_data(service.telemetry.metrics.text())
        return refused or told

    return door


def _refuse(settings: Settings) -> Response | None:
    """No clinic's own token opens what tells of others."""
    token = settings.metrics_token or settings.token
    if token is None and any(one.token for one in settings.by_name.values()):
        return outcome(403, error(Code.FORBIDDEN, "With several clinics METRICS_TOKEN opens this."))
    return refuse_without(token)


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], handler: type[WSGIRequestHandler]) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, handler)

    def handle_error(self, *_: Any) -> None:
        """Nothing: a caller that hangs up, or says nothing, is no event."""


class _Handler(WSGIRequestHandler):
    """Does not hold a thread for ever, and writes no lines of its own."""

    timeout = 10

    def log_message(self, *_: Any) -> None:
        """Nothing: our own lines tell of requests."""


def serve_alone(app: Flask, host: str, port: int) -> str:
    """Serve ``app`` in a thread until the program ends; its URL. WrongSetting where it cannot listen."""
    try:
        server = make_server(host, port, app, _Server, _Handler)
    except OSError as fault:
        raise WrongSetting(f"FHIR_ALLIANCE_METRICS_PORT: cannot listen there: {fault.strerror}") from fault
    Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{server.server_port}/metrics"
