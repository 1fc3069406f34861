"""What may stand where something else should."""

from typing import Any

from tests.web.bad_input import MARKER

#: at the end of a key: it is written without this, so that the key stands twice
AGAIN = " (again)"
#: a text that is written as it is, without quotes
BARE = "bare:"

NAMES = (
    "answer", "authored", "author", "basedOn", "contained", "encounter", "extension", "id", "identifier",
    "implicitRules", "item", "language", "linkId", "meta", "modifierExtension", "partOf", "questionnaire",
    "resourceType", "source", "status", "subject", "text", "definition", "valueAttachment", "valueBoolean",
    "valueCoding", "valueDate", "valueDateTime", "valueDecimal", "valueInteger", "valueQuantity",
    "valueReference", "valueString", "valueTime", "valueUri", "system", "code", "display", "version",
    "userSelected", "reference", "type", "versionId", "lastUpdated", "profile", "security", "tag", "_authored",
    "_item", "_status", "_value", "", MARKER, "__proto__", "constructor", "$", "@type",
)  # fmt: skip

DATES = (
    "2026", "2026-11", "2026-11-12", "2026-02-29", "2024-02-29", "2026-02-30", "2026-13-01", "0000-01-01",
    "0001-01-01", "9999-12-31", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "2026-11-12T10:00Z",
    "2026-11-12T10:00:00", "2026-11-12T10:00:60Z", "2026-11-12T24:00:00Z", "2026-11-12T10:00:00.1234567890Z",
    "2026-11-12T10:00:00.5+14:00", "2026-11-12T10:00:00-14:00", "2026-11-12T10:00:00+14:01",
    "2026-11-12 10:00:00Z", "2026-11-12t10:00:00z", "20261112", "2026-W46-4", "2026-316", "+2026-11-12",
    " 2026-11-12", "2026-11-12\n", "٢٠٢٦-١١-١٢", "2026-11-12T10:00:00,5Z", "2026-11-12T10:00:00−05:00",
    "12/11/2026", "1790000000", "2026-11-26T00:00:00Z", "2026-11-26", "2026-11-12T10:00:00.Z",
)  # fmt: skip

CODES = (
    "yes", "no", "not-sure", "prefer-not-to-say", "topics", "summary", "none", "first-session", "YES", "yes ",
    " no", "Yes", "y", "1", "true", "уes", "yes\u200b", "LA33-6", "373066001", "asked-unknown", MARKER, "",
    "consultation-call", "later-session", "no\n", "ｙｅｓ",
)  # fmt: skip

WORDS = (
    MARKER, f"{MARKER} " * 30, MARKER * 30_000, "\ud83d", "\udc00 x", "\ud83d\ude00", "a\u0000b", "\u0007",
    "\u202e" + MARKER, "\u0085", "\u2028", "\ufeff", "\ufffe", "\ufdd0", "\U0010ffff", "é", "e\u0301", "<script>",
    "<b>x</b>&amp;", "'; DROP TABLE entry; --", "{{7*7}}", "%s%n", "${jndi:x}", "../../etc/passwd", "C:\\", "\\",
    '"', "\t", "\n", " ", "\u00a0", "", "null", "NaN", "completed", "amended", "stopped", "in-progress",
    "entered-in-error", "Patient/p2", "Patient/p2/_history/3", "Patient/..", "Patient/" + "a" * 65, "#p",
    "urn:uuid:x", "https://ehr.example/fhir/Patient/p1", "http://[", "therapist", "contact", "direction",
    "silences",
    "https://fhir-alliance.org/fhir/Questionnaire/alliance-checklist", "intro", "closing", "nowhere",
    "Encounter/e1", "x|y|z", "|", "1.0.0",
)  # fmt: skip

VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 7, 1.5, -0.0, 10**30, 2**31, 1e-300, f"{BARE}1e400", f"{BARE}-1e400",
    f"{BARE}NaN", f"{BARE}Infinity", f"{BARE}1E5", f"{BARE}1.0000000000000000000001", f"{BARE}-0",
    f"{BARE}01", f"{BARE}'x'",
    BARE + "9" * 5000, BARE + "1." + "0" * 5000, [], {}, [None], [[]], [{}], {"": ""}, [[[]]], "", MARKER,
    {"item": []}, {"extension": [{}]}, {"extension": [{"url": "urn:x"}]}, {"reference": "Patient/p1"},
    {"reference": f"Patient/{MARKER}"}, {"linkId": "therapist"}, {"linkId": "x", "item": [{}]},
    {"valueString": MARKER}, {"valueCoding": {"code": "yes"}}, {"system": "urn:x", "code": MARKER},
    [{"valueBoolean": True}], [{"valueInteger": 1}], [{"valueString": MARKER}, {"valueString": MARKER}],
    {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "V"},
    {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "V"}]},
    {"versionId": "a b"}, {"lastUpdated": "2026-11-12T10:00:00Z"}, {"lastUpdated": 1}, {"id": "x"},
    [{"resourceType": "QuestionnaireResponse", "id": "q", "status": "completed"}],
    [{"resourceType": "Observation", "id": MARKER}], {"resourceType": "Bundle"}, {"name": [{"text": MARKER}]},
    {"type": "Patient", "display": MARKER}, {"identifier": {"system": "urn:x", "value": MARKER}},
)  # fmt: skip
