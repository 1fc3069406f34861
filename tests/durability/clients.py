"""Clients that tell of submissions as an EHR does: each event again and again, until it is answered with a 2xx."""

import random
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress

import requests

from tests.durability.submissions import Event, Telling

CLIENTS = 8
#: seconds for one request; between two attempts; for all of them
REQUEST, PAUSE, PATIENCE = 30, 0.1, 3600
#: seconds, at most, between two events of one client: so that what stands in the chart is amended, too
BETWEEN = 0.2
#: how many requests at once are a rush; seconds in which most of them are answered
BUSY, MOMENT = 3, 0.02


class Clients:
    """Tells of everything, and notes what was acknowledged. A context: what is left untold at its end stays so."""

    def __init__(self, base_url: str, told: Telling, clients: int = CLIENTS) -> None:
        """``base_url``: the service's."""
        self._door = f"{base_url}/notify/QuestionnaireResponse"
        self._told = told
        self._lock = threading.Lock()
        #: each event with how often it was acknowledged
        self.acknowledged: Counter[Event] = Counter()
        #: how many attempts were answered with no 2xx, or not at all
        self.attempts_lost = 0
        #: how many requests wait for an answer
        self.under_way = 0
        self._left = Counter(event.response_id for event in told.events)
        self._over = threading.Event()
        self._deadline = time.monotonic() + PATIENCE
        self._pool = ThreadPoolExecutor(clients)
        shares = [deque(told.events[number::clients]) for number in range(clients)]
        self._running: list[Future[None]] = [self._pool.submit(self._tell, share) for share in shares]

    def __enter__(self) -> "Clients":
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._pool.shutdown()

    def finish(self) -> None:
        """Return when everything is acknowledged; raises what went wrong with a client."""
        for one in self._running:
            one.result()

    def until_busy(self) -> None:
        """Return at a random moment soon after several wait for an answer, or when everything is told."""
        while self.under_way < BUSY and not all(one.done() for one in self._running):
            self._over.wait(0.001)
        self._over.wait(random.uniform(0, MOMENT))  # noqa: S311

    @property
    def failed(self) -> bool:
        """Whether one of them has ended in an error."""
        return any(one.done() and one.exception() for one in self._running)

    @property
    def share(self) -> float:
        """The share of the events that are acknowledged, 0 to 1."""
        return self.acknowledged.total() / len(self._told)

    def _tell(self, share: deque[Event]) -> None:
        with requests.Session() as session:
            while share:
                event = share.popleft()
                while not self._is_taken(session, event):
                    assert time.monotonic() < self._deadline, f"{event.response_id} was never acknowledged"
                    if self._over.wait(PAUSE):
                        return
                share.extend(self._acknowledge(event))
                self._over.wait(random.uniform(0, BETWEEN))  # noqa: S311

    def _is_taken(self, session: requests.Session, event: Event) -> bool:
        """Whether it was answered with a 2xx; no 4xx may come."""
        status = self._attempt(session, event)
        assert status is None or status < 300 or status >= 500, f"{event.response_id} was answered {status}"
        is_taken = status is not None and status < 300
        with self._lock:
            self.attempts_lost += not is_taken
        return is_taken

    def _attempt(self, session: requests.Session, event: Event) -> int | None:
        """The status of the answer; None where there was none."""
        method = "DELETE" if event.resource is None else "PUT"
        where = f"{self._door}/{event.response_id}"
        with self._counted(), suppress(requests.RequestException):
            return session.request(method, where, json=event.resource, timeout=REQUEST).status_code
        return None

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._lock:
            self.under_way += 1
        try:
            yield
        finally:
            with self._lock:
                self.under_way -= 1

    def _acknowledge(self, event: Event) -> tuple[Event, ...]:
        """Note it; what may be told now."""
        with self._lock:
            self.acknowledged[event] += 1
            self._left[event.response_id] -= 1
            is_last = self._left[event.response_id] == 0
        return self._told.deletions.get(event.response_id, ()) if is_last else ()
