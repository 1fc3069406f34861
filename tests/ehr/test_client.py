"""One request: what is sent and to whom, how long it may take, how its answer is sorted."""

import gzip
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from fhir_alliance.ehr.capabilities import read_statement
from fhir_alliance.ehr.client import MOST_BYTES, FhirClient
from fhir_alliance.errors import ChartFault, Conflict, NotNow, Refused, Unanswered
from fhir_alliance.settings import read_settings
from fhir_alliance.wiring import make_client

LIMIT = 0.4
SENT = {"resourceType": "Observation", "id": "o1", "status": "final", "code": {"text": "Fit"}}
OBSERVATION = b'{"resourceType":"Observation","id":"o1"}'


def ok(body, *headers):
    """A full answer."""
    lines = [b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), b"Connection: close", *headers, b"", body]
    return b"\r\n".join(lines)


def headers(request):
    """The header lines of a noted request."""
    return dict(line.split(": ", 1) for line in request.split("\r\n\r\n")[0].split("\r\n")[1:])


def test_what_a_read_says(answering):
    """FHIR JSON is asked for, past every cache, with the token."""
    server = answering(ok(OBSERVATION))
    FhirClient(server.url, "secret", LIMIT).get("Observation/o1")

    (request,) = server.requests
    assert request.startswith("GET /fhir/Observation/o1 HTTP/1.1\r\n")
    assert headers(request)["Accept"] == "application/fhir+json"
    assert headers(request)["Cache-Control"] == "no-cache"
    assert headers(request)["Authorization"] == "Bearer secret"


def test_metadata_may_come_from_a_cache(answering):
    """Some servers make their CapabilityStatement anew for who asks past their caches."""
    server = answering(ok(b'{"resourceType": "CapabilityStatement"}'))
    read_statement(FhirClient(server.url, None, LIMIT))

    assert "Cache-Control" not in headers(server.requests[0])


@pytest.mark.parametrize("etag", ['W/"3"', None])
def test_what_a_write_says(answering, etag):
    """If-Match only where a version is named; the representation is asked back."""
    server = answering(ok(OBSERVATION))
    answer = FhirClient(server.url, None, LIMIT).put("Observation/o1", SENT, etag)

    (request,) = server.requests
    assert headers(request).get("If-Match") == etag
    assert headers(request)["Content-Type"] == "application/fhir+json"
    assert headers(request)["Prefer"] == "return=representation"
    assert "Authorization" not in headers(request)
    assert (answer.status, answer.resource) == (200, {"resourceType": "Observation", "id": "o1"})


@pytest.mark.case("answer-etag")
@pytest.mark.parametrize(
    ("told", "version", "etag"),
    [
        (b'"' + b"v" * 198 + b'"', "7", '"' + "v" * 198 + '"'),
        (b'"' + b"v" * 199 + b'"', "7", 'W/"7"'),
        (b'"' + b"v" * 60_000 + b'"', "7", 'W/"7"'),
        (b'"' + b"v" * 199 + b'"', "v" * 65, None),
        (b'"a\0b"', "7", 'W/"7"'),
        (b'"a\x85"', "a\0b", None),
        (b"", "7", 'W/"7"'),
    ],
)
def test_an_etag_that_cannot_be_kept_counts_as_none(answering, told, version, etag):
    """Too long for the ledger, or unfit to be sent again: then meta.versionId is taken, where it is an id."""
    body = json.dumps({"resourceType": "Observation", "id": "o1", "meta": {"versionId": version}}).encode()
    server = answering(ok(body, b"ETag: " + told))

    assert FhirClient(server.url, None, LIMIT).get("Observation/o1").etag == etag


def test_the_token_goes_to_the_ehr_alone(answering):
    """Another server that the settings name (to publish on) does not see it."""
    ehr, other = answering(ok(OBSERVATION)), answering(ok(OBSERVATION))
    settings = read_settings({"FHIR_ALLIANCE_EHR_URL": ehr.url, "FHIR_ALLIANCE_EHR_TOKEN": "secret"})
    make_client(settings, f"{ehr.url}/").get("metadata")
    make_client(settings, other.url).get("metadata")

    assert headers(ehr.requests[0])["Authorization"] == "Bearer secret"
    assert "secret" not in other.requests[0]


@pytest.mark.parametrize(
    "url", ["https://EHR.example/fhir", "https://ehr.example:443/fhir/", "https://ehr.example./fhir"]
)
def test_the_ehr_is_known_in_another_spelling(url):
    """The token goes with it all the same."""
    settings = read_settings(
        {"FHIR_ALLIANCE_EHR_URL": "https://ehr.example/fhir", "FHIR_ALLIANCE_EHR_TOKEN": "secret"}
    )
    assert make_client(settings, url)._session.headers["Authorization"] == "Bearer secret"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_never_followed(answering, status):
    """Not even within the EHR: nobody else sees the patient or the token."""
    other = answering(ok(OBSERVATION))
    server = answering(
        b"HTTP/1.1 %d Moved\r\nLocation: %s/Observation/o1\r\nContent-Length: 0\r\n\r\n"
        % (status, other.url.encode())
    )
    with pytest.raises(Refused, match=f"http-{status}"):
        FhirClient(server.url, "secret", LIMIT).put("Observation/o1", SENT, None)

    assert (len(server.requests), other.requests) == (1, [])


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_proxies_of_the_environment_are_ignored(answering, monkeypatch, name):
    """Only what the settings name is spoken to."""
    proxy, server = answering(ok(OBSERVATION)), answering(ok(OBSERVATION))
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv(name, proxy.url.removesuffix("/fhir"))
    FhirClient(server.url, None, LIMIT).get("Observation/o1")

    assert (len(server.requests), proxy.requests) == (1, [])


def test_passwords_of_the_home_folder_are_ignored(answering, monkeypatch, tmp_path):
    """A .netrc that happens to name the host adds nothing."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login someone password netrc-secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    server = answering(ok(OBSERVATION))
    FhirClient(server.url, None, LIMIT).get("Observation/o1")

    assert "Authorization" not in headers(server.requests[0])


def drip(head, drop):
    """A server that sends ``head``, and then ``drop`` again and again, long after the limit."""

    def script(connection, over):
        connection.sendall(head)
        ends = time.monotonic() + LIMIT * 6
        while time.monotonic() < ends and not over.wait(LIMIT / 8):
            connection.sendall(drop)

    return script


DRIPS = {
    "silence": (b"", b""),
    "status-line": (b"HTTP/1.1 ", b"2"),
    "header": (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x"),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X-Slow: x\r\n"),
    "continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" "),
    "body-without-length": (b"HTTP/1.1 200 OK\r\n\r\n", b" "),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
}


@pytest.mark.parametrize("where", DRIPS)
def test_a_server_that_drips(wire, where):
    """However it spreads its bytes, a request is over within its time limit: leases rely on it."""
    server = wire(drip(*DRIPS[where]))
    began = time.monotonic()
    with pytest.raises(Unanswered):
        FhirClient(server.url, None, LIMIT).get("Observation/o1")

    assert time.monotonic() - began < LIMIT * 2


def test_an_answer_that_is_too_large(wire):
    """More than five megabytes are not read to their end."""
    server = wire(drip(b"HTTP/1.1 200 OK\r\n\r\n" + b" " * (MOST_BYTES + 2**17), b""))
    with pytest.raises(Unanswered):
        FhirClient(server.url, None, 5).get("Observation/o1")


def test_an_answer_that_swells(answering):
    """Nor is one that is small only as long as it is packed."""
    server = answering(ok(gzip.compress(b" " * (MOST_BYTES * 8)), b"Content-Encoding: gzip"))
    with pytest.raises(Unanswered):
        FhirClient(server.url, None, 5).get("Observation/o1")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Many: x\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    ],
    ids=["nothing", "cut", "bad-chunk", "bad-gzip", "not-http", "no-status", "many-headers", "bad-length"],
)
def test_no_full_answer(answering, answer):
    """Cut off, garbled or no HTTP at all: perhaps done, so look first."""
    server = answering(answer)
    try:
        found = FhirClient(server.url, None, LIMIT).put("Observation/o1", SENT, None)
    except Unanswered:
        return
    assert found.resource is None  # read to its end, and nothing in it


def test_nobody_listens(answering):
    """Refused before anything was sent: surely not done."""
    server = answering(b"")
    server.close()
    with pytest.raises(NotNow, match="no-connection"):
        FhirClient(server.url, None, LIMIT).get("Observation/o1")


def test_no_tls_where_tls_is_asked_for():
    """No handshake, so nothing was sent."""
    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(1) as pool:
        answered = pool.submit(answer_at_once, listening)
        url = f"https://127.0.0.1:{listening.getsockname()[1]}/fhir"
        with pytest.raises(NotNow, match="no-connection"):
            FhirClient(url, "secret", 5).get("Observation/o1")

        assert b"secret" not in answered.result()


def answer_at_once(listening):
    """In plain text, whatever comes; what came."""
    connection, _ = listening.accept()
    with connection:
        came = connection.recv(65536)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        return came


BY_STATUS = {
    NotNow: (401, 403, 408, 429, 503),
    Conflict: (409, 412),
    Refused: (304, 400, 405, 413, 422, 423),
    Unanswered: (500, 501, 502, 504),
}


@pytest.mark.parametrize(("fault", "status"), [(fault, one) for fault, many in BY_STATUS.items() for one in many])
def test_statuses_are_sorted(ehr, fault, status):
    """By what is to be done about them; the reason names the status."""
    ehr.fault("status", status=status)
    with pytest.raises(fault, match=f"http-{status}"):
        FhirClient(ehr.base_url, "of-the-ehr", 5).get("Observation/o1")


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_not_there_is_an_answer(ehr, status):
    """404 and 410 are for the chart to judge."""
    ehr.fault("status", status=status)

    assert FhirClient(ehr.base_url, "of-the-ehr", 5).get("Observation/o1").status == status


def test_a_stranger_is_told_401(ehr):
    """A wrong token: surely not done, and another one may help."""
    with pytest.raises(NotNow, match="http-401"):
        FhirClient(ehr.base_url, "wrong", 5).get("Observation/o1")


OUTCOMES = {
    b'{"resourceType":"OperationOutcome","issue":[{"code":"value","expression":["Observation.status"],'
    b'"diagnostics":"Ada Lovelace"}]}': "http-422 value Observation.status",
    b'{"resourceType":"OperationOutcome","issue":[{"code":"invalid"},"x",{}]}': "http-422 invalid",
    b'{"resourceType":"OperationOutcome"}': "http-422",
    b'{"resourceType":"OperationOutcome","issue":null}': "http-422",
    b'{"resourceType":"OperationOutcome","issue":{"code":"value"}}': "http-422",
    b'{"resourceType":"OperationOutcome","issue":[{"code":"value","expression":null}]}': "http-422 value",
    b'{"resourceType":"OperationOutcome","issue":[{"code":"value","expression":[7]}]}': "http-422 value",
    b"Ada Lovelace": "http-422",
}


@pytest.mark.parametrize("body", OUTCOMES, ids=range(len(OUTCOMES)))
def test_why_it_was_refused(answering, body):
    """Codes and expressions of the outcome, never its text; whatever else is in it breaks nothing."""
    server = answering(ok(body).replace(b"200 OK", b"422 Unprocessable"))
    with pytest.raises(ChartFault) as told:
        FhirClient(server.url, None, LIMIT).put("Observation/o1", SENT, None)

    assert isinstance(told.value, Refused)
    assert told.value.code.strip() == OUTCOMES[body]
    assert "Ada" not in told.value.code
