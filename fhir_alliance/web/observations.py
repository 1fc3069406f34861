"""The results as our own server tells them: what should stand, newest first."""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request

from fhir_alliance.catalog import Catalog
from fhir_alliance.fhir.bundle import searchset
from fhir_alliance.fhir.capability import OBSERVATION_SEARCH
from fhir_alliance.fhir.datetimes import parse_instant, span
from fhir_alliance.fhir.issues import Code, error
from fhir_alliance.fhir.json_text import to_bytes
from fhir_alliance.fhir.observation import observation
from fhir_alliance.fhir.r4 import is_id
from fhir_alliance.fhir.response import local_reference
from fhir_alliance.fhir.systems import URI
from fhir_alliance.ledger.reads import Reads, Search
from fhir_alliance.ledger.records import Entry
from fhir_alliance.scoring.result import next_standing, result_of
from fhir_alliance.web.clinic import clinic
from fhir_alliance.web.negotiation import answer, outcome, refuse_format
from fhir_alliance.web.search import BadSearch, count, criteria, page_url

_PREFIXES = ("eq", "ne", "gt", "ge", "lt", "le", "sa", "eb")


def blueprint(catalog: Catalog) -> Blueprint:
    """``/fhir/Observation``."""
    door = Blueprint("observations", __name__, url_prefix="/fhir/Observation")
    door.before_request(refuse_format)

    @door.get("")
    def search() -> Response:
        return _page(clinic().reads, catalog, _search(clinic().settings.ehr_url))

    @door.get("/<observation_id>")
    def read(observation_id: str) -> Response:
        ids = (observation_id,) if is_id(observation_id) else ()
        found = _told(clinic().reads.entries(Search(ids=ids), 1, None), catalog)
        if not found:
            return outcome(404, error(Code.NOT_FOUND, "There is no such Observation."))
        return answer(200, found[0], etag=hashlib.sha256(to_bytes(found[0])).hexdigest()[:16])

    return door


def _told(entries: Sequence[Entry], catalog: Catalog) -> list[dict[str, Any]]:
    """What should stand for each entry, with the status it has or will have."""
    standings = ((entry, next_standing(entry.wanted, entry.stands) or entry.stands) for entry in entries)
    return [
        observation(standing, entry.id, catalog.instrument(result_of(standing.statement).questionnaire))
        for entry, standing in standings
        if standing
    ]


def _page(reads: Reads, catalog: Catalog, search: Search) -> Response:
    most = count()
    entries = reads.entries(search, most + 1, _after())
    shown = entries[:most]
    found = [(f"{request.base_url}/{one['id']}", one) for one in _told(shown, catalog)]
    more = len(entries) > most and shown
    next_url = page_url(_after=_place(shown[-1])) if more else None
    return answer(200, searchset(found, reads.count(search), page_url(), next_url))


def _place(entry: Entry) -> str:
    place = f"{result_of(entry.wanted).issued.isoformat()} {entry.id}"
    return base64.urlsafe_b64encode(place.encode()).decode()


def _after() -> tuple[datetime, str] | None:
    given = request.args.get("_after")
    if given is None:
        return None
    try:
        issued, _, entry_id = base64.urlsafe_b64decode(given).decode().partition(" ")
    except (binascii.Error, ValueError):
        raise BadSearch("_after", "takes what a next link holds") from None
    moment = parse_instant(issued)
    if moment is None or not entry_id.isprintable():
        raise BadSearch("_after", "takes what a next link holds")
    return moment, entry_id


def _search(ehr_url: str | None) -> Search:
    lists: dict[str, Sequence[str]] = {}
    dates = []
    for name, values in criteria(OBSERVATION_SEARCH):
        if name == "date":
            dates.append(_date(values))
            continue
        field, found = _FIELDS[name], _values(name, values, ehr_url)
        lists[field] = [one for one in lists[field] if one in found] if field in lists else found
    return Search(
        ids=lists.get("ids"),
        subjects=lists.get("subjects"),
        codes=lists.get("codes"),
        responses=lists.get("responses"),
        dates=dates,
    )


_FIELDS = {
    "_id": "ids",
    "identifier": "ids",
    "subject": "subjects",
    "patient": "subjects",
    "code": "codes",
    "derived-from": "responses",
}


def _values(name: str, values: Sequence[str], ehr_url: str | None) -> list[str]:
    if name in ("subject", "patient"):
        return [_reference(name, value, "Patient", ehr_url) for value in values]
    if name == "derived-from":
        kind = "QuestionnaireResponse"
        return [_reference(name, value, kind, ehr_url).removeprefix(f"{kind}/") for value in values]
    if name == "identifier":
        urns = (value.removeprefix(f"{URI}|") for value in values)
        return [urn.removeprefix("urn:uuid:") for urn in urns if urn.startswith("urn:uuid:")]
    return list(values)


def _reference(name: str, value: str, kind: str, ehr_url: str | None) -> str:
    """``Type/id``, its URL in the clinic's EHR, or the id alone."""
    text = value if "/" in value else f"{kind}/{value}"
    reference = local_reference({"reference": text}, kind, ehr_url)
    if reference is None:
        raise BadSearch(name, f"takes {kind}/id")
    return reference


def _date(values: Sequence[str]) -> tuple[str, datetime, datetime]:
    if len(values) != 1:
        raise BadSearch("date", "takes one value; repeat the parameter for a period")
    prefix = values[0][:2] if values[0][:2] in _PREFIXES else "eq"
    try:
        return prefix, *span(values[0].removeprefix(prefix).replace(" ", "+"))
    except (KeyError, ValueError):
        raise BadSearch("date", "takes a FHIR date, with one of " + ", ".join(_PREFIXES)) from None
