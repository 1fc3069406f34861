"""An instrument as values."""

from dataclasses import FrozenInstanceError, replace

import pytest

from fhir_alliance.scoring.instrument import Instrument
from tests.building import checklist


@pytest.fixture
def instrument() -> Instrument:
    """The shipped checklist."""
    return checklist()


def test_canonical_is_url_and_version(instrument: Instrument) -> None:
    """A response names an instrument by url and version."""
    named = replace(instrument, url="https://clinic.example/q", version="2-beta")
    assert named.canonical == "https://clinic.example/q|2-beta"


def test_question_is_found_by_its_code(instrument: Instrument) -> None:
    """Topics travel as codes, and each finds its question again."""
    assert [instrument.question(one.code.code) for one in instrument.questions] == list(instrument.questions)


@pytest.mark.parametrize("code", ["", "therapist", "Warmth"])
def test_unknown_question_is_a_key_error(instrument: Instrument, code: str) -> None:
    """A code that no scored question has is no question."""
    with pytest.raises(KeyError):
        instrument.question(code)


def test_an_instrument_does_not_change(instrument: Instrument) -> None:
    """Values may be shared between threads."""
    with pytest.raises(FrozenInstanceError):
        instrument.version = "2"  # type: ignore[misc]
