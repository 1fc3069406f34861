"""The interactions that write (R4 http.html#update, #create, #delete), conditional ones included."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl
from uuid import uuid4

from fhir_alliance.sandbox.body import is_id, read_resource
from fhir_alliance.sandbox.messages import Refusal
from fhir_alliance.sandbox.parameters import check_served
from fhir_alliance.sandbox.references import check_references, check_unreferenced
from fhir_alliance.sandbox.search import matching
from fhir_alliance.sandbox.store import Written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fhir_alliance.sandbox.messages import FhirRequest, Resource
    from fhir_alliance.sandbox.offers import Offers
    from fhir_alliance.sandbox.store import Store, Version


@dataclass(frozen=True, slots=True)
class Plan:
    """A write as asked for, at the id where it will be."""

    method: str
    resource_type: str
    id: str
    resource: Resource | None = None  # None: a delete
    if_match: str | None = None
    condition: str = ""  # of a conditional create
    found: Version | None = None  # by that condition, so that nothing is written

    @property
    def reference(self) -> str:
        """`Type/id`."""
        return f"{self.resource_type}/{self.id}"


class Writes:
    """Plans what a request asks for, and carries it out. The store is held by the caller all the while."""

    def __init__(self, store: Store, offers: Offers) -> None:
        self._store = store
        self._offers = offers

    def plan(self, request: FhirRequest) -> Plan:
        """What is to be written. Raises Refusal where that is not served, or makes no sense."""
        check_served(request)
        match (request.method, *request.path):
            case ("POST", resource_type):
                return self._create(request, resource_type)
            case ("PUT", resource_type):
                return self._conditional_update(request, resource_type)
            case ("PUT", resource_type, id_):
                return self._update(request, resource_type, id_)
            case ("DELETE", resource_type, id_):
                return Plan("DELETE", resource_type, id_, if_match=request.headers.get("If-Match"))
        raise Refusal(405, "not-supported", f"{request.method} is not served here")

    def carry_out(self, plans: Sequence[Plan], *, keep: bool) -> list[Written]:
        """What each plan comes to; all are kept, or none. Raises Refusal."""
        if self._offers.checks_references:
            self._check_references(plans)
        drafts = [self._draft(plan) for plan in plans]
        for draft in drafts if keep else ():
            self._store.keep(draft)
        return drafts

    def _check_references(self, plans: Sequence[Plan]) -> None:
        planned = {plan.reference for plan in plans if plan.resource}
        for plan in plans:
            check_references(self._store, plan.resource, planned)
            if plan.method == "DELETE":
                check_unreferenced(self._store, plan.reference)

    def _draft(self, plan: Plan) -> Written:
        if plan.found:
            return Written(plan.found, changed=False)
        return self._store.draft(plan.method, plan.resource_type, plan.id, plan.resource, plan.if_match)

    def _create(self, request: FhirRequest, resource_type: str) -> Plan:
        plan = Plan("POST", resource_type, str(uuid4()), read_resource(request, resource_type))
        condition = request.headers.get("If-None-Exist")
        if condition is None:
            return plan
        if not self._offers.conditional_create:
            raise Refusal(400, "not-supported", "conditional create is not served")
        search = condition.removeprefix(resource_type).removeprefix("?")
        query = tuple(parse_qsl(search, keep_blank_values=True))
        plan, found = replace(plan, condition=condition), self._only_match(replace(request, query=query))
        return replace(plan, id=found.id, found=found) if found else plan

    def _conditional_update(self, request: FhirRequest, resource_type: str) -> Plan:
        if not self._offers.conditional_update:
            raise Refusal(405, "not-supported", "conditional update is not served")
        resource = read_resource(request, resource_type)
        found, named = self._only_match(request), resource.get("id")
        if named is not None and found and named != found.id:
            raise Refusal(400, "invalid", "the body's id is not that of the resource found")
        id_ = found.id if found else named or str(uuid4())
        if named is not None:
            self._check_id(resource_type, named)
        return Plan("PUT", resource_type, id_, resource, request.headers.get("If-Match"))

    def _update(self, request: FhirRequest, resource_type: str, id_: str) -> Plan:
        resource = read_resource(request, resource_type)
        if resource.get("id") != id_:
            raise Refusal(400, "invalid", "the body's id must be the path's")
        self._check_id(resource_type, id_)
        if request.headers.get("If-None-Match") == "*" and self._store.living(resource_type, id_):
            raise Refusal(412, "conflict", "there is such a resource already")
        return Plan("PUT", resource_type, id_, resource, request.headers.get("If-Match"))

    def _check_id(self, resource_type: str, id_: object) -> None:
        """A client may write at an id that it chose only where it may choose ids, or the id was used before."""
        if not is_id(id_):
            raise Refusal(400, "invalid", "that is no FHIR id")
        if not self._offers.update_create and not self._store.history(resource_type, str(id_)):
            raise Refusal(405, "not-supported", "ids are given by this server: create it with POST")

    def _only_match(self, request: FhirRequest) -> Version | None:
        """What a condition finds. Raises Refusal 412 on several, 400 where it asks for nothing."""
        found = matching(self._store, request)
        if len(found) > 1:
            raise Refusal(412, "multiple-matches", "several resources meet the condition")
        return found[0] if found else None
