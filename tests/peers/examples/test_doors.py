"""The examples at the doors: none is a response to our checklist, so none is kept, and each is told why."""

import pytest
from werkzeug.test import TestResponse

from fhir_alliance.fhir.json_text import MOST_BYTES
from fhir_alliance.ledger import tables
from tests.peers.examples.examples import Resource, bytes_of, example, names, one_of_each
from tests.web.desk import NOTIFY, RESPONSES, Desk, resource

RESPONSE = "QuestionnaireResponse"
OTHERS = sorted({*names("Questionnaire"), *names("Observation"), *one_of_each()} - set(names(RESPONSE)))
WAYS = {"create": ("POST", ""), "update": ("PUT", "/{id}"), "extract": ("POST", "/$extract")}


def told(answer: TestResponse) -> list[tuple[str, str]]:
    """Code and expression of every issue; no words of the example are repeated."""
    outcome = resource(answer)
    assert outcome["resourceType"] == "OperationOutcome"
    return [(one["code"], *one.get("expression", [""])) for one in outcome["issue"]]


def sent(desk: Desk, way: str, name: str) -> TestResponse:
    """The example sent to our own server."""
    method, path = WAYS[way]
    return desk.send(method, RESPONSES + path.format(id=example(name)["id"]), bytes_of(name))


def noted(desk: Desk) -> list[tuple[str | None, ...]]:
    """All that was kept: the columns of the notices, but for when they came."""
    contents = desk.contents()
    rows = contents.pop(tables.notice.name)
    assert not any(contents.values())
    return [(row.kind, row.response_id, row.version_id, row.questionnaire) for row in rows]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", names(RESPONSE))
def test_our_server_knows_no_such_questionnaire(desk: Desk, name: str, way: str) -> None:
    """422 that names the Questionnaire as what is not known, or not named; nothing is kept."""
    answer = sent(desk, way, name)
    code = "not-found" if "questionnaire" in example(name) else "required"
    assert answer.status_code == 422
    assert (code, "QuestionnaireResponse.questionnaire") in told(answer)
    assert desk.is_empty()


@pytest.mark.parametrize("name", OTHERS)
def test_our_server_takes_responses_alone(desk: Desk, name: str) -> None:
    """Any other type is 400, or 413 where it is too large besides; nothing is kept."""
    expected = (413, "too-costly") if len(bytes_of(name)) > MOST_BYTES else (400, "invalid")
    for way in WAYS:
        answer = sent(desk, way, name)
        assert (answer.status_code, told(answer)[0][0]) == expected, way
    assert desk.is_empty()


@pytest.mark.case("notify-foreign")
@pytest.mark.parametrize("name", names(RESPONSE))
def test_of_a_foreign_response_only_its_name_is_noted(desk: Desk, name: str) -> None:
    """200; id, version and Questionnaire are kept, and it is counted."""
    made = example(name)
    answer = desk.tell(made["id"], bytes_of(name))
    assert (answer.status_code, told(answer)) == (200, [("informational", "")])
    version = made.get("meta", {}).get("versionId")
    assert noted(desk) == [("other-questionnaire", made["id"], version, made.get("questionnaire"))]
    assert desk.clinic.reads.notices() == {"other-questionnaire": 1}


@pytest.mark.case("notify-bundle")
@pytest.mark.parametrize("name", OTHERS)
def test_of_any_other_resource_only_its_coming_is_noted(desk: Desk, name: str) -> None:
    """200, and counted, with nothing of it kept; 413 where it is too large."""
    answer = desk.send("POST", NOTIFY, bytes_of(name))
    if len(bytes_of(name)) > MOST_BYTES:
        assert (answer.status_code, desk.is_empty()) == (413, True)
        return
    assert (answer.status_code, told(answer)) == (200, [("informational", "")])
    assert noted(desk) == [(_kind(example(name)), None, None, None)]


def _kind(made: Resource) -> str:
    return "bundle" if made["resourceType"] == "Bundle" else "other-resource"


def test_every_type_is_among_them() -> None:
    """More than the three that we know: an EHR may send whatever it holds."""
    assert len({name.partition("-")[0] for name in OTHERS}) > 100
