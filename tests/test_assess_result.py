"""Which Questionnaire a response is checked against, and what a valid one calls for."""

from dataclasses import replace

import pytest

from fhir_alliance.assess import Assessment, Assessor, Clinic, Kind
from fhir_alliance.catalog import Catalog, Published
from fhir_alliance.fhir.issues import Code, Severity, errors
from fhir_alliance.scoring.fit import Counts, Fit
from fhir_alliance.scoring.result import Sharing
from tests.building import (
    AUTHORED,
    CANONICAL,
    CLINIC,
    EHR_URL,
    NOW,
    PROGRAM,
    SUBMISSION,
    Resource,
    assess,
    response,
)

KIND = "QuestionnaireResponse"
URL = CANONICAL.partition("|")[0]


def faults(found: Assessment) -> list[tuple[Code, str | None]]:
    """Code and place of each error."""
    return [(issue.code, issue.expression) for issue in errors(found.issues)]


# --- which Questionnaire


def versions(catalog: Catalog, **statuses: str) -> Catalog:
    """The checklist in these versions: ``v1="draft"``."""
    shipped = catalog.questionnaires[CANONICAL]
    made: dict[str, Published] = {}
    for version, status in statuses.items():
        instrument = replace(shipped.instrument, version=version)
        made[instrument.canonical] = replace(shipped, instrument=instrument, status=status)
    return Catalog(catalog.artifacts, made)


@pytest.mark.case("version-exact")
@pytest.mark.parametrize(("status", "code"), [("draft", Code.BUSINESS_RULE), ("retired", None), ("active", None)])
def test_a_named_version(catalog: Catalog, status: str, code: Code | None) -> None:
    """A draft is not for use; what was retired still has responses."""
    found = assess(response(questionnaire=f"{URL}|v1"), catalog=versions(catalog, v1=status, v2="active"))
    assert [one for one, _ in faults(found)] == ([code] if code else [])
    assert found.questionnaire == (None if code else f"{URL}|v1")


@pytest.mark.case("version-none")
@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ({"v1": "active"}, "v1"),
        ({"v1": "retired", "v2": "active", "v3": "draft"}, "v2"),
        ({"v1": "active", "v2": "active"}, None),
        ({"v1": "draft"}, None),
        ({"v1": "retired"}, None),
    ],
)
def test_no_version(catalog: Catalog, statuses: dict[str, str], expected: str | None) -> None:
    """Clear only where one version is active."""
    found = assess(response(questionnaire=URL), catalog=versions(catalog, **statuses))
    assert found.questionnaire == (f"{URL}|{expected}" if expected else None)
    assert faults(found) == ([] if expected else [(Code.NOT_FOUND, f"{KIND}.questionnaire")])


@pytest.mark.case("version-first")
@pytest.mark.parametrize(
    ("questionnaire", "first", "expected"),
    [
        (URL, f"{URL}|v1", "v1"),
        (f"{URL}|v2", f"{URL}|v1", "v2"),
        (URL, "urn:other|v1", None),
        (URL, f"{URL}|v9", None),
    ],
)
def test_a_later_version_keeps_its_first(
    catalog: Catalog, questionnaire: str, first: str, expected: str | None
) -> None:
    """A submission that names no version stays with the one it began with, unless it names another."""
    both = versions(catalog, v1="active", v2="active")
    resource = response(questionnaire=questionnaire)
    found = Assessor(both, CLINIC, PROGRAM).assess(resource, SUBMISSION, None, NOW, first)
    assert found.questionnaire == (f"{URL}|{expected}" if expected else None)


# --- what a valid response calls for


def test_a_result(assessor: Assessor) -> None:
    """All that the chart will say, read from the response."""
    resource = response(sharing="topics", subject=f"{EHR_URL}/Patient/p1/_history/2")
    found = assessor.assess(resource, SUBMISSION, "r1", NOW)
    assert (found.kind, found.issues, found.subject, found.questionnaire) == (
        Kind.SCORED,
        (),
        "Patient/p1",
        CANONICAL,
    )
    made = found.result
    assert made is not None
    assert (made.fit, made.counts) == (Fit.YES_TO_MOST, Counts(7, 1, 1))
    assert made.topics == ("direction", "silences")
    assert (made.subject, made.encounter, made.source.reference) == ("Patient/p1", None, f"{KIND}/r1")
    assert (made.authored, made.effective, made.issued) == (AUTHORED, AUTHORED, NOW)
    assert (made.program, made.questionnaire, made.sharing) == (PROGRAM, CANONICAL, Sharing.TOPICS)


@pytest.mark.parametrize(
    ("own", "clinic", "sharing", "kind"),
    [
        (None, "summary", Sharing.SUMMARY, Kind.SCORED),
        (None, "topics", Sharing.TOPICS, Kind.SCORED),
        (None, "none", None, Kind.UNSHARED),
        ("topics", "none", Sharing.TOPICS, Kind.SCORED),
        ("summary", "topics", Sharing.SUMMARY, Kind.SCORED),
        ("none", "topics", None, Kind.UNSHARED),
    ],
)
def test_sharing_is_the_clients_word(own: str | None, clinic: str, sharing: Sharing | None, kind: Kind) -> None:
    """The clinic's setting speaks only where the client did not; topics stand only where they are shared."""
    found = assess(response("NNNNNNNNN", sharing=own), Clinic("default", None, Sharing(clinic), "R"))
    assert (found.kind, found.result and found.result.sharing) == (kind, sharing)
    assert bool(found.result and found.result.topics) is (sharing is Sharing.TOPICS)


@pytest.mark.case("no-result")
@pytest.mark.parametrize(
    ("resource", "kind"),
    [
        (response(""), Kind.BLANK),
        (response("DDDDDDDDD"), Kind.BLANK),
        (response("D.D......", therapist="Dr Rivera", sharing="none"), Kind.BLANK),
        (response(sharing="none"), Kind.UNSHARED),
        (response(status="in-progress"), Kind.UNSCORED),
        (response("", status="in-progress", subject=None, authored=None), Kind.UNSCORED),
        (response(status="stopped"), Kind.UNSCORED),
    ],
)
def test_no_result_is_no_fault(resource: Resource, kind: Kind) -> None:
    """Nothing stands in the chart, and it is told as information."""
    found = assess(resource)
    assert (found.kind, found.result) == (kind, None)
    assert {issue.severity for issue in found.issues} == {Severity.INFORMATION}
    assert found.questionnaire == CANONICAL


@pytest.mark.parametrize(("letter", "still_open"), [("Y", 8), ("N", 8), ("O", 9)])
def test_one_answer_is_a_result(letter: str, still_open: int) -> None:
    """There is no minimum: one question answered yes, no or not sure is told as what it is."""
    made = assess(response(f"........{letter}")).result
    assert made is not None
    assert (made.fit, made.counts.open) == (Fit.NOT_YET_CLEAR, still_open)


@pytest.mark.case("withdrawn-by-identity")
@pytest.mark.parametrize(
    "resource",
    [
        response(status="entered-in-error"),
        response("", status="entered-in-error", subject=None, authored=None, questionnaire="urn:x"),
        {**response(status="entered-in-error", subject=None), "item": [{"linkId": "x"}]},
        {**response(status="entered-in-error", authored="soon"), "item": []},
        {"resourceType": KIND, "status": "entered-in-error"},
    ],
)
def test_a_withdrawal_is_judged_by_identity_alone(resource: Resource) -> None:
    """Whatever else is wrong is a warning, and refuses nothing."""
    found: Assessment = assess(resource)
    assert (found.kind, found.result) == (Kind.WITHDRAWN, None)
    *faults_, reason = found.issues
    assert {issue.severity for issue in faults_} <= {Severity.WARNING}
    assert reason.severity is Severity.INFORMATION


@pytest.mark.parametrize(
    "more",
    [
        {"extension": [{"url": "urn:x", "valueBoolean": True}]},
        {"author": {"reference": "Patient/another"}},
        {"source": {"reference": "RelatedPerson/r1"}},
        {"basedOn": [{"reference": "ServiceRequest/s1"}]},
        {"partOf": [{"reference": "Observation/o1"}]},
        {"contained": [{"resourceType": "Practitioner", "id": "p"}]},
        {"text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Yes to all</div>'}},
    ],
    ids=lambda more: next(iter(more)),
)
def test_what_is_passed_over(more: Resource) -> None:
    """Elements that say nothing about the answers change nothing of the result."""
    plain, changed = assess(response()), assess({**response(), **more})
    assert changed.result is not None
    assert (changed.result, changed.issues) == (plain.result, plain.issues)
