"""Every system, canonical and fixed code, once."""

from typing import Final

FHIR_VERSION: Final = "4.0.1"

BASE: Final = "https://fhir-alliance.org/fhir"
OBSERVATION: Final = f"{BASE}/CodeSystem/alliance-observation"
CONTACT: Final = f"{BASE}/CodeSystem/alliance-contact"
SHARING: Final = f"{BASE}/CodeSystem/alliance-sharing"
FIT_PROFILE: Final = f"{BASE}/StructureDefinition/alliance-fit-observation"
PROGRAM: Final = f"{BASE}/NamingSystem/program"

SCORING_RULE: Final = f"{BASE}/StructureDefinition/scoring-rule"
SCORED: Final = f"{BASE}/StructureDefinition/scored"
OPENER: Final = f"{BASE}/StructureDefinition/opener"
GENERAL_TOPIC: Final = f"{BASE}/StructureDefinition/general-topic"
NOT_ASKED: Final = f"{BASE}/StructureDefinition/not-asked"
LIMITS: Final = f"{BASE}/StructureDefinition/limits"

YES_COUNT: Final = "yes-count"
NO_COUNT: Final = "no-count"
OPEN_COUNT: Final = "open-count"
CONTACT_COMPONENT: Final = "contact"
TOPIC: Final = "topic"

#: https://hl7.org/fhir/R4/extension-translation.html
TRANSLATION: Final = "http://hl7.org/fhir/StructureDefinition/translation"

URI: Final = "urn:ietf:rfc:3986"
UCUM: Final = "http://unitsofmeasure.org"
CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/observation-category"
ABSENT_REASON: Final = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
CONFIDENTIALITY: Final = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
PUBLICATION_STATUS: Final = "http://hl7.org/fhir/publication-status"
XHTML: Final = "http://www.w3.org/1999/xhtml"

#: v3-Confidentiality, least to most, with HL7's displays
CONFIDENTIALITIES: Final = {
    "U": "unrestricted",
    "L": "low",
    "M": "moderate",
    "N": "normal",
    "R": "restricted",
    "V": "very restricted",
}
