"""The models' word on a resource, as issues."""

from typing import Any

import pytest

from fhir_alliance.fhir.issues import Code, Severity
from fhir_alliance.fhir.wire import structure
from tests.building import altered, response, without

GOOD = response(meta={"tag": [{"code": "t"}]}, identifier=("urn:s", "v"))
KIND = "QuestionnaireResponse"


def test_a_valid_resource_has_no_issue() -> None:
    """The models find nothing wrong with what is right."""
    assert structure(GOOD, KIND) == ()


@pytest.mark.parametrize("kind", ["Observation", None, 1, "", ["QuestionnaireResponse"]])
def test_another_resource_is_refused(kind: Any) -> None:
    """The door asks for one resource type."""
    [issue] = structure({**GOOD, "resourceType": kind}, KIND)
    assert (issue.severity, issue.code, issue.r4) == (Severity.ERROR, Code.INVALID, True)


@pytest.mark.parametrize(
    ("resource", "code", "expression"),
    [
        (without(GOOD, "item", 1, "linkId"), Code.REQUIRED, f"{KIND}.item[1].linkId"),
        ({**GOOD, "answer": []}, Code.STRUCTURE, f"{KIND}.answer"),
        ({**GOOD, "item": {}}, Code.STRUCTURE, f"{KIND}.item"),
        ({**GOOD, "authored": "yesterday"}, Code.VALUE, f"{KIND}.authored"),
        ({**GOOD, "authored": "2026-11-12T10:00:00"}, Code.VALUE, f"{KIND}.authored"),
        ({**GOOD, "authored": "2026-11-12T10:00Z"}, Code.VALUE, f"{KIND}.authored"),
        ({**GOOD, "authored": "1731400000"}, Code.VALUE, f"{KIND}.authored"),
        ({**GOOD, "authored": "2026-02-30"}, Code.VALUE, f"{KIND}.authored"),
        (
            altered(GOOD, "item", 0, "answer", 0, to={"valueFoo": 1}),
            Code.STRUCTURE,
            f"{KIND}.item[0].answer[0].value",
        ),
    ],
)
def test_what_breaks_the_model(resource: dict[str, Any], code: Code, expression: str) -> None:
    """Each fault is placed by FHIRPath, and breaks R4."""
    found = structure(resource, KIND)
    assert (code, expression) in [(issue.code, issue.expression) for issue in found]
    assert all(issue.r4 and issue.severity is Severity.ERROR for issue in found)


@pytest.mark.parametrize("value", [None, True, 1, "Rivera", [], {}, [[]], [{}], ["Rivera"], [None], {"Rivera": 1}])
@pytest.mark.parametrize(
    "element", ["meta", "identifier", "questionnaire", "subject", "authored", "item", "contained"]
)
def test_the_models_never_raise(element: str, value: Any) -> None:
    """Whatever JSON stands in an element, the answer is issues, and they quote no value."""
    told = structure({**GOOD, element: value}, KIND)
    assert not any("Rivera" in issue.diagnostics for issue in told)
