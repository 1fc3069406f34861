"""If-Match, If-None-Match, history and delete: https://hl7.org/fhir/R4/http.html#concurrency."""

from tests.contracts.speaking import Speaking, etag, new_id, observation, told, version


def test_the_right_version(fhir: Speaking) -> None:
    """An update that names the current version is carried out."""
    first = fhir.made(observation())
    second = told(fhir.put({**first, "status": "amended"}, If_Match=etag(first)), 200)

    assert fhir.kept(first) == second


def test_a_stale_version(fhir: Speaking) -> None:
    """An update that names an older version is refused, and nothing changes."""
    first = fhir.made(observation())
    fhir.put({**first, "status": "amended"})
    late = {**first, "status": "cancelled"}
    answer = fhir.unchanged(first, lambda: fhir.put(late, If_Match=etag(first)))

    assert answer.status_code == fhir.does.put_with_stale_version


def test_a_version_of_nothing(fhir: Speaking) -> None:
    """If-Match where nothing is: refused, but for those that create all the same."""
    ours = observation(id=new_id())
    answer = fhir.put(ours, If_Match='W/"1"')
    made = fhir.does.put_with_version_of_nothing == 201

    assert answer.status_code == fhir.does.put_with_version_of_nothing
    assert fhir.get(f"Observation/{ours['id']}").status_code == (200 if made else 404)


def test_only_where_nothing_is(fhir: Speaking) -> None:
    """`If-None-Match: *` keeps what is there where it is heeded; R4 does not ask servers to."""
    first = fhir.made(observation())
    answer = fhir.put({**first, "status": "amended"}, If_None_Match="*")
    heeded = fhir.does.put_over_something != 200

    assert answer.status_code == fhir.does.put_over_something
    assert fhir.kept(first)["status"] == ("final" if heeded else "amended")


def test_every_version_can_be_read(fhir: Speaking) -> None:
    """By its own address, and in the history."""
    first = fhir.made(observation())
    second = told(fhir.put({**first, "status": "amended"}), 200)
    kept = [fhir.get(f"Observation/{first['id']}/_history/{version(one)}") for one in (first, second)]

    assert [told(one, 200) for one in kept] == [first, second]
    assert fhir.versions(first) == [version(second), version(first)]


def test_a_version_that_never_was(fhir: Speaking) -> None:
    """Is not found."""
    first = fhir.made(observation())

    assert fhir.get(f"Observation/{first['id']}/_history/99").status_code == 404


def test_delete(fhir: Speaking) -> None:
    """It is gone, not unknown."""
    first = fhir.made(observation())

    assert fhir.delete(first).status_code == fhir.does.delete
    assert fhir.get(f"Observation/{first['id']}").status_code == 410
    assert fhir.delete(first).status_code == fhir.does.delete_again
    history = f"Observation/{first['id']}/_history"
    assert fhir.get(f"{history}/{version(first)}").status_code == fhir.does.read_deleted_version
    assert fhir.get(history).status_code == fhir.does.history_of_deleted


def test_put_brings_it_back(fhir: Speaking) -> None:
    """At the same id, as a newer version."""
    first = fhir.made(observation())
    fhir.delete(first)
    back = told(fhir.put(first), fhir.does.put_at_deleted_id)

    assert fhir.kept(first) == back
    assert version(back) != version(first)


def test_a_late_write_after_a_delete(fhir: Speaking) -> None:
    """If-Match names the version that was deleted: refused, but for those that bring it back all the same."""
    first = fhir.made(observation())
    fhir.delete(first)
    answer = fhir.put({**first, "status": "amended"}, If_Match=etag(first))

    assert answer.status_code == fhir.does.put_with_deleted_version
    assert fhir.get(f"Observation/{first['id']}").status_code == (200 if answer.ok else 410)
