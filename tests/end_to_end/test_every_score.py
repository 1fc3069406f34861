"""Every score that nine answers can have, read in the chart as a clinician would."""

import re
from itertools import product

import pytest

from tests.deliver.answers import response

TRIPLES = [(yes, no, 9 - yes - no) for yes in range(10) for no in range(10 - yes)]
TEXT = re.compile(r"Yes to (\d) of 9 \(no (\d), open (\d)\): (yes to most|no to most|not yet clear)(?: – .+)?")


def fit_by_completion(yes, unanswered):
    """What every way to complete the open answers says: all, none, or some have five yes."""
    verdicts = {yes + sum(more) >= 5 for more in product((0, 1), repeat=unanswered)}
    return "not yet clear" if len(verdicts) > 1 else "yes to most" if True in verdicts else "no to most"


@pytest.fixture(scope="module")
def clinic(open_clinic):
    """A clinic in which every score was filed, each for a patient of its own."""
    made = open_clinic()
    for yes, no, unanswered in TRIPLES:
        name = f"p{yes}{no}{unanswered}"
        made.ehr.put(response(name, (yes, no, unanswered), patient=name))
    made.at_rest(60)
    return made


def test_there_are_55():
    """Three counts that make nine."""
    assert (len(TRIPLES), len(set(TRIPLES))) == (55, 55)


def test_the_value_text_alone_carries_the_score(clinic):
    """The text of the value says the counts and the fit, in 90 characters, and needs nothing beside it."""
    read = {}
    for observation in clinic.ehr.observations():
        text = observation["valueCodeableConcept"]["text"]
        found = TEXT.fullmatch(text)
        assert found, text
        assert len(text) <= 90
        counts = tuple(map(int, found.groups()[:3]))
        assert observation["subject"]["reference"] == "Patient/p{}{}{}".format(*counts)
        read[counts] = found[4]

    assert read == {triple: fit_by_completion(triple[0], triple[2]) for triple in TRIPLES}


def test_each_was_written_once(clinic):
    """55 responses, 55 writes, 55 Observations in their first version."""
    versions = [one["meta"]["versionId"] for one in clinic.ehr.observations()]

    assert (clinic.ehr.writes, versions) == (55, ["1"] * 55)


def test_the_code_agrees_with_the_text(clinic):
    """The coding of the value, and the counts in the components, say the same as the text."""
    for observation in clinic.ehr.observations():
        found = TEXT.fullmatch(observation["valueCodeableConcept"]["text"])
        (coding,) = observation["valueCodeableConcept"]["coding"]
        counts = [one["valueQuantity"]["value"] for one in observation["component"] if "valueQuantity" in one]
        assert coding["code"] == found[4].replace(" ", "-")
        assert counts == list(map(int, found.groups()[:3]))
