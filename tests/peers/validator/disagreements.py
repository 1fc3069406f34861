"""Where this validator and our own judge differently, and what the specification says of it."""

from dataclasses import dataclass

R4 = "https://hl7.org/fhir/R4"
SDC = "http://hl7.org/fhir/uv/sdc/STU3"
OURS, VALIDATOR = "ours", "validator"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Which of the two accepts, and why both are let be as they are."""

    accepts: str
    because: str
    section: str


def _strict(because: str, section: str) -> Disagreement:
    """We refuse what the validator accepts."""
    return Disagreement(VALIDATOR, because, section)


def _lenient(because: str, section: str) -> Disagreement:
    """We accept what the validator refuses."""
    return Disagreement(OURS, because, section)


_BY_RESPONSE = f"{R4}/questionnaireresponse-definitions.html#QuestionnaireResponse"
_NO_VALUE = _strict(
    "R4 lets the value lack; what says nothing is no answer, and R5 asks for it",
    f"{_BY_RESPONSE}.item.answer.value_x_",
)
_OWN_SUBJECT = _strict(
    "R4 takes any subject; ours is a patient of the clinic's EHR, or nothing could be written",
    f"{_BY_RESPONSE}.subject",
)
_OWN_ENCOUNTER = _strict(
    "the encounter is carried over, so it must be one of the clinic's EHR", f"{_BY_RESPONSE}.encounter"
)
_OWN_AUTHORED = _strict("it becomes the date of the result", f"{_BY_RESPONSE}.authored")
_NOT_IGNORED = _strict(
    "what may change the meaning must not be passed over; the validator passes it over",
    f"{R4}/resource.html#implicitRules",
)
_EXTENSION = _lenient(
    "an unknown extension is no reason to refuse; the validator knows no extension of a clinic",
    f"{R4}/extensibility.html#exchange",
)
_UNREAD = "nothing of it is read or carried over; "

#: change → the disagreement over it
DISAGREEMENTS: dict[str, Disagreement] = {
    "question-twice": _strict(
        "one item with many answers, says R4; the validator takes many items",
        f"{R4}/questionnaire-definitions.html#Questionnaire.item.repeats",
    ),
    "wrong-type-bound": _strict(
        "a choice is a Coding, unless an option is a string; the validator takes any string for a value set",
        f"{R4}/valueset-item-type.html",
    ),
    "control-in-answer": _strict("no string holds it; the validator only warns", f"{R4}/datatypes.html#string"),
    "answer-with-id-alone": _NO_VALUE,
    "answer-with-items-alone": _NO_VALUE,
    "answer-with-extension-alone": _NO_VALUE,
    "encounter-of-another-type": _strict(
        "a Reference(Encounter); the validator cannot follow the reference", f"{_BY_RESPONSE}.encounter"
    ),
    "implicit-rules": _NOT_IGNORED,
    "no-subject": _OWN_SUBJECT,
    "subject-is-practitioner": _OWN_SUBJECT,
    "subject-elsewhere": _OWN_SUBJECT,
    "subject-by-identifier": _OWN_SUBJECT,
    "encounter-elsewhere": _OWN_ENCOUNTER,
    "no-authored": _OWN_AUTHORED,
    "authored-in-future": _OWN_AUTHORED,
    "authored-to-the-month": _OWN_AUTHORED,
    "authored-on-leap-second": _strict(
        "R4 allows leap seconds; most clocks, ours too, know none", f"{R4}/datatypes.html#dateTime"
    ),
    "no-questionnaire": _strict("without it there is nothing to score by", f"{_BY_RESPONSE}.questionnaire"),
    "two-active-versions": _strict(
        "which version was answered decides the score; the validator takes any", f"{R4}/references.html#canonical"
    ),
    "draft": _strict("R4 says: not for use", f"{R4}/valueset-publication-status.html"),
    "other-display": _lenient(
        "scored by code; a form may show it in the client's language", f"{R4}/datatypes.html#Coding"
    ),
    "translated-text": _lenient("a text marked as a translation may differ", f"{SDC}/behavior.html"),
    "text-spaced-otherwise": _lenient("blanks do not change a text", f"{_BY_RESPONSE}.item.text"),
    "own-extension": _EXTENSION,
    "own-extension-of-item": _EXTENSION,
    "own-extension-of-answer": _EXTENSION,
    "own-profile": _lenient("a claim that only those can check who have the profile", f"{R4}/resource.html#Meta"),
    "language-in-words": _lenient(f"{_UNREAD}the validator is right", f"{R4}/resource.html#Resource"),
    "contained-for-nothing": _lenient(
        f"{_UNREAD}the validator is right (dom-3)", f"{R4}/domainresource.html#invs"
    ),
    "narrative-without-namespace": _lenient(f"{_UNREAD}the validator is right", f"{R4}/narrative.html#xhtml"),
    "narrative-with-script": _lenient(f"{_UNREAD}the validator is right (txt-1)", f"{R4}/narrative.html#xhtml"),
    "wrong-but-withdrawn": _lenient(
        "whoever withdraws an entry need not mend it first", f"{R4}/valueset-questionnaire-answers-status.html"
    ),
    "three-emoji-of-five": _lenient(
        "maxLength counts characters; the validator counts halves of surrogate pairs",
        f"{R4}/questionnaire-definitions.html#Questionnaire.item.maxLength",
    ),
    "hour-with-fraction": _lenient(
        "a time may have a fraction of a second; the validator takes none", f"{R4}/datatypes.html#time"
    ),
    "oid-of-three-numbers": _lenient(
        "it meets R4's pattern of an OID; the validator wants more numbers", f"{R4}/datatypes.html#oid"
    ),
    "uri-with-blank": _lenient(f"{_UNREAD}the validator is right", f"{R4}/datatypes.html#uri"),
    "uri-of-no-uuid": _lenient(f"{_UNREAD}the validator is right", f"{R4}/datatypes.html#uuid"),
    "unknown-comparator": _lenient(f"{_UNREAD}the validator is right", f"{R4}/valueset-quantity-comparator.html"),
    "quantity-code-without-system": _lenient(
        f"{_UNREAD}the validator is right (qty-3)", f"{R4}/datatypes.html#Quantity"
    ),
    "attachment-without-type": _lenient(
        f"{_UNREAD}the validator is right (att-1)", f"{R4}/datatypes.html#Attachment"
    ),
    "attachment-not-base64": _lenient(f"{_UNREAD}the validator is right", f"{R4}/datatypes.html#base64Binary"),
    "reference-to-no-contained": _lenient(
        f"{_UNREAD}the validator is right (ref-1)", f"{R4}/references.html#Reference"
    ),
}
