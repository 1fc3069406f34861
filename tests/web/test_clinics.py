"""Many clinics in one service: each has its path, its token, its rows, and sees nothing of another's."""

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from fhir_alliance import wiring
from fhir_alliance.ledger.tables import metadata
from fhir_alliance.settings import read_settings
from fhir_alliance.web.app import create_app
from fhir_alliance.wiring import make_service
from tests.building import response
from tests.web.desk import FHIR_JSON, _read_once, resource

TOKENS = {"north": "north-north-north-north", "south": "south-south-south-south"}
FILE = """
[clinics.north]
token = "north-north-north-north"
[clinics.south]
token = "south-south-south-south"
sharing = "none"
"""


@pytest.fixture
def client(tmp_path: Path) -> Iterator[FlaskClient]:
    """Two clinics, each its own chart."""
    (tmp_path / "settings.toml").write_text(FILE)
    given = {"CONFIG": str(tmp_path / "settings.toml"), "DATABASE_URL": f"sqlite:///{tmp_path / 'ledger.sqlite'}"}
    settings = read_settings({f"FHIR_ALLIANCE_{name}": value for name, value in given.items()})
    with patch.object(wiring, "read_catalog", _read_once):
        service = make_service(settings)
    yield create_app(service).test_client()
    with service.database.reading() as connection:
        for table in metadata.tables.values():
            if "clinic" in table.columns:
                assert {row.clinic for row in connection.execute(table.select())} <= TOKENS.keys()
    service.database.engine.dispose()


def send(
    client: FlaskClient, method: str, path: str, body: object = None, *, clinic: str = "north", token: str = ""
) -> TestResponse:
    """A request at a clinic's path, by default with its own token."""
    headers = {"Authorization": f"Bearer {token or TOKENS[clinic]}", "Content-Type": FHIR_JSON}
    return client.open(f"/clinics/{clinic}{path}", method=method, json=body, headers=headers)


def filed(client: FlaskClient) -> TestResponse:
    """A response at the north clinic."""
    answer = send(client, "PUT", "/fhir/QuestionnaireResponse/r1", response(id="r1"))
    assert answer.status_code == 201, answer.text
    return answer


def test_links_lead_back_to_the_clinic(client: FlaskClient) -> None:
    """Location, self and next, fullUrl and the CapabilityStatement name the clinic's own place."""
    base = "http://localhost/clinics/north/fhir"
    location = filed(client).headers["Location"]
    assert location == f"{base}/QuestionnaireResponse/r1/_history/1"
    assert client.get(location.removeprefix("http://localhost")).status_code == 401

    bundle = resource(send(client, "GET", "/fhir/Observation"))
    assert bundle["link"][0]["url"] == f"{base}/Observation"
    assert bundle["entry"][0]["fullUrl"].startswith(f"{base}/Observation/")
    statement = resource(client.get("/clinics/north/fhir/metadata"))
    assert statement["implementation"]["url"] == base


CROSSINGS = [
    ("GET", "/fhir/QuestionnaireResponse/r1", 404),
    ("GET", "/fhir/QuestionnaireResponse/r1/_history/1", 404),
    ("GET", "/fhir/Observation/{id}", 404),
    ("GET", "/fhir/Observation", 200),
    ("GET", "/fhir/Observation?patient=p1", 200),
    ("GET", "/fhir/Observation?derived-from=r1", 200),
    ("GET", "/fhir/Observation?identifier=urn:uuid:{id}", 200),
    ("GET", "/fhir/Observation?_id={id}", 200),
]


@pytest.mark.parametrize(("method", "path", "status"), CROSSINGS, ids=lambda value: str(value))
def test_another_clinics_rows_are_not_there(client: FlaskClient, method: str, path: str, status: int) -> None:
    """Whatever is asked for by its id, by its patient or by search."""
    filed(client)
    (entry,) = resource(send(client, "GET", "/fhir/Observation"))["entry"]
    asked = path.format(id=entry["resource"]["id"])
    assert send(client, method, asked).status_code == 200
    answer = send(client, method, asked, clinic="south")
    assert answer.status_code == status
    assert resource(answer).get("total", 0) == 0


def test_one_id_at_two_clinics_is_two_submissions(client: FlaskClient) -> None:
    """To change, delete or tell of it here changes nothing there."""
    filed(client)
    before = resource(send(client, "GET", "/fhir/Observation"))["entry"]
    changed = response((1, 8, 0), id="r1", sharing="summary")
    assert send(client, "PUT", "/fhir/QuestionnaireResponse/r1", changed, clinic="south").status_code == 201
    theirs = resource(send(client, "GET", "/fhir/Observation", clinic="south"))["entry"]
    assert theirs[0]["resource"]["id"] != before[0]["resource"]["id"]
    for method, path in (
        ("DELETE", "/fhir/QuestionnaireResponse/r1"),
        ("DELETE", "/notify/QuestionnaireResponse/r1"),
        ("PUT", "/notify/QuestionnaireResponse/r1"),
    ):
        assert send(client, method, path, changed, clinic="south").status_code in (200, 204)
    assert resource(send(client, "GET", "/fhir/Observation"))["entry"] == before


def test_each_has_its_own_policy(client: FlaskClient) -> None:
    """Where the client did not say, nothing is shared at the south clinic."""
    filed(client)
    assert send(client, "POST", "/fhir/QuestionnaireResponse", response(), clinic="south").status_code == 201
    assert resource(send(client, "GET", "/fhir/Observation", clinic="south"))["total"] == 0


@pytest.mark.parametrize("path", ["/fhir/QuestionnaireResponse", "/notify", "/notify/QuestionnaireResponse"])
def test_anothers_token_opens_nothing(client: FlaskClient, path: str) -> None:
    """A token is good at its own clinic alone."""
    answer = send(client, "POST", path, response(), clinic="south", token=TOKENS["north"])
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "/fhir/QuestionnaireResponse",
        "/fhir/metadata",
        "/notify",
        "/clinics/east/fhir/metadata",
        "/clinics/default/fhir/metadata",
        "/clinics/north",
        "/clinics/north/healthz",
        "/clinics/north/clinics/south/fhir/metadata",
        "/clinics/NORTH/fhir/metadata",
    ],
)
def test_there_is_nothing_beside_the_clinics(client: FlaskClient, path: str) -> None:
    """No short path, no clinic that is not in the settings; where the doors are is told."""
    headers = {"Authorization": f"Bearer {TOKENS['north']}"}
    for answer in (client.get(path, headers=headers), client.post(path, headers=headers)):
        assert answer.status_code == 404
        assert "/clinics/NAME/notify" in answer.text


@pytest.mark.parametrize("path", ["/fhir/Patient", "/fhir/../../south/fhir/Observation"])
def test_there_is_no_way_from_one_clinic_into_another(client: FlaskClient, path: str) -> None:
    """What is not at its door is nowhere, and the doors are not told again."""
    answer = send(client, "GET", path)
    assert (answer.status_code, "/clinics/NAME" in answer.text) == (404, False)


def test_health_is_the_services(client: FlaskClient) -> None:
    """One process, one health, for no one clinic."""
    assert (client.get("/healthz").status_code, client.get("/readyz").status_code) == (200, 200)
