"""Gates: matching requests are held before storing, or before answering, until a test opens the gate.

A client that leaves meanwhile is noticed only when the gate opens: before the store, by its closed
connection (also a half-closed one), and then nothing is kept; after the store, not at all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event, Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fhir_alliance.sandbox.messages import FhirRequest

POINTS = ("before", "after")


@dataclass(slots=True)
class Gate:
    """A closed gate. `method` and `type` are "" for any."""

    name: str
    point: str = "before"
    method: str = ""
    type: str = ""
    waiting: int = 0
    opened: Event = field(default_factory=Event)

    def matches(self, request: FhirRequest, point: str) -> bool:
        """Whether a request is held here."""
        same = self.method in {"", request.method} and self.type in {"", request.resource_type}
        return same and self.point == point


class Gates:
    """The closed gates by name."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._closed: dict[str, Gate] = {}

    def add(self, order: Any) -> None:
        """Closes a gate as JSON says; one of the same name is opened. Raises ValueError."""
        try:
            gate = Gate(**order)
        except TypeError as error:
            raise ValueError(str(error)) from error
        if gate.point not in POINTS:
            raise ValueError(f"point is one of {', '.join(POINTS)}")
        self.open(gate.name)
        with self._lock:
            self._closed[gate.name] = gate

    def open(self, name: str) -> None:
        """Lets go whoever waits; nothing happens where there is no such gate."""
        with self._lock:
            gate = self._closed.pop(name, None)
        if gate:
            gate.opened.set()

    def open_all(self) -> None:
        """Opens every gate."""
        with self._lock:
            names = list(self._closed)
        for name in names:
            self.open(name)

    def waiting(self, name: str) -> int | None:
        """How many requests stand before a gate, those included whose clients left; None: no such gate."""
        with self._lock:
            gate = self._closed.get(name)
            return gate.waiting if gate else None

    def hold(self, request: FhirRequest, point: str) -> bool:
        """Waits at every gate that matches; whether there was one."""
        held = self._enter(request, point)
        for gate in held:
            gate.opened.wait()
        return bool(held)

    def _enter(self, request: FhirRequest, point: str) -> list[Gate]:
        with self._lock:
            held = [gate for gate in self._closed.values() if gate.matches(request, point)]
            for gate in held:
                gate.waiting += 1
            return held
