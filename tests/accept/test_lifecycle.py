"""What should stand after whatever happens to a response, with an EHR and without (design: the lifecycle)."""

import pytest

from fhir_alliance.ledger.records import Entry
from fhir_alliance.scoring.result import Reason, Result, Withdrawn, result_of
from tests.building import Resource, response
from tests.web.desk import Desk, updated


def wanted(entry: Entry) -> int | str:
    """How many answers are yes in what should stand, or why nothing is to be read any more."""
    statement = entry.wanted
    return statement.counts.yes if isinstance(statement, Result) else str(statement.reason)


def tell(desk: Desk, *versions: Resource | None) -> None:
    """Tell of versions of one response, one a minute; None is its deletion."""
    for minute, version in enumerate(versions):
        if version is None:
            desk.send("DELETE", "/notify/QuestionnaireResponse/r1")
        else:
            desk.tell("r1", {**version, "meta": updated(minute)})
        desk.clock.go()


FIRST = response((7, 1, 1))
INVALID = response((5, 0, 0), subject="Organization/o1")

#: name → versions after the first, what should then stand, the status in the chart
ROWS: dict[str, tuple[list[Resource | None], int | str, str]] = {
    "completed": ([response((6, 0, 0))], 6, "amended"),
    "amended": ([response((6, 0, 0), status="amended")], 6, "amended"),
    "in progress": ([response((6, 0, 0), status="in-progress")], 7, "final"),
    "stopped": ([response((6, 0, 0), status="stopped")], 7, "final"),
    "invalid": ([INVALID], 7, "final"),
    "entered in error": ([response((7, 1, 1), status="entered-in-error")], "error", "entered-in-error"),
    "deleted": ([None], "error", "entered-in-error"),
    "brought back": ([response(status="entered-in-error"), response((6, 0, 0))], 6, "amended"),
    "every answer removed": ([response("")], "error", "entered-in-error"),
    "only declined": ([response("DDDDDDDDD")], "error", "entered-in-error"),
    "sharing none": ([response((7, 1, 1), sharing="none")], "masked", "entered-in-error"),
    "sharing none, then summary": (
        [response((7, 1, 1), sharing="none"), response((7, 1, 1), sharing="summary")],
        7,
        "amended",
    ),
    "masked, then in error": (
        [response(sharing="none"), response(status="entered-in-error")],
        "error",
        "entered-in-error",
    ),
    "the same again": ([response((7, 1, 1), status="amended")], 7, "final"),
}


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.case("own-chart")
def test_without_an_ehr_it_stands_at_once(desk: Desk, row: str) -> None:
    """What should stand stands, settled, with the status that a chart would have."""
    versions, expected, status = ROWS[row]
    tell(desk, FIRST, *versions)
    entry = desk.entry()
    assert (entry.state, wanted(entry)) == ("settled", expected)
    assert entry.stands is not None
    assert (entry.stands.statement, entry.stands.status) == (entry.wanted, status)
    assert [one["status"] for one in desk.search()] == [status]


@pytest.mark.parametrize("row", ROWS)
def test_with_an_ehr_it_is_due(ehr_desk: Desk, row: str) -> None:
    """What should stand is due, and a withdrawal of what was never written is nothing to write."""
    versions, expected, _ = ROWS[row]
    tell(ehr_desk, FIRST, *versions)
    entry = ehr_desk.entry()
    withdrawn = isinstance(expected, str)
    assert (entry.state, wanted(entry)) == ("settled" if withdrawn else "due", expected)
    assert (entry.stands, entry.sent) == (None, ())


@pytest.mark.parametrize("version", [*(row[0][0] for row in ROWS.values() if isinstance(row[1], str)), INVALID])
def test_what_calls_for_nothing_at_first_opens_nothing(ehr_desk: Desk, version: Resource | None) -> None:
    """A first version that is withdrawn, blank, unshared or invalid is kept, and no entry begins."""
    tell(ehr_desk, version)
    assert len(ehr_desk.versions()) == 1
    assert ehr_desk.entries() == {}


@pytest.mark.parametrize("version", [*(row[0][0] for row in ROWS.values() if isinstance(row[1], str))])
def test_a_result_after_nothing_is_final(desk: Desk, version: Resource | None) -> None:
    """It is amended only where something stood before."""
    tell(desk, version, response((6, 0, 0)))
    if version is None:  # the deletion stands at its arrival, later than that version
        assert desk.entries() == {}
    else:
        assert [one["status"] for one in desk.search()] == ["final"]


def test_effective_is_that_of_the_first_version(desk: Desk) -> None:
    """An amendment is still about the same first impression."""
    tell(desk, FIRST, response((6, 0, 0), authored="2026-11-20T08:00:00Z"))
    (observation,) = desk.search()
    assert observation["effectiveDateTime"] == FIRST["authored"]


def test_a_result_equal_but_for_issued_writes_nothing(ehr_desk: Desk) -> None:
    """A version that says the same of the chart leaves what should stand as it is, issued included."""
    ehr_desk.tell("r1", response((7, 1, 1)))
    before = ehr_desk.entry()
    ehr_desk.clock.go()
    ehr_desk.tell("r1", response((7, 1, 1), status="amended"))
    after = ehr_desk.entry()
    assert (after.wanted, result_of(after.wanted).issued) == (before.wanted, result_of(before.wanted).issued)
    assert after.changed_at == before.changed_at
    assert len(ehr_desk.versions()) == 2


def test_a_withdrawn_result_keeps_identity_and_subject_alone(desk: Desk) -> None:
    """Charts that ignore the status must find nothing to misread."""
    tell(desk, response((7, 1, 1), therapist="Dr Rivera"), response(sharing="none"))
    (observation,) = desk.search()
    assert observation["dataAbsentReason"]["coding"][0]["code"] == "masked"
    assert observation["subject"] == {"reference": "Patient/p1"}
    assert not {"valueCodeableConcept", "component", "note", "text"} & observation.keys()
    assert "Rivera" not in str(observation)


@pytest.mark.case("own-chart")
def test_without_an_ehr_nothing_is_ever_due(desk: Desk) -> None:
    """No attempt to deliver is made: there is nowhere to deliver to."""
    tell(desk, FIRST, response((6, 0, 0)), None)
    assert desk.clinic.delivery is None
    assert {row.to_state for row in desk.contents()["history"]} == {"settled"}


def test_both_doors_call_for_the_same(desk: Desk) -> None:
    """What stands does not depend on the door, but for where it was derived from."""
    desk.post(response(subject="Patient/p1"))
    desk.tell("r1", response(subject="Patient/p2"))
    kept = [
        {name: value for name, value in one.items() if name not in ("id", "identifier", "subject", "derivedFrom")}
        for one in desk.search()
    ]
    assert kept[0] == kept[1]
    by_notify = next(one for one in desk.search() if one["subject"]["reference"] == "Patient/p2")
    assert by_notify["derivedFrom"] == [{"reference": "QuestionnaireResponse/r1"}]


def test_withdrawn_statement_keeps_its_result(desk: Desk) -> None:
    """What was withdrawn is known still, so that it can be told which result it was."""
    tell(desk, FIRST, None)
    statement = desk.entry().wanted
    assert isinstance(statement, Withdrawn)
    assert (statement.reason, statement.result.counts.yes) == (Reason.ERROR, 7)
