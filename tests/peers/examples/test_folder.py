"""The example Questionnaires in the folder: none has a rule, so each stops the start, and is told why."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from fhir_alliance.catalog import read_catalog
from fhir_alliance.errors import Unscorable
from tests.building import FOLDER
from tests.peers.examples.examples import WRONG, Resource, example, names

#: what the folder asks of every Questionnaire beyond R4
NAMED = {"url": "urn:example:form", "version": "1", "title": "An example"}
#: the first that is missing, as published
MISSING = {
    "Questionnaire-3141": "version",
    "Questionnaire-bb": "version",
    "Questionnaire-f201": "version",
    "Questionnaire-gcs": "version",
    "Questionnaire-phq-9-questionnaire": "url",
    "Questionnaire-qs1": "item[0].item[0].linkId",
    "Questionnaire-zika-virus-exposure-assessment": "version",
}
RULE = "Questionnaire.extension: there must be one extension https://fhir-alliance.org/fhir/StructureDefinition/scoring-rule"
VALID = [name for name in names("Questionnaire") if name not in WRONG]
#: those that choose from a ValueSet: of HL7, of LOINC, or contained
BOUND = ["Questionnaire-3141", "Questionnaire-gcs", "Questionnaire-phq-9-questionnaire"]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the shipped folder."""
    return Path(shutil.copytree(FOLDER, tmp_path_factory.mktemp("folder") / "questionnaires"))


def refusal(folder: Path, name: str, made: Resource) -> str:
    """Why the start stops with ``made`` in the folder."""
    file = folder / f"{name}.json"
    file.write_text(json.dumps(made))
    try:
        with pytest.raises(Unscorable) as refused:
            read_catalog(folder)
    finally:
        file.unlink()
    return str(refused.value)


@pytest.mark.parametrize("name", names("Questionnaire"))
def test_as_it_is_published(shipped: Path, name: str) -> None:
    """Refused by file and element: what the folder needs of any Questionnaire is not all there."""
    assert refusal(shipped, name, example(name)).startswith(f"{name}.json: Questionnaire.{MISSING[name]}: ")


def without_value_sets(made: Any) -> Any:
    """A copy whose choices are open."""
    if isinstance(made, list):
        return [without_value_sets(one) for one in made]
    if isinstance(made, dict):
        return {key: without_value_sets(one) for key, one in made.items() if key != "answerValueSet"}
    return made


@pytest.mark.parametrize("name", VALID)
def test_without_a_rule_none_is_scored(shipped: Path, name: str) -> None:
    """Given all its names, and no ValueSet that lies elsewhere, each is refused for want of a rule."""
    made = without_value_sets({**NAMED, **example(name)})
    assert refusal(shipped, name, made) == f"{name}.json: {RULE}"


@pytest.mark.parametrize("name", BOUND)
def test_a_value_set_that_is_not_in_the_folder(shipped: Path, name: str) -> None:
    """Refused by the item that asks for it: its answers could not be checked."""
    told = refusal(shipped, name, {**NAMED, **example(name)})
    where = rf"{name}\.json: Questionnaire(\.item\[\d\])+\.answerValueSet: "
    assert re.fullmatch(where + "the folder has no such ValueSet", told)
