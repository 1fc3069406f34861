"""A transaction Bundle, as senders file a form with: https://hl7.org/fhir/R4/http.html#transaction."""

import re

from tests.contracts.speaking import SYSTEM, Resource, Speaking, by_identifier, etag, new_id, observation, told

URN = "urn:uuid:"


def post(resource: Resource, full_url: str, **conditions: str) -> Resource:
    """An entry that creates."""
    return {
        "fullUrl": full_url,
        "resource": resource,
        "request": {"method": "POST", "url": resource["resourceType"], **conditions},
    }


def put(resource: Resource, **conditions: str) -> Resource:
    """An entry that updates."""
    where = f"{resource['resourceType']}/{resource['id']}"
    return {"resource": resource, "request": {"method": "PUT", "url": where, **conditions}}


def transact(fhir: Speaking, *entries: Resource) -> list[tuple[str, str]]:
    """Send them as one; of each, its status and the id that Location names."""
    answer = told(fhir.send("POST", "", bundle(*entries)), 200)
    assert answer["type"] == "transaction-response"
    return [outcome(entry["response"]) for entry in answer["entry"]]


def bundle(*entries: Resource) -> Resource:
    """A transaction."""
    return {"resourceType": "Bundle", "type": "transaction", "entry": list(entries)}


def outcome(response: Resource) -> tuple[str, str]:
    """Status and id."""
    place = re.search(r"(?:^|/)[A-Z]\w+/([^/]+)(/_history/[^/]+)?$", response.get("location", ""))
    return response["status"][:3], place[1] if place else ""


def test_entries_that_name_each_other(fhir: Speaking) -> None:
    """What has no id yet is named by its fullUrl, and by its id in what is kept."""
    person, ours, standing = URN + new_id(), new_id(), fhir.made(observation())
    patient = {"resourceType": "Patient", "identifier": [{"system": SYSTEM, "value": f"{URN}{ours}"}]}
    changed = observation(id=standing["id"], subject={"reference": person})
    entries = [
        put(changed),
        post(observation(ours, subject={"reference": person}), URN + new_id()),
        post(patient, person, ifNoneExist=by_identifier(ours)),
    ]
    (updated, made, first), (_, _, second) = transact(fhir, *entries), transact(fhir, *entries)
    subject = {"reference": f"Patient/{first[1]}"}

    assert (updated, made[0], first[0]) == (("200", standing["id"]), "201", "201")
    assert second == ("200", first[1])
    assert fhir.kept(standing)["subject"] == subject
    assert fhir.kept({"resourceType": "Observation", "id": made[1]})["subject"] == subject
    assert fhir.found(f"Patient?{by_identifier(ours)}") == [first[1]]


def test_two_with_one_condition(fhir: Speaking) -> None:
    """Two entries that ask for the same make one; some servers answer only one, too."""
    ours = new_id()
    entries = [post(observation(ours), URN + new_id(), ifNoneExist=by_identifier(ours)) for _ in range(2)]
    first, *second = transact(fhir, *entries)

    assert fhir.found(f"Observation?{by_identifier(ours)}") == [first[1]]
    assert {id_ for _, id_ in second} <= {first[1]}


def test_one_bad_entry(fhir: Speaking) -> None:
    """The others are undone; where they are not, the answer tells which one failed."""
    ours, standing = new_id(), fhir.made(observation())
    fhir.put({**standing, "status": "amended"})
    late = put(observation(id=standing["id"], status="cancelled"), ifMatch=etag(standing))
    answer = fhir.send("POST", "", bundle(post(observation(ours), URN + new_id()), late))
    stale = fhir.does.transactions_are_atomic and fhir.does.put_with_stale_version

    assert answer.status_code == (stale or 200)
    assert len(fhir.found(f"Observation?{by_identifier(ours)}")) == (0 if stale else 1)


def test_an_entry_that_refers_to_nothing(fhir: Speaking) -> None:
    """Is refused with the others, where references are checked."""
    ours = new_id()
    good, bad = observation(ours), observation(ours, subject={"reference": f"Patient/{new_id()}"})
    answer = fhir.send("POST", "", bundle(post(good, URN + new_id()), post(bad, URN + new_id())))
    checked = fhir.does.refer_to_absent == 400

    assert answer.status_code == (400 if checked else 200)
    assert len(fhir.found(f"Observation?{by_identifier(ours)}")) == (0 if checked else 2)
