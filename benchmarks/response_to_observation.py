"""The whole path from a response's bytes to the Observation's, beside the bare parse of fhir.resources."""

import time
from collections.abc import Callable

from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse
from sample import FOLDER, NOW, body

from fhir_alliance import PROGRAM
from fhir_alliance.assess import Assessor, Clinic
from fhir_alliance.catalog import read_catalog
from fhir_alliance.fhir.identity import Door, keys, observation_id, submission_id
from fhir_alliance.fhir.json_text import parse_object, to_bytes
from fhir_alliance.fhir.observation import observation
from fhir_alliance.scoring.result import Sharing, Standing, Status

LOOPS = 300


def pairs(rounds: int) -> list[tuple[float, float]]:
    """(ours, theirs) in microseconds a response."""
    ours, theirs = make_way(), _theirs
    ours(), theirs()
    return [(microseconds(ours), microseconds(theirs)) for _ in range(rounds)]


def microseconds(way: Callable[[], object]) -> float:
    """How long ``way`` takes, on average."""
    start = time.perf_counter()
    for _ in range(LOOPS):
        way()
    return (time.perf_counter() - start) / LOOPS * 1e6


def _theirs() -> object:
    return QuestionnaireResponse.model_validate_json(body_)


def make_way() -> Callable[[], bytes]:
    """All of ours, but for the ledger."""
    clinic = Clinic("default", None, Sharing.SUMMARY, "R")
    assessor = Assessor(read_catalog(FOLDER), clinic, PROGRAM)

    def way() -> bytes:
        resource = parse_object(body_)
        submission = submission_id(clinic.name, keys(resource, Door.NOTIFY, resource["id"])[0])
        result = assessor.assess(resource, submission, resource["id"], NOW).result
        assert result is not None
        standing = Standing(result, Status.FINAL)
        instrument = assessor.catalog.instrument(result.questionnaire)
        return to_bytes(observation(standing, observation_id(clinic.name, submission, result.subject), instrument))

    return way


body_ = body("one")
