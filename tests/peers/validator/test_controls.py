"""What the validator must see. Where it lets a fault pass, its good verdicts are worth nothing."""

import json

import pytest

from tests.artifacts.folder import BY_NAME
from tests.peers.validator import controls, controls_of_profile
from tests.peers.validator.controls import Control
from tests.peers.validator.controls_of_profile import GONE, GOOD
from tests.peers.validator.emitted import BESIDE
from tests.peers.validator.validator import Resource, Validator

GROUP = {"resourceType": "Group", "id": "g1", "type": "person", "actual": True}


def named(known: list[Control]) -> pytest.MarkDecorator:
    """One test for each."""
    return pytest.mark.parametrize("control", known, ids=lambda control: control.name)


def said(validator: Validator, resource: Resource) -> list[str]:
    """What the validator says, with something behind every reference."""
    return [str(message) for message in validator.messages(resource, beside=[*BESIDE, GROUP])]


@pytest.mark.parametrize("resource", [GOOD, GONE, controls.RESPONSE], ids=["result", "withdrawn", "response"])
def test_without_the_fault_nothing_is_said(validator: Validator, resource: Resource) -> None:
    """What the faults are made of is right, so it is the fault that is seen."""
    assert said(validator, resource) == []


@named(controls.OF_RESPONSES)
def test_a_fault_in_a_response_is_seen(validator: Validator, control: Control) -> None:
    """For the right reason, in the right place."""
    found = said(validator, control.resource)
    assert any(control.told in one for one in found), found


@named(controls_of_profile.CONTROLS)
def test_a_fault_in_an_observation_is_seen(validator: Validator, control: Control) -> None:
    """Our profile asks for it, and the validator reads our profile."""
    found = said(validator, control.resource)
    assert any(control.told in one for one in found), found


@named(controls.OF_ARTIFACTS)
def test_a_fault_in_an_artifact_is_seen(validator: Validator, control: Control) -> None:
    """R4's rules, SDC's profile and our own extensions are all enforced."""
    found = said(validator, control.resource)
    assert any(control.told in one for one in found), found


def test_what_claims_no_profile_is_held_to_one_that_is_named(validator: Validator) -> None:
    """An Observation without ``meta`` breaks the profile that it was to have."""
    bare = {name: part for name, part in GOOD.items() if name != "meta"}
    (profile,) = GOOD["meta"]["profile"]
    told = [str(message) for message in validator.messages(bare, profile)]
    assert validator.messages(bare) == []
    assert any(controls_of_profile.lacks("meta") in one for one in told), told


def test_every_constraint_of_the_profile_has_its_fault() -> None:
    """None stands in the profile that was never seen to work."""
    profile = BY_NAME["StructureDefinition-alliance-fit-observation"]
    elements = profile["differential"]["element"]
    keys = {one["key"] for element in elements for one in element.get("constraint", ())}
    told = json.dumps([control.told for control in controls_of_profile.CONTROLS])
    assert {key for key in keys if f"#{key} at" not in told} == set()
    bounded = {element["path"].split(".")[1] for element in elements if {"min", "max"} & element.keys()}
    assert {name for name in bounded if f"Observation.{name}" not in told} == set()
