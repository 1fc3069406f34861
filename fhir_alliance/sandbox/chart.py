"""What a clinician would see of a patient in a generic chart: plain pages, whatever the Observation holds."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, abort, make_response, render_template
from markupsafe import Markup

from fhir_alliance.sandbox.dates import period
from fhir_alliance.sandbox.display import concept_text, person_name, value_text
from fhir_alliance.sandbox.parameters import objects

if TYPE_CHECKING:
    from datetime import datetime

    from fhir_alliance.sandbox.messages import Resource
    from fhir_alliance.sandbox.store import Store, Version

CSS = (Path(__file__).parent / "templates" / "chart.css").read_text(encoding="utf-8")
_HASH = b64encode(sha256(CSS.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One Observation as the chart shows it."""

    moment: datetime
    code: str
    value: str
    date: str
    status: str
    notes: list[str]


def chart_pages(store: Store) -> Blueprint:
    """The list of patients, and a chart for each."""
    pages = Blueprint("chart", __name__)

    @pages.get("/")
    def patients() -> Response:
        people = [(one.id, _name(one)) for one in store.find("Patient")]
        return _page("patients.html", patients=sorted(people, key=lambda person: person[1].casefold()))

    @pages.get("/chart/<patient_id>")
    def chart(patient_id: str) -> Response:
        return _page("chart.html", **_chart(store, patient_id))

    return pages


def _page(template: str, **values: Any) -> Response:
    # The style sheet is our own file, and must reach the page byte for byte: its hash is in the header.
    response = make_response(render_template(template, css=Markup(CSS), **values))  # noqa: S704
    response.headers.update(HEADERS)
    return response


def _chart(store: Store, patient_id: str) -> dict[str, Any]:
    patient = store.living("Patient", patient_id)
    of_patient = [("patient", [f"Patient/{patient_id}"])]
    observations = store.find("Observation", of_patient)
    responses = store.find("QuestionnaireResponse", of_patient)
    if not (patient or observations or responses):
        abort(404)
    rows = sorted(map(_row, observations), key=lambda row: row.moment, reverse=True)
    filled = [(_text(one, "authored"), _text(one, "status")) for one in reversed(responses)]
    return {"name": _name(patient) if patient else patient_id, "rows": rows, "responses": filled}


def _row(version: Version) -> Row:
    resource = version.resource or {}
    date = _effective(resource)
    return Row(
        moment=_moment(date, version.moment),
        code=concept_text(resource.get("code")),
        value=value_text(resource),
        date=date,
        status=str(resource.get("status", "")),
        notes=[str(note.get("text", "")) for note in objects(resource.get("note"))],
    )


def _effective(resource: Resource) -> str:
    spans = [one.get("start") for one in objects(resource.get("effectivePeriod"))]
    found = [resource.get("effectiveDateTime"), resource.get("effectiveInstant"), *spans]
    return next((one for one in found if isinstance(one, str)), "")


def _moment(date: str, otherwise: datetime) -> datetime:
    try:
        return period(date)[0]
    except ValueError:
        return otherwise


def _name(version: Version) -> str:
    return person_name(version.resource or {}) or version.id


def _text(version: Version, element: str) -> str:
    return str((version.resource or {}).get(element, ""))
