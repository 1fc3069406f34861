"""Which FHIR requests came in, for tests that count them."""

from __future__ import annotations

from collections import Counter, deque
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from fhir_alliance.sandbox.messages import FhirRequest, Reply

REMEMBERED = 1000


class RequestLog:
    """Counts every request, and remembers the last thousand, in the order in which they were answered."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: Counter[str] = Counter()
        self._last: deque[dict[str, Any]] = deque(maxlen=REMEMBERED)

    def add(self, request: FhirRequest, reply: Reply | None) -> None:
        """Notes a request just before its answer; status null where the connection is dropped."""
        line = {
            "method": request.method,
            "path": "/".join(("/fhir", *request.path)),
            "query": urlencode(request.query),
            "status": reply.status if reply else None,
            "requestId": request.headers.get("X-Request-Id"),
        }
        with self._lock:
            self._counts[f"{request.method} {request.resource_type}"] += 1
            self._last.append(line)

    def clear(self) -> None:
        """Forgets all."""
        with self._lock:
            self._counts.clear()
            self._last.clear()

    def report(self) -> dict[str, Any]:
        """Counts by "METHOD Type", and the requests."""
        with self._lock:
            return {"counts": dict(self._counts), "requests": list(self._last)}
