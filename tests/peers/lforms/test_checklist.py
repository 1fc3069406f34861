"""Our checklist in LHC-Forms."""

import pytest

pytest.importorskip("playwright")

from dataclasses import replace

from tests.building import CANONICAL, altered
from tests.peers.form import Form
from tests.peers.form_filler import FormFiller
from tests.peers.lforms.filler import LHC_FORMS

ORDINAL = {"url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": 1}


class TestLhcForms(FormFiller):
    """What any form filler does, and what this one gives back."""

    filler = LHC_FORMS

    def test_what_it_gives_back(self, form: Form, subject: str) -> None:
        """Completed, at a time, by name of our version, with its own tag; plain codings, and no subject."""
        form.show(subject)
        form.choose({"warmth": "yes"})
        taken = form.taken()
        assert taken.pop("authored").endswith("Z")
        assert taken == {
            "resourceType": "QuestionnaireResponse",
            "meta": {
                "profile": ["http://hl7.org/fhir/4.0/StructureDefinition/QuestionnaireResponse"],
                "tag": [{"code": "lformsVersion: 40.1.3"}],
            },
            "status": "completed",
            "questionnaire": CANONICAL,
            "item": [form.answered("warmth", "yes")],
        }

    def test_a_weight_would_be_shown(self, form: Form, subject: str) -> None:
        """It prints the score of an option beside it: that is why ours carry none, and how we would see one."""
        index = next(i for i, item in enumerate(form.questionnaire["item"]) if item["linkId"] == "warmth")
        path = ("item", index, "answerOption", 0, "extension")
        weighted = replace(form, questionnaire=altered(form.questionnaire, *path, to=[ORDINAL]))
        weighted.show(subject)
        assert "Yes - 1" in weighted.lines()
