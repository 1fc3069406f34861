"""One patient, written in several ways, is one subject in what names a submission by its content."""

import pytest

from tests.building import EHR_URL, response
from tests.web.desk import Desk

WAYS = ["Patient/p1", f"{EHR_URL}/Patient/p1", "Patient/p1/_history/4", f"{EHR_URL}/Patient/p1/_history/4"]


@pytest.mark.case("same-by-content")
@pytest.mark.case("subject-form")
@pytest.mark.parametrize("way", WAYS[1:])
def test_a_reference_made_absolute_is_the_same_submission(ehr_desk: Desk, way: str) -> None:
    """A form filler and an EHR may each write the reference in their way: one submission, one result."""
    first, second = ehr_desk.post(response(subject=WAYS[0])), ehr_desk.post(response(subject=way))
    places = [answer.headers["Location"].partition("/_history")[0] for answer in (first, second)]

    assert (first.status_code, second.status_code) == (201, 200)
    assert places[0] == places[1]
    assert len(ehr_desk.contents()["submission"]) == 1
    assert ehr_desk.entry().subject == "Patient/p1"


@pytest.mark.case("same-by-content")
def test_another_patient_is_another_submission(ehr_desk: Desk) -> None:
    """However alike the ids."""
    for subject in ("Patient/p1", "Patient/p11", f"{EHR_URL}/Patient/p2", "Patient/1"):
        assert ehr_desk.post(response(subject=subject)).status_code == 201
    assert len(ehr_desk.contents()["submission"]) == 4
