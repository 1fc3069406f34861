"""Puts the artifacts on a FHIR server; what is there already, and the same, is left alone.

https://hl7.org/fhir/R4/http.html#upsert
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from fhir_alliance.catalog import Catalog
from fhir_alliance.ehr.client import FhirClient
from fhir_alliance.errors import ChartFault, Refused, Unanswered

#: what a server makes itself: of ``meta`` only what we say counts
_NOT_COMPARED = frozenset({"text", "meta"})


class Change(StrEnum):
    """What became of an artifact."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


def publish(client: FhirClient, catalog: Catalog) -> Iterator[tuple[str, Change]]:
    """``Type/id`` of each artifact, what it needs first, and what became of it.

    Any ChartFault ends it; its note names the artifact, and those before it stay published.
    """
    for (kind, artifact_id), artifact in catalog.artifacts.items():
        reference = f"{kind}/{artifact_id}"
        try:
            yield reference, _put(client, reference, artifact)
        except ChartFault as fault:
            fault.add_note(reference)
            raise


def _put(client: FhirClient, reference: str, artifact: dict[str, Any]) -> Change:
    found = client.get(reference)
    if found.status in (404, 410):
        return _written(client, reference, artifact, None, Change.CREATED)
    if found.resource is None:
        raise Unanswered("no-resource")
    if _same(artifact, found.resource):
        return Change.UNCHANGED
    return _written(client, reference, artifact, found.etag, Change.UPDATED)


def _written(
    client: FhirClient, reference: str, artifact: dict[str, Any], etag: str | None, change: Change
) -> Change:
    status = client.put(reference, artifact, etag).status
    if status in (404, 410):
        raise Refused(f"http-{status}")
    return change


def _same(artifact: dict[str, Any], kept: dict[str, Any]) -> bool:
    meta = kept.get("meta", {})
    return _content(artifact) == _content(kept) and all(
        meta.get(name) == value for name, value in artifact.get("meta", {}).items()
    )


def _content(resource: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in resource.items() if name not in _NOT_COMPARED}
