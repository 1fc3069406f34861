"""Faults of an Observation that our profile must not let pass: one for each thing that it asks."""

from typing import Any

from fhir_alliance.fhir import systems
from fhir_alliance.fhir.observation import observation
from fhir_alliance.scoring.result import Reason, Withdrawn, restated
from tests.building import ENTRY, altered, checklist, result, without
from tests.peers.validator.controls import TARGET, TERMINOLOGY, Control
from tests.peers.validator.emitted import final

Resource = dict[str, Any]

GOOD = final(result(sharing="topics", contact="first-session", encounter="Encounter/e1"))
GONE = observation(restated(Withdrawn(result(), Reason.ERROR)), ENTRY, checklist())
YES, CONTACT, TOPIC = 0, 3, 4
COUNT = GOOD["component"][YES]
RANGE = {"referenceRange": [{"text": "5 to 9"}]}
HIGH = [{"text": "High"}]


def lacks(element: str, where: str = "") -> str:
    """Something that must be there is not."""
    at = f"Observation.{where}".rstrip(".")
    return f"Validation_VAL_Profile_Minimum at {at}: Observation.{element}: minimum required = 1, but only found 0"


def exceeds(element: str, most: int, where: str = "") -> str:
    """Something is there too often."""
    return (
        f"Validation_VAL_Profile_Maximum at Observation{where}: Observation.{element}: max allowed = {most}, but"
    )


def _with(**parts: Any) -> Resource:
    return {**GOOD, **parts}


def _component(place: int, **parts: Any) -> Resource:
    return altered(GOOD, "component", place, to={**GOOD["component"][place], **parts})


def _coded(system: str, code: str) -> Resource:
    return {"system": system, "code": code}


def _instead(place: int, **value: Any) -> Resource:
    """A component with another value."""
    return altered(GOOD, "component", place, to={"code": GOOD["component"][place]["code"], **value})


CONTROLS = [
    Control("no-label", without(GOOD, "meta", "security"), lacks("meta.security", "meta")),
    Control(
        "two-confidentialities",
        altered(GOOD, "meta", "security", to=GOOD["meta"]["security"] * 2),
        "#afo-4 at Observation:",
    ),
    Control("no-identifier", without(GOOD, "identifier"), lacks("identifier")),
    Control("two-identifiers", _with(identifier=GOOD["identifier"] * 2), exceeds("identifier", 1)),
    Control(
        "other-identifier-system",
        altered(GOOD, "identifier", 0, "system", to="https://clinic.example"),
        "_DT_Fixed_Wrong at Observation.identifier[0].system:",
    ),
    Control(
        "identifier-no-hexadecimal",
        altered(GOOD, "identifier", 0, "value", to=f"urn:uuid:{ENTRY[:-4]}zzzz"),
        "#afo-5 at Observation.identifier[0].value:",
    ),
    Control(
        "identifier-no-uuid",
        altered(GOOD, "identifier", 0, "value", to="https://clinic.example/1"),
        "#afo-5 at Observation.identifier[0].value:",
    ),
    Control("preliminary", _with(status="preliminary"), "#afo-6 at Observation.status:"),
    Control("unknown-status", _with(status="done"), "Terminology_TX_NoValid_16 at Observation.status:"),
    Control("no-category", without(GOOD, "category"), lacks("category")),
    Control("two-categories", _with(category=GOOD["category"] * 2), exceeds("category", 1)),
    Control(
        "other-category",
        altered(GOOD, "category", 0, "coding", 0, to=_coded(systems.CATEGORY, "exam")),
        "Validation_VAL_Profile_NotSlice at Observation.category[0]:",
    ),
    Control("code-without-coding", without(GOOD, "code", "coding"), lacks("code.coding", "code")),
    Control("code-without-text", without(GOOD, "code", "text"), lacks("code.text", "code")),
    Control(
        "other-words-for-a-code",
        altered(GOOD, "code", "coding", 0, "display", to="Compatibility"),
        f"{TERMINOLOGY} at Observation.code: Concept Display",
    ),
    Control("no-subject", without(GOOD, "subject"), lacks("subject")),
    Control("subject-is-group", _with(subject={"reference": "Group/g1"}), f"{TARGET} at Observation.subject:"),
    Control("focus", _with(focus=[{"reference": "Practitioner/t1"}]), exceeds("focus", 0)),
    Control("no-effective", without(GOOD, "effectiveDateTime"), lacks("effective[x]")),
    Control(
        "effective-period",
        {**without(GOOD, "effectiveDateTime"), "effectivePeriod": {"start": "2026-11-12"}},
        "Extension_PROF_Type at Observation.effective.ofType(Period):",
    ),
    Control(
        "effective-month", _with(effectiveDateTime="2026-11"), "#afo-7 at Observation.effective.ofType(dateTime):"
    ),
    Control("no-issued", without(GOOD, "issued"), lacks("issued")),
    Control("performer", _with(performer=[{"reference": "Practitioner/t1"}]), exceeds("performer", 0)),
    Control("no-value", without(GOOD, "valueCodeableConcept"), "#afo-1 at Observation:"),
    Control(
        "value-of-another-type",
        {**without(GOOD, "valueCodeableConcept"), "valueString": "good"},
        "Extension_PROF_Type at Observation.value.ofType(string):",
    ),
    Control(
        "value-without-coding",
        without(GOOD, "valueCodeableConcept", "coding"),
        lacks("value[x].coding", "value.ofType(CodeableConcept)"),
    ),
    Control(
        "value-without-text",
        without(GOOD, "valueCodeableConcept", "text"),
        lacks("value[x].text", "value.ofType(CodeableConcept)"),
    ),
    Control(
        "two-value-codings",
        altered(GOOD, "valueCodeableConcept", "coding", to=GOOD["valueCodeableConcept"]["coding"] * 2),
        exceeds("value[x].coding", 1, ".value.ofType(CodeableConcept)"),
    ),
    Control(
        "other-reason",
        altered(GONE, "dataAbsentReason", "coding", 0, to=_coded(systems.ABSENT_REASON, "unknown")),
        "#afo-8 at Observation.dataAbsentReason:",
    ),
    Control("withdrawn-without-reason", without(GONE, "dataAbsentReason"), "#afo-1 at Observation:"),
    Control("withdrawn-with-note", {**GONE, "note": GOOD["note"]}, "#afo-2 at Observation:"),
    Control("withdrawn-with-method", {**GONE, "method": GOOD["method"]}, "#afo-2 at Observation:"),
    Control("interpretation", _with(interpretation=HIGH), exceeds("interpretation", 0)),
    Control("two-notes", _with(note=GOOD["note"] * 2), exceeds("note", 1)),
    Control("body-site", _with(bodySite={"text": "head"}), exceeds("bodySite", 0)),
    Control("no-method", without(GOOD, "method"), "#afo-3 at Observation:"),
    Control("method-without-coding", without(GOOD, "method", "coding"), lacks("method.coding", "method")),
    Control("specimen", _with(specimen={"reference": "Specimen/s1"}), exceeds("specimen", 0)),
    Control("no-device", without(GOOD, "device"), lacks("device")),
    Control("device-is-patient", _with(device={"reference": "Patient/p1"}), f"{TARGET} at Observation.device:"),
    Control("reference-range", _with(**RANGE), exceeds("referenceRange", 0)),
    Control("has-member", _with(hasMember=[{"reference": "Observation/o1"}]), exceeds("hasMember", 0)),
    Control("derived-from-nothing", without(GOOD, "derivedFrom"), lacks("derivedFrom")),
    Control(
        "derived-from-encounter",
        _with(derivedFrom=[{"reference": "Encounter/e1"}]),
        f"{TARGET} at Observation.derivedFrom[0]:",
    ),
    Control("no-counts", _with(component=GOOD["component"][3:]), "#afo-3 at Observation:"),
    Control(
        "yes-twice",
        _with(component=GOOD["component"][:1] * 2 + GOOD["component"][1:]),
        exceeds("component:yes-count", 1),
    ),
    Control(
        "percentage",
        altered(GOOD, "component", YES, "valueQuantity", "unit", to="%"),
        "#afo-10 at Observation.component[0]:",
    ),
    Control(
        "count-without-value",
        without(GOOD, "component", YES, "valueQuantity", "value"),
        "Validation_VAL_Profile_Minimum at Observation.component[0].value.ofType(Quantity):",
    ),
    Control(
        "count-as-text",
        _instead(YES, valueString="7"),
        "Extension_PROF_Type at Observation.component[0].value.ofType(string):",
    ),
    Control(
        "contact-as-count",
        _instead(CONTACT, valueQuantity=COUNT["valueQuantity"]),
        "Extension_PROF_Type at Observation.component[3].value.ofType(Quantity):",
    ),
    Control(
        "four-topics",
        _with(component=GOOD["component"][:4] + GOOD["component"][TOPIC : TOPIC + 1] * 4),
        exceeds("component:topic", 3),
    ),
    Control(
        "unknown-component",
        altered(GOOD, "component", TOPIC, "code", "coding", 0, to=_coded(systems.OBSERVATION, "yes-to-most-rule")),
        "Validation_VAL_Profile_NotSlice at Observation.component[4]:",
    ),
    Control(
        "component-absent",
        _component(TOPIC, dataAbsentReason={"text": "x"}),
        exceeds("component:topic.dataAbsentReason", 0, ".component[4]"),
    ),
    Control(
        "component-interpretation",
        _component(YES, interpretation=HIGH),
        exceeds("component:yes-count.interpretation", 0, ".component[0]"),
    ),
    Control(
        "count-with-fraction",
        altered(GOOD, "component", YES, "valueQuantity", "value", to=6.5),
        "#afo-9 at Observation.component[0]:",
    ),
    Control(
        "component-range",
        _component(YES, **RANGE),
        exceeds("component:yes-count.referenceRange", 0, ".component[0]"),
    ),
]
