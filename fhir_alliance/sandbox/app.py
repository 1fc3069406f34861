"""The Flask application: FHIR, control surface and pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, Response, request

from fhir_alliance.sandbox.chart import chart_pages
from fhir_alliance.sandbox.control import control_routes
from fhir_alliance.sandbox.display import date_text
from fhir_alliance.sandbox.handler import DROP, is_gone
from fhir_alliance.sandbox.messages import FhirRequest, Refusal, Reply

if TYPE_CHECKING:
    from fhir_alliance.sandbox.desk import Desk

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def create_app(desk: Desk) -> Flask:
    """The application over one desk."""
    app = Flask("fhir_alliance.sandbox", static_folder=None)
    app.url_map.merge_slashes = False
    app.jinja_env.filters["date_text"] = date_text
    app.register_blueprint(control_routes(desk))
    app.register_blueprint(chart_pages(desk.store))

    def fhir(rest: str = "") -> Response:
        return _respond(_serve(desk, _fhir_request(rest)))

    app.add_url_rule("/fhir", view_func=fhir, methods=METHODS, provide_automatic_options=False)
    app.add_url_rule("/fhir/<path:rest>", view_func=fhir, methods=METHODS, provide_automatic_options=False)
    app.add_url_rule("/fhir/", view_func=fhir, methods=METHODS, provide_automatic_options=False)
    return app


def _fhir_request(rest: str) -> FhirRequest:
    return FhirRequest(
        method="GET" if request.method == "HEAD" else request.method,
        base=f"{request.host_url}fhir",
        path=tuple(rest.rstrip("/").split("/")) if rest else (),
        query=tuple(request.args.items(multi=True)),
        headers=request.headers,
        body=request.get_data(),
    )


def _serve(desk: Desk, fhir_request: FhirRequest) -> Reply | None:
    connection = request.environ["werkzeug.socket"]
    try:
        return desk.serve(fhir_request, lambda: is_gone(connection))
    except Exception as error:  # a client of FHIR is told so in FHIR, whatever broke
        return Refusal(500, "exception", type(error).__name__).reply()


def _respond(reply: Reply | None) -> Response:
    if reply is None:
        request.environ[DROP]()
        return Response()
    response = Response(reply.body, reply.status)
    response.headers.pop("Content-Type")
    response.headers.update(reply.headers)
    return response
