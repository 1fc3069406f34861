"""PUT with a search in place of an id: https://hl7.org/fhir/R4/http.html#cond-update."""

from tests.contracts.speaking import Speaking, by_identifier, etag, new_id, observation, told


def test_created_then_updated(fhir: Speaking) -> None:
    """What is not there is made; what is there is changed where it stands."""
    ours = new_id()
    where = f"Observation?{by_identifier(ours)}"
    first = told(fhir.send("PUT", where, observation(ours)), 201)
    second = told(fhir.send("PUT", where, observation(ours, status="amended")), 200)

    assert first["id"] == second["id"]
    assert fhir.kept(first)["status"] == "amended"
    assert fhir.found(where) == [first["id"]]


def test_two_are_there(fhir: Speaking) -> None:
    """It is refused, and neither changes."""
    ours = new_id()
    first, second = (fhir.made(observation(ours)) for _ in range(2))
    where, changed = f"Observation?{by_identifier(ours)}", observation(ours, status="amended")
    answer = fhir.unchanged(first, lambda: fhir.unchanged(second, lambda: fhir.send("PUT", where, changed)))

    assert answer.status_code == 412


def test_a_stale_version(fhir: Speaking) -> None:
    """If-Match is heeded by some only, so that our delivery names an id where it names a version."""
    ours = new_id()
    where = f"Observation?{by_identifier(ours)}"
    first = told(fhir.send("PUT", where, observation(ours)), 201)
    fhir.send("PUT", where, observation(ours, status="amended"))
    late = fhir.send("PUT", where, observation(ours, status="cancelled"), If_Match=etag(first))
    heeded = fhir.does.conditional_update_with_stale_version != 200

    assert late.status_code == fhir.does.conditional_update_with_stale_version
    assert fhir.kept(first)["status"] == ("amended" if heeded else "cancelled")
