"""The examples as files, to ``score`` and ``validate``: every resource gets an answer, and none a score."""

import pytest

from fhir_alliance.assess import Assessor
from fhir_alliance.cli.checker import Checker
from fhir_alliance.cli.documents import Found, read_documents
from fhir_alliance.cli.scorer import Scorer
from fhir_alliance.fhir.capability import ARTIFACT_TYPES
from fhir_alliance.fhir.issues import Issue, errors
from fhir_alliance.fhir.json_text import to_bytes
from tests.building import clock
from tests.peers.examples.examples import Resource, names, path_of

SMALL = 1_000_000
RESPONSES = names("QuestionnaireResponse")
BUNDLES = [name for name in names("Bundle") if path_of(name).is_file() and path_of(name).stat().st_size < SMALL]


def found_in(name: str) -> list[Found]:
    """What the commands find in the file."""
    with path_of(name).open("rb") as stream:
        return list(read_documents(stream))


@pytest.mark.parametrize("name", [*RESPONSES, *names("Questionnaire"), *names("Observation")])
def test_alone_it_fails(assessor: Assessor, name: str) -> None:
    """A file that was meant to be scored, and cannot be: one OperationOutcome with an error."""
    (scored,) = [Scorer(assessor, clock).score(found) for found in found_in(name)]
    to_bytes(scored.as_resource())
    assert (scored.observation, scored.failed) == (None, True)


@pytest.mark.parametrize("name", BUNDLES)
def test_in_a_bundle_it_is_passed_over(assessor: Assessor, name: str) -> None:
    """One line an entry, none of them a failure: a Bundle may hold what it likes beside responses."""
    for found in found_in(name):
        scored = Scorer(assessor, clock).score(found)
        to_bytes(scored.as_resource())
        assert (scored.observation, scored.failed) == (None, _is_response(found.content)), found


def _is_response(content: Resource | Issue) -> bool:
    return not isinstance(content, Issue) and content["resourceType"] == "QuestionnaireResponse"


@pytest.mark.parametrize("name", [*RESPONSES, *names("Questionnaire"), *names("Observation")])
def test_validate_refuses_it(assessor: Assessor, name: str) -> None:
    """For what it lacks, or what it is."""
    (told,) = [Checker(assessor, clock).issues(found) for found in found_in(name)]
    assert errors(told)


@pytest.mark.parametrize("name", BUNDLES)
def test_validate_has_a_word_for_each_entry(assessor: Assessor, name: str) -> None:
    """Also where nothing of that type is checked, but for an artifact that is fine."""
    for found in found_in(name):
        artifact = not isinstance(found.content, Issue) and found.content["resourceType"] in ARTIFACT_TYPES
        assert Checker(assessor, clock).issues(found) or artifact, found
