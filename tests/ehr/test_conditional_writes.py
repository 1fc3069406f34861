"""What a write says of the version it replaces, the id in its answer, and a connection that took too long."""

import json
import socket
import time
from urllib.parse import urlsplit

import pytest

from fhir_alliance.ehr.capabilities import Capabilities
from fhir_alliance.ehr.chart import FhirChart
from fhir_alliance.ehr.client import FhirClient
from fhir_alliance.ehr.publish import publish
from fhir_alliance.errors import ChartFault, Conflict, Unanswered
from fhir_alliance.sandbox import Sandbox
from tests.deliver.ehr_desk import EhrDesk

LIMIT = 0.4
ID = "0b5a6c1e-8a52-5d7f-8d1c-2f4a9b7e6c33"
SENT = {"resourceType": "Observation", "id": ID, "status": "final", "code": {"text": "Fit"}}


def ok(body):
    """A full answer."""
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body)


def conditions(request):
    """The conditional headers of a noted request."""
    lines = (line.partition(": ") for line in request.split("\r\n\r\n")[0].split("\r\n")[1:])
    return {name: value for name, _, value in lines if name.startswith("If-")}


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"create": True}, {"If-None-Match": "*"}),
        ({"etag": 'W/"3"'}, {"If-Match": 'W/"3"'}),
        ({"etag": '"x"'}, {"If-Match": '"x"'}),
        ({}, {}),
    ],
)
def test_a_write_says_what_it_replaces(answering, named, said):
    """That there is nothing yet, or the version that was seen (RFC 9110, 13.1); nothing where there is none."""
    server = answering(ok(json.dumps(SENT).encode()))
    FhirClient(server.url, None, LIMIT).put(f"Observation/{ID}", SENT, **named)

    assert [conditions(one) for one in server.requests] == [said]


def test_an_artifact_without_a_version_is_no_new_one(answering, catalog):
    """A server that tells no versions has another artifact there: what replaces it does not ask for none to be."""
    server = answering(ok(b'{"resourceType":"CodeSystem","id":"x"}'))
    next(publish(FhirClient(server.url, None, LIMIT), catalog))

    assert [one.split(" ")[0] for one in server.requests] == ["GET", "PUT"]
    assert conditions(server.requests[1]) == {}


@pytest.fixture
def desk():
    """An empty EHR."""
    with Sandbox() as sandbox:
        made = EhrDesk(sandbox)
        yield made
        made.close()


@pytest.fixture
def chart(desk):
    """Its chart."""
    client = FhirClient(desk.base_url, None, 5)
    return FhirChart(client, Capabilities(client, lambda: 0.0))


@pytest.mark.parametrize(
    "between", [[], [{"status": "amended"}], [{"status": "amended"}, {"status": "cancelled"}]]
)
def test_a_late_write_replaces_nothing(desk, chart, between):
    """A create that finds something, and an update that finds a newer version: both fall."""
    desk.put(SENT)
    for change in between:
        desk.change(SENT, **change)
    before = desk.kept(f"Observation/{ID}")
    with pytest.raises(Conflict, match="http-412"):
        chart.write({**SENT, "code": {"text": "Late"}}, None)
    if between:
        with pytest.raises(Conflict, match="http-412"):
            chart.write({**SENT, "code": {"text": "Late"}}, 'W/"1"')

    assert desk.kept(f"Observation/{ID}") == before


@pytest.mark.parametrize(
    "told", ["", "a b", "a_b", "..", ".", "x" * 65, "%2e%2e", "a/../b".replace("/", "%2F"), "é"]
)
@pytest.mark.parametrize("header", ["Location", "Content-Location"])
@pytest.mark.case("answer-none")
def test_a_location_that_names_no_id(desk, chart, header, told):
    """What is no FHIR id is not asked for: the write is unanswered, and looked for under our own."""
    where = f"{desk.base_url}/Observation/{told}/_history/1"
    desk.fault("status", method="PUT", status=201, headers={header: where}, body="")
    with pytest.raises(Unanswered, match="no-id"):
        chart.write(SENT, None)


@pytest.mark.parametrize("body", ["", json.dumps({"resourceType": "Observation", "id": "a/../b"})])
@pytest.mark.case("answer-none")
def test_a_location_is_read_where_the_body_names_no_id(desk, chart, body):
    """An id in the body comes first, if it is one."""
    where = f"{desk.base_url}/Observation/{ID}/_history/1"
    desk.fault("status", method="PUT", status=201, headers={"Location": where}, body=body)

    assert chart.write(SENT, None).id == ID


@pytest.fixture
def slow_names(monkeypatch):
    """A resolver that needs longer than a request may take."""
    resolve = socket.getaddrinfo

    def slow(*arguments, **named):
        time.sleep(LIMIT * 1.5)
        return resolve(*arguments, **named)

    monkeypatch.setattr(socket, "getaddrinfo", slow)


@pytest.mark.usefixtures("slow_names")
@pytest.mark.parametrize("method", ["get", "put"])
def test_a_connection_that_took_too_long(answering, method):
    """The time is over before anything could be sent, so nothing is: not then, and not later."""
    server = answering(ok(json.dumps(SENT).encode()))
    client = FhirClient(f"http://localhost:{urlsplit(server.url).port}/fhir", "secret", LIMIT)
    with pytest.raises(ChartFault):
        client.get("Observation/o1") if method == "get" else client.put("Observation/o1", SENT, None)
    server.close()

    assert server.requests == []


def test_the_next_request_has_its_whole_time(answering, monkeypatch):
    """A limit that ended one request does not end the next of the same client."""
    server = answering(ok(json.dumps(SENT).encode()))
    client = FhirClient(f"http://localhost:{urlsplit(server.url).port}/fhir", None, LIMIT)
    with monkeypatch.context() as patched:
        resolve = socket.getaddrinfo
        patched.setattr(socket, "getaddrinfo", lambda *a, **n: (time.sleep(LIMIT * 1.5), resolve(*a, **n))[1])
        with pytest.raises(ChartFault):
            client.get(f"Observation/{ID}")

    assert client.get(f"Observation/{ID}").resource == SENT
