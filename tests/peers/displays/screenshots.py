"""The pictures of ``docs/clinicians.md``: ``python -m tests.peers.displays.screenshots``."""

from pathlib import Path
from tempfile import TemporaryDirectory

from fhir_alliance.scoring.result import Reason
from tests.artifacts.folder import ROOT
from tests.peers.browser import open_browser
from tests.peers.displays.charts import FHIR_REACT, FHIR_UI, HAPI, MEDPLUM_LIST, MEDPLUM_TABLE, opened
from tests.peers.displays.narrator import narrating
from tests.peers.displays.observations import STANDING, withdrawn

FOLDER = ROOT / "docs/images"
PICTURED = (MEDPLUM_LIST, MEDPLUM_TABLE, FHIR_REACT, HAPI, FHIR_UI)
SHOWN = (STANDING["topics"], STANDING["not-yet-clear"], withdrawn(Reason.MASKED))
#: CSS pixels of the window, and of the picture
WIDTH = 960


def take(folder: Path) -> None:
    """Write one picture for each display into ``folder``."""
    folder.mkdir(exist_ok=True)
    with TemporaryDirectory() as scratch, open_browser() as browser, narrating(Path(scratch) / "log") as narrator:
        for display in PICTURED:
            with opened(browser, display, narrator) as chart:
                chart.show(*SHOWN, width=WIDTH)
                picture = folder / f"chart-{display.name}.png"
                chart.page.locator("#chart").screenshot(path=picture, animations="disabled")


if __name__ == "__main__":
    take(FOLDER)
