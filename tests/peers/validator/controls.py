"""Single faults that the validator must see: if one passes, something that it should check is not checked."""

from dataclasses import dataclass
from typing import Any

from tests import second
from tests.artifacts.folder import BY_NAME, CHECKLIST, EXTENSION
from tests.building import CANONICAL, altered, choice, response, without
from tests.peers.validator.emitted import LABELS

Resource = dict[str, Any]

#: what the validator says of a code or display that it looked up, and of a reference that leads elsewhere
TERMINOLOGY, TARGET = "Terminology_PassThrough_TX_Message", "Reference_REF_BadTargetType"


@dataclass(frozen=True, slots=True)
class Control:
    """One fault, and what must be said of it."""

    name: str
    resource: Resource
    #: part of the message: id, place, first words
    told: str


RESPONSE = response(id="r1", therapist="Rivera", contact="first-session", sharing="topics")
FIRST, ANSWER = 2, ("item", 2, "answer", 0)
AT = "QuestionnaireResponse.item[2]"


def _item(**parts: Any) -> Resource:
    """The response with one of its answered questions changed."""
    return altered(RESPONSE, "item", FIRST, to={**RESPONSE["item"][FIRST], **parts})


OF_RESPONSES = [
    Control(
        "disordered",
        {**RESPONSE, "item": RESPONSE["item"][::-1]},
        "Questionnaire_QR_Item_Order at QuestionnaireResponse:",
    ),
    Control(
        "unknown-link",
        _item(linkId="nowhere"),
        "Questionnaire_QR_Item_NotFound at QuestionnaireResponse: LinkId 'nowhere'",
    ),
    Control(
        "stands-twice",
        {**RESPONSE, "item": [RESPONSE["item"][0], *RESPONSE["item"]]},
        "Questionnaire_QR_Item_OnlyOneI at QuestionnaireResponse:",
    ),
    Control(
        "foreign-coding",
        altered(RESPONSE, *ANSWER, "valueCoding", "system", to="https://clinic.example/x"),
        f"Questionnaire_QR_Item_NoCoding at {AT}.answer[0]:",
    ),
    Control(
        "unknown-code",
        altered(RESPONSE, *ANSWER, "valueCoding", "code", to="maybe"),
        f"Questionnaire_QR_Item_NoCoding at {AT}.answer[0]:",
    ),
    Control(
        "other-words-for-a-code",
        altered(RESPONSE, *ANSWER, "valueCoding", "display", to="No"),
        f"{TERMINOLOGY} at {AT}.answer[0].value.ofType(Coding): Concept Display",
    ),
    Control("other-text", _item(text="Do you like it here?"), f"Questionnaire_QR_Item_Text at {AT}:"),
    Control(
        "answer-as-text",
        _item(answer=[{"valueString": "yes"}]),
        f"Questionnaire_QR_Item_NoOptionsString at {AT}.answer[0]:",
    ),
    Control(
        "two-answers",
        _item(answer=[choice("warmth", "yes")["answer"][0]] * 2),
        f"Questionnaire_QR_Item_OnlyOneA at {AT}:",
    ),
    Control(
        "answer-to-display",
        {**RESPONSE, "item": [{"linkId": "intro", "answer": [{"valueString": "x"}]}]},
        "QUESTIONNAIRE_QR_ITEM_DISPLAY_NO_VALUE at QuestionnaireResponse.item[0]:",
    ),
    Control(
        "name-too-long",
        {**RESPONSE, "item": [{"linkId": "therapist", "answer": [{"valueString": "x" * 81}]}]},
        "QUESTIONNAIRE_QR_ITEM_STRING_MAX_LENGTH at QuestionnaireResponse.item[0].answer[0].",
    ),
    Control(
        "name-as-number",
        {**RESPONSE, "item": [{"linkId": "therapist", "answer": [{"valueInteger": 1}]}]},
        "Questionnaire_QR_Item_WrongType at QuestionnaireResponse.item[0].answer[0].",
    ),
    Control("answer-and-items", _item(item=[{"linkId": "warmth"}]), f"#qrs-1 at {AT}:"),
    Control(
        "unknown-status",
        {**RESPONSE, "status": "done"},
        "Terminology_TX_NoValid_16 at QuestionnaireResponse.status:",
    ),
    Control(
        "no-status",
        without(RESPONSE, "status"),
        "Validation_VAL_Profile_Minimum at QuestionnaireResponse: QuestionnaireResponse.status:",
    ),
    Control(
        "no-such-day",
        {**RESPONSE, "authored": "2026-02-30"},
        "Type_Specific_Checks_DT_DateTime_Valid at QuestionnaireResponse.authored:",
    ),
    Control(
        "no-instant",
        {**RESPONSE, "meta": {"lastUpdated": "2026-11-12"}},
        "Type_Specific_Checks_DT_DateTime_Regex at QuestionnaireResponse.meta.lastUpdated:",
    ),
    Control(
        "unknown-element", {**RESPONSE, "score": 9}, "at QuestionnaireResponse: Unrecognized property 'score'"
    ),
    Control(
        "encounter-is-patient",
        {**RESPONSE, "encounter": {"reference": "Patient/p1"}},
        f"{TARGET} at QuestionnaireResponse.encounter:",
    ),
    Control(
        "unknown-label",
        altered({**RESPONSE, "meta": LABELS}, "meta", "security", 0, "code", to="X"),
        f"{TERMINOLOGY} at QuestionnaireResponse.meta.security[0]: Unknown code",
    ),
    Control(
        "unknown-questionnaire",
        {**RESPONSE, "questionnaire": "https://clinic.example/q"},
        "warning Questionnaire_QR_Q_NotFound at QuestionnaireResponse:",
    ),
    Control(
        "unknown-version",
        {**RESPONSE, "questionnaire": f"{CANONICAL}.7"},
        "warning Questionnaire_QR_Q_NotFound at QuestionnaireResponse:",
    ),
    Control(
        "second-instrument",
        second.response("12345", place=None),
        "at QuestionnaireResponse: No response answer found for required item 'place'",
    ),
    Control(
        "second-instrument-disabled",
        second.response("22345", reason="x"),
        "Questionnaire_QR_Item_NotEnabled2 at QuestionnaireResponse.item[1].item[1]:",
    ),
]

RULE = 1
OPTION = ("item", 3, "answerOption", 0, "valueCoding")


def _without_part(name: str) -> Resource:
    parts = CHECKLIST["extension"][RULE]["extension"]
    return altered(CHECKLIST, "extension", RULE, "extension", to=[part for part in parts if part["url"] != name])


def _marked(name: str, **value: Any) -> Resource:
    """The checklist with an extension of ours on its first scored question."""
    mark = {"url": f"{EXTENSION}/{name}", **value}
    return altered(CHECKLIST, "item", 3, "extension", to=[*CHECKLIST["item"][3]["extension"], mark])


OF_ARTIFACTS = [
    Control("no-version-algorithm", without(CHECKLIST, "extension", 0), "#sdc-2 at Questionnaire:"),
    Control(
        "unknown-version-algorithm",
        altered(CHECKLIST, "extension", 0, "valueCoding", "code", to="mine"),
        f"warning {TERMINOLOGY} at Questionnaire.extension[0].value.ofType(Coding): Unknown code",
    ),
    Control(
        "no-url",
        without(CHECKLIST, "url"),
        "Validation_VAL_Profile_Minimum at Questionnaire: Questionnaire.url: minimum required = 1",
    ),
    Control(
        "no-canonical-in-rule",
        _without_part("fit"),
        "Minimum_SLICE at Questionnaire.extension[1]: Slice 'Extension.extension:fit'",
    ),
    Control(
        "no-threshold-in-rule",
        _without_part("threshold"),
        "Minimum_SLICE at Questionnaire.extension[1]: Slice 'Extension.extension:threshold'",
    ),
    Control(
        "extension-out-of-place",
        _marked("limits", valueString="x"),
        "Extension_EXTP_Context_Wrong at Questionnaire.item[3]:",
    ),
    Control(
        "extension-of-another-type",
        _marked("opener", valueInteger=1),
        "Extension_EXT_Type at Questionnaire.item[3].extension[6]:",
    ),
    Control(
        "unknown-extension",
        _marked("nothing", valueBoolean=True),
        "Extension_EXT_Unknown_NotHere at Questionnaire.item[3].extension[6]:",
    ),
    Control("link-twice", altered(CHECKLIST, "item", 3, "linkId", to="intro"), "#que-2 at Questionnaire:"),
    Control(
        "unknown-type-of-item",
        altered(CHECKLIST, "item", 3, "type", to="slider"),
        "Terminology_TX_NoValid_16 at Questionnaire.item[3].type:",
    ),
    Control(
        "other-words-for-an-option",
        altered(CHECKLIST, *OPTION, "display", to="Yeah"),
        f"{TERMINOLOGY} at Questionnaire.item[3].answerOption[0].value.ofType(Coding): Concept",
    ),
    Control(
        "unknown-option",
        altered(CHECKLIST, *OPTION, "code", to="yeah"),
        f"{TERMINOLOGY} at Questionnaire.item[3].answerOption[0].value.ofType(Coding): Unknown",
    ),
    Control(
        "bad-context",
        altered(BY_NAME["StructureDefinition-scored"], "context", 0, "expression", to="Questionnaire.items"),
        "SD_CONTEXT_SHOULD_ELEMENT_NOT_FOUND at StructureDefinition.context[0]:",
    ),
    Control(
        "count-of-concepts",
        altered(BY_NAME["CodeSystem-alliance-answer"], "count", to=9),
        "CODESYSTEM_CS_COUNT_COMPLETE_WRONG at CodeSystem.count:",
    ),
]
