"""By what a response is known again."""

import re
import uuid
from typing import Any

import pytest

from fhir_alliance.fhir.identity import (
    Door,
    Key,
    bytes_key,
    id_key,
    identifier_of,
    keys,
    observation_id,
    submission_id,
    version_digest,
)
from tests.building import SUBMISSION, altered, response, without

PLAIN = response(therapist="Dr Rivera")
NAMED = response(identifier=("urn:clinic", "42"))


@pytest.mark.parametrize("door", Door)
def test_an_id_is_known_at_its_door(door: Door) -> None:
    """The same id at two doors is two keys."""
    assert keys(PLAIN, door, "r1") == (Key(door.value, "r1"),) == (id_key(door, "r1"),)


def test_keys_come_strongest_first() -> None:
    """The id, then the identifier; with either, the content is no key."""
    assert [key.kind for key in keys(NAMED, Door.NOTIFY, "r1")] == ["notify", "identifier"]
    assert [key.kind for key in keys(NAMED, Door.NOTIFY, None)] == ["identifier"]
    assert [key.kind for key in keys(PLAIN, Door.NOTIFY, None)] == ["content"]


@pytest.mark.parametrize("response_id", ["", ".", "..", "a/b", "x" * 65, "ä", "a b", "a\n"])
def test_what_is_no_id_is_no_key(response_id: str) -> None:
    """An id that FHIR does not allow names nothing."""
    assert [key.kind for key in keys(PLAIN, Door.FHIR, response_id)] == ["content"]


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ({"system": "urn:s", "value": "v"}, ("urn:s", "v")),
        ({"value": "v"}, None),
        ({"system": "urn:s"}, None),
        ({"system": 1, "value": "v"}, None),
        ("v", None),
        ([], None),
        (None, None),
    ],
)
def test_identifier_has_system_and_value(identifier: Any, expected: tuple[str, str] | None) -> None:
    """Half an identifier could be anybody's, and what is malformed is none."""
    assert identifier_of({"identifier": identifier}) == expected


def test_system_and_value_are_not_run_together() -> None:
    """Two identifiers that read alike when joined are two keys."""
    one, two = (keys(response(identifier=pair), Door.FHIR, None) for pair in (("a", "bc"), ("ab", "c")))
    assert one != two


@pytest.mark.parametrize(
    "changed",
    [
        response("YYYYYYYNN", therapist="Dr Rivera"),
        response(therapist="Dr River"),
        response(subject="Patient/p2", therapist="Dr Rivera"),
        response(authored="2026-11-13", therapist="Dr Rivera"),
        response(encounter="Encounter/e1", therapist="Dr Rivera"),
        response(questionnaire="urn:other", therapist="Dr Rivera"),
    ],
)
def test_content_is_what_was_answered(changed: dict[str, Any]) -> None:
    """Another answer, subject, time, encounter or Questionnaire is another submission."""
    assert keys(changed, Door.FHIR, None) != keys(PLAIN, Door.FHIR, None)


@pytest.mark.parametrize(
    "same",
    [
        dict(reversed(PLAIN.items())),
        {**PLAIN, "status": "amended"},
        {**PLAIN, "meta": {"versionId": "7"}, "id": "x"},
        altered(PLAIN, "item", 0, "text", to="Who did you meet or speak with?"),
        {**PLAIN, "item": [*PLAIN["item"], {"linkId": "sharing"}]},
    ],
)
def test_content_is_no_more_than_that(same: dict[str, Any]) -> None:
    """The order of keys, status, meta, texts and empty items do not make it another."""
    assert keys(same, Door.FHIR, None) == keys(PLAIN, Door.FHIR, None)


@pytest.mark.parametrize(
    "item", [None, "x", 1, [], {}, [None], [1], [{}], [{"answer": 1}], [{"item": "x"}], "\ud800"]
)
def test_any_json_has_a_content_key(item: Any) -> None:
    """What is not valid R4 is known again, too."""
    assert keys({**PLAIN, "item": item}, Door.NOTIFY, None) == keys({**PLAIN, "item": item}, Door.NOTIFY, None)


def test_any_bytes_have_a_key() -> None:
    """A body in which nothing can be read is known by its bytes."""
    assert bytes_key(b"\xff") == bytes_key(b"\xff") != bytes_key(b"\xfe")


def test_keys_tell_no_identifier() -> None:
    """Identifiers and answers stand in the ledger's keys as digests."""
    for key in (*keys(NAMED, Door.FHIR, None), *keys(PLAIN, Door.FHIR, None)):
        assert re.fullmatch("[0-9a-f]{64}", key.value)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ({**PLAIN, "id": "x", "meta": {"versionId": "2", "lastUpdated": "2026-11-12T10:00:00Z"}}, True),
        (dict(reversed(PLAIN.items())), True),
        ({**PLAIN, "meta": "malformed"}, True),
        ({**PLAIN, "status": "amended"}, False),
        (without(PLAIN, "authored"), False),
        ({**PLAIN, "meta": {"security": [{"code": "R"}]}}, False),
    ],
)
def test_the_same_version(other: dict[str, Any], same: bool) -> None:
    """Equal but for id and meta; a security label, though, is a difference that must reach the chart."""
    assert (version_digest(other) == version_digest(PLAIN)) is same


def test_ids_are_uuids_of_their_own() -> None:
    """One submission in two clinics, or for two patients, has two ids; asked again, the same."""
    made = [submission_id("a", Key("fhir", "r1")), submission_id("b", Key("fhir", "r1"))]
    made += [submission_id("a", Key("notify", "r1"))]
    made += [observation_id("a", SUBMISSION, f"Patient/p{number}") for number in (1, 2)]
    made += [observation_id("b", SUBMISSION, "Patient/p1"), observation_id("a", "other", "Patient/p1")]
    assert len(set(made)) == len(made)
    assert {uuid.UUID(one).version for one in made} == {5}
    assert observation_id("a", SUBMISSION, "Patient/p1") == made[3]


def test_link_ids_of_two_types_are_no_error() -> None:
    """What is not valid R4 is kept by notify all the same, so it has a key, too."""
    answer = [{"valueString": "x"}]
    odd = {
        "resourceType": "QuestionnaireResponse",
        "item": [{"linkId": "a", "answer": answer}, {"linkId": 7, "answer": answer}],
    }
    assert [key.kind for key in keys(odd, Door.NOTIFY, None)] == ["content"]
