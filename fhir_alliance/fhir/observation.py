"""Result + what stands → Observation, and what an EHR kept of one.

https://hl7.org/fhir/R4/observation.html; our profile is ``alliance-fit-observation``.
"""

from collections.abc import Iterator
from typing import Any

from fhir_alliance.fhir import systems
from fhir_alliance.fhir.datetimes import instant
from fhir_alliance.fhir.response import local_reference
from fhir_alliance.fhir.wording import narrative, note, topic_text, value_text
from fhir_alliance.scoring.instrument import Coding, Instrument
from fhir_alliance.scoring.result import Reason, Result, Standing, Withdrawn, result_of

_REASONS = {Reason.ERROR: "Error", Reason.MASKED: "Masked"}
#: an EHR may write these its own way without a loss
_NOT_COMPARED = frozenset({"id", "resourceType", "text", "issued"})
#: where people add to an Observation
_ADDED_TO = ("note", "component", "interpretation", "derivedFrom", "hasMember")


def observation(standing: Standing, observation_id: str, instrument: Instrument) -> dict[str, Any]:
    """The Observation that says ``standing``; a withdrawn one keeps identity and subject alone."""
    result = result_of(standing.statement)
    return {
        "resourceType": "Observation",
        "id": observation_id,
        "meta": {
            "profile": [systems.FIT_PROFILE],
            "security": [_coding(label) for label in result.labels],
        },
        **_text(standing, instrument),
        "identifier": [{"system": systems.URI, "value": f"urn:uuid:{observation_id}"}],
        "status": str(standing.status),
        "category": [{"coding": [_coding(Coding(systems.CATEGORY, "survey", "Survey"))]}],
        "code": _concept(instrument.wording.observation),
        "subject": {"reference": result.subject},
        **({"encounter": {"reference": result.encounter}} if result.encounter else {}),
        "effectiveDateTime": result.effective,
        "issued": instant(result.issued),
        **_value(standing, instrument),
        "device": {
            "type": "Device",
            "identifier": {"system": systems.PROGRAM, "value": result.program},
            "display": result.program,
        },
        "derivedFrom": [_source(standing)],
        **_components(standing, instrument),
    }


def _text(standing: Standing, instrument: Instrument) -> dict[str, Any]:
    if isinstance(standing.statement, Withdrawn):
        return {}
    result = standing.statement
    return {"text": narrative(value_text(result, instrument), note(standing, result, instrument))}


def _value(standing: Standing, instrument: Instrument) -> dict[str, Any]:
    statement = standing.statement
    if isinstance(statement, Withdrawn):
        reason = Coding(systems.ABSENT_REASON, statement.reason, _REASONS[statement.reason])
        return {"dataAbsentReason": {"coding": [_coding(reason)]}}
    fit = _coding(instrument.wording.fits[statement.fit])
    return {
        "valueCodeableConcept": {"coding": [fit], "text": value_text(statement, instrument)},
        "note": [{"text": note(standing, statement, instrument)}],
        "method": _method(statement, instrument),
    }


def _method(result: Result, instrument: Instrument) -> dict[str, Any]:
    method = instrument.wording.method
    text = f"{method.display}, {instrument.rule.threshold} or more of {result.counts.questions}"
    return {"coding": [_coding(method)], "text": f"{text}; {result.questionnaire}"}


def _source(standing: Standing) -> dict[str, Any]:
    """Literal only while it stands: an EHR may keep a response from being deleted while anything names it."""
    source = result_of(standing.statement).source
    if source.reference and not isinstance(standing.statement, Withdrawn):
        return {"reference": source.reference}
    return {
        "type": "QuestionnaireResponse",
        "identifier": {"system": source.system, "value": source.value},
    }


def _components(standing: Standing, instrument: Instrument) -> dict[str, Any]:
    if isinstance(standing.statement, Withdrawn):
        return {}
    return {"component": list(_component_list(standing.statement, instrument))}


def _component_list(result: Result, instrument: Instrument) -> Iterator[dict[str, Any]]:
    codes = instrument.wording.components
    counts = (
        (systems.YES_COUNT, result.counts.yes, "yes"),
        (systems.NO_COUNT, result.counts.no, "no"),
        (systems.OPEN_COUNT, result.counts.open, "open"),
    )
    for code, value, answered in counts:
        quantity = _quantity(value, f"of {result.counts.questions} {answered}")
        yield {"code": _concept(codes[code]), "valueQuantity": quantity}
    if result.contact:
        yield {
            "code": _concept(codes[systems.CONTACT_COMPONENT]),
            "valueCodeableConcept": _concept(result.contact),
        }
    for topic in result.topics:
        question = instrument.question(topic)
        told = {**_concept(question.code), "text": topic_text(question)}
        yield {"code": _concept(codes[systems.TOPIC]), "valueCodeableConcept": told}


def _quantity(value: int, unit: str) -> dict[str, Any]:
    return {"value": value, "unit": unit, "system": systems.UCUM, "code": "1"}


def _coding(coding: Coding) -> dict[str, str]:
    parts = {"system": coding.system, "code": coding.code, "display": coding.display}
    return {name: part for name, part in parts.items() if part}


def _concept(coding: Coding) -> dict[str, Any]:
    return {"coding": [_coding(coding)], "text": coding.display}


# --- what an EHR kept


def names(kept: dict[str, Any], observation_id: str) -> bool:
    """Whether an Observation carries our identifier."""
    own = (systems.URI, f"urn:uuid:{observation_id}")
    identifiers = kept.get("identifier")
    found = identifiers if isinstance(identifiers, list) else []
    return any(isinstance(one, dict) and (one.get("system"), one.get("value")) == own for one in found)


def is_ours(kept: dict[str, Any], observation_id: str) -> bool:
    """Whether an Observation carries our identifier and was made by this program, in any version."""
    return names(kept, observation_id) and _contains(kept, {"device": {"identifier": {"system": systems.PROGRAM}}})


def misread(sent: dict[str, Any], kept: dict[str, Any], ehr_url: str | None) -> tuple[str, ...]:
    """What a clinician would read wrongly: the elements among status, subject and value that were not kept."""
    subject = local_reference(kept.get("subject"), "Patient", ehr_url)
    wrong = {
        "status": kept.get("status") != sent["status"],
        "subject": subject != sent["subject"]["reference"],
        "value": _read_value(kept) != _read_value(sent),
    }
    return tuple(name for name, is_wrong in wrong.items() if is_wrong)


def _read_value(resource: dict[str, Any]) -> Any:
    """The text of the value, or whatever other value stands where there should be none."""
    values = [value for name, value in resource.items() if name.startswith("value")]
    return values[0].get("text", values[0]) if values and isinstance(values[0], dict) else values


def lost(sent: dict[str, Any], kept: dict[str, Any]) -> tuple[str, ...]:
    """Names of the elements of ``sent`` that ``kept`` does not contain."""
    return tuple(name for name in sent if name not in _NOT_COMPARED and not _contains(kept.get(name), sent[name]))


def added(sent: dict[str, Any], kept: dict[str, Any]) -> bool:
    """Whether someone put something beside what we say: a note, a component, an interpretation."""
    return any(_count(kept.get(name)) > _count(sent.get(name)) for name in _ADDED_TO)


def _count(value: Any) -> int:
    return len(value) if isinstance(value, list) else int(value is not None)


def _contains(kept: Any, sent: Any) -> bool:
    if isinstance(sent, dict):
        return isinstance(kept, dict) and all(_contains(kept.get(name), sent[name]) for name in sent)
    if isinstance(sent, list):
        return isinstance(kept, list) and all(any(_contains(one, part) for one in kept) for part in sent)
    if isinstance(sent, str) and isinstance(kept, str):
        return kept == sent or kept.endswith(f"/{sent}")  # a reference made absolute is no loss
    return bool(kept == sent)
