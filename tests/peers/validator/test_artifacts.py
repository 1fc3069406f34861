"""What we publish, before a validator that nobody here wrote."""

import json
from pathlib import Path

import pytest

from tests.artifacts.folder import ARTIFACTS, CHECKLIST, SAMPLES
from tests.peers.validator import every_type
from tests.peers.validator.expected import EXPECTED, beyond
from tests.peers.validator.validator import Validator

SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire"


@pytest.mark.parametrize("path", ARTIFACTS, ids=lambda path: path.stem)
def test_an_artifact_is_right(validator: Validator, path: Path) -> None:
    """No error, and no warning that is not expected."""
    assert beyond(validator.messages(path.read_text(encoding="utf-8"))) == []


def test_what_is_expected_is_still_there(validator: Validator) -> None:
    """A warning that is gone goes from the list."""
    found = [one for path in ARTIFACTS for one in validator.messages(path.read_text(encoding="utf-8"))]
    assert {one.id for one in found} == set(EXPECTED)


def test_the_checklist_is_an_sdc_questionnaire(validator: Validator) -> None:
    """It claims SDC's base profile for Questionnaires, and keeps it."""
    assert CHECKLIST["meta"]["profile"] == [SDC]
    assert validator.messages(CHECKLIST, SDC) == []


def test_the_instrument_of_the_tests_is_right(validator: Validator) -> None:
    """The Questionnaire with every type of item is one, so that a verdict on its responses counts."""
    assert validator.messages(every_type.questionnaire()) == []


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_is_what_its_name_says(validator: Validator, path: Path) -> None:
    """The demo's responses are right but for the one that is meant to be wrong; so are its people."""
    sample = json.loads(path.read_bytes())
    wrong = [message for message in validator.messages(sample) if message.severity != "warning"]
    assert bool(wrong) == ("invalid" in path.stem), wrong
