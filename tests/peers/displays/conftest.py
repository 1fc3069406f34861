"""The displays, open in one browser for each module."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.peers.present import require

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.peers.displays.charts import Chart
    from tests.peers.displays.narrator import Narrator

#: what `install` leaves last
MADE = "dist/narrative/index.html"


@pytest.fixture(scope="session")
def narrator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Narrator]:
    """HAPI's generator."""
    from tests.peers.displays.narrator import narrating

    require("displays", MADE, "java")
    with narrating(tmp_path_factory.mktemp("displays") / "narrative.log") as made:
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Open for this module."""
    from tests.peers.browser import PROGRAM, open_browser

    require("displays", MADE, PROGRAM)
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def chart(request: pytest.FixtureRequest, browser: Browser, narrator: Narrator) -> Iterator[Chart]:
    """The display that a test is parametrized with."""
    from tests.peers.displays.charts import opened

    with opened(browser, request.param, narrator) as made:
        yield made
