"""The sandbox as one object: started on a loopback port, closed again."""

from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING

from fhir_alliance.sandbox.app import create_app
from fhir_alliance.sandbox.desk import Desk
from fhir_alliance.sandbox.faults import Faults
from fhir_alliance.sandbox.fhir_api import FhirApi
from fhir_alliance.sandbox.gates import Gates
from fhir_alliance.sandbox.handler import KeepAliveHandler, SandboxServer
from fhir_alliance.sandbox.hooks import Hooks
from fhir_alliance.sandbox.offers import Offers
from fhir_alliance.sandbox.request_log import RequestLog
from fhir_alliance.sandbox.store import Store
from fhir_alliance.sandbox.subscribers import Subscribers

if TYPE_CHECKING:
    from typing import Self

HOST = "127.0.0.1"


class Sandbox:
    """A small EHR in memory, on loopback only. It serves from the moment it is made until `close`.

    `port` 0 takes a free one; `token` is asked for as bearer below /fhir; `retry_for` is how many seconds
    a rest-hook is tried; `offers`, such as `update_create=False`, what it can do (see `Offers`).
    """

    def __init__(self, port: int = 0, token: str | None = None, retry_for: float = 60.0, **offers: bool) -> None:
        self._closing = Event()
        self._desk = _desk(token, retry_for, self._closing, Offers(**offers))
        self._server = SandboxServer(HOST, port, create_app(self._desk), KeepAliveHandler)
        self.url = f"http://{HOST}:{self._server.port}"
        self.base_url = f"{self.url}/fhir"
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), name="sandbox", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Returns when the server has stopped."""
        self._thread.join()

    def close(self) -> None:
        """Stops serving, ends open connections and lets go whoever hangs or is held. May be repeated."""
        self._closing.set()
        self._desk.hooks.close()
        self._server.shutdown()
        self._thread.join()
        self._desk.gates.open_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _desk(token: str | None, retry_for: float, closing: Event, offers: Offers) -> Desk:
    store, hooks = Store(), Hooks(retry_for)
    store.listeners.append(Subscribers(hooks.post).hear)
    return Desk(store, FhirApi(store, token, offers), hooks, Faults(closing), Gates(), RequestLog())
