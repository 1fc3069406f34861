"""``_format`` as people and programs write it into a query."""

import pytest

from tests.building import response
from tests.web.desk import Desk

PATHS = ["/fhir/metadata", "/fhir/Questionnaire", "/fhir/Observation", "/fhir/QuestionnaireResponse/r1"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "written",
    [
        "application/fhir+json",
        "application/fhir%2Bjson",
        "application/fhir%2bjson",
        "application%2Ffhir+json",
        "json",
    ],
)
def test_a_bare_plus_is_understood(desk: Desk, path: str, written: str) -> None:
    """A plus in a query means a blank, but nobody means one here (R4 http.html 2.21.0.6.1)."""
    desk.put("r1", response())
    assert desk.get(f"{path}?_format={written}").status_code == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("written", ["application/fhir+xml", "application/fhir", "fhir+json", "xml", "", "+"])
def test_any_other_format_is_refused(desk: Desk, path: str, written: str) -> None:
    """406, with or without a plus."""
    assert desk.get(f"{path}?_format={written}").status_code == 406
