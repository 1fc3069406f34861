"""The examples of the specification by type and name, and those of them that HL7 itself got wrong."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tests.peers.present import PEERS

Resource = dict[str, Any]

PACKAGE = "node_modules/hl7.fhir.r4.examples/package.json"
FOLDER = (PEERS / "examples" / PACKAGE).parent
#: stands for the examples of a type where none are here, so that their tests are skipped rather than lost
ABSENT = "not installed"

#: examples that break R4 by HL7's own hand
WRONG = {
    "Questionnaire-qs1": "its help items lack the linkId that R4 requires",
    "CodeSystem-v2-0550": "codes end in a blank, of a broken encoding",
}


@cache
def names(resource_type: str) -> list[str]:
    """The names of the examples of a type, ``Questionnaire-gcs``."""
    return sorted(path.stem for path in FOLDER.glob(f"{resource_type}-*.json")) or [ABSENT]


@cache
def one_of_each() -> list[str]:
    """The smallest example of every type."""
    sized = sorted((path.stat().st_size, path.stem) for path in FOLDER.glob("*-*.json"))
    smallest = {name.partition("-")[0]: name for _, name in reversed(sized)}
    return sorted(smallest.values()) or [ABSENT]


def path_of(name: str) -> Path:
    """The file of an example."""
    return FOLDER / f"{name}.json"


def bytes_of(name: str) -> bytes:
    """An example, as it is published."""
    return path_of(name).read_bytes()


def example(name: str) -> Resource:
    """An example, parsed."""
    resource: Resource = json.loads(bytes_of(name))
    return resource


def within_bundles(*resource_types: str) -> Iterator[tuple[str, Resource]]:
    """Name of the Bundle and resource, for the entries of these types in Bundles of less than 5 MB."""
    for name in names("Bundle"):
        if path_of(name).stat().st_size < 5_000_000:
            for entry in example(name).get("entry", ()):
                if entry.get("resource", {}).get("resourceType") in resource_types:
                    yield name, entry["resource"]
