"""Our checklist in Smart Forms."""

import pytest

pytest.importorskip("playwright")

from tests.building import CANONICAL
from tests.peers.form import Form
from tests.peers.form_filler import FormFiller
from tests.peers.smart_forms.filler import SMART_FORMS

#: chooses an option and sends, faster than the typed text is taken
AT_ONCE = "document.querySelector('[role=radiogroup] input').click(); document.getElementById('send').click()"


class TestSmartForms(FormFiller):
    """What any form filler does, and what this one gives back."""

    filler = SMART_FORMS

    def test_what_it_gives_back(self, form: Form, subject: str) -> None:
        """In progress, by name of our version; plain codings; no subject and no time."""
        form.show(subject)
        form.choose({"warmth": "yes"})
        assert form.taken() == {
            "resourceType": "QuestionnaireResponse",
            "status": "in-progress",
            "questionnaire": CANONICAL,
            "item": [form.answered("warmth", "yes")],
        }

    def test_an_answer_is_taken_back(self, form: Form, subject: str) -> None:
        """The button beside a chosen option leaves the question as one that was skipped."""
        form.show(subject)
        form.choose({"warmth": "no", "silences": "yes"})
        form.page.get_by_role("button", name="Clear").first.click()
        assert form.send()["item"] == [form.answered("silences", "yes")]

    def test_what_is_sent_is_what_is_shown(self, form: Form, subject: str) -> None:
        """An option chosen at once after typing may be lost: then it is not shown either; the text is there."""
        form.show(subject)
        form.page.get_by_label(form.text("therapist")).fill("Dr Rivera")
        form.page.evaluate(AT_ONCE)
        sent = form.sent()
        assert sent["item"][0]["answer"] == [{"valueString": "Dr Rivera"}]
        assert [item["linkId"] for item in sent["item"][1:]] == list(form.chosen())
