"""``X-Request-Id``: taken or made, on every answer, and kept with what the request called for."""

import re
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import event

from fhir_alliance.ledger import tables
from tests.building import response
from tests.web.desk import NOTIFY, RESPONSES, Desk, open_desk

ID = "X-Request-Id"


@pytest.mark.parametrize("given", ["a", "A-1_2.3", "x" * 64, "6f1e0f0a-3f7c-5b0e-9a53-0c7d4c1f2a11"])
def test_an_id_that_is_one_is_taken(desk: Desk, given: str) -> None:
    """And comes back."""
    assert desk.get("/healthz", X_Request_Id=given).headers[ID] == given


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a,b", "Ada\u00e9", "a/b", "<a>", 'a"', "a;b"])
def test_any_other_is_replaced(desk: Desk, given: str) -> None:
    """By a UUID of our own; it stands in headers and lines."""
    told = desk.get("/healthz", X_Request_Id=given).headers[ID]

    assert told != given
    assert UUID(told).version == 4


def test_each_request_has_its_own(desk: Desk) -> None:
    """Where the caller sends none."""
    assert len({desk.get("/healthz").headers[ID] for _ in range(10)}) == 10


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/fhir/metadata", None, 200),
        ("GET", "/nothing", None, 404),
        ("PATCH", RESPONSES, None, 405),
        ("POST", RESPONSES, b"{", 400),
        ("POST", RESPONSES, b" " * 300_000, 413),
        ("POST", RESPONSES, response(subject=None), 422),
        ("GET", f"{RESPONSES}/r1", None, 404),
        ("GET", "/metrics", None, 200),
        ("POST", NOTIFY, b"", 200),
    ],
)
def test_it_is_on_every_answer(desk: Desk, method: str, path: str, body: object, status: int) -> None:
    """Also where something was wrong."""
    answer = desk.send(method, path, body, X_Request_Id="r-1")  # type: ignore[arg-type]

    assert (answer.status_code, answer.headers.getlist(ID)) == (status, ["r-1"])


def test_it_is_on_what_strangers_are_answered(tmp_path: Path) -> None:
    """And where the database is gone, or the unexpected happens."""
    with open_desk(tmp_path, TOKEN="correct-horse-battery") as desk:
        assert desk.post(response(), X_Request_Id="r-1").headers[ID] == "r-1"
    with open_desk(tmp_path) as desk:

        def stumble(*_: object) -> None:
            raise ValueError("Ada")

        event.listen(desk.service.database.engine, "begin", stumble)
        answer = desk.post(response(), X_Request_Id="r-2")
        assert (answer.status_code, answer.headers[ID]) == (500, "r-2")


def kept(desk: Desk) -> list[str | None]:
    """The id of each entry."""
    return [row.request_id for row in desk.rows(tables.entry)]


def test_it_is_kept_with_what_was_called_for(desk: Desk) -> None:
    """The id of the request whose version decides; one that changes nothing leaves it."""
    desk.put("r1", response(), X_Request_Id="first")
    assert kept(desk) == ["first"]
    desk.put("r1", response(), X_Request_Id="again")
    assert kept(desk) == ["first"]
    desk.put("r1", response("NNNNNNNNN"), X_Request_Id="amended")
    assert kept(desk) == ["amended"]
    desk.delete("r1", X_Request_Id="deleted")
    assert kept(desk) == ["deleted"]


def test_it_is_kept_at_every_door(desk: Desk) -> None:
    """The EHR's events, and the form receiver."""
    desk.tell("e1", response(subject="Patient/a"), X_Request_Id="event")
    form = response(subject="Patient/b")
    desk.send("POST", "/fhir/Questionnaire/$process-response", form, X_Request_Id="form")
    desk.post(response(subject="Patient/c"), X_Request_Id="created")

    assert set(kept(desk)) == {"event", "form", "created"}


def test_one_that_was_made_is_kept_as_it_was_told(desk: Desk) -> None:
    """So that a caller can name it to the operator."""
    told = desk.post(response()).headers[ID]

    assert kept(desk) == [told]
    assert re.fullmatch(r"[0-9a-f-]{36}", told)
