"""When two results say the same, and what the chart should say next."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from fhir_alliance.scoring.fit import Counts, Fit
from fhir_alliance.scoring.result import (
    Reason,
    Result,
    Sharing,
    Source,
    Standing,
    Statement,
    Status,
    Withdrawn,
    next_standing,
    restated,
    result_of,
)
from tests.building import NOW, result

ONE = result()
OTHER = result("YYYYYNNOO")
GONE = Withdrawn(ONE, Reason.ERROR)
MASKED = Withdrawn(ONE, Reason.MASKED)


@pytest.mark.parametrize("change", [{"issued": NOW + timedelta(days=9)}, {"program": "fhir-alliance/9"}])
def test_when_and_by_what_it_was_scored_is_no_difference(change: dict[str, Any]) -> None:
    """The chart says the same, so nothing needs to be written again."""
    assert replace(ONE, **change) == ONE


@pytest.mark.parametrize(
    "change",
    [
        {"questionnaire": "https://fhir-alliance.org/fhir/Questionnaire/alliance-checklist|2.0.0"},
        {"fit": Fit.NOT_YET_CLEAR},
        {"counts": Counts(7, 2, 0)},
        {"topics": ("warmth",)},
        {"sharing": Sharing.TOPICS},
        {"subject": "Patient/p2"},
        {"encounter": "Encounter/e1"},
        {"source": Source("urn:s", "v", "QuestionnaireResponse/r2")},
        {"authored": "2026-11-13"},
        {"effective": "2026-11-13"},
        {"therapist": "Dr Rivera"},
        {"labels": ()},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_the_chart_shows_is_a_difference(change: dict[str, Any]) -> None:
    """Any other element makes another result."""
    assert replace(ONE, **change) != ONE


@pytest.mark.parametrize(
    ("statement", "stands", "expected"),
    [
        (ONE, None, Standing(ONE, Status.FINAL)),
        (GONE, None, None),
        (ONE, Standing(ONE, Status.FINAL), None),
        (ONE, Standing(ONE, Status.AMENDED), None),
        (OTHER, Standing(ONE, Status.FINAL), Standing(OTHER, Status.AMENDED)),
        (OTHER, Standing(ONE, Status.AMENDED), Standing(OTHER, Status.AMENDED)),
        (GONE, Standing(ONE, Status.FINAL), Standing(GONE, Status.ENTERED_IN_ERROR)),
        (GONE, Standing(GONE, Status.ENTERED_IN_ERROR), None),
        (MASKED, Standing(GONE, Status.ENTERED_IN_ERROR), Standing(MASKED, Status.ENTERED_IN_ERROR)),
        (ONE, Standing(GONE, Status.ENTERED_IN_ERROR), Standing(ONE, Status.AMENDED)),
    ],
)
def test_next_standing(statement: Statement, stands: Standing | None, expected: Standing | None) -> None:
    """Final first, amended ever after, entered in error when withdrawn, and nothing where nothing changed."""
    assert next_standing(statement, stands) == expected


def test_only_a_later_scoring_writes_nothing() -> None:
    """The same answers, scored anew by a newer program, leave the chart alone."""
    again = replace(ONE, issued=NOW + timedelta(days=1), program="fhir-alliance/9")
    assert next_standing(again, Standing(ONE, Status.FINAL)) is None


@pytest.mark.parametrize(
    ("statement", "status"),
    [(ONE, Status.AMENDED), (GONE, Status.ENTERED_IN_ERROR), (MASKED, Status.ENTERED_IN_ERROR)],
)
def test_restated(statement: Statement, status: Status) -> None:
    """Over whatever else stood there, a result is an amendment and a withdrawal an error."""
    assert restated(statement) == Standing(statement, status)


@pytest.mark.parametrize("statement", [ONE, GONE, MASKED])
def test_every_statement_is_about_a_result(statement: Statement) -> None:
    """Withdrawn or not, whose and from what it was stays known."""
    found: Result = result_of(statement)
    assert found is ONE
