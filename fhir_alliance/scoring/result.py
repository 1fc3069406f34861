"""What is known of one scored version, and what should stand in the chart because of it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from fhir_alliance.scoring.fit import Counts, Fit
from fhir_alliance.scoring.instrument import Coding


class Sharing(StrEnum):
    """The client's word on the chart."""

    TOPICS = "topics"
    SUMMARY = "summary"
    NONE = "none"


class Reason(StrEnum):
    """Why a result was withdrawn (HL7 data-absent-reason)."""

    ERROR = "error"
    MASKED = "masked"


@dataclass(frozen=True, slots=True)
class Source:
    """The response a result was derived from: what it is known as, and where it can be read."""

    #: an identifier
    system: str
    value: str
    #: a relative reference, ``QuestionnaireResponse/{id}``
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A scored version. Two results are equal where the chart would say the same of both."""

    #: ``url|version`` of the Questionnaire
    questionnaire: str
    fit: Fit
    counts: Counts
    #: codes of the questions to talk about; empty unless the client shares topics
    topics: tuple[str, ...]
    sharing: Sharing
    #: ``Patient/{id}``
    subject: str
    #: ``Encounter/{id}``
    encounter: str | None
    source: Source
    #: FHIR dateTime: when the client answered this version
    authored: str
    #: FHIR dateTime: when the client answered the first scored version
    effective: str
    therapist: str | None
    contact: Coding | None
    #: security labels, exactly one of them a confidentiality
    labels: tuple[Coding, ...]
    #: when this version was scored, with time zone
    issued: datetime = field(compare=False)
    #: name and version of the program that scored it
    program: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Nothing of ``result`` should be read any more."""

    result: Result
    reason: Reason


#: what the chart should say: a result, or that there was one
Statement = Result | Withdrawn


class Status(StrEnum):
    """The statuses of an Observation that this program writes (FHIR R4 observation-status)."""

    FINAL = "final"
    AMENDED = "amended"
    ENTERED_IN_ERROR = "entered-in-error"


@dataclass(frozen=True, slots=True)
class Standing:
    """A statement with the status it has in the chart."""

    statement: Statement
    status: Status


def next_standing(statement: Statement, stands: Standing | None) -> Standing | None:
    """What the chart should say next, given what ``stands`` there; None where nothing needs to be written.

    ``final`` at the first write, ``amended`` at every later change, ``entered-in-error`` when withdrawn.
    """
    if stands is None:
        return None if isinstance(statement, Withdrawn) else Standing(statement, Status.FINAL)
    if stands.statement == statement:
        return None
    return restated(statement)


def restated(statement: Statement) -> Standing:
    """The statement as a change of whatever else stood there."""
    withdrawn = isinstance(statement, Withdrawn)
    return Standing(statement, Status.ENTERED_IN_ERROR if withdrawn else Status.AMENDED)


def result_of(statement: Statement) -> Result:
    """The result a statement is about."""
    return statement.result if isinstance(statement, Withdrawn) else statement
