"""Our own validation and this one come to the same verdict, but for what is listed with its reason."""

import re
from collections import Counter

import pytest

from fhir_alliance import assess as assessing
from fhir_alliance.catalog import Catalog
from fhir_alliance.fhir import r4, response, rules
from fhir_alliance.fhir.issues import Unreadable, errors
from fhir_alliance.fhir.json_text import parse_object
from tests.building import assess
from tests.peers.validator.corpus import BREACHES, SOUND, Case, corpus
from tests.peers.validator.disagreements import DISAGREEMENTS, OURS, VALIDATOR
from tests.peers.validator.our_texts import diagnostics
from tests.peers.validator.validator import Validator

CASES = corpus()
#: a verdict "not checked" is none
UNCHECKED = "Questionnaire_QR_Q_NotFound"


def our_errors(case: Case, catalog: Catalog) -> list[str]:
    """Why we refuse; nothing where we accept."""
    try:
        found = assess(parse_object(case.body.encode()), catalog=catalog)
    except Unreadable as fault:
        return [fault.issue.diagnostics]
    return [issue.diagnostics for issue in errors(found.issues)]


def its_errors(case: Case, validator: Validator) -> list[str]:
    """Why the validator refuses; nothing where it accepts."""
    found = validator.messages(case.body)
    return [str(one) for one in found if one.severity != "warning" or one.id == UNCHECKED]


@pytest.fixture(scope="module")
def ours(every_catalog: Catalog) -> list[list[str]]:
    """Our errors, case by case."""
    return [our_errors(case, every_catalog) for case in CASES]


def test_the_corpus_is_large() -> None:
    """More than 300 responses, at least two of five of them broken and two of five sound."""
    broken = sum(case.told is not None for case in CASES)
    sound = sum(case.change == SOUND for case in CASES)
    assert len(CASES) > 300
    assert min(broken, sound) >= 0.4 * len(CASES)


def test_we_say_of_each_what_is_wrong(ours: list[list[str]]) -> None:
    """A broken response is refused for what was broken in it, any other is accepted."""
    for case, told in zip(CASES, ours, strict=True):
        if case.told is None:
            assert told == [], case
        else:
            assert any(text.startswith(case.told) for text in told), (case, told)


def test_every_rule_of_ours_is_broken_often(ours: list[list[str]]) -> None:
    """Each error that an assessment can give is given at least five times."""
    given = Counter(text for told in ours for text in set(told))
    modules = (assessing, r4, response, rules)
    patterns = {pattern for module in modules for pattern in diagnostics(module)}
    times = {one: sum(n for text, n in given.items() if re.fullmatch(one, text)) for one in patterns}
    assert len(times) > 30
    assert {one: count for one, count in times.items() if count < BREACHES} == {}


def test_the_verdicts_are_the_same(validator: Validator, ours: list[list[str]]) -> None:
    """Whoever accepts alone is on the list, for every case of that change; and nothing else is on it."""
    found: dict[str, set[str]] = {}
    why: dict[str, list[str]] = {}
    for case, our in zip(CASES, ours, strict=True):
        its = its_errors(case, validator)
        verdict = "both" if bool(our) == bool(its) else VALIDATOR if our else OURS
        found.setdefault(case.change, set()).add(verdict)
        why[case.change] = our or its
    differing = {change: verdicts for change, verdicts in found.items() if verdicts != {"both"}}
    listed = {change: {one.accepts} for change, one in DISAGREEMENTS.items()}
    assert differing == listed, {change: why[change] for change in differing.keys() ^ listed.keys()}
