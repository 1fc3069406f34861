"""The CapabilityStatement is walked: all that it names is there, and what it does not name is refused."""

import pytest

from tests.building import Resource, response
from tests.web.desk import RESPONSES, Desk, resource

INTERACTIONS = {
    "read", "vread", "update", "patch", "delete", "history-instance", "history-type", "create", "search-type",
}  # fmt: skip
#: parameters that R4 defines for these types or for all, of which only some are offered
PARAMETERS = {
    "_id", "_lastUpdated", "_tag", "_profile", "_security", "_text", "_content", "_list", "_has", "_type",
    "_sort", "_include", "_revinclude", "_summary", "_elements", "_contained", "_query", "_filter", "_total",
    "url", "version", "name", "status", "title", "date", "publisher", "jurisdiction", "description", "code",
    "system", "identifier", "subject", "patient", "encounter", "author", "authored", "questionnaire",
    "category", "performer", "device", "method", "focus", "value-concept", "component-code", "derived-from",
    "based-on", "part-of", "source",
}  # fmt: skip
VALUES = {"date": "2026", "patient": "p1", "subject": "p1", "derived-from": "r1"}


@pytest.fixture
def stated(desk: Desk) -> dict[str, Resource]:
    """Type → what the server says of it; there is one response, r1."""
    desk.put("r1", response())
    (rest,) = resource(desk.get("/fhir/metadata"))["rest"]
    return {one["type"]: one for one in rest["resource"]}


def attempt(desk: Desk, kind: str, interaction: str) -> int:
    """The status of an interaction that should succeed where it is offered."""
    own = {"Observation": desk.entry().id, "QuestionnaireResponse": "r1"}.get(kind)
    id_ = own or resource(desk.get(f"/fhir/{kind}"))["entry"][0]["resource"]["id"]
    one, body = f"/fhir/{kind}/{id_}", response(id=id_)
    requests = {
        "read": ("GET", one),
        "vread": ("GET", f"{one}/_history/1"),
        "update": ("PUT", one),
        "patch": ("PATCH", one),
        "delete": ("DELETE", f"/fhir/{kind}/another"),
        "history-instance": ("GET", f"{one}/_history"),
        "history-type": ("GET", f"/fhir/{kind}/_history"),
        "create": ("POST", f"/fhir/{kind}"),
        "search-type": ("GET", f"/fhir/{kind}"),
    }
    method, path = requests[interaction]
    return desk.send(method, path, body if method in ("PUT", "POST", "PATCH") else None).status_code


def test_every_interaction_that_is_named_is_there(desk: Desk, stated: dict[str, Resource]) -> None:
    """And none that is not."""
    assert len(stated) == 6
    for kind, one in stated.items():
        named = {interaction["code"] for interaction in one["interaction"]}
        for interaction in INTERACTIONS:
            status = attempt(desk, kind, interaction)
            assert (status < 300) == (interaction in named), (kind, interaction, status)
            assert status < 300 or status in (404, 405)


def test_every_parameter_that_is_named_is_there(desk: Desk, stated: dict[str, Resource]) -> None:
    """And none that is not."""
    for kind, one in stated.items():
        named = {parameter["name"] for parameter in one.get("searchParam", ())}
        if not named:
            continue
        for parameter in PARAMETERS | named:
            status = desk.get(f"/fhir/{kind}?{parameter}={VALUES.get(parameter, 'x')}").status_code
            assert status == (200 if parameter in named else 400), (kind, parameter, status)


def test_the_conditions_are_as_stated(desk: Desk, stated: dict[str, Resource]) -> None:
    """Conditional create, read, update and delete; update as create."""
    said = stated["QuestionnaireResponse"]
    assert (said["conditionalCreate"], said["conditionalUpdate"]) == (False, False)
    assert desk.post(response(), If_None_Exist="identifier=x").status_code >= 400
    assert desk.send("PUT", f"{RESPONSES}?identifier=x", response()).status_code >= 400
    assert said["conditionalDelete"] == "not-supported"
    assert desk.send("DELETE", f"{RESPONSES}?identifier=x").status_code >= 400
    assert said["conditionalRead"] == "not-match"
    tag, modified = (desk.read("r1").headers[name] for name in ("ETag", "Last-Modified"))
    assert desk.read("r1", If_None_Match=tag).status_code == 304
    assert desk.read("r1", If_Modified_Since=modified).status_code == 200
    assert said["updateCreate"] is True
    assert desk.put("brand-new", response(subject="Patient/p2")).status_code == 201


def test_versioning_is_as_stated(desk: Desk, stated: dict[str, Resource]) -> None:
    """Versions are kept, can be read, and may be named in If-Match without need."""
    assert stated["QuestionnaireResponse"]["versioning"] == "versioned-update"
    assert stated["QuestionnaireResponse"]["readHistory"] is True
    desk.put("r1", response((6, 0, 0)))
    assert desk.read("r1/_history/1").status_code == 200


@pytest.mark.parametrize(
    ("kind", "elsewhere"), [("QuestionnaireResponse", "Questionnaire"), ("Questionnaire", "QuestionnaireResponse")]
)
def test_the_operation_is_there(desk: Desk, stated: dict[str, Resource], kind: str, elsewhere: str) -> None:
    """$extract and $process-response, each on its type, and on nothing else."""
    (operation,) = stated[kind]["operation"]
    path = f"/${operation['name']}"
    assert desk.send("POST", f"/fhir/{kind}{path}", response()).status_code == 200
    for other in (f"/fhir{path}", f"/fhir/{kind}/r1{path}", f"/fhir/{elsewhere}{path}"):
        assert desk.send("POST", other, response()).status_code in (404, 405)


def test_the_formats_are_as_stated(desk: Desk) -> None:
    """Each that is named is spoken."""
    for name in resource(desk.get("/fhir/metadata"))["format"]:
        assert desk.client.get("/fhir/metadata", query_string={"_format": name}).status_code == 200


@pytest.mark.case("metadata-open")
def test_the_statement_is_r4_of_this_place(desk: Desk) -> None:
    """The version that clients check before all else, and the base they reached."""
    statement = resource(desk.get("/fhir/metadata"))
    assert (statement["resourceType"], statement["fhirVersion"]) == ("CapabilityStatement", "4.0.1")
    assert statement["implementation"]["url"] == "http://localhost/fhir"
    assert statement["rest"][0]["security"]["cors"] is False
