"""What a clinic's IT person meets at the start: settings, readiness, the database."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from fhir_alliance.errors import UnknownSchema, WrongSetting
from fhir_alliance.ledger.tables import alias, entry, history, notice, submission, version
from fhir_alliance.settings import read_settings
from tests.building import response
from tests.web.desk import Desk, open_desk

#: nothing listens there
NOWHERE = "http://127.0.0.1:9/fhir"


@pytest.mark.case("ready-without-ehr")
def test_readiness_does_not_ask_the_ehr(tmp_path: Path) -> None:
    """An EHR that is down is no reason to restart us, nor to refuse what comes."""
    with open_desk(tmp_path, EHR_URL=NOWHERE) as desk:
        for path in ("/healthz", "/readyz"):
            assert desk.get(path).status_code == 200
        assert desk.post(response()).status_code == 201
        assert desk.get("/readyz").status_code == 200
        assert desk.entry().state == "due"


@pytest.mark.case("own-chart")
def test_without_an_ehr_a_restart_writes_nothing(tmp_path: Path) -> None:
    """What is settled stays settled."""
    with open_desk(tmp_path) as desk:
        desk.post(response())
        before = desk.contents()
    with open_desk(tmp_path) as desk:
        assert desk.contents() == before
        assert desk.entry().state == "settled"


@pytest.mark.case("own-chart")
def test_what_was_settled_without_an_ehr_stays_so_with_one(tmp_path: Path) -> None:
    """An EHR that is configured later gets what comes later, not the past."""
    with open_desk(tmp_path) as desk:
        desk.post(response())
    with open_desk(tmp_path, EHR_URL=NOWHERE) as desk:
        assert desk.entry().state == "settled"
        assert desk.clinic.ledger.claim(desk.clock(), "worker", timedelta(0)) is None


@pytest.mark.case("serve-migrates")
def test_a_start_makes_and_keeps_the_database(tmp_path: Path) -> None:
    """The first start makes the file, the next ones keep what is in it."""
    with open_desk(tmp_path) as desk:
        desk.put("r1", response())
    assert (tmp_path / "ledger.sqlite").is_file()
    with open_desk(tmp_path) as desk:
        assert desk.read("r1").status_code == 200


@pytest.mark.case("serve-migrates")
def test_a_start_refuses_a_newer_database(tmp_path: Path) -> None:
    """It stops before it serves, and changes nothing."""
    with open_desk(tmp_path):
        pass
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    with pytest.raises(UnknownSchema, match="9999"), open_desk(tmp_path):
        pass


@pytest.mark.case("default-clinic")
def test_every_row_carries_the_clinic(desk: Desk) -> None:
    """The clinic of the plain settings is called default, in every table from the first day on."""
    desk.post(response())
    desk.send("POST", "/notify")
    for table in (submission, alias, version, entry, history, notice):
        assert {row.clinic for row in desk.rows(table)} == {"default"}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A TOML file with two settings."""
    path = tmp_path / "clinic.toml"
    path.write_text('sharing = "topics"\nport = 9000\nehr_token = "quite-secret"\n')
    return path


@pytest.mark.case("config-file")
def test_the_file_is_named_by_a_variable(config: Path) -> None:
    """Its keys are the variables' names in lower case without the prefix; variables win over it."""
    settings = read_settings({"FHIR_ALLIANCE_CONFIG": str(config), "FHIR_ALLIANCE_PORT": "9001", "PORT": "1"})
    assert (settings.sharing, settings.port) == ("topics", 9001)
    assert settings.ehr_token is not None
    assert settings.ehr_token.get_secret_value() == "quite-secret"


@pytest.mark.case("config-file")
@pytest.mark.parametrize(
    "text",
    ["Sharing = 'topics'", "fhir_alliance_port = 1", "shareing = 'topics'", "config = 'x'", "port = 'x'", "="],
)
def test_a_wrong_key_or_value_stops_the_start(tmp_path: Path, text: str) -> None:
    """A setting that is misspelt must not be left at its default in silence."""
    path = tmp_path / "clinic.toml"
    path.write_text(text)
    with pytest.raises(WrongSetting):
        read_settings({"FHIR_ALLIANCE_CONFIG": str(path)})


@pytest.mark.case("config-file")
def test_a_file_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    """It names the variable and the path."""
    with pytest.raises(WrongSetting, match=r"FHIR_ALLIANCE_CONFIG: .*none\.toml"):
        read_settings({"FHIR_ALLIANCE_CONFIG": str(tmp_path / "none.toml")})


@pytest.mark.case("config-file")
def test_a_wrong_secret_is_not_quoted(config: Path) -> None:
    """Errors end up in logs and screenshots."""
    with pytest.raises(WrongSetting) as told:
        read_settings({"FHIR_ALLIANCE_CONFIG": str(config), "FHIR_ALLIANCE_TOKEN": "too-short"})
    assert "too-short" not in str(told.value)
    assert "quite-secret" not in str(told.value)
