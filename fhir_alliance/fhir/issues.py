"""Issues and the OperationOutcome that tells them.

https://hl7.org/fhir/R4/operationoutcome.html, https://hl7.org/fhir/R4/http.html#Status-Codes
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from typing import Any

from fhir_alliance.errors import AllianceError

#: told of one kind of check
MOST_ISSUES = 100


class Severity(StrEnum):
    """FHIR R4 issue-severity; ``fatal`` is never needed here."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


class Code(StrEnum):
    """The FHIR R4 issue-types in use."""

    INVALID = "invalid"
    STRUCTURE = "structure"
    REQUIRED = "required"
    VALUE = "value"
    NOT_FOUND = "not-found"
    NOT_SUPPORTED = "not-supported"
    CODE_INVALID = "code-invalid"
    BUSINESS_RULE = "business-rule"
    CONFLICT = "conflict"
    DELETED = "deleted"
    TOO_COSTLY = "too-costly"
    TOO_LONG = "too-long"
    LOGIN = "login"
    FORBIDDEN = "forbidden"
    TRANSIENT = "transient"
    EXCEPTION = "exception"
    INFORMATIONAL = "informational"


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing to say of a resource or request. ``diagnostics`` never quotes an answer, a name or an id."""

    severity: Severity
    code: Code
    diagnostics: str
    #: FHIRPath to the element
    expression: str | None = None
    #: breaks R4 itself (400), rather than a rule of ours or of the Questionnaire (422)
    r4: bool = False


class Unreadable(AllianceError):
    """A body that is no JSON object, or one out of bounds; a query that makes no sense."""

    def __init__(self, issue: Issue) -> None:
        super().__init__(issue.diagnostics)
        self.issue = issue


def error(code: Code, diagnostics: str, expression: str | None = None) -> Issue:
    """A rule of ours, or of the Questionnaire, is broken."""
    return Issue(Severity.ERROR, code, diagnostics, expression)


def r4_error(code: Code, diagnostics: str, expression: str | None = None) -> Issue:
    """R4 itself is broken."""
    return Issue(Severity.ERROR, code, diagnostics, expression, r4=True)


def warning(code: Code, diagnostics: str, expression: str | None = None) -> Issue:
    """Worth telling, nothing is refused for it."""
    return Issue(Severity.WARNING, code, diagnostics, expression)


def information(diagnostics: str) -> Issue:
    """Nothing is wrong."""
    return Issue(Severity.INFORMATION, Code.INFORMATIONAL, diagnostics)


def bounded(issues: Iterable[Issue]) -> tuple[Issue, ...]:
    """The first that were found, no more than anyone mends at once, and that there are more."""
    found = tuple(islice(issues, MOST_ISSUES + 1))
    if len(found) <= MOST_ISSUES:
        return found
    return (*found[:MOST_ISSUES], information("There is more that is wrong."))


def as_warning(issue: Issue) -> Issue:
    """The same issue, but nothing is refused for it."""
    return replace(issue, severity=Severity.WARNING) if issue.severity is Severity.ERROR else issue


def errors(issues: Iterable[Issue]) -> tuple[Issue, ...]:
    """Those that refuse the resource."""
    return tuple(issue for issue in issues if issue.severity is Severity.ERROR)


def http_status(issues: Sequence[Issue]) -> int:
    """400 where R4 is broken, else 422."""
    return 400 if any(issue.r4 for issue in errors(issues)) else 422


def operation_outcome(issues: Sequence[Issue]) -> dict[str, Any]:
    """An OperationOutcome with every issue; "all ok" where there is none."""
    told = issues or (information("All OK."),)
    return {"resourceType": "OperationOutcome", "issue": [_issue(issue) for issue in told]}


def _issue(issue: Issue) -> dict[str, Any]:
    told: dict[str, Any] = {
        "severity": str(issue.severity),
        "code": str(issue.code),
        "diagnostics": issue.diagnostics,
    }
    if issue.expression:
        told["expression"] = [issue.expression]
    return told
