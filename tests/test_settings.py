"""A setting that is wrong or unknown stops the start, with its name and what it takes."""

import traceback
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
        METRICS_TOKEN=TOKEN[::-1],
        METRICS_PORT="0",
        HOST="0.0.0.0",  # noqa: S104
        PORT="0",
        QUESTIONNAIRES=str(tmp_path),
        SHARING="none",
        CONFIDENTIALITY="V",
    )
    assert settings.ehr_token is not None
    assert settings.ehr_token.get_secret_value() == SECRET
    assert settings.metrics_token is not None
    assert settings.metrics_token.get_secret_value() == TOKEN[::-1]
    assert settings.metrics_port == 0
    assert (settings.ehr_timeout, settings.allow_http, settings.port) == (2.5, True, 0)
    assert (settings.questionnaires, settings.sharing, settings.confidentiality) == (tmp_path, "none", "V")


@pytest.mark.parametrize(
    ("name", "value", "takes"),
    [
        ("DATABASE_URL", "sqlite:ledger", "sqlite:///PATH"),
        ("DATABASE_URL", "mysql://x", "sqlite:///PATH"),
        ("EHR_URL", "ehr.example/fhir", "https"),
        ("EHR_URL", "ftp://ehr.example", "https"),
        ("EHR_URL", "https://ehr.example/fhir?x=y", "without user, query and fragment"),
        ("EHR_URL", "https://ehr.example/fhir#x", "https"),
        ("EHR_URL", "https://user:pw@ehr.example/fhir", "without user, query and fragment"),
        ("EHR_URL", "http://ehr.example/fhir", "https"),
        ("EHR_URL", "https://[::1", "https"),
        ("EHR_URL", "https:///fhir", "https"),
        ("EHR_URL", "https://./fhir", "https"),
        ("EHR_URL", "https://ehr.example:99999/fhir", "https"),
        ("EHR_URL", "https://ehr.example/x/../fhir", "no // or .."),
        ("EHR_URL", "https://ehr.example/./fhir", "no // or .."),
        ("EHR_URL", "https://ehr.example/fhir/..", "no // or .."),
        ("EHR_URL", "https://ehr.example//fhir", "no // or .."),
        ("EHR_URL", "https://ehr.example/f%68ir", "percent-encoded without need"),
        ("EHR_URL", "https://ehr.example/%2e%2e/fhir", "percent-encoded without need"),
        ("EHR_URL", "https://ehr.example/x%2Ffhir", "percent-encoded without need"),
        ("EHR_URL", "https://ehr.example/%c3%a4", "percent-encoded without need"),
        ("EHR_URL", "https://ehr.example/ä", "percent-encoded"),
        ("EHR_URL", "https://bücher.example/fhir", "https"),
        ("EHR_TIMEOUT", "0", "0.1 to 120"),
        ("EHR_TIMEOUT", "121", "0.1 to 120"),
        ("EHR_TIMEOUT", "nan", "0.1 to 120"),
        ("EHR_TIMEOUT", "soon", "0.1 to 120"),
        ("ALLOW_HTTP", "maybe", "true or false"),
        ("ALLOW_HTTP", "yes", "true or false"),
        ("ALLOW_HTTP", "1", "true or false"),
        ("EHR_CA", "/nope", "there is no such file"),
        ("EHR_CA", "/", "there is no such file"),
        ("TOKEN", "short", "at least 16 characters"),
        ("EHR_TOKEN", "", "bearer token for the EHR"),
        ("EHR_TOKEN", "ab…c", "bearer token for the EHR"),
        ("EHR_TOKEN", "abc\r", "no line break"),
        ("TOKEN", "ä" * 20, "no line break"),
        ("METRICS_TOKEN", "short", "at least 16 characters"),
        ("METRICS_TOKEN", "ä" * 20, "no line break"),
        ("METRICS_PORT", "65536", "0 for any free one"),
        ("METRICS_PORT", "-1", "0 for any free one"),
        ("DATABASE_URL", "sqlite:///:memory:", "sqlite:///PATH"),
        ("DATABASE_URL", "sqlite:///ledger.sqlite?mode=ro", "without parameters"),
        ("DATABASE_URL", "sqlite:///ledger.sqlite?", "without parameters"),
        ("DATABASE_URL", "sqlite:///led\0ger", "sqlite:///PATH"),
        ("DATABASE_URL", "sqlite:///%3Amemory%3A", "sqlite:///PATH"),
        ("DATABASE_URL", "postgresql://db.example:x/alliance", "postgresql://USER@HOST/DATABASE"),
        ("DATABASE_URL", "postgresql://[::1/alliance", "postgresql://USER@HOST/DATABASE"),
        ("HOST", "", "address to listen on"),
        ("HOST", "0.0.0.0", "only with TOKEN set"),  # noqa: S104
        ("PORT", "65536", "port to listen on"),
        ("PORT", "-1", "port to listen on"),
        ("PORT", "http", "port to listen on"),
        ("QUESTIONNAIRES", "/nowhere/at/all", "no such folder"),
        ("SHARING", "all", "topics, summary or none"),
        ("CONFIDENTIALITY", "X", "U, L, M, N, R or V"),
        ("CONFIDENTIALITY", "r", "U, L, M, N, R or V"),
        ("KEEP_DAYS", "0", "a whole number from 1"),
        ("KEEP_DAYS", "99999999999", "a whole number from 1 to 36500"),
        ("KEEP_DAYS", "1.5", "a whole number from 1"),
        ("KEEP_DAYS", "", "a whole number from 1"),
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


@pytest.mark.parametrize("password", ["p@ss:hush-hush", "a:b@hush-hush:c"])
def test_a_password_in_a_url_is_never_shown(password: str) -> None:
    """Not even a part of it, where it is not written as a URL has it; how to write it is told."""
    with pytest.raises(WrongSetting) as refused:
        read(DATABASE_URL=f"postgresql://u:{password}@db.example/alliance")
    assert "%40" in str(refused.value)
    told = "".join(traceback.format_exception(refused.value))
    assert SECRET not in told


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///ledger.sqlite", Path("ledger.sqlite")),
        ("sqlite:////var/lib/a b%20c.sqlite", Path("/var/lib/a b c.sqlite")),
        ("sqlite:///x:y@z", Path("x:y@z")),
        ("postgresql://db.example/alliance?sslmode=require", None),
    ],
)
def test_the_file_of_the_database(url: str, path: Path | None) -> None:
    """The one that is opened, whatever its name; none where a server has it."""
    assert read(DATABASE_URL=url).database_file == path


@pytest.mark.parametrize("url", ["http://localhost:9000/fhir", "http://127.0.0.1/fhir", "http://[::1]:8080/fhir"])
def test_http_on_loopback(url: str) -> None:
    """What never leaves the machine needs no TLS."""
    assert read(EHR_URL=url).ehr_url == url


@pytest.mark.parametrize("path", ["", "/", "/fhir", "/fhir/", "/a%20b/R4", "/%C3%A4", "/t:1/x;y=(z)", "/v1.0/~u"])
def test_the_path_of_an_ehr(path: str) -> None:
    """Whatever an EHR calls it, as long as there is one way to spell it."""
    assert read(EHR_URL=f"https://ehr.example{path}").ehr_base == f"https://ehr.example:443{path.rstrip('/')}"


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
        (b"port = true", "FHIR_ALLIANCE_PORT: takes"),
        (b"keep_days = true", "FHIR_ALLIANCE_KEEP_DAYS: takes"),
        (b"ehr_rate = true", "FHIR_ALLIANCE_EHR_RATE: takes"),
        (b"[clinics.a]\nkeep_days = true", "[clinics.a] KEEP_DAYS: takes"),
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


def clinics(tmp_path: Path, text: str, **given: str) -> Settings:
    """The settings of a file with this text."""
    (tmp_path / "clinics.toml").write_text(text)
    return read(CONFIG=str(tmp_path / "clinics.toml"), **given)


def test_each_clinic_has_its_section(tmp_path: Path) -> None:
    """The same keys, and nothing that another set."""
    found = clinics(
        tmp_path, '[clinics.north]\nehr_url = "https://n.example/fhir"\n[clinics.south]\nsharing = "none"'
    )
    north, south = found.by_name["north"], found.by_name["south"]
    assert (north.ehr_url, north.sharing) == ("https://n.example/fhir", "summary")
    assert (south.ehr_url, south.sharing) == (None, "none")


def test_one_clinic_needs_no_name() -> None:
    """The plain settings are its own."""
    assert list(read().by_name) == ["default"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('sharing = "none"\n[clinics.north]', "SHARING: with clinics it stands in the section of each"),
        (
            '[clinics.a]\nehr_url = "https://ehr.example/fhir"\n[clinics.b]\nehr_url = "https://EHR.example:443/fhir/"',
            "CLINICS: a and b have one EHR_URL",
        ),
        (
            '[clinics.a]\nehr_url = "https://ehr.example/fhir"\n[clinics.b]\nehr_url = "https://ehr.example./fhir"',
            "CLINICS: a and b have one EHR_URL",
        ),
        (
            f'[clinics.a]\ntoken = "{TOKEN}"\n[clinics.b]\ntoken = "{TOKEN}"',
            "CLINICS: a and b have one TOKEN",
        ),
        (
            f'metrics_token = "{TOKEN}"\n[clinics.a]\n[clinics.b]\ntoken = "{TOKEN}"',
            "METRICS_TOKEN: takes another value than TOKEN",
        ),
        (f'metrics_token = "{TOKEN}"\ntoken = "{TOKEN}"', "METRICS_TOKEN: takes another value than TOKEN"),
        ("[clinics.North]", "CLINICS: takes a section [clinics.NAME]"),
        ("[clinics.a-]", "CLINICS: takes a section [clinics.NAME]"),
        ("clinics = 7", "CLINICS: takes a section [clinics.NAME]"),
        ("[clinics.a]\nport = 1", "[clinics.a] PORT: there is no such setting"),
        ('[clinics.a]\nsharing = "some"', "[clinics.a] SHARING: takes what stands"),
        ('[clinics.a]\nehr_url = "http://ehr.example/fhir"', "[clinics.a] EHR_URL: takes https"),
        ('[clinics.a]\nehr_token = "a\\u0007b"', "[clinics.a] EHR_TOKEN: takes bearer token"),
        ('host = "0.0.0.0"\n[clinics.a]', "HOST: outside loopback"),
        ('[clinics.a]\nehr_ca = "/nope"', "[clinics.a] EHR_CA: there is no such file"),
        (
            f'[clinics.a]\ntoken = "{TOKEN}"\n[clinics.b]\n[clinics.c]',
            "CLINICS: b and c without TOKEN: all have one, or none has",
        ),
    ],
)
def test_a_wrong_section_is_told(tmp_path: Path, text: str, told: str) -> None:
    """With its clinic, the setting and what it takes; no secret is quoted."""
    with pytest.raises(WrongSetting) as refused:
        clinics(tmp_path, text)
    assert told in str(refused.value)
    assert TOKEN not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('SHARING = "none"', "FHIR_ALLIANCE_SHARING: in the file its key is sharing"),
        ('FHIR_ALLIANCE_SHARING = "none"', "FHIR_ALLIANCE_SHARING: in the file its key is sharing"),
        ('[clinics.north]\nSharing = "none"', "[clinics.north] SHARING: in the file its key is sharing"),
    ],
)
def test_a_key_that_is_written_as_its_variable(tmp_path: Path, text: str, told: str) -> None:
    """Its own spelling is told, rather than that there is no such setting."""
    path = tmp_path / "settings.toml"
    path.write_text(text)

    assert refusal(CONFIG=str(path)) == told


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """Told in one line, with its path."""
    path = tmp_path / "no.toml"

    assert refusal(CONFIG=str(path)) == f"FHIR_ALLIANCE_CONFIG: {path}: No such file or directory"
