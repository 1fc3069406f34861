"""SDC ``$extract``: the Observation for the caller to write; nothing is stored or sent.

http://hl7.org/fhir/uv/sdc/OperationDefinition/QuestionnaireResponse-extract
"""

from datetime import datetime

from flask import Response

from fhir_alliance.assess import Assessor
from fhir_alliance.extract import extract
from fhir_alliance.fhir.bundle import transaction
from fhir_alliance.fhir.issues import errors, http_status
from fhir_alliance.fhir.json_text import parse_object
from fhir_alliance.web.negotiation import answer, outcome
from fhir_alliance.web.parameters import resource_in

_PARAMETER = "questionnaire-response"


def answer_extract(assessor: Assessor, now: datetime, body: bytes) -> Response:
    """A transaction Bundle; where there is no result, an informational OperationOutcome."""
    observation, issues = extract(assessor, resource_in(parse_object(body), _PARAMETER), now)
    if observation is not None:
        return answer(200, transaction(observation))
    return outcome(http_status(issues) if errors(issues) else 200, *issues)
