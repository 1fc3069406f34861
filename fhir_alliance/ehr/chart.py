"""The chart of a FHIR R4 server, by the best way it offers to keep an Observation once."""

import re
from typing import Any

from fhir_alliance.deliver import ANY_VERSION, Gone, Kept, Written
from fhir_alliance.ehr.capabilities import Capabilities, Way
from fhir_alliance.ehr.client import Answer, FhirClient, objects
from fhir_alliance.errors import Conflict, NotNow, Refused, Unanswered
from fhir_alliance.fhir.observation import names
from fhir_alliance.fhir.r4 import is_id
from fhir_alliance.fhir.systems import URI


class FhirChart:
    """Observations on the clinic's EHR (the port ``deliver.Chart``)."""

    def __init__(self, client: FhirClient, capabilities: Capabilities) -> None:
        self._client = client
        self._capabilities = capabilities

    def look(self, observation_id: str, ehr_id: str | None, *, by_identifier: bool) -> Kept | Gone | None:
        """https://hl7.org/fhir/R4/http.html#read"""
        ours_to_choose = self._way() is Way.UPDATE_AS_CREATE
        known_id = ehr_id or (observation_id if ours_to_choose else None)
        found = self._read(known_id) if known_id else None
        if found is None and (by_identifier or not known_id):
            found_id = self._search(observation_id)
            return self._read(found_id) if found_id else None
        return found

    def write(self, resource: dict[str, Any], etag: str | None) -> Written:
        """https://hl7.org/fhir/R4/http.html#update, or the way that creates."""
        way = self._way()
        answer = self._create(resource, way) if etag is None else self._update(resource, etag)
        if answer.status in (404, 410):
            raise Refused(f"http-{answer.status}")
        return Written(_id(answer), answer.etag or _etag_in_place(answer))

    def _update(self, resource: dict[str, Any], etag: str) -> Answer:
        named = None if etag == ANY_VERSION else etag
        return self._client.put(f"Observation/{resource['id']}", resource, named)

    def _create(self, resource: dict[str, Any], way: Way) -> Answer:
        if way is Way.UPDATE_AS_CREATE:
            return self._client.put(f"Observation/{resource['id']}", resource, create=True)
        query = _query(resource["id"])
        unnamed = {name: value for name, value in resource.items() if name != "id"}
        if way is Way.CONDITIONAL_UPDATE:
            return self._client.put("Observation", unnamed, params=query)
        answer = self._client.post("Observation", unnamed, query if way is Way.CONDITIONAL_CREATE else None)
        if way is Way.CONDITIONAL_CREATE and answer.status == 200:
            raise Conflict("there-already")
        return answer

    def _way(self) -> Way:
        try:
            return self._capabilities.way()
        except (Refused, Unanswered) as fault:  # it was only asked what it can do
            raise NotNow(fault.code) from fault

    def _read(self, ehr_id: str) -> Kept | Gone | None:
        answer = self._get(f"Observation/{ehr_id}")
        if answer.status == 410:
            return Gone()
        return None if answer.status == 404 else _kept(answer)

    def _get(self, path: str, params: dict[str, str] | None = None) -> Answer:
        answer = self._client.get(path, params)
        if answer.status < 300 and answer.resource is None:
            raise Unanswered("no-resource")
        return answer

    def _search(self, observation_id: str) -> str | None:
        """The EHR's id of what has our identifier (https://hl7.org/fhir/R4/search.html#token)."""
        answer = self._get("Observation", _query(observation_id))
        resources = [entry.get("resource") for entry in objects((answer.resource or {}).get("entry"))]
        found = [one for one in objects(resources) if one.get("resourceType") == "Observation"]
        if not all(
            names(one, observation_id) for one in found
        ):  # the parameter was ignored, or means something else
            raise NotNow("search-by-identifier-fails")
        ids = {one.get("id") for one in found}
        if len(ids) > 1:
            raise Refused("two-in-chart")
        return _as_id(ids.pop()) if ids else None


def _query(observation_id: str) -> dict[str, str]:
    return {"identifier": f"{URI}|urn:uuid:{observation_id}"}


def _as_id(value: object) -> str:
    if not is_id(value):
        raise Unanswered("no-observation")
    return str(value)


def _kept(answer: Answer) -> Kept:
    resource = answer.resource or {}
    if resource.get("resourceType") != "Observation":
        raise Unanswered("no-observation")
    return Kept(_as_id(resource.get("id")), answer.etag, resource)


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
