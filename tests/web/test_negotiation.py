"""Media types on the way in and out: https://hl7.org/fhir/R4/http.html#mime-type."""

import json

import pytest

from tests.building import response
from tests.web.desk import FHIR_JSON, RESPONSES, Desk, issue, resource

BODY = json.dumps(response()).encode()


def send(desk: Desk, content_type: str | None, **headers: str) -> int:
    """The status of a create with this Content-Type."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if content_type is not None:
        named["Content-Type"] = content_type
    answer = desk.client.post(RESPONSES, data=BODY, headers=named)
    if answer.status_code != 201:
        assert issue(answer)["code"] == "not-supported"
        assert desk.is_empty()
    return answer.status_code


@pytest.mark.parametrize(
    "accept",
    [
        FHIR_JSON,
        "application/json",
        "text/json",
        "*/*",
        "application/*",
        "application/fhir+json; fhirVersion=4.0",
        "application/fhir+json; fhirVersion=4.0.1",
        "application/fhir+json;charset=UTF-8",
        "application/fhir+xml, application/fhir+json;q=0.5",
        "text/html, */*;q=0.1",
        "APPLICATION/FHIR+JSON",
    ],
)
def test_json_is_acceptable(desk: Desk, accept: str) -> None:
    """Every way to ask for FHIR JSON of R4 is answered with it."""
    answer = desk.get("/fhir/metadata", Accept=accept)
    assert answer.status_code == 200
    assert answer.content_type == f"{FHIR_JSON}; charset=utf-8"


@pytest.mark.parametrize(
    "accept",
    [
        "application/fhir+xml",
        "text/html",
        "application/fhir+json; fhirVersion=5.0",
        "application/fhir+json; fhirVersion=3.0",
        "application/fhir+json;q=0",
        "application/fhir+json;charset=latin-1",
        "nonsense",
        "application/fhir+json-patch",
    ],
)
def test_anything_else_is_not_acceptable(desk: Desk, accept: str) -> None:
    """406 with an OperationOutcome, at every path of the server."""
    for path in ("/fhir/metadata", "/fhir/Observation", "/fhir/Questionnaire", f"{RESPONSES}/r1"):
        answer = desk.get(path, Accept=accept)
        assert (answer.status_code, issue(answer)["code"]) == (406, "not-supported")


@pytest.mark.parametrize("wanted", ["json", "application/fhir%2Bjson", "application/json", "text/json"])
def test_format_wins_over_accept(desk: Desk, wanted: str) -> None:
    """A browser cannot set Accept: the parameter counts."""
    answer = desk.get(f"/fhir/metadata?_format={wanted}", Accept="text/html")
    assert answer.status_code == 200


@pytest.mark.parametrize("wanted", ["xml", "application/fhir%2Bxml", "html", "", "ttl"])
def test_another_format_is_not_acceptable(desk: Desk, wanted: str) -> None:
    """Whatever Accept says."""
    assert desk.get(f"/fhir/metadata?_format={wanted}", Accept=FHIR_JSON).status_code == 406


def test_an_unacceptable_write_keeps_nothing(desk: Desk) -> None:
    """Who cannot read the answer is told before anything happens."""
    assert desk.post(response(), Accept="application/fhir+xml").status_code == 406
    assert desk.is_empty()


@pytest.mark.parametrize(
    "content_type",
    [
        FHIR_JSON,
        "application/json",
        "text/json",
        "application/fhir+json; charset=utf-8",
        'application/fhir+json; charset="UTF-8"',
        "application/fhir+json; fhirVersion=4.0",
        "Application/FHIR+JSON; charset=utf-8; fhirVersion=4.0.1",
    ],
)
def test_json_is_taken(desk: Desk, content_type: str) -> None:
    """FHIR JSON by any of its names."""
    assert send(desk, content_type) == 201


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "application/fhir+xml",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/fhir+json; charset=latin-1",
        "application/fhir+json; charset=utf-16",
        "application/fhir+json; fhirVersion=5.0",
        "*/*",
    ],
)
def test_anything_else_is_not_taken(desk: Desk, content_type: str | None) -> None:
    """415: nothing is guessed from the body."""
    assert send(desk, content_type) == 415


def test_an_encoded_body_is_not_taken(desk: Desk) -> None:
    """No decompression, so no bomb."""
    assert send(desk, FHIR_JSON, Content_Encoding="gzip") == 415
    assert send(desk, FHIR_JSON, Content_Encoding="identity") == 201


def test_extract_negotiates_too(desk: Desk) -> None:
    """The operation is an interaction like any other."""
    assert desk.client.post(f"{RESPONSES}/$extract", data=BODY).status_code == 415
    answer = desk.send("POST", f"{RESPONSES}/$extract", response(), Accept="text/html")
    assert answer.status_code == 406


@pytest.mark.case("notify-errors")
@pytest.mark.parametrize("content_type", [None, "text/plain", "application/fhir+xml", FHIR_JSON])
def test_notify_takes_any_media_type(desk: Desk, content_type: str | None) -> None:
    """Senders of events name their bodies in many ways; what they hold decides."""
    headers = {"Accept": "text/html", **({"Content-Type": content_type} if content_type else {})}
    answer = desk.client.post("/notify", data=BODY, headers=headers)
    assert answer.status_code == 200
    assert resource(answer)["resourceType"] == "OperationOutcome"
    assert desk.versions() == [("notify", "scored", False)]
