"""A second instrument, dropped into the folder, is read and scored with no code changed."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fhir_alliance.assess import Kind
from fhir_alliance.catalog import Catalog, read_catalog
from fhir_alliance.fhir.issues import Code
from fhir_alliance.fhir.json_text import to_bytes
from fhir_alliance.fhir.observation import observation
from fhir_alliance.scoring.result import Sharing, Standing, Status
from tests import second
from tests.building import CANONICAL, CLINIC, ENTRY, FOLDER, assess, response


@pytest.fixture
def both(tmp_path: Path) -> Catalog:
    """The shipped folder with a second instrument in it."""
    folder = Path(shutil.copytree(FOLDER, tmp_path / "questionnaires"))
    second.write(folder)
    return read_catalog(folder)


def test_both_are_scored(both: Catalog) -> None:
    """The checklist stays what it was."""
    assert set(both.questionnaires) == {CANONICAL, second.CANONICAL}
    assert assess(response(), catalog=both).result == assess(response()).result


@pytest.mark.parametrize(
    ("codes", "text"),
    [
        ("4455.", "Yes to 4 of 5 (no 0, open 1): mostly there"),
        ("44513", "Yes to 3 of 5 (no 1, open 1): too early"),
        ("11444", "Yes to 3 of 5 (no 2, open 0): not there"),
        ("23.44", "Yes to 2 of 5 (no 0, open 3): too early"),
    ],
)
def test_a_second_instrument_is_scored(both: Catalog, codes: str, text: str) -> None:
    """Other codes, other groups, another threshold, other words: no code knows of them."""
    found = assess(second.response(codes), replace(CLINIC, sharing=Sharing.TOPICS), both)
    assert found.issues == ()
    assert found.result is not None
    made = observation(Standing(found.result, Status.FINAL), ENTRY, both.instrument(second.CANONICAL))
    to_bytes(made)
    assert made["valueCodeableConcept"]["text"] == text
    assert made["note"][0]["text"].endswith("Only a try.")
    assert "4 or more of 5" in made["method"]["text"]


def test_its_topics_are_its_own(both: Catalog) -> None:
    """No, then not sure; what it calls the rest is silent."""
    found = assess(second.response("12341"), replace(CLINIC, sharing=Sharing.TOPICS), both)
    assert found.result is not None
    assert found.result.topics == ("q-a", "q-e", "q-c")


@pytest.mark.parametrize(
    ("resource", "code", "expression"),
    [
        (second.response("44444", place=None), Code.REQUIRED, "QuestionnaireResponse"),
        (second.response("44444", reason="x"), Code.INVALID, "QuestionnaireResponse.item[1].item[1]"),
        (second.response("44449"), Code.STRUCTURE, "QuestionnaireResponse.item[2].item[2].answer[0].value"),
    ],
)
def test_its_responses_are_checked(both: Catalog, resource: dict[str, Any], code: Code, expression: str) -> None:
    """What it requires, what it enables, what it offers."""
    found = assess(resource, catalog=both)
    assert found.kind is Kind.INVALID
    assert [(issue.code, issue.expression) for issue in found.issues] == [(code, expression)]


def test_its_condition_opens_an_item(both: Catalog) -> None:
    """A no to the first question may be explained."""
    assert assess(second.response("14444", reason="because"), catalog=both).issues == ()
