"""SDC ``$process-response``: takes in a response as ``POST /fhir/QuestionnaireResponse`` does.

http://hl7.org/fhir/uv/sdc/OperationDefinition/Questionnaire-process-response
"""

from flask import Blueprint, Response

from fhir_alliance.accept import Receipt
from fhir_alliance.fhir.identity import Door
from fhir_alliance.fhir.issues import operation_outcome
from fhir_alliance.fhir.json_text import parse_object, restored
from fhir_alliance.web.clinic import receive
from fhir_alliance.web.negotiation import answer, body, refuse_format
from fhir_alliance.web.parameters import resource_in
from fhir_alliance.web.responses import place, refusal, refuse_conditional_create

_PARAMETER = "in"


def blueprint() -> Blueprint:
    """``/fhir/Questionnaire/$process-response``."""
    door = Blueprint("form_receiver", __name__, url_prefix="/fhir/Questionnaire")
    door.before_request(refuse_format)
    door.before_request(refuse_conditional_create)

    @door.post("/$process-response")
    def process_response() -> Response:
        receipt = receive(Door.FHIR, None, _response(body()))
        return refusal(receipt) or _taken(receipt)

    return door


def _taken(receipt: Receipt) -> Response:
    """The issues; and in Location where the response is, to be amended there."""
    return answer(200, operation_outcome(receipt.issues), etag=str(receipt.number), location=place(receipt))


def _response(sent: bytes) -> bytes:
    """As it came, where it came alone."""
    resource = parse_object(sent)
    found = resource_in(resource, _PARAMETER)
    return sent if found is resource else restored(found)
