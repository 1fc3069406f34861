"""Every way in for one response, and what always holds of the answer."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

from werkzeug.test import TestResponse

from fhir_alliance.cli.documents import read_documents
from fhir_alliance.cli.scorer import Scored, Scorer
from tests.building import Resource
from tests.web.bad_input import MARKER
from tests.web.desk import NOTIFY, RESPONSES, TABLES, Desk

#: seconds of computing that one request may take on a slow machine
PATIENCE = 3.0
#: door → method and path; ``{id}`` is an id that the response itself may or may not have
DOORS = {
    "create": ("POST", RESPONSES),
    "update": ("PUT", f"{RESPONSES}/r1"),
    "notify": ("POST", "/notify"),
    "notify-id": ("PUT", f"{NOTIFY}/r1"),
    "extract": ("POST", f"{RESPONSES}/$extract"),
    "extract-parameters": ("POST", f"{RESPONSES}/$extract"),
    "process": ("POST", "/fhir/Questionnaire/$process-response"),
    "process-parameters": ("POST", "/fhir/Questionnaire/$process-response"),
}
#: door → the parameter that holds the response
PARAMETERS = {"extract-parameters": b"questionnaire-response", "process-parameters": b"in"}
_WRAPPED = b'{"resourceType":"Parameters","parameter":[{"name":"%s","resource":%s}]}'
STATUSES = {"notify": {200, 413}, "notify-id": {200, 413}}
AT_FHIR = {200, 201, 400, 413, 422}


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer: its status, where it led, and the resource in it."""

    status: int
    location: str | None
    resource: Resource | None


class Doors:
    """The doors of one desk, each request of which is watched."""

    def __init__(self, desk: Desk, logged: Callable[[], str]) -> None:
        self.desk = desk
        self._logged = logged
        self._scorer = Scorer(desk.clinic.assessor, desk.clock)

    def empty(self) -> None:
        """Forget everything."""
        with self.desk.service.database.engine.execution_options(writes=True).begin() as connection:
            for table in reversed(TABLES):
                connection.execute(table.delete())

    def send(self, door: str, body: bytes) -> Answered:
        """One request, with all that holds whatever it was: prompt, FHIR or empty, silent about the client."""
        if door in PARAMETERS:
            body = _WRAPPED % (PARAMETERS[door], body.removeprefix(b"\xef\xbb\xbf"))
        method, path = DOORS[door]
        began = time.thread_time()
        answer = self.desk.send(method, path, body)
        assert time.thread_time() - began < PATIENCE
        assert answer.status_code in STATUSES.get(door, AT_FHIR), answer.text[:1000]
        assert MARKER not in self._logged().lower()
        return _answered(answer)

    def score(self, body: bytes) -> list[Scored]:
        """What ``fhir-alliance score`` makes of a file with this in it."""
        began = time.thread_time()
        scored = [self._scorer.score(found) for found in read_documents(BytesIO(body))]
        assert time.thread_time() - began < PATIENCE
        for one in scored:
            assert one.observation or MARKER not in (one.as_text() + str(one.as_resource())).lower()
        return scored


def _answered(answer: TestResponse) -> Answered:
    assert not answer.data or answer.content_type == "application/fhir+json; charset=utf-8"
    resource = json.loads(answer.data) if answer.data else None
    assert resource is None or resource["resourceType"] in ("OperationOutcome", "QuestionnaireResponse", "Bundle")
    if resource is not None and resource["resourceType"] == "OperationOutcome":
        assert MARKER not in answer.text.lower()
    return Answered(answer.status_code, answer.headers.get("Location"), resource)
