"""Whatever text comes from elsewhere: what no column can hold is neither kept nor asked for."""

import base64
from typing import Any

import pytest

from fhir_alliance.ledger.tables import notice
from tests.building import response
from tests.web.desk import RESPONSES, Desk

OTHER = "https://example.org/fhir/Questionnaire/phq9"
ODD = ["\0", "r1\0", "a\x1bb", "\x85", "\u2028", "\ufeff"]
SEARCH = "/fhir/Observation"


@pytest.mark.case("notify-foreign")
@pytest.mark.parametrize("odd", ODD)
def test_what_is_noted_is_printable(desk: Desk, odd: str) -> None:
    """Of what is not ours anything may come: it is answered 200, else its sender repeats it for days."""
    made = {**response(id=odd, questionnaire=f"{OTHER}{odd}"), "meta": {"versionId": odd}}
    assert desk.send("POST", "/notify", made).status_code == 200
    (row,) = desk.rows(notice)
    assert (row.response_id, row.version_id, row.questionnaire) == (None, None, None)


def parts(odd: str) -> list[dict[str, Any]]:
    """Everything of a response that could reach a column."""
    label = {"system": odd, "code": odd, "display": odd}
    return [
        {"id": odd},
        {"identifier": {"system": odd, "value": odd}},
        {"status": odd},
        {odd: odd},
        {"subject": {"reference": f"Patient/{odd}"}},
        {"encounter": {"reference": f"Encounter/{odd}"}},
        {"questionnaire": f"{response()['questionnaire']}{odd}"},
        {"authored": odd},
        {"meta": {"versionId": odd, "lastUpdated": odd, "security": [label]}},
    ]


@pytest.mark.parametrize("status", ["completed", "in-progress", "entered-in-error"])
def test_what_is_kept_is_any_body(desk: Desk, status: str) -> None:
    """By either door; an identifier is kept as its digest, and an id that is none not at all."""
    for part in parts("r1\0"):
        made = {**response(id="r1", status=status), **part}
        assert desk.send("POST", "/notify", made).status_code == 200, part
        assert desk.tell("r2", made).status_code == 200, part
        assert desk.post(made).status_code < 500, part


@pytest.mark.parametrize("name", ["%00", "r1%00", "%ED%A0%80", "%C2%85"])
def test_what_is_asked_for_by_path_is_not_there(desk: Desk, name: str) -> None:
    """No such id is ever looked for."""
    desk.put("r1", response())
    for path in (f"{RESPONSES}/{name}", f"{RESPONSES}/{name}/_history/1", f"{SEARCH}/{name}"):
        assert desk.get(path).status_code == 404, path


@pytest.mark.parametrize("parameter", ["_id", "identifier", "code", "subject", "derived-from", "date"])
@pytest.mark.parametrize("value", ["%00", "urn:uuid:r1%00", "a|%00", "%00|"])
def test_a_search_for_what_nothing_can_be(desk: Desk, parameter: str, value: str) -> None:
    """Refused, as it makes no sense."""
    assert desk.get(f"{SEARCH}?{parameter}={value}").status_code == 400


def test_a_place_of_a_search_that_nothing_can_have(desk: Desk) -> None:
    """It is not one that a next link held."""
    place = base64.urlsafe_b64encode(b"2026-11-12T10:00:00Z r1\0").decode()
    assert desk.get(f"{SEARCH}?_after={place}").status_code == 400
