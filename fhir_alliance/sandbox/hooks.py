"""Delivery of rest-hooks: a message with a payload is sent until it is taken, or given up after a while."""

from __future__ import annotations

import heapq
import itertools
from contextlib import closing
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Condition, Thread
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fhir_alliance.sandbox.messages import parse

if TYPE_CHECKING:
    from fhir_alliance.sandbox.subscribers import Message

SENDERS = 2
TIME_LIMIT = 10.0  # seconds, for each step of one try
FIRST_WAIT = 0.2  # seconds
WAIT_GROWS = 1.5
_LONGEST_REPLY = 1_000_000  # bytes read of it


@dataclass(frozen=True, slots=True, order=True)
class Delivery:
    """A message on its way. What is due first stands first, then what was posted first."""

    due: float  # monotonic seconds
    ticket: int
    message: Message = field(compare=False)
    deadline: float = field(compare=False)  # no try begins after it
    wait: float = field(default=FIRST_WAIT, compare=False)  # seconds before the next try

    def again(self, now: float) -> Delivery:
        """The same, due once more after its wait."""
        return replace(self, due=now + self.wait, wait=self.wait * WAIT_GROWS)


class Hooks:
    """Two threads that deliver what is posted. Order is not kept."""

    def __init__(self, retry_for: float = 60.0) -> None:
        self._retry_for = retry_for
        self._queue: list[Delivery] = []
        self._tickets = itertools.count()
        self._changed = Condition()
        self._sending = self._delivered = self._failed = 0
        self._closed = False
        self._threads = [Thread(target=self._work, name="sandbox-hooks", daemon=True) for _ in range(SENDERS)]
        for thread in self._threads:
            thread.start()

    def post(self, message: Message) -> None:
        """Queues a message; returns at once."""
        now = monotonic()
        self._push(Delivery(now, next(self._tickets), message, now + self._retry_for))

    def counts(self) -> dict[str, int]:
        """How many messages are pending (waiting or under way), delivered, and given up as failed."""
        with self._changed:
            pending = len(self._queue) + self._sending
            return {"pending": pending, "delivered": self._delivered, "failed": self._failed}

    def close(self) -> None:
        """Sends nothing more; a try under way is left to end by itself."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(timeout=1)

    def _push(self, delivery: Delivery) -> None:
        with self._changed:
            heapq.heappush(self._queue, delivery)
            self._changed.notify()

    def _work(self) -> None:
        while delivery := self._next():
            self._settle(delivery, send(delivery.message))

    def _next(self) -> Delivery | None:
        """Waits for the next delivery that is due; None at the close."""
        with self._changed:
            while not self._closed:
                wait = self._queue[0].due - monotonic() if self._queue else None
                if wait is not None and wait <= 0:
                    self._sending += 1
                    return heapq.heappop(self._queue)
                self._changed.wait(wait)
            return None

    def _settle(self, delivery: Delivery, taken: bool) -> None:
        with self._changed:
            again = delivery.again(monotonic())
            self._sending -= 1
            if taken:
                self._delivered += 1
            elif again.due > again.deadline or not delivery.message.sent_again:
                self._failed += 1
            else:
                self._push(again)


def send(message: Message, time_limit: float = TIME_LIMIT) -> bool:
    """Tries once; whether the receiver took it."""
    url = urlsplit(message.url)
    connect = HTTPSConnection if url.scheme == "https" else HTTPConnection
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    try:
        with closing(connect(url.netloc, timeout=time_limit)) as connection:
            connection.request(message.method, target, message.body or None, message.headers)
            answer = connection.getresponse()
            is_json = "json" in answer.headers.get("Content-Type", "")
            reply = answer.read(_LONGEST_REPLY)
            return answer.status // 100 == 2 and (not (is_json and reply) or _is_resource(reply))
    except (OSError, HTTPException, ValueError):
        return False


def _is_resource(reply: bytes) -> bool:
    """As HAPI has it, what says that it is JSON has to be a resource; no body, or text, is fine."""
    try:
        parsed = parse(reply)
    except ValueError:
        return False
    return isinstance(parsed, dict) and "resourceType" in parsed
