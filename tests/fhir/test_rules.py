"""A response against the items of its Questionnaire: for each rule a good case and bad ones."""

from typing import Any

import pytest

from fhir_alliance.fhir.form import read_form
from fhir_alliance.fhir.issues import Code, Severity
from fhir_alliance.fhir.rules import item_issues
from fhir_alliance.fhir.systems import TRANSLATION
from tests.building import altered

KIND = "QuestionnaireResponse"
SYSTEM = "https://x.example/cs"
VALUE_SET = "https://x.example/vs"


def coding(code: str, system: str | None = SYSTEM) -> dict[str, Any]:
    """An answer that is a Coding."""
    return {"valueCoding": {"code": code, **({"system": system} if system else {})}}


def question(link_id: str, kind: str, **more: Any) -> dict[str, Any]:
    """One item of the form."""
    return {"linkId": link_id, "type": kind, **more}


OPTIONS = [coding("a"), coding("b")]
FORM = read_form(
    {
        "item": [
            question("intro", "display"),
            question("name", "string", text="Your  name?", maxLength=5),
            question("pick", "choice", answerOption=OPTIONS, required=True),
            question(
                "why",
                "string",
                required=True,
                enableWhen=[{"question": "pick", "operator": "=", "answerCoding": coding("b")["valueCoding"]}],
                item=[question("more", "string"), question("note", "display")],
            ),
            question("set", "choice", answerValueSet=VALUE_SET),
            question("many", "choice", answerOption=OPTIONS, repeats=True),
            question("other", "open-choice", answerOption=OPTIONS),
            question("mixed", "choice", answerOption=[{"valueString": "x"}, {"valueInteger": 3}]),
            question("one", "group", item=[question("inner", "string", required=True)]),
            question("row", "group", repeats=True, required=True, item=[question("cell", "integer")]),
        ]
    },
    "x.json",
    {VALUE_SET: frozenset({(SYSTEM, "a")})},
)


def answer(link_id: str, *answers: dict[str, Any], **more: Any) -> dict[str, Any]:
    """One item of a response."""
    return {"linkId": link_id, "answer": list(answers), **more}


def group(link_id: str, *items: dict[str, Any]) -> dict[str, Any]:
    """A group in a response."""
    return {"linkId": link_id, "item": list(items)}


PICK, ROW = answer("pick", coding("a")), group("row", answer("cell", {"valueInteger": 1}))
WHY = answer("why", {"valueString": "x"})
PICK_B = answer("pick", coding("b"))


def issues(*items: dict[str, Any], status: str = "completed") -> list[tuple[str, str, str | None]]:
    """Severity, code and expression of what is wrong with these items."""
    found = item_issues(FORM, {"resourceType": KIND, "status": status, "item": list(items)})
    return [(issue.severity.value, issue.code.value, issue.expression) for issue in found]


@pytest.mark.parametrize(
    "items",
    [
        (PICK, ROW),
        ({"linkId": "intro"}, {"linkId": "name"}, PICK, ROW),
        (answer("name", {"valueString": "Ada"}, text="Your name?"), PICK, ROW),
        (answer("name", {"valueString": "Adaaa"}), PICK, ROW),
        (
            {
                **answer("name", {"valueString": "Ada"}, text="Wie?"),
                "_text": {"extension": [{"url": TRANSLATION}]},
            },
            PICK,
            ROW,
        ),
        (PICK, {"linkId": "why"}, ROW),
        (PICK_B, WHY, ROW),
        (PICK_B, answer("why", {"valueString": "x", "item": [answer("more", {"valueString": "y"})]}), ROW),
        (PICK, answer("set", coding("a")), ROW),
        (PICK, answer("many", coding("a"), coding("b")), ROW),
        (PICK, answer("other", {"valueString": "else"}), ROW),
        (PICK, answer("mixed", {"valueString": "x"}), ROW),
        (PICK, answer("mixed", {"valueInteger": 3}), ROW),
        (PICK, group("one", answer("inner", {"valueString": "x"})), ROW),
        (PICK, ROW, ROW),
    ],
)
def test_what_is_right_has_no_issue(items: tuple[dict[str, Any], ...]) -> None:
    """Skipped, nested, repeated and translated as the Questionnaire allows."""
    assert issues(*items) == []


@pytest.mark.parametrize(
    ("items", "code", "where"),
    [
        # linkIds
        ((PICK, answer("nope", {"valueString": "x"}), ROW), "not-found", "item[1].linkId"),
        ((PICK, answer("inner", {"valueString": "x"}), ROW), "structure", "item[1].linkId"),
        (
            (PICK, group("one", answer("inner", {"valueString": "x"}), WHY), ROW),
            "structure",
            "item[1].item[1].linkId",
        ),
        # order
        ((answer("many", coding("a")), PICK, ROW), "structure", "item[1]"),
        ((PICK, ROW, {"linkId": "name"}), "structure", "item[2]"),
        # once
        ((PICK, PICK, ROW), "invalid", "item[1]"),
        ((PICK, answer("many", coding("a")), answer("many", coding("b")), ROW), "invalid", "item[2]"),
        ((PICK, *[group("one", answer("inner", {"valueString": "x"}))] * 2, ROW), "invalid", "item[2]"),
        # required
        ((ROW,), "required", ""),
        (({"linkId": "pick"}, ROW), "required", ""),
        ((PICK_B, ROW), "required", ""),
        ((PICK,), "required", ""),
        ((PICK, group("one", {"linkId": "inner"}), ROW), "required", "item[1]"),
        # disabled
        ((PICK, WHY, ROW), "invalid", "item[1]"),
        # text
        ((answer("name", {"valueString": "Ada"}, text="Who?"), PICK, ROW), "invalid", "item[0].text"),
        # nesting
        ((answer("intro", {"valueString": "x"}), PICK, ROW), "structure", "item[0].answer"),
        ((PICK, answer("row", {"valueInteger": 1})), "structure", "item[1].answer"),
        ((PICK_B, group("why", answer("more", {"valueString": "y"})), ROW), "structure", "item[1].item"),
        ((group("intro", answer("name", {"valueString": "x"})), PICK, ROW), "structure", "item[0].item"),
        # one answer
        ((answer("pick", coding("a"), coding("b")), WHY, ROW), "invalid", "item[0].answer"),
        # type
        ((answer("name", {"valueInteger": 1}), PICK, ROW), "structure", "item[0].answer[0].value"),
        ((answer("name", coding("a")), PICK, ROW), "structure", "item[0].answer[0].value"),
        ((answer("pick", {"valueString": "a"}), ROW), "structure", "item[0].answer[0].value"),
        (
            (PICK, group("row", answer("cell", {"valueDecimal": 1}))),
            "structure",
            "item[1].item[0].answer[0].value",
        ),
        ((answer("name", {"id": "x"}), PICK, ROW), "structure", "item[0].answer[0]"),
        ((PICK, answer("mixed", {"valueString": "y"}), ROW), "structure", "item[1].answer[0].value"),
        # options
        ((answer("pick", coding("c")), ROW), "structure", "item[0].answer[0].value"),
        ((answer("pick", coding("a", "https://x.example/other")), ROW), "structure", "item[0].answer[0].value"),
        ((answer("pick", coding("a", None)), ROW), "structure", "item[0].answer[0].value"),
        ((answer("pick", coding("A")), ROW), "structure", "item[0].answer[0].value"),
        ((PICK, answer("set", coding("b")), ROW), "code-invalid", "item[1].answer[0].value"),
        ((PICK, answer("many", coding("a"), coding("c")), ROW), "structure", "item[1].answer[1].value"),
        ((PICK, answer("other", coding("z", "urn:mine")), ROW), "structure", "item[1].answer[0].value"),
        # length
        ((answer("name", {"valueString": "Adaaaa"}), PICK, ROW), "too-long", "item[0].answer[0].value"),
    ],
)
def test_what_breaks_a_rule(items: tuple[dict[str, Any], ...], code: str, where: str) -> None:
    """One breach is one error, with the code of HL7's own validator, placed by FHIRPath."""
    assert issues(*items) == [("error", code, f"{KIND}.{where}".rstrip("."))]


@pytest.mark.parametrize("status", ["completed", "amended", "entered-in-error"])
def test_finished_responses_are_whole(status: str) -> None:
    """What is required is an error where it lacks."""
    assert {severity for severity, _, _ in issues(status=status)} == {Severity.ERROR.value}


def test_in_progress_only_warns_of_what_is_required() -> None:
    """An unfinished response may still become whole."""
    assert issues(status="in-progress") == [("warning", "required", KIND)] * 2


def test_stopped_requires_nothing() -> None:
    """A response that was broken off will not become whole."""
    assert issues(status="stopped") == []


@pytest.mark.parametrize("status", ["in-progress", "stopped"])
def test_what_is_there_must_be_right(status: str) -> None:
    """Nothing but a missing answer is excused by the status."""
    assert ("error", "structure", f"{KIND}.item[0].answer[0].value") in issues(
        answer("pick", coding("c")), status=status
    )


def test_every_breach_is_told() -> None:
    """One mistake does not hide another."""
    found = issues(
        answer("name", {"valueString": "Adaaaa"}, text="Who?"), answer("nope"), answer("pick", coding("c"))
    )
    assert [code for _, code, _ in found] == ["not-found", "required", "invalid", "too-long", "structure"]


def test_diagnostics_quote_no_answer() -> None:
    """A text of the client does not come back."""
    secret = altered(answer("name", {"valueString": "Rivera"}, text="Rivera"), "answer", 0, "id", to="Rivera")
    found = list(item_issues(FORM, {"status": "completed", "item": [secret, answer("Rivera"), PICK]}))
    assert found
    assert not any("Rivera" in issue.diagnostics + str(issue.expression) for issue in found)
    assert Code.TOO_LONG in {issue.code for issue in found}
