"""The HTTP side: kept-alive connections, small bounded bodies, and connections dropped on purpose."""

from __future__ import annotations

import io
import select
import socket
import struct
import sys
from typing import TYPE_CHECKING, Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.test import run_wsgi_app

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from werkzeug.datastructures import Headers

DROP = "sandbox.drop"  # in the environ: call it to cut the connection without an answer
LARGEST_KEPT = 1_000_001  # bytes of a body that reach the application: one more than it takes
_LARGEST_READ = 16_000_000  # bytes read, so that the client sees the answer, before giving up
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class KeepAliveHandler(WSGIRequestHandler):
    """Reads a body in full before the application runs, so that the connection can be kept."""

    protocol_version = "HTTP/1.1"
    timeout = 60  # seconds of silence before a connection is closed
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        """Answers one request."""
        environ = self.make_environ()
        body = self._read_body(environ)
        environ.update({"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body)), DROP: self._reset})
        chunks, status, headers = run_wsgi_app(self.server.app, environ, buffered=True)
        if self.connection.fileno() >= 0:
            self._send(status, headers, b"".join(chunks))

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002  # werkzeug's name
        """Says nothing."""

    def _read_body(self, environ: WSGIEnvironment) -> bytes:
        if environ.pop("wsgi.input_terminated", False):
            environ.pop("HTTP_TRANSFER_ENCODING")
            self.close_connection = True  # what follows the last chunk is not ours to read
            return _first_bytes(io.BufferedReader(environ["wsgi.input"]), _LARGEST_READ)
        declared = environ.get("CONTENT_LENGTH") or "0"
        length = int(declared) if declared.isdecimal() else _LARGEST_READ + 1
        self.close_connection |= length > _LARGEST_READ
        return _first_bytes(self.rfile, min(length, _LARGEST_READ))

    def _send(self, status: str, headers: Headers, body: bytes) -> None:
        """Head and body leave in one piece: two would cost a round trip each."""
        wire, self.wfile = self.wfile, io.BytesIO()
        self.send_response(int(status[:3]), status[4:])
        for name, value in headers:
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        head, self.wfile = self.wfile.getvalue(), wire
        self.wfile.write(head + body)

    def _reset(self) -> None:
        """Closes the socket with a reset (RST); what the standard library closes later is already gone."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        socket.close(self.connection.detach())
        self.close_connection = True


class SandboxServer(ThreadedWSGIServer):
    """A thread for each connection; closing the server closes those kept alive too."""

    request_queue_size = 256
    daemon_threads = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._connections: set[socket.socket] = set()
        super().__init__(*args, **kwargs)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Notes a connection and starts its thread."""
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forgets a connection that ends."""
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that speaks nonsense or hangs up is no news; anything else is."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def server_close(self) -> None:
        """Stops listening and ends every connection."""
        super().server_close()
        for connection in list(self._connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                self._connections.discard(connection)  # its client was quicker


def is_gone(connection: socket.socket) -> bool:
    """Whether the client has closed its side; one that only half-closed it counts as gone too."""
    try:
        readable, _, _ = select.select([connection], [], [], 0)
        return bool(readable) and not connection.recv(1, socket.MSG_PEEK)
    except (OSError, ValueError):
        return True


def _first_bytes(stream: Any, length: int) -> bytes:
    """Reads up to `length` bytes, and keeps no more of them than the application wants to see."""
    kept = stream.read(min(length, LARGEST_KEPT))
    left = length - len(kept)
    while left > 0 and (read := stream.read(min(left, 65536))):
        left -= len(read)
    return bytes(kept)
