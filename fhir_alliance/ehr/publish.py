"""Puts the artifacts on a FHIR server; what is there already, and the same, is left alone.

They are looked for by our id, and where ids are the server's own, by url and version.
"""

from collections.abc import Callable, Iterator
from enum import StrEnum
from functools import cache
from typing import Any

from fhir_alliance.catalog import Catalog
from fhir_alliance.ehr.capabilities import best_way, read_statement
from fhir_alliance.ehr.client import Answer, FhirClient
from fhir_alliance.ehr.once import Way, create, find, only_id
from fhir_alliance.errors import ChartFault, Refused, Unanswered

#: what a server makes itself: of ``meta`` only what we say counts
_NOT_COMPARED = frozenset({"text", "meta"})


#: the server's CapabilityStatement, read when first asked for
Statement = Callable[[], dict[str, Any]]


class Change(StrEnum):
    """What became of an artifact."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


def publish(client: FhirClient, catalog: Catalog) -> Iterator[tuple[str, Change]]:
    """``Type/id`` of each artifact, what it needs first, and what became of it.

    Any ChartFault ends it; its note names the artifact, and those before it stay published.
    """
    statement = cache(lambda: read_statement(client))
    for (kind, artifact_id), artifact in catalog.artifacts.items():
        reference = f"{kind}/{artifact_id}"
        try:
            yield reference, _put(client, reference, artifact, statement)
        except ChartFault as fault:
            fault.add_note(reference)
            raise


def _put(client: FhirClient, reference: str, artifact: dict[str, Any], statement: Statement) -> Change:
    found = client.get(reference)
    if found.status not in (404, 410):
        return _update(client, reference, artifact, found)
    kind, query = artifact["resourceType"], {name: artifact[name] for name in ("url", "version")}
    way = best_way(statement(), kind, *query)
    its_id = None if way is Way.UPDATE_AS_CREATE else _search(client, artifact)
    if its_id:
        there = f"{kind}/{its_id}"
        return _update(client, there, {**artifact, "id": its_id}, client.get(there))
    _check(create(client, artifact, way, query))
    return Change.CREATED


def _search(client: FhirClient, artifact: dict[str, Any]) -> str | None:
    """By url alone: that the version is meant can be seen in what is found."""
    url, version = artifact["url"], artifact["version"]
    found = find(client, artifact["resourceType"], {"url": url}, lambda one: one.get("url") == url)
    return only_id([one for one in found if one.get("version") == version])


def _update(client: FhirClient, reference: str, artifact: dict[str, Any], found: Answer) -> Change:
    if found.resource is None:
        raise Unanswered("no-resource")
    if _same(artifact, found.resource):
        return Change.UNCHANGED
    _check(client.put(reference, artifact, found.etag))
    return Change.UPDATED


def _check(answer: Answer) -> None:
    """A write that finds no place is refused."""
    if answer.status in (404, 410):
        raise Refused(f"http-{answer.status}")


def _same(artifact: dict[str, Any], kept: dict[str, Any]) -> bool:
    told = kept.get("meta")
    meta = told if isinstance(told, dict) else {}
    return _content(artifact) == _content(kept) and all(
        meta.get(name) == value for name, value in artifact.get("meta", {}).items()
    )


def _content(resource: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in resource.items() if name not in _NOT_COMPARED}
