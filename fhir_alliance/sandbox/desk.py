"""The way of one FHIR request: token, gates, faults, the answer, the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fhir_alliance.sandbox.messages import FhirRequest, Refusal, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from fhir_alliance.sandbox.faults import Faults
    from fhir_alliance.sandbox.fhir_api import FhirApi
    from fhir_alliance.sandbox.gates import Gates
    from fhir_alliance.sandbox.hooks import Hooks
    from fhir_alliance.sandbox.request_log import RequestLog
    from fhir_alliance.sandbox.store import Store


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything behind the web server."""

    store: Store
    api: FhirApi
    hooks: Hooks
    faults: Faults
    gates: Gates
    log: RequestLog

    def serve(self, request: FhirRequest, client_gone: Callable[[], bool]) -> Reply | None:
        """The reply, or None to drop the connection. A stranger meets neither gates nor faults."""
        try:
            self.api.authorize(request)
            reply = self._through_gates(request, client_gone)
        except Refusal as refusal:
            reply = refusal.reply()
        self.log.add(request, reply)
        return reply

    def _through_gates(self, request: FhirRequest, client_gone: Callable[[], bool]) -> Reply | None:
        """A request whose client left while it was held before the store is not carried out."""
        if self.gates.hold(request, "before") and client_gone():
            return None
        reply = self.faults.answer(request, self.api)
        self.gates.hold(request, "after")
        return reply
