"""Where an EHR's rest-hook arrives, in its dialects.

https://hl7.org/fhir/R4/subscription.html#2.46.8.1: PUT with the resource (and DELETE, where the server sends
it); POST of the resource, or with a deleted header (Medplum); an empty POST. Answered 2xx once on disk, also
where what came is invalid, late or held: an error makes senders retry for days.
"""

from flask import Blueprint, Response, request

from fhir_alliance.assess import RESPONSE
from fhir_alliance.fhir.identity import Door
from fhir_alliance.fhir.issues import Code, error
from fhir_alliance.fhir.r4 import is_id
from fhir_alliance.web.clinic import receive
from fhir_alliance.web.negotiation import body, outcome

_DELETED = "X-Medplum-Deleted-Resource"


def blueprint() -> Blueprint:
    """``/notify``, the endpoint to name in a Subscription."""
    door = Blueprint("notify", __name__, url_prefix="/notify")

    @door.post("")
    @door.post(f"/{RESPONSE}")
    def post() -> Response:
        deleted = request.headers.get(_DELETED)
        if deleted is not None:
            return _gone(deleted.removeprefix(f"{RESPONSE}/"))
        return _came(None)

    @door.put(f"/{RESPONSE}/<path:response_id>")
    def put(response_id: str) -> Response:
        return _came(response_id if is_id(response_id) else None)

    @door.delete(f"/{RESPONSE}/<path:response_id>")
    def delete(response_id: str) -> Response:
        return _gone(response_id)

    return door


def _came(response_id: str | None) -> Response:
    """A new or changed response; the path's id wins over the resource's own."""
    return outcome(200, *receive(Door.NOTIFY, response_id, body()).issues)


def _gone(response_id: str) -> Response:
    if not is_id(response_id):
        return outcome(200, error(Code.VALUE, "This is no id of a response: nothing was done."))
    receive(Door.NOTIFY, response_id, None)
    return outcome(200)
