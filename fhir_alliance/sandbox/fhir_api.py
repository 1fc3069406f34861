"""The FHIR REST interactions (R4 http.html), from request to reply, without the network."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fhir_alliance.sandbox.capability import capability_statement
from fhir_alliance.sandbox.history import history_bundle
from fhir_alliance.sandbox.messages import Refusal, resource_reply
from fhir_alliance.sandbox.parameters import check_served
from fhir_alliance.sandbox.replies import read_reply, written_reply
from fhir_alliance.sandbox.search import search
from fhir_alliance.sandbox.transaction import transaction
from fhir_alliance.sandbox.writes import Writes

if TYPE_CHECKING:
    from fhir_alliance.sandbox.messages import FhirRequest, Reply
    from fhir_alliance.sandbox.offers import Offers
    from fhir_alliance.sandbox.store import Store, Version


class FhirApi:
    """Answers FHIR requests from a store."""

    def __init__(self, store: Store, token: str | None, offers: Offers) -> None:
        self._store = store
        self._token = token
        self._offers = offers
        self._writes = Writes(store, offers)
        self._started = datetime.now(UTC)

    def authorize(self, request: FhirRequest) -> None:
        """Raises Refusal 401 without the right bearer token; only the metadata are open."""
        if self._token is None or request.path == ("metadata",):
            return
        sent = request.headers.get("Authorization", "")
        if not hmac.compare_digest(sent.encode(), f"Bearer {self._token}".encode()):
            raise Refusal(401, "login", "a bearer token is asked for")

    def answer(self, request: FhirRequest) -> Reply:
        """The reply to a request; every refusal is an OperationOutcome."""
        return self._reply(request, keep=True)

    def pretend(self, request: FhirRequest) -> Reply:
        """What a write would answer, with nothing kept; a read is answered as ever."""
        return self._reply(request, keep=False)

    def _reply(self, request: FhirRequest, *, keep: bool) -> Reply:
        try:
            return self._read(request) if request.method == "GET" else self._write(request, keep=keep)
        except Refusal as refusal:
            return refusal.reply()

    def _read(self, request: FhirRequest) -> Reply:
        if request.path == ("metadata",):
            return resource_reply(200, capability_statement(request.base, self._started, self._offers))
        check_served(request)
        match request.path:
            case (_,):
                return resource_reply(200, search(self._store, request))
            case (_, id_):
                return read_reply(self._versions(request, id_)[-1])
            case (_, id_, "_history"):
                return resource_reply(200, history_bundle(request, self._versions(request, id_)))
            case (_, id_, "_history", number):
                return self._vread(request, id_, number)
        raise Refusal(405, "not-supported", "GET is not served here")

    def _write(self, request: FhirRequest, *, keep: bool) -> Reply:
        with self._store.held():
            if (request.method, *request.path) == ("POST",) and self._offers.transaction:
                return transaction(self._writes, request, keep=keep)
            plan = self._writes.plan(request)
            return written_reply(request, *self._writes.carry_out([plan], keep=keep))

    def _vread(self, request: FhirRequest, id_: str, number: str) -> Reply:
        for version in self._versions(request, id_):
            if str(version.number) == number:
                return read_reply(version)
        raise Refusal(404, "not-found", f"{request.resource_type}/{id_} has no version {number}")

    def _versions(self, request: FhirRequest, id_: str) -> list[Version]:
        versions = self._store.history(request.resource_type, id_)
        if not versions:
            raise Refusal(404, "not-found", f"{request.resource_type}/{id_} is not known")
        return versions
