"""Behind a proxy, links lead to where callers reach the service."""

from pathlib import Path

from tests.building import response
from tests.web.desk import open_desk, resource

TOKEN = "a token of the test"
CALLER = {"Authorization": f"Bearer {TOKEN}"}


def test_every_link_is_public(tmp_path: Path) -> None:
    """Location, self and next links, full URLs and the statement's own URL; a forwarded header changes none."""
    public = "https://alliance.example"
    with open_desk(tmp_path, PUBLIC_URL=public, TOKEN=TOKEN) as desk:
        forwarded = {**CALLER, "X_Forwarded_Host": "evil.example", "X_Forwarded_Proto": "http"}
        created = desk.post(response(), **forwarded)
        desk.post(response((5, 0, 0)), **forwarded)
        page = resource(desk.get("/fhir/Observation?_count=1", **forwarded))
        statement = resource(desk.get("/fhir/metadata", **forwarded))

    assert created.headers["Location"].startswith(f"{public}/fhir/QuestionnaireResponse/")
    assert {link["url"].split("?")[0] for link in page["link"]} == {f"{public}/fhir/Observation"}
    assert page["entry"][0]["fullUrl"].startswith(f"{public}/fhir/Observation/")
    assert statement["implementation"]["url"] == f"{public}/fhir"
