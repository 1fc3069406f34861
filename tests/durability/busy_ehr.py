"""The sandbox as a busy server: slow to begin, slow to answer, and done with requests whose clients have left.

In itself the sandbox answers within two milliseconds, and hardly anyone would be killed while asking it.
``python -m tests.durability.busy_ehr best`` says its URL, and runs until it is ended.
"""

import sys
import time
from random import Random
from threading import Event

from flask import Flask, Response, request

from fhir_alliance.sandbox.app import create_app
from fhir_alliance.sandbox.desk import Desk
from fhir_alliance.sandbox.faults import Faults
from fhir_alliance.sandbox.fhir_api import FhirApi
from fhir_alliance.sandbox.gates import Gates
from fhir_alliance.sandbox.handler import DROP, KeepAliveHandler, SandboxServer, is_gone
from fhir_alliance.sandbox.hooks import Hooks
from fhir_alliance.sandbox.offers import Offers
from fhir_alliance.sandbox.request_log import RequestLog
from fhir_alliance.sandbox.store import Store

#: seconds, at most, before a read or a write is carried out, and before the answer is sent
READ, WRITE, ANSWER = 0.010, 0.080, 0.010
#: the most that an EHR can do so that nothing is kept twice, and the least: it searches, and names what it creates
EHRS = {
    "best": Offers(),
    "least": Offers(update_create=False, conditional_create=False, conditional_update=False),
}


def busy(desk: Desk) -> Flask:
    """The sandbox's application, made slow; what tests ask of its control surface is not."""
    app = create_app(desk)
    luck = Random()  # noqa: S311
    app.before_request(lambda: _begin(luck))
    app.after_request(lambda response: _answer(luck, response))
    return app


def _begin(luck: Random) -> Response | None:
    """As a proxy does that sees its client hang up: the request goes no further."""
    if not request.path.startswith("/fhir"):
        return None
    time.sleep(luck.uniform(0, READ if request.method == "GET" else WRITE))
    if not is_gone(request.environ["werkzeug.socket"]):
        return None
    request.environ[DROP]()
    return Response()


def _answer(luck: Random, response: Response) -> Response:
    if request.path.startswith("/fhir"):
        time.sleep(luck.uniform(0, ANSWER))
    return response


def main() -> None:
    """Serve on any free port, as the kind of EHR that is named."""
    store, log = Store(), RequestLog()
    api = FhirApi(store, None, EHRS[sys.argv[1]])
    desk = Desk(store, api, Hooks(retry_for=0), Faults(Event()), Gates(), log)
    server = SandboxServer("127.0.0.1", 0, busy(desk), KeepAliveHandler)
    sys.stdout.write(f"http://127.0.0.1:{server.port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
