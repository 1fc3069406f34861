"""Which patient a response, as received, is about."""

import re

from fhir_alliance.fhir.issues import Unreadable
from fhir_alliance.fhir.json_text import canonical, parse_object
from fhir_alliance.fhir.r4 import is_id
from fhir_alliance.fhir.response import local_reference


def patient_reference(named: str) -> str | None:
    """``Patient/{id}`` of ``Patient/{id}`` or ``{id}``; None where that is no FHIR id."""
    patient_id = named.removeprefix("Patient/")
    return f"Patient/{patient_id}" if is_id(patient_id) else None


def patient_of(body: bytes, sought: str, ehr_url: str | None) -> str | None:
    """``Patient/{id}`` of the subject; where none can be read, ``sought`` if it is named anywhere in it."""
    try:
        resource = parse_object(body)
    except Unreadable:
        return sought if _names(body, sought) else None
    subject = local_reference(resource.get("subject"), "Patient", ehr_url)
    return subject or (sought if _names(canonical(resource).encode(), sought) else None)


def _names(text: bytes, patient: str) -> bool:
    """Whether ``Patient/{id}`` stands in a JSON text; some programs escape the slash."""
    patient_id = patient.removeprefix("Patient/").encode()
    return re.search(rb"Patient\\?/" + re.escape(patient_id) + rb"(?![A-Za-z0-9.-])", text) is not None
