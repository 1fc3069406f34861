"""Our checklist on the page of a form filler, used as a client uses it: by what it says, with mouse or keyboard.

A host page gives ``show(questionnaire, subject, former)``, ``taken()``, and a button "Send" that leaves ``sent``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page

from tests.building import Resource, choice

#: the text of the question in whose group of options the focus is
FOCUSED = """() => {
  const group = document.activeElement.closest('[role=radiogroup]');
  return group ? document.getElementById(group.getAttribute('aria-labelledby').split(' ')[0]).innerText : '';
}"""
#: what the renderer has taken for whom one met
NAMED = "taken().item?.find(item => item.linkId === 'therapist')?.answer?.[0]?.valueString ?? ''"
#: what a renderer may put between two questions, beside the options: a button, and one more stop in the group
STOPS = 4


@dataclass(frozen=True)
class Filler:
    """A form filler: its folder, what its ``install`` makes there, and what it shows."""

    folder: str
    made: str
    #: selects what a chosen option shows
    mark: str
    #: whether the help stands below the options, not below the question
    help_last: bool = False


@dataclass(frozen=True)
class Form:
    """One page with the form."""

    page: Page
    questionnaire: Resource
    filler: Filler

    def show(self, subject: str, former: Resource | None = None) -> None:
        """Show it for a patient; return when the last item is there."""
        call = "([questionnaire, subject, former]) => show(questionnaire, subject, former)"
        self.page.evaluate(call, [self.questionnaire, {"reference": subject}, former])
        self.page.get_by_text(self.text("closing")).wait_for()

    def text(self, link_id: str) -> str:
        """The text of an item."""
        return str(self._item(link_id)["text"])

    def options(self, link_id: str) -> dict[str, str]:
        """Code → display of the options of a question, in order."""
        codings = (option["valueCoding"] for option in self._item(link_id)["answerOption"])
        return {coding["code"]: coding["display"] for coding in codings}

    def _item(self, link_id: str) -> Resource:
        return next(item for item in self.questionnaire["item"] if item["linkId"] == link_id)

    def lines(self) -> list[str]:
        """What stands on the form, line by line."""
        lines = (line.strip("\u200b ") for line in self.page.inner_text("#form").splitlines())
        return [line for line in lines if line]

    # --- with the mouse

    def choose(self, answers: Mapping[str, str]) -> None:
        """Click an option of each question: linkId → code."""
        for link_id, code in answers.items():
            self._group(link_id).get_by_text(self.options(link_id)[code], exact=True).click()
            self._seen(link_id, code)

    def write(self, text: str) -> None:
        """Say whom one met; return when the renderer has taken it."""
        self._name().fill(text)
        self._wait_for_name(text)

    def send(self) -> Resource:
        """Press the button; what the host page would send."""
        self.page.get_by_role("button", name="Send").click()
        return self.sent()

    # --- with the keyboard

    def type_name(self, text: str) -> None:
        """Reach the field with Tab, and type whom one met."""
        self._tab_to(lambda: bool(self._name().evaluate("field => field === document.activeElement")))
        self.page.keyboard.type(text)
        self._wait_for_name(text)

    def press(self, answers: Mapping[str, str]) -> None:
        """Reach each question in turn with Tab, take its first option with Space, and go on with the arrow."""
        for link_id, code in answers.items():
            self._tab_to(lambda link_id=link_id: self.page.evaluate(FOCUSED) == self.text(link_id))
            for option in self.options(link_id):
                self.page.keyboard.press("Space" if option == next(iter(self.options(link_id))) else "ArrowDown")
                self._seen(link_id, option)
                if option == code:
                    break

    def send_by_enter(self) -> Resource:
        """Reach the button with Tab and press Enter; what the host page would send."""
        self._tab_to(lambda: self.page.evaluate("document.activeElement.id") == "send")
        self.page.keyboard.press("Enter")
        return self.sent()

    def _tab_to(self, is_there: Any) -> None:
        for _ in range(STOPS):
            self.page.keyboard.press("Tab")
            if is_there():
                return
        raise AssertionError("Tab does not lead there")

    # --- what came of it

    def chosen(self) -> dict[str, str]:
        """LinkId → code of the options that are shown as chosen."""
        asked = [item["linkId"] for item in self.questionnaire["item"] if item["type"] == "choice"]
        shown = ((link_id, code) for link_id in asked for code in self.options(link_id))
        return {link_id: code for link_id, code in shown if self._marked(link_id, code).count()}

    def name(self) -> str:
        """What stands in the field for whom one met."""
        return self._name().input_value()

    def taken(self) -> Resource:
        """What the renderer itself gives back."""
        given: Resource = self.page.evaluate("taken()")
        return given

    def answered(self, link_id: str, code: str) -> Resource:
        """An item as a renderer gives it: with the text that was shown."""
        return {**choice(link_id, code), "text": self.text(link_id)}

    def sent(self) -> Resource:
        """What the host page would send, as soon as it would."""
        return dict(self.page.wait_for_function("window.sent").json_value())

    def _group(self, link_id: str) -> Locator:
        starts = re.compile("^" + re.escape(self.text(link_id)))  # a renderer may read out the help as well
        return self.page.get_by_role("radiogroup", name=starts)

    def _name(self) -> Locator:
        return self.page.get_by_label(self.text("therapist"))

    def _marked(self, link_id: str, code: str) -> Locator:
        says = re.compile(f"^{re.escape(self.options(link_id)[code])}$")
        return self._group(link_id).locator("label", has_text=says).locator(self.filler.mark)

    def _seen(self, link_id: str, code: str) -> None:
        self._marked(link_id, code).wait_for()

    def _wait_for_name(self, text: str) -> None:
        self.page.wait_for_function(f"text => ({NAMED}) === text", arg=text)
