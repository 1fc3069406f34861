"""The displays, each as a page that shows what it is given."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from tests.building import Resource
from tests.peers.browser import open_page, serving
from tests.peers.displays.narrator import Narrator, report

HERE = Path(__file__).parent
CODE = "Predicted alliance fit (client's early impression)"
#: where the reader is: that of the client, so that a day is the same day
ZONE = "America/New_York"
#: CSS pixels of a window
WIDE, NARROW, HEIGHT = 1280, 800, 900


@dataclass(frozen=True)
class Display:
    """One way to show an Observation."""

    name: str
    #: of its page, below dist/
    path: str
    #: the day of ``tests.building.AUTHORED`` as it is written there
    day: str = "12 Nov 2026"
    #: how the status of what was withdrawn is written there
    gone: str = "entered-in-error"
    #: whether it shows the note unasked, and all components
    note: bool = False
    components: bool = False


MEDPLUM_LIST = Display("medplum-list", "medplum/index.html#list", day="11/12/2026")
MEDPLUM_TABLE = Display(
    "medplum-table", "medplum/index.html#table", gone="entered in error", note=True, components=True
)
MEDPLUM_DETAIL = Display(
    "medplum-detail", "medplum/index.html#detail", day="11/12/2026", note=True, components=True
)
FHIR_REACT = Display("fhir-react", "fhir_react/index.html", day="11/12/2026")
HAPI = Display("hapi-narrative", "narrative/index.html", gone="ENTEREDINERROR", note=True)
#: shows no value that is coded: what it shows of ours instead has tests of its own
FHIR_UI = Display("fhir-ui", "fhir_ui/index.html", day="2026-11-24")

SCORED = (MEDPLUM_LIST, MEDPLUM_TABLE, MEDPLUM_DETAIL, FHIR_REACT, HAPI)
DISPLAYS = (*SCORED, FHIR_UI)


@dataclass
class Chart:
    """A display in an open page."""

    display: Display
    page: Page
    narrator: Narrator

    def show(self, *observations: Resource, width: int = WIDE) -> None:
        """Show the Observations in a window of that width; return when they are there."""
        self.page.set_viewport_size({"width": width, "height": HEIGHT})
        self.page.evaluate("given => show(given)", self._given(observations))
        self.page.locator("#chart").get_by_text(CODE, exact=True).first.wait_for()

    def _given(self, observations: Sequence[Resource]) -> Any:
        return self.narrator.told(report(observations)) if self.display is HAPI else list(observations)

    @property
    def text(self) -> str:
        """All that can be read, in one line."""
        return " ".join(self.page.locator("#chart").inner_text().split())

    def faults(self, text: str) -> list[str]:
        """What keeps ``text`` from being read."""
        return ask(self.page, "legible.js", text)

    def reds(self) -> list[str]:
        """The texts of what is red."""
        return ask(self.page, "reds.js")

    def under(self, heading: str) -> list[str]:
        """The texts below a heading of a table."""
        return ask(self.page, "under.js", heading)


def ask(page: Page, script: str, argument: str | None = None) -> list[str]:
    """What one of our scripts says of a page."""
    said: list[str] = page.evaluate((HERE / "page" / script).read_text(), argument)
    return said


@contextmanager
def opened(browser: Browser, display: Display, narrator: Narrator, **context: Any) -> Iterator[Chart]:
    """A chart in a page of its own; ``context`` as a browser's context takes it."""
    with ExitStack() as stack:
        url = stack.enter_context(serving(HERE / "dist"))
        page = stack.enter_context(open_page(browser, **{"timezone_id": ZONE, "locale": "en-US", **context}))
        page.goto(f"{url}/{display.path}")
        yield Chart(display, page, narrator)
