"""Which version of the Questionnaire a response was made with."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from fhir_alliance.errors import Unscorable
from tests.artifacts.folder import CHECKLIST
from tests.building import CANONICAL, FOLDER, response
from tests.web.desk import Desk, issue, open_desk

URL = CHECKLIST["url"]
WHERE = ["QuestionnaireResponse.questionnaire"]


def publish(folder: Path, version: str, status: str = "active", id_: str | None = None) -> None:
    """Another version of the checklist, beside the shipped one."""
    made = {**CHECKLIST, "id": id_ or f"alliance-{version}", "version": version, "status": status}
    (folder / f"Questionnaire-{version}.json").write_text(json.dumps(made))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped folder, to add to."""
    return Path(shutil.copytree(FOLDER, tmp_path / "questionnaires"))


@pytest.fixture
def two(folder: Path, tmp_path: Path) -> Iterator[Desk]:
    """A clinic with two active versions and a draft."""
    publish(folder, "2.0.0")
    publish(folder, "3.0.0", "draft")
    with open_desk(tmp_path, QUESTIONNAIRES=str(folder)) as desk:
        yield desk


@pytest.mark.case("version-exact")
@pytest.mark.parametrize("version", ["1.0.1", "1", "1.0", "1.0.0 ", "2.0.0|x", "%"])
def test_an_unknown_version_is_refused(desk: Desk, version: str) -> None:
    """A version is known exactly or not at all."""
    answer = desk.post(response(questionnaire=f"{URL}|{version}"))
    assert answer.status_code in (400, 422)
    assert issue(answer)["expression"] == WHERE
    assert desk.is_empty()


@pytest.mark.case("version-exact")
def test_each_known_version_is_taken(two: Desk) -> None:
    """The result says which one it was."""
    for number, version in enumerate(("1.0.0", "2.0.0")):
        assert two.put(f"r{number}", response(questionnaire=f"{URL}|{version}")).status_code == 201
    assert {one["method"]["text"].rpartition("|")[2] for one in two.search()} == {"1.0.0", "2.0.0"}


@pytest.mark.case("version-exact")
def test_a_draft_is_refused(two: Desk) -> None:
    """A draft is published for review; answers to it are not scored."""
    answer = two.post(response(questionnaire=f"{URL}|3.0.0"))
    assert (answer.status_code, issue(answer)["code"]) == (422, "business-rule")


@pytest.mark.case("version-none")
def test_without_version_the_only_active_one_is_meant(desk: Desk) -> None:
    """Where there is one active version, a bare url is clear."""
    assert desk.post(response(questionnaire=URL)).status_code == 201
    assert desk.entry().questionnaire == CANONICAL


@pytest.mark.case("version-none")
def test_without_version_two_active_ones_are_unclear(two: Desk) -> None:
    """Nothing is guessed: 422 by fhir, invalid by notify."""
    answer = two.post(response(questionnaire=URL))
    assert (answer.status_code, issue(answer)["code"]) == (422, "not-found")
    assert issue(answer)["expression"] == WHERE
    assert two.tell("r1", response(questionnaire=URL)).status_code == 200
    assert two.versions() == [("notify", "invalid", False)]


@pytest.mark.case("version-first")
@pytest.mark.parametrize("door", ["fhir", "notify"])
def test_a_later_version_keeps_the_questionnaire_of_its_first(two: Desk, door: str) -> None:
    """A response that named its version once may leave it out later, though two are active by then."""
    send = two.put if door == "fhir" else two.tell
    send("r1", response((6, 0, 0), questionnaire=f"{URL}|2.0.0"))
    answer = send("r1", response((7, 0, 0), questionnaire=URL))
    assert answer.status_code == 200
    (told,) = two.search()
    assert told["component"][0]["valueQuantity"]["value"] == 7
    assert told["method"]["text"].endswith("|2.0.0")


@pytest.mark.case("questionnaire-ids")
def test_an_id_used_twice_stops_the_start(folder: Path, tmp_path: Path) -> None:
    """Two versions of one Questionnaire have two ids, or one of them could not be read."""
    publish(folder, "2.0.0", id_=CHECKLIST["id"])
    with (
        pytest.raises(Unscorable, match=r"Questionnaire-.*\.json: Questionnaire\.id"),
        open_desk(tmp_path, QUESTIONNAIRES=str(folder)),
    ):
        pass
