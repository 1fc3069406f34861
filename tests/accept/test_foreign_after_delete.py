"""A response to another Questionnaire under an id of which only a deletion was told."""

import json

import pytest

from tests.building import Resource, response
from tests.web.desk import NOTIFY, Desk, updated

SECRET = "what nobody here may read"


def foreign(**more: object) -> Resource:
    """A response to a Questionnaire that is not ours."""
    return {
        "resourceType": "QuestionnaireResponse",
        "id": "x1",
        "meta": updated(5, versionId="7"),
        "questionnaire": "https://other.example/Questionnaire/mood|1",
        "status": "completed",
        "subject": {"reference": "Patient/p9", "display": SECRET},
        "item": [{"linkId": "mood", "answer": [{"valueString": SECRET}]}],
        **more,
    }


def everything(desk: Desk) -> str:
    """All that the ledger holds, as text."""
    return repr([tuple(row) for rows in desk.contents().values() for row in rows])


@pytest.mark.case("notify-foreign")
@pytest.mark.case("notify-unknown-delete")
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"status": "entered-in-error"},
        {"identifier": {"system": "urn:other", "value": SECRET}},
        {"item": SECRET},
        {"questionnaire": [SECRET]},
    ],
)
def test_only_id_version_and_url_are_kept(desk: Desk, more: Resource) -> None:
    """That a deletion came first makes it no response of ours, and nothing of it is kept, sound or not."""
    assert desk.send("DELETE", f"{NOTIFY}/x1").status_code == 200
    before = desk.contents()
    assert desk.tell("x1", foreign(**more)).status_code == 200

    after = desk.contents()
    (notice,) = after.pop("notice")
    assert after == {name: rows for name, rows in before.items() if name != "notice"}
    assert (notice.kind, notice.response_id, notice.version_id) == ("other-questionnaire", "x1", "7")
    assert SECRET not in everything(desk)
    assert "Patient/p9" not in everything(desk)


@pytest.mark.case("notify-foreign")
def test_nor_after_a_body_that_cannot_be_read(desk: Desk) -> None:
    """An unreadable event under that id says nothing of a Questionnaire, either."""
    desk.tell("x1", b"{")
    desk.tell("x1", foreign())
    assert [row.kind for row in desk.contents()["notice"]] == ["other-questionnaire"]
    assert SECRET not in everything(desk)


@pytest.mark.case("notify-unknown-delete")
def test_one_of_ours_is_taken_in_after_it(desk: Desk) -> None:
    """The id is not lost: a response to the checklist that comes under it is scored."""
    desk.send("DELETE", f"{NOTIFY}/x1")
    desk.tell("x1", json.dumps(response()).encode())
    assert desk.versions() == [("notify", "deleted", False), ("notify", "scored", False)]
    assert desk.entry().state == "settled"
