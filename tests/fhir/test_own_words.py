"""What a sender or a folder makes up: not repeated, and not taken for something it is not."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from fhir_alliance.catalog import read_catalog
from fhir_alliance.errors import Unscorable
from fhir_alliance.fhir.issues import operation_outcome
from tests.building import FOLDER, Resource, altered, assess, response

FORM = "Questionnaire-alliance-checklist.json"


@pytest.mark.parametrize(
    "name", ["Ana_Smith_1980", "ana_smith", "born1980", "_ana_1980", "a1", "ana-smith", "Ana"]
)
@pytest.mark.parametrize(
    "where", [(), ("item", 0), ("item", 0, "answer", 0), ("subject",), ("item", 0, "answer", 0, "valueCoding")]
)
def test_a_made_up_element_is_not_repeated(name: str, where: tuple[str | int, ...]) -> None:
    """No element of R4 that we read has such a name; the expression ends above it."""
    outcome = operation_outcome(assess(altered(response(), *where, name, to=1)).issues)

    assert any(one["severity"] == "error" for one in outcome["issue"])
    assert name not in json.dumps(outcome)


@pytest.mark.parametrize("name", ["definitions", "linkID"])
def test_a_misspelt_element_is_named(name: str) -> None:
    """Plain letters are what a sender needs to find the mistake."""
    outcome = operation_outcome(assess(altered(response(), "item", 0, name, to="x")).issues)

    assert f"QuestionnaireResponse.item[0].{name}" in [one["expression"][0] for one in outcome["issue"]]


def form_with(folder: Path, link_id: str, **changes: Any) -> Path:
    """The shipped folder, with one item of the checklist changed; what is None is left out."""
    copied = Path(shutil.copytree(FOLDER, folder / "questionnaires"))
    form: Resource = json.loads((copied / FORM).read_bytes())
    for index, one in enumerate(form["item"]):
        if one["linkId"] == link_id:
            changed = {**one, **changes}
            form["item"][index] = {key: value for key, value in changed.items() if value is not None}
    (copied / FORM).write_text(json.dumps(form))
    return copied


@pytest.mark.parametrize("link_id", ["contact", "sharing"])
def test_a_choice_without_options_stops_the_start(tmp_path: Path, link_id: str) -> None:
    """Any coding would be an answer to it, and would stand in the chart."""
    with pytest.raises(Unscorable, match=link_id):
        read_catalog(form_with(tmp_path, link_id, answerOption=None))


def test_a_form_without_the_contact_starts(tmp_path: Path) -> None:
    """It is optional; only what is there must be sound."""
    assert read_catalog(form_with(tmp_path, "contact", linkId="met", definition=None)).questionnaires
