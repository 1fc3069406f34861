"""The questionnaires folder, read and checked whole at start."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fhir_alliance.errors import Unscorable
from fhir_alliance.fhir.capability import ARTIFACT_TYPES
from fhir_alliance.fhir.form import Form, read_form
from fhir_alliance.fhir.issues import Unreadable
from fhir_alliance.fhir.json_text import parse_object
from fhir_alliance.fhir.questionnaire import read_instrument
from fhir_alliance.fhir.r4 import is_id
from fhir_alliance.fhir.wire import structure
from fhir_alliance.scoring.instrument import Instrument

MOST_BYTES = 5 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Published:
    """One Questionnaire that is published and scored."""

    instrument: Instrument
    form: Form
    status: str


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything in the folder."""

    #: (resource type, id) → the resource, in the order of ARTIFACT_TYPES
    artifacts: Mapping[tuple[str, str], dict[str, Any]]
    #: ``url|version`` → the Questionnaire
    questionnaires: Mapping[str, Published]

    def instrument(self, canonical: str) -> Instrument:
        """The instrument ``url|version``; KeyError where the folder has none."""
        return self.questionnaires[canonical].instrument

    def versions(self, url: str) -> dict[str, Published]:
        """Version → Questionnaire, for all that share ``url``."""
        return {
            published.instrument.version: published
            for published in self.questionnaires.values()
            if published.instrument.url == url
        }


def read_catalog(folder: Path) -> Catalog:
    """Read every ``*.json`` in ``folder``; Unscorable names the file and the element that stops the start."""
    files = {path.name: _read(path) for path in sorted(folder.glob("*.json")) if path.is_file()}
    if not any(resource["resourceType"] == "Questionnaire" for resource in files.values()):
        raise Unscorable(str(folder), "Questionnaire", "the folder holds no Questionnaire")
    return make_catalog(files)


def make_catalog(files: Mapping[str, dict[str, Any]]) -> Catalog:
    """Check the artifacts against each other; ``files`` maps file name to a valid resource."""
    for name, resource in files.items():
        _check_named(name, resource)
    artifacts: dict[tuple[str, str], dict[str, Any]] = {}
    canonicals: set[tuple[str, str]] = set()
    for name, resource in sorted(files.items(), key=lambda file: ARTIFACT_TYPES.index(file[1]["resourceType"])):
        _check_unique(name, resource, artifacts, canonicals)
        artifacts[resource["resourceType"], resource["id"]] = resource
    return Catalog(artifacts, dict(_questionnaires(files)))


def _read(path: Path) -> dict[str, Any]:
    try:
        resource = parse_object(path.read_bytes(), MOST_BYTES)
    except Unreadable as fault:
        raise Unscorable(path.name, "Resource", fault.issue.diagnostics) from fault
    kind = resource.get("resourceType")
    if kind not in ARTIFACT_TYPES:
        raise Unscorable(path.name, "Resource", f"the folder holds {', '.join(ARTIFACT_TYPES)} only")
    for issue in structure(resource, kind):
        raise Unscorable(path.name, issue.expression or "Resource", issue.diagnostics)
    return resource


def _check_named(name: str, resource: dict[str, Any]) -> None:
    kind = resource["resourceType"]
    for element in ("id", "url", "version", "title", "status"):
        if not resource.get(element):
            raise Unscorable(name, f"{kind}.{element}", "this element is required here")
    if not is_id(resource["id"]):
        raise Unscorable(name, f"{kind}.id", "not a FHIR id")
    if "|" in resource["version"]:
        raise Unscorable(name, f"{kind}.version", "a version holds no |")


def _check_unique(
    name: str,
    resource: dict[str, Any],
    artifacts: Mapping[tuple[str, str], dict[str, Any]],
    canonicals: set[tuple[str, str]],
) -> None:
    kind = resource["resourceType"]
    if (kind, resource["id"]) in artifacts:
        raise Unscorable(name, f"{kind}.id", f"the id '{resource['id']}' is used twice")
    canonical = resource["url"], resource["version"]
    if canonical in canonicals:
        raise Unscorable(name, f"{kind}.url", f"the canonical '{'|'.join(canonical)}' is used twice")
    canonicals.add(canonical)


def _questionnaires(files: Mapping[str, dict[str, Any]]) -> Iterator[tuple[str, Published]]:
    code_systems = _code_systems(files.values())
    value_sets = dict(_value_sets(files.values(), code_systems))
    for name, resource in files.items():
        if resource["resourceType"] == "Questionnaire":
            form = read_form(resource, name, value_sets)
            instrument = read_instrument(resource, form, name, code_systems)
            yield instrument.canonical, Published(instrument, form, resource["status"])


def _code_systems(resources: Any) -> dict[str, dict[str, dict[str, Any]]]:
    return {
        resource["url"]: {concept["code"]: concept for concept in resource.get("concept", ())}
        for resource in resources
        if resource["resourceType"] == "CodeSystem"
    }


def _value_sets(
    resources: Any, code_systems: Mapping[str, Mapping[str, dict[str, Any]]]
) -> Iterator[tuple[str, frozenset[tuple[str, str]]]]:
    """Value sets made of listed concepts, or of whole code systems of the folder."""
    for resource in resources:
        if resource["resourceType"] == "ValueSet" and _enumerable(resource.get("compose", {})):
            yield resource["url"], frozenset(_members(resource.get("compose", {}), code_systems))


def _enumerable(compose: dict[str, Any]) -> bool:
    """What needs a terminology server (filters, exclusions, other value sets) cannot be checked faithfully."""
    includes = compose.get("include", ())
    return "exclude" not in compose and not any("filter" in one or "valueSet" in one for one in includes)


def _members(
    compose: dict[str, Any], code_systems: Mapping[str, Mapping[str, dict[str, Any]]]
) -> Iterator[tuple[str, str]]:
    for include in compose.get("include", ()):
        system = include.get("system", "")
        listed = [concept["code"] for concept in include.get("concept", ())]
        for code in listed or code_systems.get(system, {}):
            yield system, code
