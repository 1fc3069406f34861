"""SDC ``$extract``: the Observation for the caller to write; nothing is stored or sent.

http://hl7.org/fhir/uv/sdc/OperationDefinition/QuestionnaireResponse-extract
"""

from datetime import datetime
from typing import Any

from flask import Response

from fhir_alliance.assess import Assessor
from fhir_alliance.extract import extract
from fhir_alliance.fhir.bundle import transaction
from fhir_alliance.fhir.issues import Code, Unreadable, errors, http_status, r4_error
from fhir_alliance.fhir.json_text import parse_object
from fhir_alliance.web.negotiation import answer, outcome

_PARAMETER = "questionnaire-response"


def answer_extract(assessor: Assessor, now: datetime, body: bytes) -> Response:
    """A transaction Bundle; where there is no result, an informational OperationOutcome."""
    observation, issues = extract(assessor, _response_in(parse_object(body)), now)
    if observation is not None:
        return answer(200, transaction(observation))
    return outcome(http_status(issues) if errors(issues) else 200, *issues)


def _response_in(resource: dict[str, Any]) -> dict[str, Any]:
    """The response itself, or the one in Parameters; other parameters would be ignored, so they are refused."""
    if resource.get("resourceType") != "Parameters":
        return resource
    parameters = resource.get("parameter")
    one = parameters[0] if isinstance(parameters, list) and len(parameters) == 1 else {}
    found = one.get("resource") if isinstance(one, dict) and one.get("name") == _PARAMETER else None
    if isinstance(found, dict):
        return found
    told = f"Parameters must hold one parameter, {_PARAMETER}, with a resource."
    raise Unreadable(r4_error(Code.INVALID, told, "Parameters.parameter"))
