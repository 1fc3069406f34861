"""What HL7 publishes as valid R4 is valid R4 to us."""

import pytest

from fhir_alliance.assess import r4_issues
from fhir_alliance.catalog import MOST_BYTES
from fhir_alliance.fhir.issues import Issue
from fhir_alliance.fhir.json_text import parse_object
from fhir_alliance.fhir.wire import structure
from tests.peers.examples.examples import WRONG, Resource, bytes_of, example, names, within_bundles

#: how many there are of each type: an empty folder would show nothing
COUNTS = {"Questionnaire": 7, "QuestionnaireResponse": 5, "Observation": 64}
#: of these the folder of questionnaires may hold any
ARTIFACTS = {"CodeSystem": 1062, "ValueSet": 1316, "StructureDefinition": 655}


def issues(resource: Resource) -> tuple[Issue, ...]:
    """What a door, or the start, would find wrong with the resource as R4."""
    kind = resource["resourceType"]
    return r4_issues(resource) if kind == "QuestionnaireResponse" else structure(resource, kind)


@pytest.mark.parametrize("name", [name for kind in COUNTS for name in names(kind)])
def test_an_example_is_valid(name: str) -> None:
    """Every one, read from its bytes; but for those that are wrong by HL7's own hand, which are found out."""
    found = issues(parse_object(bytes_of(name), MOST_BYTES))
    assert bool(found) is (name in WRONG), (WRONG.get(name), found[:3])


def test_those_within_bundles_are_valid() -> None:
    """Laboratory reports, panels, a family history: the same resources as their senders bundle them."""
    wrong = {name: found[:3] for name, one in within_bundles(*COUNTS) if (found := issues(one))}
    assert wrong == {}
    assert len(list(within_bundles(*COUNTS))) > 100


@pytest.mark.parametrize("kind", ARTIFACTS)
def test_an_artifact_is_valid(kind: str) -> None:
    """What the folder of questionnaires may hold beside them."""
    wrong = {name: found for name in names(kind) if name not in WRONG and (found := issues(example(name)))}
    assert wrong == {}


def test_none_is_missing() -> None:
    """The package holds what it held."""
    assert {kind: len(names(kind)) for kind in COUNTS | ARTIFACTS} == COUNTS | ARTIFACTS
