"""The FHIR interactions over HTTP."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from fhir_alliance.sandbox import Sandbox

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def test_metadata_is_a_valid_statement_of_what_is_served(client, is_valid):
    """The CapabilityStatement is valid R4 and says what may be written, and how."""
    answer = client.get("metadata")
    statement = answer.json()
    observation = next(one for one in statement["rest"][0]["resource"] if one["type"] == "Observation")

    assert is_valid(statement)
    assert tuple(statement[k] for k in ("fhirVersion", "kind", "format")) == ("4.0.1", "instance", ["json"])
    assert statement["status"] == "active"
    assert INSTANT.fullmatch(statement["date"])
    assert statement["rest"][0]["mode"] == "server"
    assert tuple(
        observation[k] for k in ("updateCreate", "readHistory", "conditionalCreate", "conditionalUpdate")
    ) == (True, True, True, True)
    assert observation["versioning"] == "versioned-update"
    assert {"create", "read", "vread", "update", "delete", "history-instance", "search-type"} == {
        one["code"] for one in observation["interaction"]
    }
    assert {"_id", "identifier", "subject", "patient", "code", "status", "derived-from"} <= {
        one["name"] for one in observation["searchParam"]
    }


def test_create_gives_an_id_and_says_where(client, observation, is_valid):
    """POST answers 201 with a new id, a version, and headers that name them."""
    answer = client.post(observation("mine"))
    kept = answer.json()
    where = f"{client.ehr.base_url}/Observation/{kept['id']}/_history/1"

    assert answer.status_code == 201
    assert is_valid(kept)
    assert kept["id"] != "mine"
    assert kept["meta"]["versionId"] == "1"
    assert INSTANT.fullmatch(kept["meta"]["lastUpdated"])
    assert (where, 'W/"1"') == (answer.headers["Location"], answer.headers["ETag"])
    assert answer.headers["Last-Modified"].endswith("GMT")
    assert answer.headers["Content-Type"] == "application/fhir+json"
    assert kept == client.get(f"Observation/{kept['id']}").json()


def test_update_creates_first_and_then_counts_versions(client, observation):
    """PUT answers 201 for a new id, then 200 with the next version."""
    first, second = client.put(observation()), client.put(observation(status="amended"))

    assert (first.status_code, first.headers["ETag"]) == (201, 'W/"1"')
    assert (second.status_code, second.headers["ETag"]) == (200, 'W/"2"')
    assert client.get("Observation/o1").json()["status"] == "amended"


def test_the_same_body_again_changes_nothing(client, observation):
    """An update with equal content answers 200 and keeps the version, whatever its own meta says."""
    kept = client.put(observation(meta={"versionId": "77", "tag": [{"code": "x"}]})).json()
    again = client.put(observation(meta={"lastUpdated": "2001-01-01T00:00:00Z", "tag": [{"code": "x"}]}))

    assert (200, 'W/"1"', kept) == (again.status_code, again.headers["ETag"], again.json())
    assert client.get("Observation/o1/_history").json()["total"] == 1


@pytest.mark.parametrize("body_id", [None, "other"])
def test_the_body_must_carry_the_id_of_the_path(client, observation, refused, body_id):
    """PUT with another id in the body, or none, is refused."""
    body = {**observation(), "id": body_id} if body_id else {"resourceType": "Observation"}

    assert refused(client.send("PUT", "Observation/o1", body), 400, "invalid")


@pytest.mark.parametrize("id_", ["a_b", "x" * 65])
def test_ids_are_fhir_ids(client, observation, refused, id_):
    """PUT at something that is no FHIR id is refused."""
    assert refused(client.put(observation(id_)), 400, "invalid")


def test_vread_gives_each_version(client, observation, refused):
    """Old versions stay readable; a version that never was is not found."""
    client.put(observation())
    client.put(observation(status="amended"))

    assert [client.get(f"Observation/o1/_history/{n}").json()["status"] for n in (1, 2)] == ["final", "amended"]
    assert refused(client.get("Observation/o1/_history/3"), 404, "not-found")


def test_delete_leaves_a_gap_that_a_later_put_fills(client, observation, refused):
    """After DELETE a read is 410; PUT creates again, and the versions go on."""
    client.put(observation())

    assert client.send("DELETE", "Observation/o1").status_code == 204
    assert client.send("DELETE", "Observation/o1").status_code == 204
    assert refused(client.get("Observation/o1"), 410, "deleted")
    assert refused(client.get("Observation/o1/_history/2"), 410, "deleted")
    assert client.get("Observation?_id=o1").json()["total"] == 0
    again = client.put(observation())
    assert (again.status_code, again.headers["ETag"]) == (201, 'W/"3"')


def test_delete_of_what_never_was_is_fine(client, refused):
    """DELETE of an unknown id answers 204 and makes nothing."""
    assert client.send("DELETE", "Observation/never").status_code == 204
    assert refused(client.get("Observation/never"), 404, "not-found")


def test_history_is_newest_first_with_deletes(client, observation, is_valid, refused):
    """The history lists every version; a delete is an entry without a resource."""
    client.put(observation())
    client.send("DELETE", "Observation/o1")
    client.put(observation(status="amended"))
    bundle = client.get("Observation/o1/_history").json()

    assert is_valid(bundle)
    assert (bundle["type"], bundle["total"]) == ("history", 3)
    assert [one["request"]["method"] for one in bundle["entry"]] == ["PUT", "DELETE", "PUT"]
    assert ["resource" in one for one in bundle["entry"]] == [True, False, True]
    assert [one["response"]["status"] for one in bundle["entry"]] == [
        "201 Created",
        "204 No Content",
        "201 Created",
    ]
    assert refused(client.get("Observation/never/_history"), 404, "not-found")


def test_last_updated_rises_strictly_over_the_whole_server(client, observation):
    """No two writes share an instant, whatever their type and however quick they come."""
    resources = [
        *(observation(f"o{n}") for n in range(20)),
        *({"resourceType": "Patient", "id": f"p{n}"} for n in range(20)),
    ]
    moments = [client.put(one).json()["meta"]["lastUpdated"] for one in resources]

    assert sorted(set(moments)) == moments


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_if_match_guards_a_write(client, observation, refused, method):
    """A stale If-Match, or one on an absent resource, is refused; the current one passes."""
    assert refused(client.send(method, "Observation/o1", observation(), If_Match='W/"1"'), 412, "conflict")
    client.put(observation())
    client.put(observation(status="amended"))
    body = observation(status="corrected")

    assert refused(client.send(method, "Observation/o1", body, If_Match='W/"1"'), 412, "conflict")
    assert client.send(method, "Observation/o1", body, If_Match='W/"2"').status_code in {200, 204}


def test_prefer_minimal_answers_without_body(client, observation):
    """`Prefer: return=minimal` keeps the headers and leaves the body out."""
    answer = client.put(observation(), Prefer="return=minimal")

    assert (answer.status_code, answer.content, answer.headers["ETag"]) == (201, b"", 'W/"1"')


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[1]",
        b'"x"',
        b'{"resourceType": "Observation", "id": "o1", "x": NaN}',
        b'{"resourceType": "Observation", "id": "o1", "x": 1e999}',
        b'{"resourceType": "Observation", "id": "o1", "x": "\\ud800"}',
        b'{"resourceType": "Observation", "id": "o1", "id": "o1"}',
        b'{"resourceType": "Observation", "id": "o1", "meta": []}',
        b'{"resourceType": "Patient", "id": "o1"}',
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_a_body_that_is_no_such_resource_is_refused(client, body):
    """Whatever is not one resource of the type in JSON is answered 400."""
    answer = client.send("PUT", "Observation/o1", body)

    assert (answer.status_code, answer.json()["resourceType"]) == (400, "OperationOutcome")


def test_only_json_is_taken(client, observation, refused):
    """Another content type is refused."""
    answer = client.put(observation(), **{"Content-Type": "application/fhir+xml"})

    assert refused(answer, 415, "not-supported")


def test_a_large_body_is_refused_and_the_connection_lives(client, observation, refused):
    """More than a megabyte is answered 413, and the next request goes well."""
    assert refused(client.put(observation(note=[{"text": "x" * 1_000_000}])), 413, "too-long")
    assert client.put(observation()).status_code == 201


def test_a_body_in_chunks_is_understood(client):
    """Transfer-Encoding chunked is read like any other body."""
    parts = (bytes([one]) for one in b'{"resourceType": "Patient", "id": "p1"}')
    answer = requests.put(
        f"{client.ehr.base_url}/Patient/p1", data=parts, headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "Medication/1", 404),
        ("POST", "Medication", 404),
        ("PUT", "metadata/x", 404),
        ("PUT", "", 404),
        ("PATCH", "Observation/o1", 405),
        ("DELETE", "Observation", 405),
        ("GET", "Observation/o1/$validate", 405),
        ("OPTIONS", "Observation", 405),
    ],
)
def test_what_is_not_served_says_so_in_fhir(client, refused, method, path, status):
    """Unknown types and interactions are refused with an OperationOutcome."""
    assert refused(client.send(method, path, {"resourceType": "Observation"}), status, "not-supported")


def test_head_answers_without_a_body(client, observation):
    """HEAD is a read without the body, and leaves the connection usable."""
    client.put(observation())
    answer = client.send("HEAD", "Observation/o1")

    assert (answer.status_code, answer.headers["ETag"], answer.content) == (200, 'W/"1"', b"")
    assert client.get("Observation/o1").status_code == 200


def test_a_token_is_asked_for_everywhere_but_at_the_metadata():
    """With a token set, only /metadata is open."""
    with Sandbox(token="s3cret") as ehr:
        url = f"{ehr.base_url}/Patient"

        assert requests.get(f"{ehr.base_url}/metadata").status_code == 200
        assert requests.get(url, headers={"Authorization": "Bearer s3cret"}).status_code == 200
        for headers in ({}, {"Authorization": "Bearer other"}, {"Authorization": "Basic s3cret"}):
            answer = requests.get(url, headers=headers)
            assert (answer.status_code, answer.json()["issue"][0]["code"]) == (401, "login")


def test_parallel_updates_of_one_id_lose_no_version(client, observation):
    """Twenty writers at once make twenty versions, and exactly one 201."""

    def write(number: int) -> int:
        resource = observation(note=[{"text": str(number)}])
        return requests.put(
            f"{client.ehr.base_url}/Observation/o1", json=resource, headers={"Prefer": "return=minimal"}
        ).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(write, range(20)))

    assert [*[200] * 19, 201] == statuses
    assert client.get("Observation/o1/_history").json()["total"] == 20


def test_a_closed_sandbox_answers_nobody(client):
    """Closing ends kept connections too, and may be repeated."""
    client.get("metadata")
    client.ehr.close()
    client.ehr.close()

    with pytest.raises(requests.ConnectionError):
        client.get("metadata")


def test_a_closed_sandbox_frees_its_port(client):
    """Another sandbox can start at once where one was closed."""
    client.get("metadata")
    port = int(client.ehr.url.rpartition(":")[2])
    client.ehr.close()

    with Sandbox(port) as again:
        assert requests.get(f"{again.base_url}/metadata").status_code == 200
