"""If-Match, If-None-Match, If-None-Exist and HEAD: https://hl7.org/fhir/R4/http.html#concurrency."""

import pytest

from tests.building import response
from tests.web.desk import OBSERVATIONS, RESPONSES, Desk, issue


@pytest.mark.parametrize("tag", ['W/"1"', '"1"', 'W/"9", W/"1"', "*"])
def test_if_match_lets_the_held_version_be_replaced(desk: Desk, tag: str) -> None:
    """Weak, strong, one of a list, or whichever."""
    desk.put("r1", response())
    assert desk.put("r1", response((6, 0, 0)), If_Match=tag).status_code == 200


@pytest.mark.parametrize("tag", ['W/"2"', 'W/"0"', '"x"', '""', 'W/"01"'])
def test_if_match_of_another_version_is_refused(desk: Desk, tag: str) -> None:
    """412, and nothing changed, for PUT and DELETE."""
    desk.put("r1", response())
    before = desk.contents()
    for answer in (desk.put("r1", response((6, 0, 0)), If_Match=tag), desk.delete("r1", If_Match=tag)):
        assert (answer.status_code, issue(answer)["code"]) == (412, "conflict")
    assert desk.contents() == before


@pytest.mark.parametrize("tag", ['W/"1"', "*"])
def test_if_match_of_nothing_is_refused(desk: Desk, tag: str) -> None:
    """Star means any version that is held: there is none, or it was deleted."""
    assert desk.put("r1", response(), If_Match=tag).status_code == 412
    assert desk.is_empty()
    desk.put("r1", response())
    desk.delete("r1")
    assert desk.put("r1", response(), If_Match=tag).status_code == 412


def test_a_lost_update_is_impossible(desk: Desk) -> None:
    """Of two that read the same version, only the first can replace it."""
    desk.put("r1", response())
    tag = desk.read("r1").headers["ETag"]
    assert desk.put("r1", response((6, 0, 0)), If_Match=tag).status_code == 200
    assert desk.put("r1", response((5, 0, 0)), If_Match=tag).status_code == 412


def test_delete_with_if_match(desk: Desk) -> None:
    """Only the version that is named is deleted."""
    desk.put("r1", response())
    assert desk.delete("r1", If_Match='W/"1"').status_code == 204


def test_if_none_match_spares_the_body(desk: Desk) -> None:
    """304 with the ETag, for responses, results and artifacts; another tag gets the whole."""
    desk.put("r1", response())
    observation = f"{OBSERVATIONS}/{desk.entry().id}"
    for path in (f"{RESPONSES}/r1", observation, "/fhir/Questionnaire/alliance-checklist"):
        tag = desk.get(path).headers["ETag"]
        for given in (tag, tag.removeprefix("W/"), f'W/"other", {tag}', "*"):
            answer = desk.get(path, If_None_Match=given)
            assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", tag)
        assert desk.get(path, If_None_Match='W/"other"').status_code == 200


def test_an_observations_etag_changes_with_it(desk: Desk) -> None:
    """A cached result is found outdated."""
    desk.put("r1", response())
    path = f"{OBSERVATIONS}/{desk.entry().id}"
    tag = desk.get(path).headers["ETag"]
    desk.put("r1", response((6, 0, 0)))
    assert desk.get(path, If_None_Match=tag).status_code == 200


def test_conditional_create_is_refused(desk: Desk) -> None:
    """A duplicate check that is silently not made is worse than none."""
    answer = desk.post(response(), If_None_Exist="identifier=urn:a|1")
    assert (answer.status_code, issue(answer)["code"]) == (400, "not-supported")
    assert desk.is_empty()


def test_conditional_update_and_delete_are_not_offered(desk: Desk) -> None:
    """PUT and DELETE of a search."""
    for method in ("PUT", "DELETE"):
        answer = desk.send(method, f"{RESPONSES}?identifier=urn:a|1", response())
        assert answer.status_code == 405
    assert desk.is_empty()


@pytest.mark.parametrize(
    "path",
    [
        f"{RESPONSES}/r1",
        f"{RESPONSES}/r1/_history/1",
        f"{RESPONSES}/none",
        OBSERVATIONS,
        "/fhir/metadata",
        "/fhir/Questionnaire",
        "/fhir/Questionnaire/alliance-checklist",
        "/healthz",
        "/readyz",
    ],
)
def test_head_answers_as_get_without_a_body(desk: Desk, path: str) -> None:
    """The same status and headers."""
    desk.put("r1", response())
    whole, head = desk.get(path), desk.send("HEAD", path)
    assert (head.status_code, head.data) == (whole.status_code, b"")
    for name in ("Content-Type", "Content-Length", "ETag", "Last-Modified"):
        assert head.headers.get(name) == whole.headers.get(name)


def test_nothing_of_a_patient_is_cached(desk: Desk) -> None:
    """Every answer says so, and forbids to guess its type."""
    desk.put("r1", response())
    for path in (f"{RESPONSES}/r1", OBSERVATIONS, f"{RESPONSES}/none"):
        answer = desk.get(path)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
