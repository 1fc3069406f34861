"""Takes a picture of the checklist as a form filler shows it, half filled."""

import json
from typing import Any

from tests.building import FOLDER
from tests.peers.browser import open_browser, open_page, serving
from tests.peers.form import Filler, Form
from tests.peers.present import PEERS

PICTURES = PEERS.parent.parent / "docs/images"
#: the narrowest page on which both put the options beside the question; drawn a little smaller
PAGE: dict[str, Any] = {"viewport": {"width": 920, "height": 1300}, "device_scale_factor": 0.85}
GIVEN = {
    "contact": "first-session",
    "sharing-more": "yes",
    "respected-heard": "yes",
    "language-identity": "not-sure",
}


def take_picture(filler: Filler, name: str) -> None:
    """Write ``docs/images/{name}``."""
    questionnaire = json.loads((FOLDER / "Questionnaire-alliance-checklist.json").read_text())
    with open_browser() as browser, serving(PEERS / filler.folder) as site, open_page(browser, **PAGE) as page:
        page.goto(f"{site}/page/")
        form = Form(page, questionnaire, filler)
        form.show("Patient/p1")
        form.write("Dr Rivera")
        form.choose(GIVEN)
        page.mouse.move(0, 0)
        page.evaluate("document.activeElement.blur()")
        page.locator("#form").screenshot(path=PICTURES / name, animations="disabled")
