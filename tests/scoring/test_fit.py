"""The rule against an oracle that does not know its formula: complete the open answers in every way."""

from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir_alliance.scoring.answers import Answer
from fhir_alliance.scoring.fit import MOST_TOPICS, Counts, Fit, count, fit, topics
from fhir_alliance.scoring.instrument import Coding, Question

YES, NO, UNSURE, DECLINED, SKIPPED = Answer
NINE, FIVE = 9, 5
TRIPLES = [(yes, no, NINE - yes - no) for yes in range(NINE + 1) for no in range(NINE + 1 - yes)]
FOURTH = [Question(f"q{number}", Coding("s", f"c{number}", "d"), "opener") for number in range(4)]


def completions(pattern: str) -> Iterator[tuple[str, ...]]:
    """Yield every way in which the open answers (O) could still be decided."""
    return product(*({"Y": "Y", "N": "N", "O": "YN"}[letter] for letter in pattern))


def oracle(pattern: str, threshold: int) -> Fit:
    """The fit by its meaning: yes to most in all completions, in none, or in some."""
    met = {completed.count("Y") >= threshold for completed in completions(pattern)}
    if met == {True}:
        return Fit.YES_TO_MOST
    return Fit.NO_TO_MOST if met == {False} else Fit.NOT_YET_CLEAR


@pytest.fixture(scope="module")
def fits() -> dict[str, Fit]:
    """The oracle's word on all 3⁹ patterns of yes, no and open, from all 4⁹ completions of them."""
    return {"".join(letters): oracle("".join(letters), FIVE) for letters in product("YNO", repeat=NINE)}


def test_every_pattern_of_answers(fits: dict[str, Fit]) -> None:
    """Each of the 4⁹ ways to answer has the fit that its completions have."""
    answered = product((YES, NO, UNSURE, DECLINED), repeat=NINE)
    lettered = product("YNOO", repeat=NINE)
    tried = 0
    for answers, letters in zip(answered, lettered, strict=True):
        tried += 1
        assert fit(count(answers), FIVE) is fits["".join(letters)], answers
    assert tried == 4**NINE


@pytest.mark.parametrize(("yes", "no", "unsure"), TRIPLES)
def test_every_triple(fits: dict[str, Fit], yes: int, no: int, unsure: int) -> None:
    """Only the counts matter: each of the 55 has the fit of its patterns."""
    assert fit(Counts(yes, no, unsure), FIVE) is fits["Y" * yes + "N" * no + "O" * unsure]


def test_there_are_55_triples() -> None:
    """Nine answers of three kinds fall into 55 counts, of which each fit has its share."""
    found = [fit(Counts(*triple), FIVE) for triple in TRIPLES]
    shares = [found.count(one) for one in (Fit.YES_TO_MOST, Fit.NO_TO_MOST, Fit.NOT_YET_CLEAR)]
    assert shares == [15, 15, 25]


@given(st.data())
def test_any_instrument(data: st.DataObject) -> None:
    """For n questions and a threshold t of 1 to n the rule means the same."""
    letters = data.draw(st.text("YNO", min_size=1, max_size=8))
    threshold = data.draw(st.integers(1, len(letters)))
    answers = [{"Y": YES, "N": NO, "O": UNSURE}[letter] for letter in letters]
    assert fit(count(answers), threshold) is oracle(letters, threshold)


@given(st.lists(st.sampled_from(Answer), min_size=1, max_size=12), st.data())
def test_all_open_answers_count_alike(answers: list[Answer], data: st.DataObject) -> None:
    """Not sure, declined and skipped differ for the topics, never for the count or by their place."""
    others = [data.draw(st.sampled_from((UNSURE, DECLINED, SKIPPED))) if one.open else one for one in answers]
    counts = count(answers)
    assert counts == count(data.draw(st.permutations(others)))
    assert counts.questions == len(answers)
    assert counts.open == sum(one.open for one in answers)


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        ((YES, YES, YES, YES), ()),
        ((NO, YES, YES, NO), ("c0", "c3")),
        ((UNSURE, NO, YES, YES), ("c1", "c0")),
        ((UNSURE, UNSURE, NO, NO), ("c2", "c3", "c0")),
        ((NO, NO, NO, NO), ("c0", "c1", "c2")),
        ((UNSURE, UNSURE, UNSURE, UNSURE), ("c0", "c1", "c2")),
        ((DECLINED, SKIPPED, DECLINED, SKIPPED), ()),
        ((DECLINED, NO, SKIPPED, UNSURE), ("c1", "c3")),
    ],
)
def test_topics(answered: tuple[Answer, ...], expected: tuple[str, ...]) -> None:
    """No comes before not sure, in the form's order, three at most; who said nothing is not asked."""
    answers = dict(zip((one.link_id for one in FOURTH), answered, strict=True))
    assert topics(FOURTH, answers) == expected


def test_an_unanswered_question_is_no_topic() -> None:
    """A question that is missing from the answers is like a skipped one."""
    assert topics(FOURTH, {"q2": NO}) == ("c2",)


@given(st.lists(st.sampled_from(Answer), min_size=4, max_size=4))
def test_topics_are_never_silent_or_yes(answered: list[Answer]) -> None:
    """Whatever is answered, a topic was answered no or not sure, and none is left out for a lesser one."""
    answers = dict(zip((one.link_id for one in FOURTH), answered, strict=True))
    found = [answers[f"q{code[1:]}"] for code in topics(FOURTH, answers)]
    assert all(one in (NO, UNSURE) for one in found)
    assert found == sorted(found, key=(NO, UNSURE).index)
    assert len(found) == min(MOST_TOPICS, sum(one in (NO, UNSURE) for one in answered))
    assert found.count(NO) == min(MOST_TOPICS, answered.count(NO))
