"""Who may call: with a token set, and on loopback without one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fhir_alliance.errors import WrongSetting
from fhir_alliance.settings import read_settings
from tests.building import response
from tests.web.desk import NOTIFY, OBSERVATIONS, RESPONSES, Desk, issue, open_desk

TOKEN = "correct-horse-battery"
OPEN = [
    "/healthz",
    "/readyz",
    "/fhir/metadata",
    "/fhir/Questionnaire",
    "/fhir/Questionnaire/alliance-checklist",
    "/fhir/CodeSystem?name=Alliance",
    "/fhir/ValueSet/alliance-answer",
    "/fhir/StructureDefinition",
]
CLOSED = [
    ("GET", OBSERVATIONS),
    ("GET", f"{OBSERVATIONS}/x"),
    ("HEAD", OBSERVATIONS),
    ("GET", f"{RESPONSES}/r1"),
    ("GET", f"{RESPONSES}/r1/_history/1"),
    ("POST", RESPONSES),
    ("PUT", f"{RESPONSES}/r1"),
    ("DELETE", f"{RESPONSES}/r1"),
    ("POST", f"{RESPONSES}/$extract"),
    ("POST", "/notify"),
    ("POST", NOTIFY),
    ("PUT", f"{NOTIFY}/r1"),
    ("DELETE", f"{NOTIFY}/r1"),
    ("POST", "/fhir/Questionnaire"),
    ("PUT", "/fhir/Questionnaire/alliance-checklist"),
    ("POST", "/fhir/metadata"),
    ("GET", "/fhir/Patient"),
    ("GET", "/nothing"),
    ("GET", "/"),
    ("OPTIONS", RESPONSES),
    ("GET", "/fhir/metadatax"),
    ("GET", "/fhir/Questionnairex"),
    ("GET", "/x/fhir/metadata"),
]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A clinic with a token, reachable from outside; one for all who are refused."""
    folder = tmp_path_factory.mktemp("guarded")
    with open_desk(folder, TOKEN=TOKEN, HOST="0.0.0.0") as desk:  # noqa: S104
        yield desk


@pytest.mark.case("metadata-open")
@pytest.mark.parametrize("path", OPEN)
def test_what_is_published_is_open(guarded: Desk, path: str) -> None:
    """Health, the statement and the artifacts need no token, by GET and HEAD, from anywhere."""
    for method in ("GET", "HEAD"):
        answer = guarded.send(method, path, Host="clinic.example", Origin="https://forms.example")
        assert answer.status_code == 200


@pytest.mark.case("notify-errors")
@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_everything_else_asks_for_the_token(guarded: Desk, method: str, path: str) -> None:
    """401 with the way to sign in, before anything is looked at, and whatever is there."""
    answer = guarded.send(method, path, response(id="r1"))
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    if method != "HEAD":
        assert issue(answer)["code"] == "login"
    assert guarded.is_empty()


@pytest.mark.parametrize(
    "given",
    [
        "",
        "Bearer",
        "Bearer ",
        TOKEN,
        f"Basic {TOKEN}",
        f"Token {TOKEN}",
        f"Bearer{TOKEN}",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN.upper()}",
        f"Bearer {TOKEN} {TOKEN}",
        "Bearer \u00e9",
        f'Bearer token="{TOKEN}"',
    ],
)
def test_a_wrong_token_is_refused(guarded: Desk, given: str) -> None:
    """Another scheme, another token, or half of it."""
    answer = guarded.post(response(), Authorization=given)
    assert (answer.status_code, issue(answer)["code"]) == (401, "login")
    assert TOKEN not in answer.text
    assert guarded.is_empty()


@pytest.mark.parametrize("given", [f"Bearer {TOKEN}", f"bearer {TOKEN}", f"Bearer  {TOKEN} "])
def test_the_right_token_opens(tmp_path: Path, given: str) -> None:
    """At both doors, under any host name."""
    headers = {"Authorization": given, "Host": "clinic.example"}
    with open_desk(tmp_path, TOKEN=TOKEN) as desk:
        assert desk.post(response(), **headers).status_code == 201
        assert desk.tell("r1", response(subject="Patient/p2"), **headers).status_code == 200
        assert desk.get(OBSERVATIONS, **headers).status_code == 200


def test_the_token_stands_in_no_answer_and_no_log(guarded: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """It opens everything."""
    caplog.set_level("INFO")
    told = [guarded.get(path).text for path in OPEN] + [guarded.get(OBSERVATIONS).text, repr(guarded.service)]
    assert TOKEN not in "".join(told) + caplog.text


@pytest.mark.parametrize(
    "host",
    ["clinic.example", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.5", "[", "[::1", "a b", ""],
)
def test_without_a_token_a_foreign_host_is_refused(desk: Desk, host: str) -> None:
    """A web page that names us by a name of its own (DNS rebinding) reaches nothing."""
    for method, path in (("GET", OBSERVATIONS), ("POST", "/notify"), ("POST", RESPONSES)):
        answer = desk.send(method, path, response(), Host=host)
        assert (answer.status_code, issue(answer)["code"]) == (403, "forbidden")
    assert desk.is_empty()


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://127.0.0.1.evil.example",
        "null",
        "",
        "x",
        "http://[::1",
        "http://localhost@evil",
    ],
)
def test_without_a_token_a_foreign_origin_is_refused(desk: Desk, origin: str) -> None:
    """A web page of another site must not write, whatever it says of itself."""
    for method, path in (("GET", OBSERVATIONS), ("POST", "/notify"), ("DELETE", f"{RESPONSES}/r1")):
        answer = desk.send(method, path, response(), Origin=origin)
        assert (answer.status_code, issue(answer)["code"]) == (403, "forbidden")
    assert desk.is_empty()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8080", "127.9.9.9", "[::1]:8080", "LOCALHOST:1"])
def test_without_a_token_this_machine_may_call(desk: Desk, host: str) -> None:
    """By any of its own names, from its own pages too."""
    assert desk.get(OBSERVATIONS, Host=host, Origin="http://localhost:3000").status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.5", "clinic.example", "192.168.1.1"])  # noqa: S104
def test_outside_loopback_there_is_no_start_without_a_token(host: str) -> None:
    """The settings stop it, and say what is missing."""
    with pytest.raises(WrongSetting, match=r"HOST.*TOKEN"):
        read_settings({"FHIR_ALLIANCE_HOST": host})
    assert read_settings({"FHIR_ALLIANCE_HOST": host, "FHIR_ALLIANCE_TOKEN": TOKEN}).host == host


@pytest.mark.parametrize("token", ["", "short", "x" * 15])
def test_a_token_that_can_be_guessed_is_none(token: str) -> None:
    """At least 16 characters; the refusal does not quote it."""
    with pytest.raises(WrongSetting, match="TOKEN: takes") as told:
        read_settings({"FHIR_ALLIANCE_TOKEN": token})
    assert not token or token not in str(told.value)
