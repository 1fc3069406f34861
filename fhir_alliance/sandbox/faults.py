"""Faults on order: what networks, proxies and servers do wrong, for the next few matching requests."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from fhir_alliance.sandbox.messages import FhirRequest, Refusal, Reply, dump, parse

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Event


class Server(Protocol):
    """What a fault plays its trick on."""

    def answer(self, request: FhirRequest) -> Reply:
        """Answers in earnest."""

    def pretend(self, request: FhirRequest) -> Reply:
        """Answers as if in earnest, and keeps nothing."""


@dataclass(slots=True)
class Fault:
    """An order: which requests, how many of them still, and what happens to them."""

    kind: str
    method: str = ""  # "" for any
    type: str = ""  # resource type, or "metadata"; "" for any
    times: int = 1
    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    content_type: str = "text/plain; charset=utf-8"
    seconds: float = 1.0
    elements: list[str] = field(default_factory=list)
    location: str = ""

    def matches(self, request: FhirRequest) -> bool:
        """Whether it is meant for this request."""
        return self.method in {"", request.method} and self.type in {"", request.resource_type}


class Faults:
    """The orders still open, oldest first."""

    def __init__(self, closing: Event) -> None:
        self._closing = closing
        self._lock = Lock()
        self._open: list[Fault] = []

    def add(self, order: Any) -> None:
        """Takes an order from JSON. Raises ValueError when it makes no sense."""
        try:
            fault = Fault(**order)
        except TypeError as error:
            raise ValueError(str(error)) from error
        if fault.kind not in TRICKS:
            raise ValueError(f"kind is one of {', '.join(TRICKS)}")
        if not isinstance(fault.times, int) or fault.times < 1:
            raise ValueError("times is a whole number from 1 on")
        with self._lock:
            self._open.append(fault)

    def clear(self) -> None:
        """Forgets every order."""
        with self._lock:
            self._open.clear()

    def left(self) -> list[dict[str, Any]]:
        """The open orders, each with the `times` that remain."""
        with self._lock:
            return [asdict(fault) for fault in self._open]

    def answer(self, request: FhirRequest, server: Server) -> Reply | None:
        """The server's answer, or what the oldest matching order makes of it; None: drop the connection."""
        fault = self._take(request)
        return TRICKS[fault.kind](fault, request, server, self._closing) if fault else server.answer(request)

    def _take(self, request: FhirRequest) -> Fault | None:
        with self._lock:
            fault = next((one for one in self._open if one.matches(request)), None)
            if fault:
                fault.times -= 1
                self._open = [one for one in self._open if one.times > 0]
            return fault


def _status(fault: Fault, _request: FhirRequest, _server: Server, _closing: Event) -> Reply:
    if fault.body is None:
        plain = Refusal(fault.status, "exception", "a fault on order").reply()
        return replace(plain, headers={**plain.headers, **fault.headers})
    headers = {"Content-Type": fault.content_type, **fault.headers}
    return Reply(fault.status, fault.body.encode(), headers)


def _reset(_fault: Fault, _request: FhirRequest, _server: Server, _closing: Event) -> None:
    return None


def _reset_after(_fault: Fault, request: FhirRequest, server: Server, _closing: Event) -> None:
    server.answer(request)


def _hang(fault: Fault, _request: FhirRequest, _server: Server, closing: Event) -> Reply:
    closing.wait(fault.seconds)
    return Refusal(503, "timeout", "a fault on order").reply()


def _hang_after(fault: Fault, request: FhirRequest, server: Server, closing: Event) -> Reply:
    reply = server.answer(request)
    closing.wait(fault.seconds)
    return reply


def _empty(_fault: Fault, request: FhirRequest, server: Server, _closing: Event) -> Reply:
    reply = server.answer(request)
    return Reply(reply.status) if reply.status < 300 else reply


def _html(_fault: Fault, _request: FhirRequest, _server: Server, _closing: Event) -> Reply:
    page = b"<!doctype html><title>Sign in</title><p>Please sign in to go on."
    return Reply(200, page, {"Content-Type": "text/html; charset=utf-8"})


def _lie(_fault: Fault, request: FhirRequest, server: Server, _closing: Event) -> Reply:
    return server.pretend(request)


def _drop(fault: Fault, request: FhirRequest, server: Server, _closing: Event) -> Reply:
    """Elements vanish as in servers that do not support them."""
    try:
        kept = {name: value for name, value in parse(request.body).items() if name not in fault.elements}
    except (ValueError, AttributeError):
        return server.answer(request)
    return server.answer(replace(request, body=dump(kept)))


def _redirect(fault: Fault, _request: FhirRequest, _server: Server, _closing: Event) -> Reply:
    return Reply(307, headers={"Location": fault.location})


TRICKS: dict[str, Callable[[Fault, FhirRequest, Server, Event], Reply | None]] = {
    "status": _status,  # answers `status`, `headers`, `body`, `content_type`; nothing is stored
    "reset": _reset,  # cut without an answer, nothing stored
    "reset-after": _reset_after,  # stored, then cut
    "hang": _hang,  # after `seconds` 503, nothing stored
    "hang-after": _hang_after,  # stored, answered after `seconds`
    "empty": _empty,  # stored; 2xx without body, Location, ETag
    "html": _html,  # 200 and a web page, nothing stored
    "lie": _lie,  # the answer of a write, nothing stored
    "drop": _drop,  # stored and answered without the top-level `elements`
    "redirect": _redirect,  # 307 to `location`
}
