"""What the answers are to the rule."""

import pytest

from fhir_alliance.scoring.answers import Answer


@pytest.mark.parametrize(
    ("answer", "is_open", "silent"),
    [
        (Answer.YES, False, False),
        (Answer.NO, False, False),
        (Answer.NOT_SURE, True, False),
        (Answer.DECLINED, True, True),
        (Answer.SKIPPED, True, True),
    ],
)
def test_every_answer_is_decided_open_or_silent(answer: Answer, is_open: bool, silent: bool) -> None:
    """Yes and no are decided; not sure is open but spoken; declined and skipped say nothing."""
    assert (answer.open, answer.silent) == (is_open, silent)


def test_there_are_no_other_answers() -> None:
    """The five answers are all that the rule knows."""
    assert len(Answer) == 5
