"""Search, as our delivery, our publishing and senders use it: https://hl7.org/fhir/R4/search.html."""

import pytest

from tests.contracts.speaking import SYSTEM, Resource, Speaking, by_identifier, new_id, observation


def test_fresh_after_each_write(fhir: Speaking) -> None:
    """With `Cache-Control: no-cache`: created, named otherwise, named so again, deleted."""
    ours = new_id()
    where = f"Observation?{by_identifier(ours)}"
    seen = [fhir.found(where)]
    made = fhir.made(observation(ours))
    seen.append(fhir.found(where))
    for identifier in (new_id(), ours):
        fhir.put(observation(identifier, id=made["id"]))
        seen.append(fhir.found(where))
    fhir.delete(made)
    seen.append(fhir.found(where))

    assert seen == [[], [made["id"]], [], [made["id"]], []]


def test_without_no_cache(fhir: Speaking) -> None:
    """A server may answer what it answered a moment ago, which is why our client asks for no cache."""
    ours = new_id()
    where = f"Observation?{by_identifier(ours)}"
    before = fhir.found(where, Cache_Control="max-age=60")
    made = fhir.made(observation(ours))
    after = fhir.found(where, Cache_Control="max-age=60")

    assert before == []
    assert after == ([] if fhir.does.remembers_searches else [made["id"]])


def test_several_have_the_identifier(fhir: Speaking) -> None:
    """All are found."""
    ours = new_id()
    both = sorted(fhir.made(observation(ours))["id"] for _ in range(2))

    assert fhir.found(f"Observation?{by_identifier(ours)}") == both


@pytest.mark.parametrize(
    ("token", "is_found"),
    [("{system}|{value}", True), ("{value}", True), ("|{value}", False), ("urn:x|{value}", False)],
)
def test_how_an_identifier_is_named(fhir: Speaking, token: str, is_found: bool) -> None:
    """With its system, or without one; not with none, nor with another."""
    ours = new_id()
    made = fhir.made(observation(ours))
    asked = token.format(system=SYSTEM, value=f"urn:uuid:{ours}")

    assert fhir.found(f"Observation?identifier={asked}") == ([made["id"]] if is_found else [])


def test_by_id(fhir: Speaking) -> None:
    """One that is there, and one that is not."""
    made = fhir.made(observation())

    assert fhir.found(f"Observation?_id={made['id']}") == [made["id"]]
    assert fhir.found(f"Observation?_id={new_id()}") == []


def test_by_subject(fhir: Speaking, patient: Resource) -> None:
    """By the reference; by the id alone on some servers only."""
    made = fhir.made(observation(subject={"reference": f"Patient/{patient['id']}"}))
    fhir.made(observation())

    assert fhir.found(f"Observation?subject=Patient/{patient['id']}") == [made["id"]]
    for parameter in ("subject", "patient"):
        by_id = fhir.found(f"Observation?{parameter}={patient['id']}")
        assert by_id == ([made["id"]] if fhir.does.finds_by_bare_id else [])


@pytest.mark.parametrize("also", ["", "&version=2"])
def test_by_url_and_version(fhir: Speaking, also: str) -> None:
    """`url` finds every version and `version` the one; `url|version` in one parameter finds nothing."""
    url = f"https://example.org/{new_id()}"
    made = [
        fhir.made({"resourceType": "Questionnaire", "status": "active", "url": url, "version": one})["id"]
        for one in ("1", "2")
    ]

    assert fhir.found(f"Questionnaire?url={url}{also}") == (made[1:] if also else sorted(made))
    assert fhir.found(f"Questionnaire?url={url}|2") == []


def test_an_unknown_parameter(fhir: Speaking) -> None:
    """Is refused, or finds nothing: never is everything found, as if it had not been asked for."""
    ours = new_id()
    fhir.made(observation(ours))
    for search in ("identifyer=x", f"{by_identifier(ours)}&identifyer=x"):
        answer = fhir.get(f"Observation?{search}")
        assert answer.status_code == fhir.does.search_by_unknown_parameter
        assert "entry" not in answer.json()
