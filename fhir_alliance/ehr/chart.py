"""The chart of a plain FHIR R4 server: update-as-create under our own id."""

import re
from typing import Any

from fhir_alliance.deliver import ANY_VERSION, Gone, Kept, Written
from fhir_alliance.ehr.capabilities import Capabilities
from fhir_alliance.ehr.client import Answer, FhirClient, objects
from fhir_alliance.errors import NotNow, Refused, Unanswered
from fhir_alliance.fhir.r4 import is_id
from fhir_alliance.fhir.systems import URI


class FhirChart:
    """Observations on the clinic's EHR (the port ``deliver.Chart``)."""

    def __init__(self, client: FhirClient, capabilities: Capabilities) -> None:
        self._client = client
        self._capabilities = capabilities

    def look(self, observation_id: str, *, by_identifier: bool) -> Kept | Gone | None:
        """https://hl7.org/fhir/R4/http.html#read"""
        self._require()
        answer = self._get(f"Observation/{observation_id}")
        if answer.status == 410:
            return Gone()
        if answer.status == 404:
            return self._search(observation_id) if by_identifier else None
        return _kept(answer.resource, answer)

    def write(self, resource: dict[str, Any], etag: str | None) -> Written:
        """https://hl7.org/fhir/R4/http.html#upsert"""
        self._require()
        named = None if etag == ANY_VERSION else etag
        answer = self._client.put(f"Observation/{resource['id']}", resource, named, create=etag is None)
        if answer.status in (404, 410):
            raise Refused(f"http-{answer.status}")
        return Written(_id(answer), answer.etag or _etag_in_place(answer))

    def _require(self) -> None:
        try:
            self._capabilities.require()
        except (Refused, Unanswered) as fault:  # it was only asked what it can do
            raise NotNow(fault.code) from fault

    def _get(self, path: str, params: dict[str, str] | None = None) -> Answer:
        answer = self._client.get(path, params)
        if answer.status < 300 and answer.resource is None:
            raise Unanswered("no-resource")
        return answer

    def _search(self, observation_id: str) -> Kept | None:
        """https://hl7.org/fhir/R4/http.html#search"""
        answer = self._get("Observation", {"identifier": f"{URI}|urn:uuid:{observation_id}"})
        resources = [entry.get("resource") for entry in objects((answer.resource or {}).get("entry"))]
        found = [one for one in objects(resources) if one.get("resourceType") == "Observation"]
        return _kept(found[0], None) if found else None


def _kept(resource: dict[str, Any] | None, answer: Answer | None) -> Kept:
    resource = resource or {}
    if resource.get("resourceType") != "Observation" or not is_id(resource.get("id")):
        raise Unanswered("no-observation")
    etag = (answer or Answer(200, {}, resource)).etag
    return Kept(resource["id"], etag, resource)


def _etag_in_place(answer: Answer) -> str | None:
    """The version in Location, for an EHR that names it nowhere else."""
    version = re.search(r"/_history/([^/?#]+)", answer.headers.get("Location", ""))
    return f'W/"{version[1]}"' if version and is_id(version[1]) else None


def _id(answer: Answer) -> str:
    """The id in the body, or in Location: some servers answer a write with an empty body."""
    told = answer.resource or {}
    if told.get("resourceType") == "Observation" and is_id(told.get("id")):
        return str(told["id"])
    for name in ("Location", "Content-Location"):
        place = re.search(r"(?:^|/)Observation/([^/?#]+)", answer.headers.get(name, ""))
        if place and is_id(place[1]):
            return place[1]
    raise Unanswered("no-id")
