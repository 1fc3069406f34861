"""Whatever JSON comes, wherever in a response: no 5xx, and nothing half-kept."""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.building import Resource, altered
from tests.web.bad_input import GOOD
from tests.web.desk import RESPONSES, Desk, open_desk, resource

STRANGE = [
    "", " ", "\0", "\x1b[0m", "\ud800", "..", "../x", "a" * 70, "#", "Patient/p1", "2026", "9999-12-31",
    "0001-01-01T00:00:00+14:00", "completed", "therapist", "direction", "urn:x", "|", "http://[", "%", "'", "true",
    0, -1, 10**30, 1.5, 1e308, True, False, None, [], {}, [None], [[]], [{}], {"": ""}, {"item": []},
    {"extension": [{}]}, {"reference": "Patient/p1"}, {"reference": 7}, {"valueString": "x"}, {"linkId": "x"},
]  # fmt: skip
NAMES = [
    "id", "meta", "item", "answer", "linkId", "text", "valueString", "valueCoding", "valueDate", "valueDecimal",
    "valueQuantity", "valueReference", "valueAttachment", "extension", "contained", "_status", "_item",
    "identifier",
    "subject", "status", "authored", "questionnaire", "language", "implicitRules", "modifierExtension", "x", "",
    "versionId", "lastUpdated", "security", "system", "code", "reference",
]  # fmt: skip
values = st.recursive(
    st.sampled_from(STRANGE) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, steps: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in a resource, and one new name in each object."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, child in children:
        yield (*steps, step)
        yield from places(child, (*steps, step))


PLACES = sorted(places(GOOD), key=str)
OBJECTS = [(), *(place for place in PLACES if not isinstance(place[-1], str) or place[-1] in ("meta", "subject"))]


@st.composite
def changed(draw: st.DrawFn) -> Resource:
    """A good response with one to three elements replaced or added."""
    made = GOOD
    for _ in range(draw(st.integers(1, 3))):
        replaced = draw(st.booleans())
        place = draw(st.sampled_from(PLACES if replaced else OBJECTS))
        steps = place if replaced else (*place, draw(st.sampled_from(NAMES)))
        try:
            made = altered(made, *steps, to=draw(values))
        except (KeyError, IndexError, TypeError):  # an earlier change took the place away
            continue
    return made


@pytest.fixture(scope="module")
def open_door() -> Iterator[Desk]:
    """One clinic for all examples."""
    with TemporaryDirectory() as folder, open_desk(Path(folder)) as desk:
        yield desk


@given(changed(), st.sampled_from(["POST", "PUT", "notify", "extract"]))
@settings(max_examples=400)
def test_no_json_is_an_error_of_ours(open_door: Desk, made: Resource, way: str) -> None:
    """Every answer is 2xx or 4xx with FHIR in it; by notify it is 200."""
    body = json.dumps(made).encode()
    method, path = {
        "POST": ("POST", RESPONSES),
        "PUT": ("PUT", f"{RESPONSES}/r0"),
        "notify": ("POST", "/notify"),
        "extract": ("POST", f"{RESPONSES}/$extract"),
    }[way]
    answer = open_door.send(method, path, body)
    assert answer.status_code in ((200,) if way == "notify" else (200, 201, 400, 409, 422)), answer.status_code
    assert resource(answer)["resourceType"] in ("OperationOutcome", "QuestionnaireResponse", "Bundle")
    assert open_door.clinic.reads.attention() is not None
    assert open_door.get("/fhir/Observation").status_code == 200
