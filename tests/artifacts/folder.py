"""The artifacts and the demo's samples as they lie in the folders, and ways to walk through them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Resource = dict[str, Any]
ROOT = Path(__file__).parents[2]
BASE = "https://fhir-alliance.org/fhir"
EXTENSION = f"{BASE}/StructureDefinition"
ARTIFACTS = sorted((ROOT / "questionnaires").glob("*.json"))
SAMPLES = sorted((ROOT / "fhir_alliance/cli/samples").glob("*.json"))
BY_NAME: dict[str, Resource] = {path.stem: json.loads(path.read_bytes()) for path in ARTIFACTS}
CHECKLIST = BY_NAME["Questionnaire-alliance-checklist"]
CONCEPTS: dict[tuple[str, str], Resource] = {
    (system["url"], concept["code"]): concept
    for system in BY_NAME.values()
    if system["resourceType"] == "CodeSystem"
    for concept in system["concept"]
}


def nodes(value: Any) -> Iterator[Any]:
    """Yield a JSON value and all that is in it."""
    yield value
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        yield from nodes(child)


def items(parent: Resource = CHECKLIST) -> Iterator[Resource]:
    """Yield the items of a Questionnaire or a response, in order, nested ones after their parent."""
    for item in parent.get("item", []):
        yield item
        yield from items(item)


def values(element: Resource, name: str) -> list[Any]:
    """Return the values of our extension of that name on an element."""
    found = [x for x in element.get("extension", []) if x["url"] == f"{EXTENSION}/{name}"]
    return [value for x in found for key, value in x.items() if key.startswith("value")]


def codings(value: Any) -> Iterator[Resource]:
    """Yield the codings of our own systems."""
    for node in nodes(value):
        if isinstance(node, dict) and {"system", "code"} <= node.keys() and node["system"].startswith(BASE):
            yield node


def scored() -> list[Resource]:
    """Return the items that the scoring rule counts."""
    return [item for item in items() if values(item, "scored") == [True]]


def rule() -> dict[str, list[Any]]:
    """Return the parts of the scoring rule."""
    parts = next(x["extension"] for x in CHECKLIST["extension"] if x["url"] == f"{EXTENSION}/scoring-rule")
    return {
        name: [v for x in parts if x["url"] == name for k, v in x.items() if k.startswith("value")]
        for name in {x["url"] for x in parts}
    }
