"""Our own server's QuestionnaireResponses (https://hl7.org/fhir/R4/http.html)."""

from typing import Any

from flask import Blueprint, Response, request

from fhir_alliance.accept import Receipt, Verdict
from fhir_alliance.assess import RESPONSE
from fhir_alliance.fhir.datetimes import instant
from fhir_alliance.fhir.identity import Door
from fhir_alliance.fhir.issues import Code, error, http_status, operation_outcome
from fhir_alliance.fhir.json_text import parse_object
from fhir_alliance.fhir.r4 import is_id
from fhir_alliance.keeping import DELETED
from fhir_alliance.ledger.records import Version
from fhir_alliance.web.clinic import clinic, receive
from fhir_alliance.web.extract import answer_extract
from fhir_alliance.web.negotiation import (
    Return,
    answer,
    body,
    if_match,
    outcome,
    preference,
    refuse_format,
)

_STATUSES = {
    Verdict.CREATED: 201,
    Verdict.UPDATED: 200,
    Verdict.UNCHANGED: 200,
    Verdict.CONFLICT: 409,
    Verdict.STALE: 412,
}


def blueprint() -> Blueprint:
    """``/fhir/QuestionnaireResponse``."""
    door = Blueprint("responses", __name__, url_prefix=f"/fhir/{RESPONSE}")
    door.before_request(refuse_format)
    door.before_request(refuse_conditional_create)

    @door.post("")
    def create() -> Response:
        return _receive(None)

    @door.put("/<response_id>")
    def update(response_id: str) -> Response:
        return _refuse_id(response_id) or _refuse_other_id(response_id) or _receive(response_id)

    @door.delete("/<response_id>")
    def delete(response_id: str) -> Response:
        refused = _refuse_id(response_id)
        if refused:
            return refused
        receipt = receive(Door.FHIR, response_id, None, if_match())
        return outcome(412, *receipt.issues) if receipt.verdict is Verdict.STALE else answer(204, None)

    @door.get("/<response_id>")
    def read(response_id: str) -> Response:
        return _told(response_id, _held(response_id))

    @door.get("/<response_id>/_history/<number>")
    def vread(response_id: str, number: str) -> Response:
        known = number.isascii() and number.isdigit() and len(number) < len(str(2**31))
        return _told(response_id, _held(response_id, int(number)) if known else None)

    @door.post("/$extract")
    def extract_operation() -> Response:
        return answer_extract(clinic().assessor, clinic().reception.now(), body())

    return door


def refuse_conditional_create() -> Response | None:
    """400 where it is asked for: a duplicate check that is silently not made is worse than none."""
    if "If-None-Exist" not in request.headers:
        return None
    told = "Conditional create is not offered: a response with the same identifier is known again."
    return outcome(400, error(Code.NOT_SUPPORTED, told))


def _refuse_id(response_id: str) -> Response | None:
    if is_id(response_id):
        return None
    told = error(Code.VALUE, "An id is 1 to 64 letters, digits, - and dots.", f"{RESPONSE}.id")
    return outcome(400, told)


def _refuse_other_id(response_id: str) -> Response | None:
    """https://hl7.org/fhir/R4/http.html#update"""
    if parse_object(body()).get("id") == response_id:
        return None
    return outcome(400, error(Code.VALUE, "The id in the resource must be that in the URL.", f"{RESPONSE}.id"))


def _receive(response_id: str | None) -> Response:
    receipt = receive(Door.FHIR, response_id, body(), if_match())
    return refusal(receipt) or _kept(receipt)


def refusal(receipt: Receipt) -> Response | None:
    """Why nothing was kept; None where something was."""
    if receipt.verdict is Verdict.REFUSED:
        return outcome(http_status(receipt.issues), *receipt.issues)
    if receipt.verdict in (Verdict.CONFLICT, Verdict.STALE):
        return outcome(_STATUSES[receipt.verdict], *receipt.issues)
    return None


def _kept(receipt: Receipt) -> Response:
    """What is kept, with its version; without a preference the issues, where there are any."""
    wanted = preference() or (Return.OPERATION_OUTCOME if receipt.issues else Return.REPRESENTATION)
    return answer(
        _STATUSES[receipt.verdict],
        _body(receipt, wanted),
        etag=str(receipt.number),
        modified=receipt.received_at,
        location=place(receipt),
    )


def place(receipt: Receipt) -> str:
    """Where the version that was kept can be read."""
    return f"{request.root_url}fhir/{RESPONSE}/{receipt.fhir_id}/_history/{receipt.number}"


def _body(receipt: Receipt, wanted: Return) -> dict[str, Any] | None:
    if wanted is Return.MINIMAL:
        return None
    if wanted is Return.OPERATION_OUTCOME:
        return operation_outcome(receipt.issues)
    return _served(str(receipt.fhir_id), receipt.number, receipt.received_at, receipt.resource or {})


def _held(response_id: str, number: int | None = None) -> Version | None:
    """The version; None where it is not there, or its id is none."""
    return clinic().reads.response(response_id, number) if is_id(response_id) else None


def _told(response_id: str, version: Version | None) -> Response:
    if version is None:
        return outcome(404, error(Code.NOT_FOUND, "There is no such response."))
    if version.kind == DELETED:
        return outcome(410, error(Code.DELETED, "This response was deleted."))
    if version.body is None:
        told = "This version was kept as long as the clinic says, and no longer; its result stays."
        return outcome(410, error(Code.DELETED, told))
    resource = _served(response_id, version.number, version.received_at, parse_object(version.body))
    return answer(200, resource, etag=str(version.number), modified=version.received_at)


def _served(response_id: str, number: int, received_at: Any, resource: dict[str, Any]) -> dict[str, Any]:
    """What came, with our id and version."""
    own = resource.get("meta")
    meta = {
        **(own if isinstance(own, dict) else {}),
        "versionId": str(number),
        "lastUpdated": instant(received_at),
    }
    return {**resource, "id": response_id, "meta": meta}
