"""An HTTP server that notes what it is sent, and answers as it was told to."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread
from typing import NamedTuple, Self

JSON = "application/fhir+json"


class Reply(NamedTuple):
    """An answer; status 0 hangs up."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON


@dataclass(frozen=True, slots=True)
class Received:
    """One request."""

    method: str
    path: str
    headers: Message
    body: bytes


class Receiver:
    """Listens from `with` on. Each path has its replies, which are used up; then it is 200 with nothing."""

    def __init__(self) -> None:
        self.replies: defaultdict[str, list[Reply]] = defaultdict(list)
        self._received: list[Received] = []
        self._changed = Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self._take))
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def at(self, path: str, count: int = 0, seconds: float = 20) -> list[Received]:
        """What came to this path, once it is so many."""

        def came() -> list[Received]:
            return [one for one in self._received if one.path == path]

        with self._changed:
            assert self._changed.wait_for(lambda: len(came()) >= count, seconds), (path, count, self._received)
            return came()

    def _take(self, request: Received) -> Reply:
        with self._changed:
            self._received.append(request)
            self._changed.notify_all()
            replies = self.replies[request.path]
            return replies.pop(0) if replies else Reply()


def _handler(take: Callable[[Received], Reply]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            reply = take(Received(self.command, self.path, self.headers, body))
            if reply.status:
                self.send_response(reply.status)
                self.send_header("Content-Length", str(len(reply.body)))
                if reply.body:
                    self.send_header("Content-Type", reply.content_type)
                self.end_headers()
                self.wfile.write(reply.body)

        do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    return Handler
