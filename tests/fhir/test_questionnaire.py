"""The shipped Questionnaire as an instrument."""

import pytest

from fhir_alliance.catalog import Catalog
from fhir_alliance.fhir import systems
from fhir_alliance.scoring.answers import Answer
from fhir_alliance.scoring.fit import Fit
from fhir_alliance.scoring.instrument import Instrument
from tests.artifacts.folder import CHECKLIST
from tests.building import CANONICAL, QUESTIONS


@pytest.fixture
def instrument(catalog: Catalog) -> Instrument:
    """The shipped checklist."""
    return catalog.instrument(CANONICAL)


def test_it_is_the_questionnaire(instrument: Instrument) -> None:
    """Url, version and title are its own."""
    assert (instrument.url, instrument.version) == (CHECKLIST["url"], CHECKLIST["version"])
    assert instrument.canonical == CANONICAL


def test_the_nine_questions_in_order(instrument: Instrument) -> None:
    """Scored are the marked items, each with a code, a label and an opener of its own."""
    assert [question.link_id for question in instrument.questions] == QUESTIONS
    assert [question.code.code for question in instrument.questions] == QUESTIONS
    assert {question.code.system for question in instrument.questions} == {
        f"{systems.BASE}/CodeSystem/alliance-question"
    }
    assert len({question.code.display for question in instrument.questions}) == 9
    assert len({question.opener for question in instrument.questions}) == 9


def test_the_rule_is_yes_to_most(instrument: Instrument) -> None:
    """Yes, no and not sure by code, five or more; prefer not to say is declined by being no part of it."""
    assert instrument.rule.threshold == 5
    assert instrument.rule.answers == {
        (f"{systems.BASE}/CodeSystem/alliance-answer", "yes"): Answer.YES,
        (f"{systems.BASE}/CodeSystem/alliance-answer", "no"): Answer.NO,
        (f"{systems.BASE}/CodeSystem/alliance-answer", "not-sure"): Answer.NOT_SURE,
    }


def test_the_wording_is_whole(instrument: Instrument) -> None:
    """Each fit has a value and a note, each part of the Observation its coding."""
    wording = instrument.wording
    assert set(wording.fits) == set(wording.notes) == set(Fit)
    assert {coding.system for coding in wording.fits.values()} == {f"{systems.BASE}/CodeSystem/alliance-fit"}
    assert wording.observation.code == "predicted-alliance-fit"
    assert wording.observation.display == "Predicted alliance fit (client's early impression)"
    assert wording.method.code == "yes-to-most-rule"
    assert set(wording.components) == {"yes-count", "no-count", "open-count", "contact", "topic"}
    assert set(wording.contacts) == {"consultation-call", "first-session", "later-session"}
    assert wording.general_topic == "Anything you would like more or less of?"


def test_what_was_not_asked_is_told(instrument: Instrument) -> None:
    """The source names more than the questions ask."""
    body, progress, goals = instrument.wording.not_asked
    assert "body language" in body
    assert "progress" in progress
    assert "goals" in goals
    assert "rule of thumb, not a tested measure" in instrument.wording.limits
