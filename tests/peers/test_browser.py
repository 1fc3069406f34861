"""The browser that shows our checklist: what it reaches, and what it does not let pass."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright")

from playwright.sync_api import Browser

from tests.peers.browser import PROGRAM, is_near, open_browser, open_page, serving

pytestmark = pytest.mark.skipif(shutil.which(PROGRAM) is None, reason=f"needs {PROGRAM}, not found here")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Open for this module."""
    with open_browser() as opened:
        yield opened


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """A folder with one page, served."""
    (tmp_path / "index.html").write_text("<!doctype html><link rel=icon href=data:,><p>here</p>")
    with serving(tmp_path) as url:
        yield url


def test_a_served_page_is_shown(browser: Browser, site: str) -> None:
    """A page of a folder arrives as it was written, and nothing is told of it."""
    with open_page(browser) as page:
        page.goto(site)

        assert page.inner_text("p") == "here"


def told(browser: Browser, site: str, script: str) -> str:
    """What is said against a page that ran ``script``."""
    try:
        with open_page(browser) as page:
            page.goto(site)
            page.evaluate(script)
    except AssertionError as fault:
        return str(fault)
    return "nothing"


@pytest.mark.parametrize("beyond", ["https://ehr.example/x", "http://192.0.2.1/", "http://localhost:8099/"])
def test_a_request_beyond_loopback_is_told(browser: Browser, site: str, beyond: str) -> None:
    """A page that asked for a name or an address elsewhere fails."""
    assert f"asked for {beyond}" in told(browser, site, f"fetch('{beyond}').catch(() => 0)")


@pytest.mark.parametrize("beyond", ["https://ehr.example/x", "http://192.0.2.1/", "http://localhost:8099/"])
def test_nothing_beyond_loopback_is_looked_up(browser: Browser, site: str, beyond: str) -> None:
    """Neither a name nor an address elsewhere is reached."""
    assert "ERR_NAME_NOT_RESOLVED" in told(browser, site, f"fetch('{beyond}').catch(() => 0)")


@pytest.mark.parametrize("fault", ["console.error('broken')", "setTimeout(() => { throw Error('broken') })"])
def test_an_error_in_the_page_is_told(browser: Browser, site: str, fault: str) -> None:
    """What a page tells the console as an error, or throws, fails it."""
    assert "broken" in told(browser, site, f"new Promise(done => {{ {fault}; setTimeout(done, 1) }})")


def test_a_known_error_passes(browser: Browser, site: str) -> None:
    """An error that is named with its reason is let pass."""
    with open_page(browser, {"broken": "it is always so"}) as page:
        page.goto(site)
        page.evaluate("console.error('broken')")


@pytest.mark.parametrize("url", ["http://127.0.0.1:80/a", "data:,x", "blob:http://127.0.0.1/1", "about:blank"])
def test_near(url: str) -> None:
    """Loopback, and what is in the page itself, is near."""
    assert is_near(url)
