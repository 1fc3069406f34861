"""What every form filler must show of our checklist, and give back: the tests of a peer inherit it."""

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser

from tests.building import LETTERS, QUESTIONS, Resource, response
from tests.peers.browser import PROGRAM, open_browser, open_page, serving
from tests.peers.door import Door, open_door, said
from tests.peers.form import Filler, Form
from tests.peers.present import require

NAME = 'Dr. Zoë Müller-Świątek “Zo” "Z" O\'Neil & Søn 🌻 <3'
#: letters, one a question (a dot: skipped), and the client's word on the chart
PATTERNS = [
    ("YYYYYYYYY", "topics"),
    ("YYYYYYYNO", "topics"),
    ("NNNNNNNNN", "summary"),
    ("Y.N.ODY.Y", "topics"),
    ("DDDDDDDDD", "topics"),
    ("YYYYYYYYN", "none"),
    ("YYYYN....", None),
    (".........", None),
]


def codes(letters: str) -> dict[str, str]:
    """LinkId → code of the answered questions."""
    answered = zip(QUESTIONS, letters, strict=True)
    return {link_id: LETTERS[letter] for link_id, letter in answered if letter != "."}


class FormFiller:
    """Our checklist in one renderer; a subclass names it."""

    filler: Filler

    @classmethod
    def folder(cls) -> Path:
        """Where the peer is; skips the test where it is not."""
        return require(cls.filler.folder, cls.filler.made, PROGRAM)

    @pytest.fixture(scope="class")
    @classmethod
    def site(cls) -> Iterator[str]:
        """The peer's folder, served."""
        with serving(cls.folder()) as url:
            yield url

    @pytest.fixture(scope="class")
    @classmethod
    def browser(cls) -> Iterator[Browser]:
        """A browser, where the peer is there."""
        cls.folder()
        with open_browser() as opened:
            yield opened

    @pytest.fixture(scope="class")
    @classmethod
    def door(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
        """The service, where the peer is there."""
        cls.folder()
        with open_door(tmp_path_factory.mktemp("service")) as opened:
            yield opened

    @pytest.fixture
    def form(self, browser: Browser, site: str, door: Door) -> Iterator[Form]:
        """The host page, with nothing on it yet."""
        with open_page(browser) as page:
            page.goto(f"{site}/page/")
            yield Form(page, door.checklist(), self.filler)

    @pytest.fixture
    def subject(self) -> str:
        """A patient of whom nothing is known."""
        return f"Patient/{uuid4()}"

    def test_all_is_shown_and_nothing_else(self, form: Form, subject: str) -> None:
        """Title, every text, help and option in order: no weight, score or total stands beside them."""
        form.show(subject)
        assert form.lines() == expected_lines(form.questionnaire, self.filler.help_last)

    def test_nothing_is_chosen_beforehand(self, form: Form, subject: str) -> None:
        """No option is marked, no name stands there, and there is no answer."""
        form.show(subject)
        assert (form.chosen(), form.name()) == ({}, "")
        assert "item" not in form.send()

    @pytest.mark.parametrize(("letters", "sharing"), PATTERNS)
    def test_answers_score_as_those_written_by_hand(
        self, form: Form, door: Door, subject: str, letters: str, sharing: str | None
    ) -> None:
        """Fit, counts, topics and note of what was clicked are those of the same answers in a plain response."""
        form.show(subject)
        form.choose(codes(letters) | ({"sharing": sharing} if sharing else {}))
        sent = form.send()
        assert_same(door, sent, response(letters, sharing=sharing))

    def test_it_is_filled_by_keyboard_alone(self, form: Form, door: Door, subject: str) -> None:
        """Tab leads from question to question and to the button; Space, arrows and Enter do the rest."""
        form.show(subject)
        form.type_name("Dr Rivera")
        wanted = {"contact": "later-session", **codes("YNODYYYNO"), "sharing": "topics"}
        form.press(wanted)
        assert form.chosen() == wanted
        sent = form.send_by_enter()
        by_hand = response("YNODYYYNO", contact="later-session", sharing="topics", therapist="Dr Rivera")
        assert_same(door, sent, by_hand)

    def test_a_name_comes_through(self, form: Form, door: Door, subject: str) -> None:
        """Umlauts, quotes, an ampersand and an emoji are kept as typed; the note leaves out decoration."""
        form.show(subject)
        form.write(NAME)
        form.choose({"contact": "first-session", **codes("YYYYYYYNO")})
        sent = form.send()
        kept = assert_same(door, sent, response("YYYYYYYNO", therapist=NAME, contact="first-session"))
        assert kept["item"][0]["answer"] == [{"valueString": NAME}]
        assert "Dr. Zoë Müller-Świątek" in door.chart(subject)[0]["note"][0]["text"]

    def test_a_name_that_is_too_long_is_told(self, form: Form, door: Door, subject: str) -> None:
        """One character more than 80: the form says so, gives it back all the same, and the service refuses it."""
        form.show(subject)
        form.write("x" * 81)
        form.page.keyboard.press("Tab")
        form.page.get_by_text(re.compile(r"\b80\b")).filter(visible=True).first.wait_for()
        assert door.refusal(form.send()) == (422, "QuestionnaireResponse.item[0].answer[0].value")

    def test_an_erased_name_is_gone(self, form: Form, subject: str) -> None:
        """What was emptied is no answer."""
        form.show(subject, response("Y", therapist=NAME, id="r1"))
        form.write("")
        assert form.send()["item"] == [form.answered(QUESTIONS[0], "yes")]

    def test_answers_are_amended(self, form: Form, door: Door, subject: str) -> None:
        """A kept response shows its answers again; what is changed replaces the result, the rest stays."""
        former = door.file(response("YYYYYYYNO", therapist=NAME, sharing="topics", subject=subject))
        form.show(subject, former)
        assert form.name() == NAME
        assert form.chosen() == {**codes("YYYYYYYNO"), "sharing": "topics"}
        form.choose(codes("N......Y."))
        sent = form.send()
        assert (sent["id"], sent["status"]) == (former["id"], "amended")
        door.file(sent)
        by_hand = response("NYYYYYYYO", therapist=NAME, sharing="topics", subject=subject)
        (standing,) = door.chart(subject)
        assert standing["status"] == "amended"
        assert score(standing) == score(door.extract(by_hand) or {})

    def test_consent_is_taken_back(self, form: Form, door: Door, subject: str) -> None:
        """A response whose client now says no to the chart is withdrawn from it."""
        former = door.file(response("YYYYYYYNO", sharing="topics", subject=subject))
        form.show(subject, former)
        form.choose({"sharing": "none"})
        door.file(form.send())
        (standing,) = door.chart(subject)
        assert (standing["status"], "valueCodeableConcept" in standing) == ("entered-in-error", False)


def expected_lines(questionnaire: Resource, help_last: bool) -> list[str]:
    """What a client reads from top to bottom."""
    lines = [questionnaire["title"]]
    for item in questionnaire["item"]:
        options = [option["valueCoding"]["display"] for option in item.get("answerOption", [])]
        helps = [child["text"] for child in item.get("item", [])]
        lines += [item["text"], *(options + helps if help_last else helps + options)]
    return lines


def score(result: Resource) -> list[object]:
    """The fit, the counts and the topics."""
    return [result["valueCodeableConcept"], result["component"]]


def assert_same(door: Door, sent: Resource, by_hand: Resource) -> Resource:
    """Both score the same, of one patient at one time, and so it stands in the chart; what is kept."""
    alike = {name: sent[name] for name in ("subject", "authored")}
    result = said(door.extract({**by_hand, **alike}))
    assert said(door.extract(sent)) == result
    kept = door.file(sent)
    assert [said(standing) for standing in door.chart(sent["subject"]["reference"])] == (
        [result] if result else []
    )
    return kept
