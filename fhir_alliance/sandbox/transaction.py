"""Several writes as one (R4 http.html#transaction): all are kept, or none."""

from __future__ import annotations

import json
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from werkzeug.datastructures import Headers

from fhir_alliance.sandbox.body import read_resource
from fhir_alliance.sandbox.messages import FHIR_JSON, FhirRequest, Refusal, dump, resource_reply
from fhir_alliance.sandbox.parameters import objects
from fhir_alliance.sandbox.references import with_references
from fhir_alliance.sandbox.replies import written_reply

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fhir_alliance.sandbox.messages import Reply, Resource
    from fhir_alliance.sandbox.store import Written
    from fhir_alliance.sandbox.writes import Plan, Writes

_CONDITIONS = {"ifNoneExist": "If-None-Exist", "ifMatch": "If-Match", "ifNoneMatch": "If-None-Match"}


def transaction(writes: Writes, request: FhirRequest, *, keep: bool) -> Reply:
    """Carries out a Bundle of POST, PUT and DELETE; the store is held by the caller. Raises Refusal."""
    bundle = read_resource(request, "Bundle")
    if bundle.get("type") != "transaction":
        raise Refusal(400, "not-supported", "a Bundle sent here is a transaction")
    entries = objects(bundle.get("entry"))
    asked = [_request(request, entry) for entry in entries]
    plans = _on_a_condition_once([writes.plan(one) for one in asked])
    distinct = {id(plan): plan for plan in plans}
    _check_apart(distinct.values())
    named = _named(distinct.values(), _names(entries, plans))
    written = dict(zip(distinct, writes.carry_out(named, keep=keep), strict=True))
    answers = [_answer(one, written[id(plan)]) for one, plan in zip(asked, plans, strict=True)]
    response: Resource = {"resourceType": "Bundle", "type": "transaction-response"}
    return resource_reply(200, {**response, "entry": answers} if answers else response)


def _request(request: FhirRequest, entry: Resource) -> FhirRequest:
    """An entry as if it had been sent alone."""
    asked: dict[str, Any] = next(iter(objects(entry.get("request"))), {})
    path, _, query = str(asked.get("url", "")).removeprefix(f"{request.base}/").partition("?")
    conditions = [(header, str(asked[name])) for name, header in _CONDITIONS.items() if name in asked]
    wanted = ("Prefer", request.headers.get("Prefer", "return=minimal"))
    return FhirRequest(
        method=str(asked.get("method")),
        base=request.base,
        path=tuple(path.split("/")),
        query=tuple(parse_qsl(query, keep_blank_values=True)),
        headers=Headers([("Content-Type", FHIR_JSON), wanted, *conditions]),
        body=dump(entry.get("resource")),
    )


def _on_a_condition_once(plans: Sequence[Plan]) -> list[Plan]:
    """The plans, where of creates on one condition all but the first are that first one."""
    first: dict[tuple[str, str], Plan] = {}
    return [first.setdefault((one.resource_type, one.condition), one) if one.condition else one for one in plans]


def _check_apart(plans: Iterable[Plan]) -> None:
    written = [plan.reference for plan in plans if not plan.found]
    if len(set(written)) < len(written):
        raise Refusal(400, "invalid", "a transaction writes each resource once")


def _names(entries: Sequence[Resource], plans: Sequence[Plan]) -> dict[str, str]:
    """Each entry's fullUrl, and where the entry will stand."""
    pairs = zip(entries, plans, strict=True)
    return {str(entry["fullUrl"]): plan.reference for entry, plan in pairs if "fullUrl" in entry}


def _named(plans: Iterable[Plan], names: Mapping[str, str]) -> list[Plan]:
    """The plans with what entries call each other made references to where they will stand."""
    return [replace(plan, resource=with_references(plan.resource, names)) for plan in plans]


def _answer(asked: FhirRequest, written: Written) -> Resource:
    reply = written_reply(asked, written)
    response = {
        "status": f"{reply.status} {HTTPStatus(reply.status).phrase}",
        "location": reply.headers.get("Location"),
        "etag": reply.headers.get("ETag"),
    }
    told = {"response": {name: value for name, value in response.items() if value}}
    return {"resource": json.loads(reply.body), **told} if reply.body else told
