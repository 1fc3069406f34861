"""What tells whether a text can be read, tried on pages where it cannot."""

from collections.abc import Iterator

import pytest

pytest.importorskip("playwright")

from playwright.sync_api import Browser, Page

from tests.peers.browser import open_page
from tests.peers.displays.charts import ask

TEXT = "Yes to 7 of 9 (no 1, open 1)"
NARROW = "width: 60px; white-space: nowrap"


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """An empty page."""
    with open_page(browser, viewport={"width": 800, "height": 600}) as made:
        yield made


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ("<p>Yes to 7 of 9</p>", "not there"),
        (f"<p hidden>{TEXT}</p>", "hidden"),
        (f"<p style='visibility: hidden'>{TEXT}</p>", "hidden"),
        (f"<div style='opacity: 0'><p>{TEXT}</p></div>", "hidden"),
        (f"<p class=x style='{NARROW}; overflow: hidden'>{TEXT}</p>", "cut off by x"),
        (f"<p class=x style='{NARROW}; overflow: clip; text-overflow: ellipsis'>{TEXT}</p>", "cut off by x"),
        (f"<div class=x style='width: 60px; height: 20px; overflow: auto'><p>{TEXT}</p></div>", "cut off by x"),
        (f"<p style='font-size: 6px'>{TEXT}</p>", "too small"),
        (f"<p style='position: absolute; left: 750px; white-space: nowrap'>{TEXT}</p>", "beyond the window"),
        (f"<p>{TEXT}</p><div style='position: fixed; inset: 0; background: white'></div>", "covered"),
    ],
)
def test_what_cannot_be_read(page: Page, html: str, fault: str) -> None:
    """Absent, hidden, cut off, too small, beyond the window, covered: each is told."""
    page.set_content(html)

    assert ask(page, "legible.js", TEXT) == [fault]


@pytest.mark.parametrize(
    "html",
    [
        f"<p>{TEXT}</p>",
        f"<p style='width: 60px; overflow: hidden'>{TEXT}</p>",
        f"<p hidden>{TEXT}</p><p>{TEXT}</p>",
        f"<div style='height: 3000px'></div><p>before {TEXT} after</p>",
    ],
)
def test_what_can_be_read(page: Page, html: str) -> None:
    """On one line or several, somewhere on the page, once at least."""
    page.set_content(html)

    assert ask(page, "legible.js", TEXT) == []


@pytest.mark.parametrize(
    "style", ["color: red", "background: #fa5252", "border: 1px solid #dc3545", "color: #c92a2a"]
)
def test_red_is_seen(page: Page, style: str) -> None:
    """Letters, ground and border."""
    page.set_content(f"<div id=chart><p style='color: black'>plain</p><p style='{style}'>loud</p></div>")

    assert ask(page, "reds.js") == ["loud"]


@pytest.mark.parametrize("style", ["color: #1c7ed6", "background: #fab005", "border: 0 solid red", "color: #000"])
def test_other_colours_are_not_red(page: Page, style: str) -> None:
    """Blue, amber, black, and a border that is not drawn."""
    page.set_content(f"<div id=chart><p style='color: black; {style}'>calm</p></div>")

    assert ask(page, "reds.js") == []
