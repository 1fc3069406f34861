"""The control surface under /sandbox, for tests (JSON)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, abort, request
from werkzeug.exceptions import HTTPException

if TYPE_CHECKING:
    from fhir_alliance.sandbox.desk import Desk

JsonReply = tuple[dict[str, Any], int]


def control_routes(desk: Desk) -> Blueprint:
    """The routes over one desk. An order that makes no sense is answered 400."""
    routes = Blueprint("control", __name__, url_prefix="/sandbox")
    routes.register_error_handler(ValueError, lambda error: ({"error": str(error)}, 400))
    routes.register_error_handler(HTTPException, lambda error: ({"error": error.description}, error.code))
    _watch(routes, desk)
    _order_faults(routes, desk)
    _keep_gates(routes, desk)
    return routes


def _watch(routes: Blueprint, desk: Desk) -> None:
    @routes.get("/hooks")
    def hooks() -> dict[str, int]:
        return desk.hooks.counts()

    @routes.get("/requests")
    def requests() -> dict[str, Any]:
        return desk.log.report()

    @routes.delete("/requests")
    def forget_requests() -> JsonReply:
        desk.log.clear()
        return {}, 200


def _order_faults(routes: Blueprint, desk: Desk) -> None:
    @routes.post("/faults")
    def order_fault() -> JsonReply:
        desk.faults.add(_json())
        return {}, 201

    @routes.get("/faults")
    def faults_left() -> list[dict[str, Any]]:
        return desk.faults.left()

    @routes.delete("/faults")
    def clear_faults() -> JsonReply:
        desk.faults.clear()
        return {}, 200


def _keep_gates(routes: Blueprint, desk: Desk) -> None:
    @routes.post("/gates")
    def close_gate() -> JsonReply:
        desk.gates.add(_json())
        return {}, 201

    @routes.get("/gates/<name>")
    def waiting(name: str) -> dict[str, int]:
        count = desk.gates.waiting(name)
        if count is None:
            abort(404, f"no gate {name}")
        return {"waiting": count}

    @routes.delete("/gates/<name>")
    def open_gate(name: str) -> JsonReply:
        desk.gates.open(name)
        return {}, 200


def _json() -> dict[str, Any]:
    order = request.get_json(force=True)
    if not isinstance(order, dict):
        raise ValueError("a JSON object is asked for")
    return order
