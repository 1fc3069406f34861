"""Issues, the status they call for, and the OperationOutcome that tells them."""

import pytest

from fhir_alliance.fhir.issues import (
    Code,
    Issue,
    Severity,
    as_warning,
    error,
    errors,
    http_status,
    information,
    operation_outcome,
    r4_error,
    warning,
)
from fhir_alliance.fhir.json_text import to_bytes

OURS = error(Code.NOT_FOUND, "No such linkId.", "QuestionnaireResponse.item[0].linkId")
R4 = r4_error(Code.VALUE, "Not a value.", "QuestionnaireResponse.status")
MILD = warning(Code.REQUIRED, "Needs an answer.")
FINE = information("All OK.")


@pytest.mark.parametrize(
    ("issues", "status"),
    [([OURS], 422), ([R4], 400), ([OURS, R4], 400), ([MILD, OURS], 422), ([OURS, as_warning(R4)], 422)],
)
def test_http_status(issues: list[Issue], status: int) -> None:
    """R4 broken is 400, a rule of ours 422; what is only a warning decides nothing."""
    assert http_status(issues) == status


def test_errors_refuse() -> None:
    """Of all issues only errors refuse a resource, in their order."""
    assert errors([FINE, OURS, MILD, R4]) == (OURS, R4)


@pytest.mark.parametrize(
    ("issue", "severity"),
    [(OURS, Severity.WARNING), (R4, Severity.WARNING), (MILD, Severity.WARNING), (FINE, Severity.INFORMATION)],
)
def test_as_warning(issue: Issue, severity: Severity) -> None:
    """An error becomes a warning that says the same; the milder ones stay."""
    told = as_warning(issue)
    assert told.severity is severity
    assert (told.code, told.diagnostics, told.expression) == (issue.code, issue.diagnostics, issue.expression)


def test_operation_outcome_tells_all() -> None:
    """Every issue, in order, with its place where it has one."""
    outcome = operation_outcome([OURS, MILD])
    to_bytes(outcome)
    assert outcome == {
        "resourceType": "OperationOutcome",
        "issue": [
            {
                "severity": "error",
                "code": "not-found",
                "diagnostics": "No such linkId.",
                "expression": ["QuestionnaireResponse.item[0].linkId"],
            },
            {"severity": "warning", "code": "required", "diagnostics": "Needs an answer."},
        ],
    }


def test_nothing_to_tell_is_all_ok() -> None:
    """An OperationOutcome has at least one issue, so that nothing wrong is said, too."""
    outcome = operation_outcome([])
    to_bytes(outcome)
    assert [issue["severity"] for issue in outcome["issue"]] == ["information"]


@pytest.mark.parametrize("code", Code)
def test_every_code_is_an_issue_type_of_r4(code: Code) -> None:
    """The codes are those that R4 binds; the check of every emission would tell another."""
    to_bytes(operation_outcome([error(code, "x")]))
