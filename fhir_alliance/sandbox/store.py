"""The versioned store: every version of every resource, and an index to find the living ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import TYPE_CHECKING, NamedTuple

from fhir_alliance.sandbox.dates import instant
from fhir_alliance.sandbox.messages import Refusal, Resource, dump
from fhir_alliance.sandbox.parameters import search_keys

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

Filter = tuple[str, Sequence[str]]  # a parameter, and the values of which one must match


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one resource, never changed. A delete is a version without a resource."""

    resource_type: str
    id: str
    number: int
    moment: datetime  # UTC, whole milliseconds, no two alike in a store
    method: str  # that made it: POST, PUT or DELETE
    created: bool  # no living resource stood there before
    resource: Resource | None = None
    body: bytes = b""

    @property
    def etag(self) -> str:
        """The weak entity tag that names this version."""
        return f'W/"{self.number}"'

    @property
    def reference(self) -> str:
        """`Type/id`."""
        return f"{self.resource_type}/{self.id}"


class Written(NamedTuple):
    """What a write came to; `changed` is false where the same content, or nothing, stood there already."""

    version: Version | None
    changed: bool


Listener = Callable[[Version, Version | None], None]
"""Hears of each version kept, and of the living one it replaced, in order and under the store's lock."""


def _now() -> datetime:
    return datetime.now(UTC)


class Store:
    """In memory and safe for threads."""

    def __init__(self, now: Callable[[], datetime] = _now) -> None:
        self._lock = RLock()
        self._now = now
        self._last = datetime.min.replace(tzinfo=UTC)
        self._versions: dict[tuple[str, str], list[Version]] = defaultdict(list)
        self._living: dict[str, dict[str, Version]] = defaultdict(dict)  # the last changed stands last
        self._found_by: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        self.listeners: list[Listener] = []

    def history(self, resource_type: str, id_: str) -> list[Version]:
        """All versions, oldest first; empty when the id was never used."""
        with self._lock:
            return list(self._versions.get((resource_type, id_), ()))

    def living(self, resource_type: str, id_: str) -> Version | None:
        """The current version, unless absent or deleted."""
        with self._lock:
            return self._living[resource_type].get(id_)

    def find(self, resource_type: str, filters: Sequence[Filter] = ()) -> list[Version]:
        """The living resources that match every filter, by `lastUpdated`, oldest first."""
        with self._lock:
            living = self._living[resource_type]
            if not filters:
                return list(living.values())
            matches = (self._matches(resource_type, *one) for one in filters)
            ids = set.intersection(*matches)
            return sorted((living[one] for one in ids), key=lambda version: version.moment)

    def held(self) -> AbstractContextManager[object]:
        """Nobody else writes until it is left; what was seen meanwhile still holds then."""
        return self._lock

    def draft(
        self, method: str, resource_type: str, id_: str, resource: Resource | None, if_match: str | None
    ) -> Written:
        """What a write would come to, a delete where there is no resource. Keeps nothing.

        Raises Refusal 412 when `if_match` does not name the current version.
        """
        with self._lock:
            current = self._checked(resource_type, id_, if_match)
            if _content(current.resource if current else None) == _content(resource):
                return Written(current, changed=False)
            number, moment = len(self._versions.get((resource_type, id_), ())) + 1, self._tick()
            kept = _stamped(resource, id_, number, moment) if resource else None
            created = resource is not None and current is None
            body = dump(kept) if kept else b""
            return Written(Version(resource_type, id_, number, moment, method, created, kept, body), changed=True)

    def keep(self, draft: Written) -> None:
        """Carries out what was drafted; nothing may have been written between."""
        with self._lock:
            if draft.changed and draft.version:
                self._commit(draft.version)

    def _commit(self, version: Version) -> None:
        living, id_ = self._living[version.resource_type], version.id
        before = living.pop(id_, None)
        if before:
            self._unindex(before)
        if version.resource is not None:
            living[id_] = version
            self._index(version)
        self._versions[version.resource_type, id_].append(version)
        for listener in self.listeners:
            listener(version, before)

    def _index(self, version: Version) -> None:
        for name, value in search_keys(version.resource_type, version.resource or {}):
            self._found_by[version.resource_type, name, value].add(version.id)

    def _unindex(self, version: Version) -> None:
        for name, value in search_keys(version.resource_type, version.resource or {}):
            self._found_by[version.resource_type, name, value].discard(version.id)

    def _matches(self, resource_type: str, name: str, values: Sequence[str]) -> set[str]:
        found = (self._found_by.get((resource_type, name, value), set()) for value in values)
        return set[str]().union(*found)

    def _checked(self, resource_type: str, id_: str, if_match: str | None) -> Version | None:
        current = self._living[resource_type].get(id_)
        if if_match is not None and (current is None or _number(if_match) != str(current.number)):
            raise Refusal(412, "conflict", f"If-Match does not name the current version of {id_}")
        return current

    def _tick(self) -> datetime:
        """The time in whole milliseconds, and always later than the one before."""
        now = self._now()
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)
        self._last = max(now, self._last + timedelta(milliseconds=1))
        return self._last


def _number(etag: str) -> str:
    return etag.strip().removeprefix("W/").strip('"')


def _content(resource: Resource | None) -> Resource | None:
    """A resource without what the server itself sets."""
    if resource is None:
        return None
    meta = {k: v for k, v in resource.get("meta", {}).items() if k not in {"versionId", "lastUpdated"}}
    return {**resource, "meta": meta, "id": None}


def _stamped(resource: Resource, id_: str, number: int, moment: datetime) -> Resource:
    own = {"versionId": str(number), "lastUpdated": instant(moment)}
    meta = {**resource.get("meta", {}), **own}
    rest = {name: value for name, value in resource.items() if name not in {"resourceType", "id", "meta"}}
    return {"resourceType": resource["resourceType"], "id": id_, "meta": meta, **rest}
