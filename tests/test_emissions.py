"""The check of every emission sees what it must see."""

import threading

import pytest

from fhir_alliance.ehr import client
from fhir_alliance.fhir import json_text
from fhir_alliance.fhir.observation import observation
from fhir_alliance.scoring.result import restated
from tests.building import ENTRY, checklist, result
from tests.emissions import Emissions
from tests.schema import faults, schema_path

OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "invalid"}]}
BAD = {"resourceType": "OperationOutcome", "issue": [{"severity": "error"}]}

needs_schema = pytest.mark.skipif(schema_path() is None, reason="no official R4 JSON Schema")


def test_every_module_uses_the_checked_function(emissions: Emissions) -> None:
    """The function is replaced where it is defined and where it is imported."""
    assert json_text.to_bytes == emissions.to_bytes
    assert client.to_bytes == emissions.to_bytes


def test_a_good_emission_passes(emissions: Emissions) -> None:
    """What is valid leaves no fault, and its bytes are those of the real function."""
    assert json_text.to_bytes(OUTCOME).startswith(b'{"resourceType":"OperationOutcome"')
    assert emissions.take() == []


def test_an_emission_in_a_thread_is_seen(emissions: Emissions) -> None:
    """A server's thread has nobody to raise to, so its faults are kept for the test."""
    thread = threading.Thread(target=json_text.to_bytes, args=(BAD,))
    thread.start()
    thread.join()
    found = emissions.take()
    assert found
    assert all("OperationOutcome: " in fault for fault in found)


@pytest.mark.parametrize(
    "whole",
    [
        {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": BAD}]},
        {
            "resourceType": "Bundle",
            "type": "batch-response",
            "entry": [{"response": {"status": "400", "outcome": BAD}}],
        },
        {**OUTCOME, "contained": [BAD]},
        {"resourceType": "Nothing"},
        {},
    ],
    ids=["entry", "outcome", "contained", "unknown", "no-type"],
)
def test_what_is_inside_is_checked(whole: dict[str, object]) -> None:
    """A fault deep in a Bundle or in a contained resource is a fault of the whole."""
    assert faults(whole)


@needs_schema
@pytest.mark.parametrize("change", [{"status": "foo"}, {"identifier": []}, {"encounter": None}, {"foo": 1}])
def test_the_judges_complete_each_other(change: dict[str, object]) -> None:
    """What one lets pass (unknown codes, empty arrays, null), another finds."""
    made = observation(restated(result()), ENTRY, checklist())
    assert faults(made) == []
    assert faults({**made, **change})
