"""What is wrong with one resource of a file: a response as at a door, an artifact as at the start."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from fhir_alliance.assess import RESPONSE, Assessor
from fhir_alliance.catalog import Catalog, make_catalog
from fhir_alliance.cli.documents import Found
from fhir_alliance.errors import Unscorable
from fhir_alliance.fhir.capability import ARTIFACT_TYPES
from fhir_alliance.fhir.issues import Code, Issue, error, information
from fhir_alliance.fhir.wire import structure

_CANDIDATE = "Questionnaire.json"


class Checker:
    """Checks what is found in files, against the folder of artifacts."""

    def __init__(self, assessor: Assessor, clock: Callable[[], datetime]) -> None:
        self._assessor = assessor
        self._clock = clock

    def issues(self, found: Found) -> tuple[Issue, ...]:
        """All that there is to say of one resource, in its place."""
        if isinstance(found.content, Issue):
            return (found.placed(found.content),)
        return tuple(map(found.placed, self._issues(found.content, in_bundle=found.entry is not None)))

    def _issues(self, resource: dict[str, Any], *, in_bundle: bool) -> tuple[Issue, ...]:
        kind = resource.get("resourceType")
        if kind in ARTIFACT_TYPES:
            return artifact_issues(resource, self._assessor.catalog)
        if in_bundle and kind != RESPONSE:
            return (information("Nothing of this type is checked here."),)
        return self._assessor.assess(resource, "", None, self._clock()).issues


def artifact_issues(artifact: dict[str, Any], catalog: Catalog) -> tuple[Issue, ...]:
    """What would stop a start with this artifact in the folder; only a Questionnaire is read further than R4."""
    kind = artifact["resourceType"]
    broken = structure(artifact, kind)
    if broken or kind != "Questionnaire":
        return broken
    return tuple(_unscorable(artifact, catalog))


def _unscorable(questionnaire: dict[str, Any], catalog: Catalog) -> Iterator[Issue]:
    """Check the folder anew, with ``questionnaire`` in the place of its namesake."""
    files = {
        f"{kind}-{artifact_id}.json": artifact
        for (kind, artifact_id), artifact in catalog.artifacts.items()
        if not _are_namesakes(artifact, questionnaire)
    }
    try:
        make_catalog({**files, _CANDIDATE: questionnaire})
    except Unscorable as fault:
        yield error(Code.INVALID, fault.why, fault.element)


def _are_namesakes(one: dict[str, Any], other: dict[str, Any]) -> bool:
    named = (("resourceType", "id"), ("url", "version"))
    return any(all(one.get(name) == other.get(name) for name in names) for names in named)
