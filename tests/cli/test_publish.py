"""``fhir-alliance publish``."""

import pytest

from fhir_alliance.catalog import Catalog
from fhir_alliance.sandbox import Sandbox
from tests.cli.conftest import Run


def test_publish_twice(run: Run, catalog: Catalog) -> None:
    """A line for each artifact; the second time nothing changes."""
    names = [f"{kind}/{id_}" for kind, id_ in catalog.artifacts]
    with Sandbox() as ehr:
        first, second = (run("publish", ehr.base_url) for _ in range(2))

    assert first.output.splitlines() == [f"{name}: created" for name in names]
    assert second.output.splitlines() == [f"{name}: unchanged" for name in names]
    assert (first.exit_code, second.exit_code) == (0, 0)


def test_fault_in_one_line(run: Run) -> None:
    """A server that refuses is told with the artifact, the code and plain words, and status 1."""
    with Sandbox(token="a-token-that-is-asked-for") as ehr:
        done = run("publish", ehr.base_url)

    assert done.exit_code == 1
    assert done.stderr == (
        "Error: CodeSystem/alliance-answer: http-401: The server wants a valid token: check EHR_TOKEN.\n"
    )


def test_token_for_the_own_ehr(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the address is the clinic's EHR, its token is sent."""
    with Sandbox(token="a-token-that-is-asked-for") as ehr:
        monkeypatch.setenv("FHIR_ALLIANCE_EHR_URL", ehr.base_url)
        monkeypatch.setenv("FHIR_ALLIANCE_EHR_TOKEN", "a-token-that-is-asked-for")

        assert run("publish", ehr.base_url).exit_code == 0


def test_nobody_there(run: Run) -> None:
    """A server that cannot be reached is told so."""
    with Sandbox() as ehr:
        url = ehr.base_url
    done = run("publish", url)

    assert done.exit_code == 1
    assert "no-connection: The server cannot be reached" in done.stderr


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x/fhir",
        "x.example/fhir",
        "https://u:p@x/fhir",
        "https://x/fhir?a=b",
        "https://x:port/fhir",
        "https://x/y/../fhir",
    ],
)
def test_wrong_address(run: Run, url: str) -> None:
    """Only a plain http(s) address is taken."""
    done = run("publish", url)

    assert done.exit_code == 2
    assert "takes the base of a FHIR server" in done.stderr
