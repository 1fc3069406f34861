"""The chart of a FHIR R4 server, by the best way it offers to keep an Observation once."""

import re
from typing import Any

from fhir_alliance.chart import ANY_VERSION, Gone, Kept, Written
from fhir_alliance.ehr.capabilities import Capabilities
from fhir_alliance.ehr.client import Answer, FhirClient
from fhir_alliance.ehr.once import Way, as_id, create, find, only_id
from fhir_alliance.errors import NotNow, Refused, Unanswered
from fhir_alliance.fhir.observation import names
from fhir_alliance.fhir.r4 import is_id
from fhir_alliance.fhir.systems import URI


class FhirChart:
    """Observations on the clinic's EHR (the port ``chart.Chart``)."""

    def __init__(self, client: FhirClient, capabilities: Capabilities) -> None:
        self._client = client
        self._capabilities = capabilities

    def look(self, observation_id: str, ehr_id: str | None, *, by_identifier: bool) -> Kept | Gone | None:
        """https://hl7.org/fhir/R4/http.html#read"""
        ours_to_choose = self._way() is Way.UPDATE_AS_CREATE
        known_id = ehr_id or (observation_id if ours_to_choose else None)
        found = self._read(known_id) if known_id else None
        if found is not None or (known_id and not by_identifier):
            return found
        found_id = self._search(observation_id)
        return self._read(found_id) if found_id else None

    def write(self, resource: dict[str, Any], etag: str | None) -> Written:
        """https://hl7.org/fhir/R4/http.html#update, or the way that creates."""
        way = self._way()
        if etag is None:
            answer = create(self._client, resource, way, _query(resource["id"]))
        else:
            answer = self._update(resource, etag)
        if answer.status in (404, 410):
            raise Refused(f"http-{answer.status}")
        ehr_id = _id(answer)
        if ehr_id is None and (answer.status != 201 or etag is not None or way is Way.UPDATE_AS_CREATE):
            raise Unanswered("no-id")
        return Written(ehr_id, answer.etag or _etag_in_place(answer))

    def _update(self, resource: dict[str, Any], etag: str) -> Answer:
        named = None if etag == ANY_VERSION else etag
        return self._client.put(f"Observation/{resource['id']}", resource, named)

    def _way(self) -> Way:
        try:
            return self._capabilities.way()
        except (Refused, Unanswered) as fault:  # it was only asked what it can do
            raise NotNow(fault.code) from fault

    def _read(self, ehr_id: str) -> Kept | Gone | None:
        answer = self._client.get(f"Observation/{ehr_id}")
        if answer.status == 410:
            return Gone()
        return None if answer.status == 404 else _kept(answer)

    def _search(self, observation_id: str) -> str | None:
        query = _query(observation_id)
        return only_id(find(self._client, "Observation", query, lambda one: names(one, observation_id)))


def _query(observation_id: str) -> dict[str, str]:
    return {"identifier": f"{URI}|urn:uuid:{observation_id}"}


def _kept(answer: Answer) -> Kept:
    if answer.resource is None:
        raise Unanswered("no-resource")
    if answer.resource.get("resourceType") != "Observation":
        raise Unanswered("no-observation")
    return Kept(as_id(answer.resource.get("id")), answer.etag, answer.resource)


def _etag_in_place(answer: Answer) -> str | None:
    """The version in Location, for an EHR that names it nowhere else."""
    version = re.search(r"/_history/([^/?#]+)", answer.headers.get("Location", ""))
    return f'W/"{version[1]}"' if version and is_id(version[1]) else None


def _id(answer: Answer) -> str | None:
    """The id in the body, or in Location: some servers answer a write with an empty body, few with neither."""
    told = answer.resource or {}
    if told.get("resourceType") == "Observation" and is_id(told.get("id")):
        return str(told["id"])
    for name in ("Location", "Content-Location"):
        place = re.search(r"(?:^|/)Observation/([^/?#]+)", answer.headers.get(name, ""))
        if place and is_id(place[1]):
            return place[1]
    return None
