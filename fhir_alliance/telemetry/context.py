"""What a line of the log belongs to: clinic, request, entry; and the request's id, as the EHR is told it."""

import re
from contextlib import AbstractContextManager

from structlog.contextvars import bind_contextvars, bound_contextvars, clear_contextvars, get_contextvars

HEADER = "X-Request-Id"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def is_request_id(given: str) -> bool:
    """Whether an id that a caller sent is taken: it goes into headers, lines and a column."""
    return _REQUEST_ID.fullmatch(given) is not None


def request_id() -> str | None:
    """The id of the request that is answered here, or that called for what is delivered here."""
    return get_contextvars().get("request_id")


def belonging(**to: str | None) -> AbstractContextManager[None]:
    """As long as the block runs, lines of this thread belong ``to`` this."""
    return bound_contextvars(**_known(to))


def belong(**to: str | None) -> None:
    """Lines of this thread belong ``to`` this alone, until the next call."""
    clear_contextvars()
    bind_contextvars(**_known(to))


def _known(to: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in to.items() if value is not None}
