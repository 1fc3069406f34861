"""The query of a search: known parameters only, each a list of alternatives.

https://hl7.org/fhir/R4/search.html. An unknown parameter is refused: a misspelt ``patient`` must not find
everyone's results.
"""

from collections.abc import Collection, Sequence
from urllib.parse import urlencode

from flask import request

from fhir_alliance.fhir.issues import Code, Unreadable, error

#: parameters that say how to answer, not what to find
CONTROL = frozenset({"_format", "_count", "_after"})
DEFAULT_COUNT, MOST_COUNT = 20, 100


class BadSearch(Unreadable):
    """A search that cannot be understood."""

    def __init__(self, parameter: str, why: str) -> None:
        super().__init__(error(Code.INVALID, f"{parameter[:40]}: {why}"))


def criteria(known: Collection[str]) -> list[tuple[str, Sequence[str]]]:
    """(parameter, alternatives) in the order of the query; all must hold, one alternative each is enough."""
    for name in request.args:
        if name not in known and name not in CONTROL:
            raise BadSearch(name, f"there is no such search parameter; there are {', '.join(sorted(known))}")
    given = [(name, value) for name, value in request.args.items(multi=True) if name not in CONTROL]
    for name, value in given:
        if not value.isprintable():
            raise BadSearch(name, "takes no control characters")
    return [(name, value.split(",")) for name, value in given]


def count() -> int:
    """How many results a page may have."""
    given = request.args.get("_count", str(DEFAULT_COUNT))
    if not given.isascii() or not given.isdigit() or len(given) > 9:
        raise BadSearch("_count", "takes a whole number")
    return min(int(given), MOST_COUNT)


def page_url(**changes: str) -> str:
    """The URL of this search with some parameters set."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name not in changes]
    query = urlencode([*kept, *changes.items()])
    return f"{request.base_url}?{query}" if query else request.base_url
