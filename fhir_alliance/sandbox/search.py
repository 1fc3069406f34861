"""Search on one type (R4 http.html#search): parameters in, a searchset Bundle out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from fhir_alliance.sandbox.dates import period
from fhir_alliance.sandbox.messages import FhirRequest, Refusal, Resource
from fhir_alliance.sandbox.parameters import PARAMETERS, without_version

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from fhir_alliance.sandbox.store import Filter, Store, Version

PAGE = 50
LARGEST_PAGE = 1000
IGNORED = {"_format", "_pretty"}
_COMMA = re.compile(r"(?<!\\),")
_PREFIXED = re.compile(r"(eq|ge|gt|le|lt)?(\d.*)")


@dataclass(slots=True)
class Search:
    """A search as asked for."""

    filters: list[Filter] = field(default_factory=list)
    bounds: list[Callable[[datetime], bool]] = field(default_factory=list)  # on lastUpdated
    descending: bool = False
    count: int = PAGE
    after: int | None = None  # the page begins behind the resource changed at this epoch millisecond


def search(store: Store, request: FhirRequest) -> Resource:
    """Answers a search. Raises Refusal 400 on an unknown parameter or a value that makes no sense."""
    asked = parse_search(request)
    matches = _matches(store, request, asked)
    if asked.descending:
        matches.reverse()
    rest = [one for one in matches if _is_behind(one, asked)]
    page = rest[: asked.count]
    links = [("self", request.query)]
    if len(rest) > len(page) > 0:
        links.append(("next", (*_without_after(request), ("_after", str(_millis(page[-1]))))))
    return _bundle(request, len(matches), page, links)


def matching(store: Store, request: FhirRequest) -> list[Version]:
    """What a condition in the query finds. Raises Refusal 400 where it asks for nothing."""
    asked = parse_search(request)
    if not (asked.filters or asked.bounds):
        raise Refusal(400, "invalid", "a condition names at least one search parameter")
    return _matches(store, request, asked)


def _matches(store: Store, request: FhirRequest, asked: Search) -> list[Version]:
    found = store.find(request.resource_type, asked.filters)
    return [one for one in found if all(holds(one.moment) for holds in asked.bounds)]


def parse_search(request: FhirRequest) -> Search:
    """Reads the query. Raises Refusal 400."""
    asked = Search()
    for name, value in request.query:
        _take(asked, request, name, value)
    return asked


def _take(asked: Search, request: FhirRequest, name: str, value: str) -> None:
    if name == "_lastUpdated":
        asked.bounds.append(_bound(value))
    elif name == "_sort":
        asked.descending = _descending(value)
    elif name == "_count":
        asked.count = min(_whole(name, value), LARGEST_PAGE)
    elif name == "_after":
        asked.after = _whole(name, value)
    elif name == "_id" or name in PARAMETERS[request.resource_type]:
        asked.filters.append((name, _values(request, name, value)))
    elif name not in IGNORED:
        raise Refusal(400, "not-supported", f"unknown search parameter for {request.resource_type}: {name}")


def _values(request: FhirRequest, name: str, value: str) -> list[str]:
    values = [one.replace("\\,", ",").replace("\\|", "|") for one in _COMMA.split(value)]
    parameter = PARAMETERS[request.resource_type].get(name)
    if parameter and parameter.search_type == "reference":
        return [without_version(one.removeprefix(f"{request.base}/")) for one in values]
    return values


def _bound(value: str) -> Callable[[datetime], bool]:
    found = _PREFIXED.fullmatch(value)
    try:
        start, end = period(found[2] if found else value)
    except ValueError as error:
        raise Refusal(400, "invalid", f"_lastUpdated: {error}") from error
    tests: dict[str | None, Callable[[datetime], bool]] = {
        "ge": lambda moment: moment >= start,
        "gt": lambda moment: moment >= end,
        "le": lambda moment: moment < end,
        "lt": lambda moment: moment < start,
    }
    return tests.get(found[1] if found else None, lambda moment: start <= moment < end)


def _descending(value: str) -> bool:
    if value.removeprefix("-") != "_lastUpdated":
        raise Refusal(400, "not-supported", "_sort goes by _lastUpdated only")
    return value.startswith("-")


def _whole(name: str, value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", value):
        raise Refusal(400, "invalid", f"{name} wants a whole number")
    return int(value)


def _millis(version: Version) -> int:
    return round(version.moment.timestamp() * 1000)


def _is_behind(version: Version, asked: Search) -> bool:
    if asked.after is None:
        return True
    return _millis(version) < asked.after if asked.descending else _millis(version) > asked.after


def _without_after(request: FhirRequest) -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in request.query if pair[0] != "_after")


def _bundle(
    request: FhirRequest,
    total: int,
    page: list[Version],
    links: list[tuple[str, tuple[tuple[str, str], ...]]],
) -> Resource:
    bundle: Resource = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": total,
        "link": [{"relation": relation, "url": _url(request, query)} for relation, query in links],
    }
    if page:  # FHIR has no empty lists
        bundle["entry"] = [_entry(request.base, version) for version in page]
    return bundle


def _url(request: FhirRequest, query: tuple[tuple[str, str], ...]) -> str:
    return f"{request.base}/{request.resource_type}" + (f"?{urlencode(query)}" if query else "")


def _entry(base: str, version: Version) -> Resource:
    return {
        "fullUrl": f"{base}/{version.reference}",
        "resource": version.resource,
        "search": {"mode": "match"},
    }
