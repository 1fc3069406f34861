"""Lines and metrics of real processes: what happened is told, and nothing of anyone."""

import json
import signal
import socket
import struct
import time
from typing import Any

import pytest
import requests

from tests.building import response
from tests.deliver.ehr_desk import until
from tests.end_to_end.clinic import Clinic
from tests.end_to_end.service import Service, finished

#: what stands in responses, paths and queries below, and must stand nowhere else
SECRETS = ("lovelace", "zq7", "yes to 7 of 9", "not-sure", "hush-therapist")
NAMED: dict[str, Any] = {"subject": "Patient/lovelace", "therapist": "hush-therapist"}


def lines(service: Service) -> list[dict[str, Any]]:
    """Every line of its log; each is one JSON object."""
    return [json.loads(line) for line in service.log.splitlines()]


def metrics(url: str, **headers: str) -> str:
    """What Prometheus would read."""
    return requests.get(f"{url}/metrics", headers=headers, timeout=10).text


def raw(url: str, sent: bytes) -> None:
    """Bytes that need be no HTTP."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(4096):
            pass


def hang_up(url: str) -> None:
    """Break a connection off within a request."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.sendall(b"GET /met")
        time.sleep(0.1)


@pytest.fixture(scope="module")
def clinic(open_clinic: Any) -> Clinic:
    """A clinic whose doors have met everything."""
    clinic: Clinic = open_clinic()
    named = {"Content-Type": "application/fhir+json"}
    whole = json.dumps(response(id="zq7-1", **NAMED)).encode()
    broken = whole.replace(b"completed", b"zq7")
    for method, path, body in (
        ("PUT", "/fhir/QuestionnaireResponse/zq7-1", whole),
        ("PUT", "/fhir/QuestionnaireResponse/zq7-1", broken),
        ("PUT", "/fhir/QuestionnaireResponse/other", whole),
        ("POST", "/fhir/QuestionnaireResponse", b'{"zq7'),
        ("GET", "/fhir/QuestionnaireResponse/zq7-1", None),
        ("GET", "/fhir/QuestionnaireResponse/zq7-1/_history/1", None),
        ("GET", "/fhir/QuestionnaireResponse/zq7-unknown", None),
        ("POST", "/fhir/QuestionnaireResponse/$extract", whole),
        ("POST", "/fhir/Questionnaire/$process-response", whole),
        ("GET", "/fhir/Observation?patient=Patient/lovelace", None),
        ("GET", "/fhir/Observation?zq7=lovelace", None),
        ("GET", "/fhir/Patient/lovelace", None),
        ("ZQ7", "/fhir/Observation/zq7", None),
        ("PUT", "/notify/QuestionnaireResponse/zq7-2", json.dumps(response(id="zq7-2", **NAMED)).encode()),
        ("PUT", "/notify/QuestionnaireResponse/zq7-3", broken),
        ("PUT", "/notify/QuestionnaireResponse/zq7-4", b"lovelace"),
        ("POST", "/notify/QuestionnaireResponse", whole),
        ("DELETE", "/notify/QuestionnaireResponse/zq7-2", None),
        ("DELETE", "/fhir/QuestionnaireResponse/zq7-1", None),
        ("GET", "/clinics/lovelace/fhir/Observation", None),
        ("GET", "/lovelace/zq7", None),
    ):
        requests.request(method, f"{clinic.service.url}{path}", data=body, headers=named, timeout=10)
    for sent in (
        b"GET /fhir/Observation?patient=lovelace HTTP/9.9\r\n\r\n",
        b"GET /fhir/Patient/lovelace HTTP/1.1\r\nHost: x\r\nzq7 lovelace\r\n\r\n",
        b"lovelace zq7\r\n\r\n",
        b"PUT /notify/QuestionnaireResponse/zq7 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99\r\n\r\n{",
    ):
        raw(clinic.service.url, sent)
    refused = '{"resourceType": "OperationOutcome", "issue": [{"code": "zq7"}]}'
    clinic.ehr.fault("status", method="PUT", type="Observation", status=422, body=refused)
    clinic.file(response(id="zq7-9", **{**NAMED, "subject": "Patient/lovelace9"}))
    clinic.file(response(id="zq7-10", **{**NAMED, "subject": "Patient/lovelace10"}))
    return clinic


def test_nobody_is_told_of(clinic: Clinic) -> None:
    """No name, id, answer or result of a patient, at any door, however wrong what came was."""
    told = (clinic.service.log + metrics(clinic.service.url)).lower()

    assert "/notify/questionnaireresponse/<path:response_id>" in told
    assert [one for one in SECRETS if one in told] == []
    assert "patient" not in told


def test_every_request_is_a_line(clinic: Clinic) -> None:
    """With its id, rule, method, status and seconds, and no path."""
    done = requests.get(f"{clinic.service.url}/fhir/Observation/zq7", headers={"X-Request-Id": "r-7"}, timeout=10)
    until(lambda: "r-7" in clinic.service.log)
    (line,) = [one for one in lines(clinic.service) if one.get("request_id") == "r-7"]

    assert done.headers["X-Request-Id"] == "r-7"
    assert line.keys() == {
        "time", "level", "event", "clinic", "request_id", "route", "method", "status", "seconds",
    }  # fmt: skip
    assert (line["route"], line["status"]) == ("/fhir/Observation/<observation_id>", 404)


def test_the_id_goes_the_whole_way(clinic: Clinic) -> None:
    """From the door by the ledger to the EHR, and into the lines of both."""
    clinic.ehr.forget()
    where = f"{clinic.service.url}/notify/QuestionnaireResponse/way"
    body = response(id="way", subject="Patient/way")
    assert requests.put(where, json=body, headers={"X-Request-Id": "the-way"}, timeout=10).ok
    clinic.at_rest()
    until(lambda: clinic.service.log.count("the-way") == 2)

    assert {line["requestId"] for line in clinic.ehr.log()} == {"the-way"}
    told = [one for one in lines(clinic.service) if one.get("request_id") == "the-way"]
    assert {(one["event"], one["clinic"]) for one in told} == {("request", "default"), ("attempt", "default")}
    assert clinic.service.ask("SELECT request_id FROM entry WHERE subject = 'Patient/way'") == [("the-way",)]


def test_what_asks_for_health_is_no_line(clinic: Clinic) -> None:
    """Machines ask every few seconds; it is counted all the same."""
    before = clinic.service.log
    for path in ("/healthz", "/readyz", "/metrics"):
        assert requests.get(f"{clinic.service.url}{path}", timeout=10).ok
    requests.get(f"{clinic.service.url}/fhir/metadata", timeout=10)
    until(lambda: clinic.service.log != before)

    assert [json.loads(one)["route"] for one in clinic.service.log[len(before) :].splitlines()] == [
        "/fhir/metadata"
    ]
    assert 'requests_total{method="GET",route="/healthz",status="200"}' in metrics(clinic.service.url)


def test_one_process_counts(open_clinic: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever gunicorn's own variable says, so that counters are whole; no access log is opened."""
    monkeypatch.setenv("WEB_CONCURRENCY", "3")
    monkeypatch.setenv("GUNICORN_CMD_ARGS", "--access-logfile -")
    clinic: Clinic = open_clinic()
    for _ in range(30):
        requests.get(f"{clinic.service.url}/fhir/metadata", timeout=10)
    told = metrics(clinic.service.url)

    assert 'fhir_alliance_requests_total{method="GET",route="/fhir/metadata",status="200"} 30.0' in told
    assert len(lines(clinic.service)) == 30


def test_a_lone_worker_tells_its_own(clinic: Clinic) -> None:
    """``work`` with METRICS_PORT: its own attempts, the same ledger, and no line of the tables."""
    clinic.service._environment["FHIR_ALLIANCE_METRICS_PORT"] = "0"
    before = len(lines(clinic.service))
    clinic.service.kill()
    worker = clinic.service.work()
    try:
        assert worker.stdout is not None
        told = worker.stdout.readline()
        url = told.removeprefix("fhir-alliance tells its metrics: ").strip().removesuffix("/metrics")
        assert url.startswith("http://127.0.0.1:")
        found = metrics(url)
        assert 'fhir_alliance_attempts_total{clinic="default",outcome="settled"} 0.0' in found
        assert 'fhir_alliance_ehr_up{clinic="default"} 1.0' in found
        assert requests.get(f"{url}/fhir/metadata", timeout=10).status_code == 404
        rebound = requests.get(f"{url}/metrics", headers={"Host": "evil.example"}, timeout=10)
        assert rebound.status_code == 403
        hang_up(url)
        assert metrics(url)
    finally:
        worker.send_signal(signal.SIGTERM)
    assert finished(worker) == 0
    assert [one["event"] for one in lines(clinic.service)[before:]] == ["request", "request"]


def test_a_port_that_is_taken_stops_the_start(clinic: Clinic) -> None:
    """The setting is named."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        clinic.service._environment["FHIR_ALLIANCE_METRICS_PORT"] = str(taken.getsockname()[1])
        done = clinic.service.command("work")

    assert done.returncode == 2
    assert done.stderr.startswith("Error: FHIR_ALLIANCE_METRICS_PORT: cannot listen there")
