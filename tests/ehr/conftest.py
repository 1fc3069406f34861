"""Servers that speak HTTP byte by byte, as the worst ones do, and the sandbox."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Event, Thread

import pytest

from fhir_alliance.sandbox import Sandbox
from tests.deliver.ehr_desk import EhrDesk

Script = Callable[[socket.socket, Event], None]


@dataclass
class Wire:
    """A server that notes each request and then does as its script says."""

    script: Script
    requests: list[str] = field(default_factory=list)
    over: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}/fhir"
        self._threads = [Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        while not self.over.is_set():
            connection, _ = self._listening.accept()
            self._threads.append(Thread(target=self._serve, args=(connection,)))
            self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            head = b""
            while b"\r\n\r\n" not in head and (part := connection.recv(65536)):
                head += part
            if head:
                self.requests.append(head.decode("latin-1"))
                try:
                    self.script(connection, self.over)
                except OSError:  # the client has hung up
                    return

    def close(self) -> None:
        """Stop, and let go whoever waits. May be repeated."""
        if self.over.is_set():
            return
        self.over.set()
        socket.create_connection(self._listening.getsockname()).close()
        for thread in self._threads:
            thread.join(10)
        self._listening.close()


@pytest.fixture
def wire() -> Iterator[Callable[[Script], Wire]]:
    """Start such servers."""
    started: list[Wire] = []

    def start(script: Script) -> Wire:
        started.append(Wire(script))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def answering(wire: Callable[[Script], Wire]) -> Callable[[bytes], Wire]:
    """Start a server that answers these bytes, and hangs up."""
    return lambda answer: wire(lambda connection, _: connection.sendall(answer))


@pytest.fixture
def ehr() -> Iterator[EhrDesk]:
    """An empty EHR that asks for a token."""
    with Sandbox(token="of-the-ehr") as sandbox:
        desk = EhrDesk(sandbox, "of-the-ehr")
        yield desk
        desk.close()
