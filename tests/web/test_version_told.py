"""The version that an answer names is the one that is served, whatever came by the other door."""

from urllib.parse import urlsplit

import pytest
from werkzeug.test import TestResponse

from tests.building import Resource, response
from tests.web.desk import RESPONSES, Desk, resource, updated

IDENTIFIER = ("urn:clinic:forms", "7731")
FIRST = response((5, 0, 0), identifier=IDENTIFIER)


def place(answer: TestResponse) -> str:
    """The path that Location names."""
    return urlsplit(answer.headers["Location"]).path


def served(desk: Desk, answer: TestResponse) -> None:
    """What an answer names is served there, and is what stands under the id."""
    there, current = desk.get(place(answer)), desk.get(place(answer).partition("/_history")[0])
    assert (there.status_code, current.status_code) == (200, 200)
    assert there.headers["ETag"] == current.headers["ETag"] == answer.headers["ETag"]
    assert resource(there) == resource(current)


@pytest.mark.case("fhir-reads")
@pytest.mark.parametrize("events", [1, 2])
def test_posted_again_after_the_ehr_told_of_it(desk: Desk, events: int) -> None:
    """Versions of the EHR's are no versions of our server: the same POST names the one that is held here."""
    first = desk.post(FIRST)
    for number in range(events):
        desk.tell("e1", response((6 + number, 0, 0), identifier=IDENTIFIER, meta=updated(number)))
    again = desk.post(FIRST)

    assert (first.status_code, again.status_code) == (201, 200)
    assert (place(again), again.headers["ETag"]) == (place(first), first.headers["ETag"])
    served(desk, again)


@pytest.mark.case("fhir-reads")
def test_posted_first_when_the_ehr_has_told_of_it(desk: Desk) -> None:
    """The first version here has a number of its own, and is served under it."""
    desk.tell("e1", response((6, 0, 0), identifier=IDENTIFIER))
    created, again = desk.post(FIRST), desk.post(FIRST)

    assert (created.status_code, again.status_code) == (201, 200)
    served(desk, created)
    served(desk, again)


@pytest.mark.case("fhir-reads")
def test_the_version_named_can_be_replaced(desk: Desk) -> None:
    """If-Match takes the ETag that was told, and no other."""
    desk.post(FIRST)
    desk.tell("e1", response((6, 0, 0), identifier=IDENTIFIER, meta=updated(1)))
    again = desk.post(FIRST)
    own_id = place(again).split("/")[3]
    other = desk.put(own_id, response((4, 0, 0), identifier=IDENTIFIER), If_Match='W/"2"')
    named = desk.put(own_id, response((4, 0, 0), identifier=IDENTIFIER), If_Match=again.headers["ETag"])

    assert (other.status_code, named.status_code) == (412, 200)
    served(desk, named)


@pytest.mark.case("withdrawn-by-identity")
@pytest.mark.parametrize("meta", ["x", 7, ["x"], None, True, {}])
def test_a_withdrawal_whose_meta_is_no_object(desk: Desk, meta: object) -> None:
    """It is taken in by its identity; read back it has our meta, as everything has."""
    body: Resource = {**response(status="entered-in-error"), "meta": meta}
    put = desk.put("r1", body, Prefer="return=representation")
    read = desk.read("r1")

    assert (put.status_code, read.status_code) == (201, 200)
    assert set(resource(read)["meta"]) == set(resource(put)["meta"]) == {"versionId", "lastUpdated"}
    assert desk.get(f"{RESPONSES}/r1/_history/1").status_code == 200
    assert desk.put("r1", {**body, "meta": "y"}, Prefer="return=representation").status_code == 200
