"""A proxy before a real FHIR server that does to the service what networks, proxies and servers do wrong."""

import io
import math
import socket
import struct
import sys
import threading
import time
from contextlib import suppress
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any, Self

from fhir_alliance.sandbox.handler import is_gone
from tests.durability.fault_kinds import Kind, Step
from tests.durability.fault_plan import Plan
from tests.durability.fault_record import Met, Reached, Record, content_of
from tests.durability.fault_tricks import TRICKS, Turn
from tests.durability.fault_wire import METADATA, Answer, Asked, Upstream, outcome

HOST = "127.0.0.1"
#: an entry or the metadata, and which of its requests
Which = tuple[str, int]
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class FaultyEhr:
    """It serves from the moment it is made until it is closed.

    ``limit``: the client's time limit in seconds. ``late``: the longest that a late write is held, in seconds,
    and more than the limit. The faults stop when ``calm`` is called; what is held goes on as it was meant to.
    """

    def __init__(self, base_url: str, plan: Plan, *, limit: float, late: float, token: str | None = None) -> None:
        self.plan = plan
        self.record = Record()
        self._not_yet = set(plan.kinds)
        self._upstream = Upstream(base_url)
        self._limit = limit
        self._late = late
        self._token = token
        self._valid_at = 0.0
        self._asked_at = math.inf  # before the first request it was not left alone
        self._well_until = 0.0
        self._calm = threading.Event()
        self._let_on = threading.Event()
        self._closing = threading.Event()
        self._server = _Server(self)
        self.base_url = f"http://{HOST}:{self._server.server_port}{self._upstream.path}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def calm(self) -> None:
        """No faults from now on."""
        self._calm.set()

    def let_late_on(self) -> None:
        """What is late goes on now; return when it has."""
        self._let_on.set()
        self.record.wait_for_all(10 + self._limit)
        self._let_on.clear()

    def close(self) -> None:
        """Stop serving, and let go what is held."""
        self._closing.set()
        self._let_on.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- one request

    def answer(self, asked: Asked) -> Answer | None:
        """What the service is answered; None: its connection is reset."""
        if self._token and asked.headers.get("Authorization") != f"Bearer {self._token}":
            return outcome(403)
        key = self._key(asked)
        of_all, of_key, met = self.record.ask(key)
        kind = self._kind(asked, key, (of_all, of_key, met))
        if kind is None:
            return self._of_itself(self.forward(asked), asked, (key, of_key))
        turn = Turn(asked, self, self.plan.chance(f"{key}/{kind}", of_key))
        return self._known(self._play(kind, turn, (key, of_key)), key)

    def _key(self, asked: Asked) -> str:
        if asked.step is Step.METADATA:
            return METADATA
        return asked.identifier or self.record.key_of(asked.ehr_id or "")

    def _kind(self, asked: Asked, key: str, counts: tuple[int, int, int]) -> Kind | None:
        of_all, of_key, met = counts
        is_well = self._is_well()
        if self._calm.is_set():
            return None
        if of_all == self.plan.expires_at:
            self._valid_at = time.monotonic() + self.plan.expired_for
        if time.monotonic() < self._valid_at:
            return Kind.EXPIRED
        return None if is_well else self.plan.draw(key, asked.step, of_key, met, self._not_yet.copy())

    def _is_well(self) -> bool:
        """Whether it was left alone for long not long ago."""
        now = time.monotonic()
        if now - self._asked_at >= self.plan.recovers_after:
            self._well_until = now + self.plan.well_for
        self._asked_at = now
        return now < self._well_until

    def _play(self, kind: Kind, turn: Turn, which: Which) -> Answer | None:
        if kind is not Kind.EMPTY:
            self._note(kind, turn.asked, which)
        with self.record.held():
            answer = TRICKS[kind](turn)
        if kind is Kind.EMPTY and answer:
            if answer.status >= 300:  # there was no body to leave out
                return self._of_itself(answer, turn.asked, which)
            self._note(kind, turn.asked, which)
            self._found(answer, turn.asked, which)
        return answer

    def _of_itself(self, answer: Answer, asked: Asked, which: Which) -> Answer:
        """What the EHR answered without our doing; it may have been slow by itself."""
        if asked.is_gone():
            self._note(Kind.SLOW, asked, which)
        elif answer.status >= 400 and answer.status not in (404, 410):
            self.record.refuse(which[0], f"http-{answer.status}")
        else:
            self._found(answer, asked, which)
        return answer

    def _found(self, answer: Answer, asked: Asked, which: Which) -> None:
        """A conditional create that found something says so by its status, whatever else it says."""
        if (asked.method, answer.status) == ("POST", 200):
            self.record.refuse(which[0], "there-already")

    def _note(self, kind: Kind, asked: Asked, which: Which) -> None:
        key, request = which
        self._not_yet.discard(kind)
        self.record.play(key, Met(request, kind, asked.step, asked.method))

    def _known(self, answer: Answer | None, key: str) -> Answer | None:
        """True or not, this id will be asked for."""
        if answer and answer.ehr_id:
            self.record.know(answer.ehr_id, key)
        return answer

    # --- what the tricks are played with

    def forward(self, asked: Asked) -> Answer:
        """The EHR's own answer; the write is noted as one that reached it."""
        answer = self._upstream.answer(asked)
        key = self._key(asked)
        if asked.step is Step.WRITE:
            self.record.reach(key, Reached(content_of(asked.resource), asked.method, answer.status))
            self._known(answer, key)
        return answer

    def hold(self) -> None:
        """Return when the client's time limit is surely over."""
        self._closing.wait(self._limit * 1.3)

    def hold_late(self, chance: Random) -> None:
        """Return when what is late may go on: at some time between both limits, or when it is let on."""
        self._let_on.wait(chance.uniform(min(self._limit * 1.3, self._late), self._late))


class _Handler(BaseHTTPRequestHandler):
    """Reads a request in full, and answers in one piece: two would cost a round trip each."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60
    server: "_Server"

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            answer = self.server.ehr.answer(self._asked(body))
        except (OSError, HTTPException):  # the real EHR is away
            answer = None
        if answer is None:
            self._reset()
        else:
            self._send(answer)

    def _asked(self, body: bytes) -> Asked:
        return Asked(self.command, self.path, dict(self.headers), body, lambda: is_gone(self.connection))

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815

    def _send(self, answer: Answer) -> None:
        wire, self.wfile = self.wfile, io.BytesIO()
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        head, self.wfile = self.wfile.getvalue(), wire
        self.wfile.write(head + answer.body)

    def _reset(self) -> None:
        """Close the socket with a reset (RST); what the standard library closes later is already gone."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        socket.close(self.connection.detach())
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    """A thread for each connection."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, ehr: FaultyEhr) -> None:
        self.ehr = ehr
        self._open: set[Any] = set()
        super().__init__((HOST, 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Note a connection and start its thread."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget a connection that ends."""
        self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Stop listening, and end every connection."""
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        super().server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone is no news."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)
