"""A setting that is wrong or unknown stops the start, with its name and what it takes."""

from pathlib import Path

import pytest

from fhir_alliance.errors import WrongSetting
from fhir_alliance.settings import Settings, is_loopback, read_settings
from tests.building import FOLDER

TOKEN = "correct-horse-battery"
SECRET = "hush-hush"


def read(**given: str) -> Settings:
    """The settings of an environment with these variables, named without the prefix."""
    return read_settings({f"FHIR_ALLIANCE_{name}": value for name, value in given.items()})


def refusal(**given: str) -> str:
    """What is told of them."""
    with pytest.raises(WrongSetting) as refused:
        read(**given)
    return str(refused.value)


def test_nothing_needs_to_be_set() -> None:
    """An afternoon begins with a service on loopback, its own chart, and the shipped checklist."""
    settings = read()
    assert (settings.host, settings.port, settings.ehr_url) == ("127.0.0.1", 8080, None)
    assert settings.database_url == "sqlite:///fhir-alliance.sqlite"
    assert settings.questionnaires.resolve() == FOLDER.resolve()
    assert (settings.sharing, settings.confidentiality) == ("summary", "R")


def test_everything_can_be_set(tmp_path: Path) -> None:
    """Each variable reaches its setting, with its type."""
    settings = read(
        DATABASE_URL="sqlite:////var/lib/ledger.sqlite",
        EHR_URL="https://ehr.example/fhir",
        EHR_TOKEN=SECRET,
        EHR_TIMEOUT="2.5",
        ALLOW_HTTP="true",
        TOKEN=TOKEN,
        HOST="0.0.0.0",  # noqa: S104
        PORT="0",
        QUESTIONNAIRES=str(tmp_path),
        SHARING="none",
        CONFIDENTIALITY="V",
    )
    assert settings.ehr_token is not None
    assert settings.ehr_token.get_secret_value() == SECRET
    assert (settings.ehr_timeout, settings.allow_http, settings.port) == (2.5, True, 0)
    assert (settings.questionnaires, settings.sharing, settings.confidentiality) == (tmp_path, "none", "V")


@pytest.mark.parametrize(
    ("name", "value", "takes"),
    [
        ("DATABASE_URL", "sqlite:ledger", "sqlite:///PATH"),
        ("DATABASE_URL", "mysql://x", "sqlite:///PATH"),
        ("EHR_URL", "ehr.example/fhir", "https"),
        ("EHR_URL", "ftp://ehr.example", "https"),
        ("EHR_URL", "https://ehr.example/fhir?x=y", "https"),
        ("EHR_URL", "https://ehr.example/fhir#x", "https"),
        ("EHR_URL", "https://user:pw@ehr.example/fhir", "https"),
        ("EHR_URL", "http://ehr.example/fhir", "https"),
        ("EHR_URL", "https://[::1", "https"),
        ("EHR_URL", "https:///fhir", "https"),
        ("EHR_TIMEOUT", "0", "0.1 to 120"),
        ("EHR_TIMEOUT", "121", "0.1 to 120"),
        ("EHR_TIMEOUT", "nan", "0.1 to 120"),
        ("EHR_TIMEOUT", "soon", "0.1 to 120"),
        ("ALLOW_HTTP", "maybe", "true"),
        ("TOKEN", "short", "at least 16 characters"),
        ("EHR_TOKEN", "", "bearer token for the EHR"),
        ("EHR_TOKEN", "ab…c", "bearer token for the EHR"),
        ("EHR_TOKEN", "abc\r", "bearer token for the EHR"),
        ("TOKEN", "ä" * 20, "at least 16 characters"),
        ("DATABASE_URL", "sqlite:///:memory:", "sqlite:///PATH"),
        ("HOST", "", "address to listen on"),
        ("HOST", "0.0.0.0", "only with TOKEN set"),  # noqa: S104
        ("PORT", "65536", "port to listen on"),
        ("PORT", "-1", "port to listen on"),
        ("PORT", "http", "port to listen on"),
        ("QUESTIONNAIRES", "/nowhere/at/all", "no such folder"),
        ("SHARING", "all", "topics, summary or none"),
        ("CONFIDENTIALITY", "X", "U, L, M, N, R or V"),
        ("CONFIDENTIALITY", "r", "U, L, M, N, R or V"),
    ],
)
def test_a_wrong_setting(name: str, value: str, takes: str) -> None:
    """It is named as it was set, with what it takes."""
    told = refusal(**{name: value})
    assert told.startswith(f"FHIR_ALLIANCE_{name}: ")
    assert takes in told


@pytest.mark.parametrize("name", ["EHRURL", "FHIR_ALLIANCE_EHR_URL", "MODEL_CONFIG", ""])
def test_an_unknown_setting(name: str) -> None:
    """A typing error is not silently a default; all names are told."""
    told = refusal(**{name: SECRET})
    assert told.startswith(f"FHIR_ALLIANCE_{name}: there is no such setting")
    assert all(known.upper() in told for known in Settings.model_fields)
    assert SECRET not in told


def test_every_wrong_setting_is_told() -> None:
    """One line each, so that all can be mended in one go."""
    told = refusal(PORT="x", SHARING="x", TYPO="x")
    assert {line.partition(":")[0] for line in told.splitlines()} == {
        "FHIR_ALLIANCE_PORT",
        "FHIR_ALLIANCE_SHARING",
        "FHIR_ALLIANCE_TYPO",
    }


@pytest.mark.parametrize("name", ["TOKEN", "EHR_TOKEN"])
def test_a_secret_is_never_shown(name: str) -> None:
    """Neither in the settings' own words nor where another setting is wrong, nor its own value."""
    value = TOKEN + SECRET
    assert SECRET not in repr(read(**{name: value})) + str(read(**{name: value}))
    assert SECRET not in refusal(**{name: value, "PORT": "x"})
    assert SECRET[:9] not in refusal(TOKEN=SECRET)


@pytest.mark.parametrize("url", ["http://localhost:9000/fhir", "http://127.0.0.1/fhir", "http://[::1]:8080/fhir"])
def test_http_on_loopback(url: str) -> None:
    """What never leaves the machine needs no TLS."""
    assert read(EHR_URL=url).ehr_url == url


def test_http_where_the_clinic_says_so() -> None:
    """A network that the clinic trusts is the clinic's word."""
    assert read(EHR_URL="http://ehr.internal/fhir", ALLOW_HTTP="true").allow_http


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "localhost", "::1", "[::1]"])
def test_loopback(host: str) -> None:
    """Nobody outside can reach it, so no token is needed."""
    assert is_loopback(host)
    assert read(HOST=host).token is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "localhost.example", "clinic.internal", ""])  # noqa: S104
def test_not_loopback(host: str) -> None:
    """Anything else may be reached by strangers."""
    assert not is_loopback(host)


def test_other_variables_are_left_alone() -> None:
    """Only what begins with the prefix is ours."""
    assert read_settings({"PORT": "x", "FHIR_ALLIANCE": "x", "PATH": "/bin"}).port == 8080


@pytest.mark.case("config-file")
def test_a_file_is_read_below_the_environment(tmp_path: Path) -> None:
    """Its keys are the variables' names in lower case, without the prefix; a variable wins."""
    path = tmp_path / "alliance.toml"
    path.write_text(f'port = 9000\nhost = "localhost"\nallow_http = true\ntoken = "{TOKEN}"\n')
    settings = read(CONFIG=str(path), HOST="127.0.0.1")
    assert (settings.port, settings.host, settings.allow_http) == (9000, "127.0.0.1", True)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b'ehrurl = "x"', "FHIR_ALLIANCE_EHRURL: there is no such setting"),
        (b'port = "x"', "FHIR_ALLIANCE_PORT: takes"),
        (b"[ehr]\nurl = 1", "FHIR_ALLIANCE_EHR: there is no such setting"),
        (b"port =", "FHIR_ALLIANCE_CONFIG: "),
        (b"\xff", "FHIR_ALLIANCE_CONFIG: "),
    ],
)
def test_a_wrong_file(tmp_path: Path, body: bytes, named: str) -> None:
    """A file's fault is told like a variable's."""
    path = tmp_path / "alliance.toml"
    path.write_bytes(body)
    assert refusal(CONFIG=str(path)).startswith(named)


def test_a_missing_file(tmp_path: Path) -> None:
    """A file that was named must be there."""
    assert refusal(CONFIG=str(tmp_path / "no.toml")).startswith("FHIR_ALLIANCE_CONFIG: ")


def test_a_broken_file_shows_no_secret(tmp_path: Path) -> None:
    """Where it breaks is told by line and column."""
    path = tmp_path / "alliance.toml"
    path.write_text(f'token = "{SECRET}"\nehr_token = {SECRET}\n')
    assert SECRET not in refusal(CONFIG=str(path))
