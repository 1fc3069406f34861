"""An EHR whose certificate was signed by the clinic itself; and TLS that breaks."""

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from socket import create_server
from threading import Thread

import pytest

from fhir_alliance.ehr.client import FhirClient
from fhir_alliance.errors import NotNow, Unanswered

SENT = {"resourceType": "Observation", "id": "o1", "status": "final", "code": {"text": "Fit"}}

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="a certificate is made with openssl")


class Nothing(BaseHTTPRequestHandler):
    """Has nothing."""

    def do_GET(self) -> None:
        """404, without a body."""
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that signs itself, with its key."""
    path = tmp_path / "own.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=own"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(path), "-out", str(tmp_path / "c.pem")]
    subprocess.run(command, check=True, capture_output=True)
    path.write_text(path.read_text() + (tmp_path / "c.pem").read_text())
    return path


@pytest.fixture
def url(certificate: Path) -> Iterator[str]:
    """A server that shows it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with HTTPServer(("127.0.0.1", 0), Nothing) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"https://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_it_is_trusted_where_it_is_named(url: str, certificate: Path) -> None:
    """With the clinic's own certificates; without them nothing is sent."""
    assert FhirClient(url, None, 5, certificate).get("metadata").status == 404
    with pytest.raises(NotNow, match="no-connection"):
        FhirClient(url, None, 5).get("metadata")


@pytest.mark.case("answer-none")
@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{"])
def test_tls_that_breaks_after_the_request(certificate: Path, begun: bytes) -> None:
    """What was sent has arrived: it may have been carried out."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def break_off() -> None:
        plain, _ = server.accept()
        with plain, context.wrap_socket(plain.dup(), server_side=True) as secured:
            secured.recv(64 * 1024)
            secured.send(begun) if begun else None
            plain.sendall(b"no record of TLS")
            with suppress(OSError):
                secured.recv(1)

    with create_server(("127.0.0.1", 0)) as server:
        thread = Thread(target=break_off)
        thread.start()
        client = FhirClient(f"https://127.0.0.1:{server.getsockname()[1]}", None, 5, certificate)
        with pytest.raises(Unanswered, match="no-answer"):
            client.put("Observation/o1", SENT)
        thread.join()


def test_tls_that_never_begins() -> None:
    """The server does not speak it: nothing was sent."""

    def speak_plainly() -> None:
        plain, _ = server.accept()
        with plain:
            plain.recv(64 * 1024)
            plain.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with create_server(("127.0.0.1", 0)) as server:
        thread = Thread(target=speak_plainly)
        thread.start()
        with pytest.raises(NotNow, match="no-connection"):
            FhirClient(f"https://127.0.0.1:{server.getsockname()[1]}", None, 5).put("Observation/o1", SENT)
        thread.join()
