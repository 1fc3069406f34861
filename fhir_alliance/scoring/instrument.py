"""An instrument: its questions, its rule and its words, as read from a Questionnaire."""

from collections.abc import Mapping
from dataclasses import dataclass

from fhir_alliance.scoring.answers import Answer


@dataclass(frozen=True, slots=True)
class Coding:
    """A code of a code system, with the words that people read (FHIR R4 Coding)."""

    system: str
    code: str
    display: str


@dataclass(frozen=True, slots=True)
class Question:
    """One scored item."""

    link_id: str
    #: its code; the display is the short label of a topic ("quiet moments")
    code: Coding
    #: the sentence a therapist may open with
    opener: str


@dataclass(frozen=True, slots=True)
class Rule:
    """Yes to most: which codes count as what, and how many yes answers are most."""

    #: (system, code) of an answer → what it counts as; every other option is declined
    answers: Mapping[tuple[str, str], Answer]
    #: yes answers needed, 1 … number of questions
    threshold: int


@dataclass(frozen=True, slots=True)
class Wording:
    """The texts that stand in the chart, each from the instrument's own files."""

    #: the Observation's code
    observation: Coding
    #: the rule's name
    method: Coding
    #: fit → the coding of the value; its display ends the value's text
    fits: Mapping[str, Coding]
    #: fit → what the note says of it
    notes: Mapping[str, str]
    #: code of a component → its coding
    components: Mapping[str, Coding]
    #: code of a contact → its coding
    contacts: Mapping[str, Coding]
    #: what one may still ask where every answer is yes
    general_topic: str
    #: what the questions leave out
    not_asked: tuple[str, ...]
    #: what the result must not be taken for
    limits: str


@dataclass(frozen=True, slots=True)
class Instrument:
    """A published Questionnaire that can be scored."""

    #: the Questionnaire's url
    url: str
    #: its business version
    version: str
    questions: tuple[Question, ...]
    rule: Rule
    wording: Wording

    @property
    def canonical(self) -> str:
        """``url|version``, as a response names it."""
        return f"{self.url}|{self.version}"

    def question(self, code: str) -> Question:
        """The question with this code; KeyError where there is none."""
        for question in self.questions:
            if question.code.code == code:
                return question
        raise KeyError(code)
