"""What a line of the log belongs to: clinic, request, entry; and the request's id, as the EHR is told it."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

HEADER = "X-Request-Id"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_NOTHING: Mapping[str, str] = MappingProxyType({})

_belongs = ContextVar("belongs", default=_NOTHING)


def is_request_id(given: str) -> bool:
    """Whether an id that a caller sent is taken: it goes into headers, lines and a column."""
    return _REQUEST_ID.fullmatch(given) is not None


def belongs() -> Mapping[str, str]:
    """What lines of this thread belong to now."""
    return _belongs.get()


def request_id() -> str | None:
    """The id of the request that is answered here, or that called for what is delivered here."""
    return belongs().get("request_id")


@contextmanager
def belonging(**to: str | None) -> Iterator[None]:
    """As long as the block runs, lines of this thread belong ``to`` this, too."""
    before = _belongs.set({**belongs(), **_known(to)})
    try:
        yield
    finally:
        _belongs.reset(before)


def belong(**to: str | None) -> None:
    """Lines of this thread belong ``to`` this alone, until the next call."""
    _belongs.set(_known(to))


def _known(to: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in to.items() if value is not None}
