"""One response → its Observation, or why there is none; nothing is stored or sent. Pure."""

from datetime import datetime
from typing import Any

from fhir_alliance.assess import Assessor
from fhir_alliance.fhir.identity import Door, keys, observation_id, submission_id
from fhir_alliance.fhir.issues import Issue
from fhir_alliance.fhir.observation import observation
from fhir_alliance.fhir.r4 import is_id
from fhir_alliance.scoring.result import Standing, Status


def extract(
    assessor: Assessor, resource: dict[str, Any], now: datetime
) -> tuple[dict[str, Any] | None, tuple[Issue, ...]]:
    """The Observation that would stand first if ``resource`` came in at the EHR's door; and all issues."""
    own_id = resource["id"] if is_id(resource.get("id")) else None
    submission = submission_id(assessor.clinic.name, keys(resource, Door.NOTIFY, own_id)[0])
    assessment = assessor.assess(resource, submission, own_id, now)
    result = assessment.result
    if result is None:
        return None, assessment.issues
    entry_id = observation_id(assessor.clinic.name, submission, result.subject)
    instrument = assessor.catalog.instrument(result.questionnaire)
    return observation(Standing(result, Status.FINAL), entry_id, instrument), assessment.issues
