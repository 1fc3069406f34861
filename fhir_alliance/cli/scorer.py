"""What a door would make of one resource of a file, without ledger and EHR."""

import textwrap
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from fhir_alliance.assess import RESPONSE, Assessment, Assessor, Kind
from fhir_alliance.cli.documents import Found
from fhir_alliance.fhir.identity import Door, keys, observation_id, submission_id
from fhir_alliance.fhir.issues import Issue, errors, information, operation_outcome
from fhir_alliance.fhir.observation import observation
from fhir_alliance.fhir.r4 import is_id
from fhir_alliance.fhir.wording import note, value_text
from fhir_alliance.scoring.instrument import Instrument
from fhir_alliance.scoring.result import Result, Standing, Status

#: columns of a text for people
WIDTH = 80


@dataclass(frozen=True, slots=True)
class Scored:
    """A result with what is needed to render it; or issues, each with its place in the file."""

    issues: tuple[Issue, ...]
    result: Result | None = None
    observation_id: str = ""
    instrument: Instrument | None = None

    @property
    def failed(self) -> bool:
        """Whether the resource breaks a rule; one that is merely not scored has not failed."""
        return bool(errors(self.issues))

    def as_resource(self) -> dict[str, Any]:
        """The Observation, else an OperationOutcome."""
        if self.result is None or self.instrument is None:
            return operation_outcome(self.issues)
        return observation(Standing(self.result, Status.FINAL), self.observation_id, self.instrument)

    def as_text(self) -> str:
        """What a clinician would read, else why there is nothing to read."""
        if self.result is None or self.instrument is None:
            return "\n".join(_wrapped(_words(issue)) for issue in self.issues)
        plain_note = note(Standing(self.result, Status.FINAL), self.result, self.instrument)
        paragraphs = value_text(self.result, self.instrument), *plain_note.split("\n")
        return "\n".join(map(_wrapped, paragraphs))


class Scorer:
    """Scores what is found in files, as the EHR's door would."""

    def __init__(self, assessor: Assessor, clock: Callable[[], datetime]) -> None:
        self._assessor = assessor
        self._clock = clock

    def score(self, found: Found) -> Scored:
        """The result of one resource, or the issues that tell why there is none."""
        content = found.content
        if not isinstance(content, Issue) and _is_foreign(found, content):
            content = information("This entry is no QuestionnaireResponse, so it is not scored.")
        if isinstance(content, Issue):
            return Scored((_told(found, content),))
        return self._scored(found, content)

    def _scored(self, found: Found, response: dict[str, Any]) -> Scored:
        clinic, catalog = self._assessor.clinic.name, self._assessor.catalog
        source_id = response["id"] if is_id(response.get("id")) else None
        submission = submission_id(clinic, keys(response, Door.NOTIFY, source_id)[0])
        assessment = self._assessor.assess(response, submission, source_id, self._clock())
        result = assessment.result
        if result is None:
            return Scored(tuple(_told(found, issue) for issue in _reasons(assessment)))
        entry_id = observation_id(clinic, submission, result.subject)
        return Scored((), result, entry_id, catalog.instrument(result.questionnaire))


def _is_foreign(found: Found, resource: dict[str, Any]) -> bool:
    """A Bundle may hold other resources; alone, or on a line, one was meant to be a response."""
    return found.entry is not None and resource.get("resourceType") != RESPONSE


def _reasons(assessment: Assessment) -> tuple[Issue, ...]:
    """Why there is no result; of a withdrawn response there may be nothing else to say."""
    if assessment.kind is Kind.WITHDRAWN:
        withdrawn = information("The response was entered in error, so there is no result.")
        return (*assessment.issues, withdrawn)
    return assessment.issues


def _told(found: Found, issue: Issue) -> Issue:
    """The issue with its place in the file."""
    placed = found.placed(issue)
    if found.line is None:
        return placed
    return replace(placed, diagnostics=f"Line {found.line}: {placed.diagnostics}")


def _words(issue: Issue) -> str:
    return f"{issue.diagnostics} ({issue.expression})" if issue.expression else issue.diagnostics


def _wrapped(paragraph: str) -> str:
    return textwrap.fill(paragraph, WIDTH, break_long_words=False, break_on_hyphens=False)
