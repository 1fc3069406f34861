"""What a door would make of one resource of a file, without ledger and EHR."""

import textwrap
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from fhir_alliance.assess import RESPONSE, Assessor
from fhir_alliance.cli.documents import Found
from fhir_alliance.cli.plain import plain
from fhir_alliance.extract import extract
from fhir_alliance.fhir.issues import Issue, errors, information, operation_outcome

#: columns of a text for people
WIDTH = 80


@dataclass(frozen=True, slots=True)
class Scored:
    """An Observation; or issues, each with its place in the file."""

    issues: tuple[Issue, ...]
    observation: dict[str, Any] | None = None

    @property
    def failed(self) -> bool:
        """Whether the resource breaks a rule; one that is merely not scored has not failed."""
        return bool(errors(self.issues))

    def as_resource(self) -> dict[str, Any]:
        """The Observation, else an OperationOutcome."""
        return self.observation or operation_outcome(self.issues)

    def as_text(self) -> str:
        """What a clinician would read, else why there is nothing to read."""
        if self.observation is None:
            return "\n".join(_wrapped(_words(issue)) for issue in self.issues)
        value, note = self.observation["valueCodeableConcept"]["text"], self.observation["note"][0]["text"]
        return "\n".join(map(_wrapped, (value, *note.split("\n"))))


class Scorer:
    """Scores what is found in files, as the EHR's door would."""

    def __init__(self, assessor: Assessor, clock: Callable[[], datetime]) -> None:
        self._assessor = assessor
        self._clock = clock

    def score(self, found: Found, file: str | None = None) -> Scored:
        """The result of one resource, or the issues that tell why there is none, and in which ``file``."""
        content = found.content
        if not isinstance(content, Issue) and _is_other(found, content):
            content = information("This entry is no QuestionnaireResponse, so it is not scored.")
        if isinstance(content, Issue):
            return Scored((_told(found, content, file),))
        observation, issues = extract(self._assessor, content, self._clock())
        if observation is not None:
            return Scored((), observation)
        return Scored(tuple(_told(found, issue, file) for issue in issues))


def _is_other(found: Found, resource: dict[str, Any]) -> bool:
    """A Bundle may hold other resources; alone, or on a line, one was meant to be a response."""
    return found.entry is not None and resource.get("resourceType") != RESPONSE


def _told(found: Found, issue: Issue, file: str | None) -> Issue:
    """The issue with its place in the file."""
    placed = found.placed(issue)
    line = f"{'line' if file else 'Line'} {found.line}" if found.line is not None else None
    where = ", ".join(one for one in (plain(file or ""), line) if one)
    return replace(placed, diagnostics=f"{where}: {placed.diagnostics}") if where else placed


def _words(issue: Issue) -> str:
    return f"{issue.diagnostics} ({issue.expression})" if issue.expression else issue.diagnostics


def _wrapped(paragraph: str) -> str:
    return textwrap.fill(paragraph, WIDTH, break_long_words=False, break_on_hyphens=False)
