"""Answers → fit, counts and topics: the source's "yes to most" as three-valued logic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from fhir_alliance.scoring.answers import Answer
from fhir_alliance.scoring.instrument import Question

#: more would be a list to work off, not a conversation
MOST_TOPICS = 3


class Fit(StrEnum):
    """The predicted alliance fit."""

    YES_TO_MOST = "yes-to-most"
    NO_TO_MOST = "no-to-most"
    NOT_YET_CLEAR = "not-yet-clear"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of the scored questions were answered yes, no, or are open."""

    yes: int
    no: int
    open: int

    @property
    def questions(self) -> int:
        """All scored questions."""
        return self.yes + self.no + self.open


def count(answers: Sequence[Answer]) -> Counts:
    """Count one answer per scored question."""
    yes, no = answers.count(Answer.YES), answers.count(Answer.NO)
    return Counts(yes, no, len(answers) - yes - no)


def fit(counts: Counts, threshold: int) -> Fit:
    """The fit of ``counts`` under "yes to at least ``threshold``".

    ``yes-to-most``: whatever the open answers become, the threshold is met. ``no-to-most``: it cannot be met
    any more. ``not-yet-clear``: it depends on the open answers. Nothing is prorated.
    """
    if counts.yes >= threshold:
        return Fit.YES_TO_MOST
    if counts.no > counts.questions - threshold:
        return Fit.NO_TO_MOST
    return Fit.NOT_YET_CLEAR


def topics(questions: Sequence[Question], answers: Mapping[str, Answer]) -> tuple[str, ...]:
    """Codes of the questions to talk about: answered no, then not sure, at most three.

    ``answers`` maps linkId to answer. Declined and skipped questions are never topics.
    """
    ordered = [
        question.code.code
        for wanted in (Answer.NO, Answer.NOT_SURE)
        for question in questions
        if answers.get(question.link_id) is wanted
    ]
    return tuple(ordered[:MOST_TOPICS])
