"""The questionnaires folder is read and checked whole: what cannot be scored faithfully stops the start."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fhir_alliance.catalog import Catalog, read_catalog
from fhir_alliance.errors import Unscorable
from fhir_alliance.fhir import systems
from fhir_alliance.fhir.capability import ARTIFACT_TYPES
from tests.building import CANONICAL, FOLDER

FORM = "Questionnaire-alliance-checklist.json"
FITS = "CodeSystem-alliance-fit.json"
QUESTIONS = "CodeSystem-alliance-question.json"
RULE = "Questionnaire.extension('scoring-rule')"
Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped folder."""
    return Path(shutil.copytree(FOLDER, tmp_path / "questionnaires"))


def change(folder: Path, name: str, how: Change) -> None:
    """Change one file of the folder."""
    resource = json.loads((folder / name).read_bytes())
    how(resource)
    (folder / name).write_text(json.dumps(resource))


def refusal(folder: Path) -> str:
    """Why the folder stops the start."""
    with pytest.raises(Unscorable) as refused:
        read_catalog(folder)
    return str(refused.value)


def item(form: dict[str, Any], link_id: str) -> Any:
    """The item of that linkId, on the first level."""
    return next(one for one in form["item"] if one["linkId"] == link_id)


def parts(form: dict[str, Any]) -> list[Any]:
    """The parts of the scoring rule."""
    found = next(one for one in form["extension"] if one["url"] == systems.SCORING_RULE)
    made: list[Any] = found["extension"]
    return made


def part(form: dict[str, Any], name: str) -> Any:
    """One part of the scoring rule."""
    return next(one for one in parts(form) if one["url"] == name)


def drop(url: str, link_id: str | None = None) -> Change:
    """Remove an extension from the Questionnaire, or from one of its items."""

    def how(form: dict[str, Any]) -> None:
        holder = item(form, link_id) if link_id else form
        holder["extension"] = [one for one in holder["extension"] if one["url"] != url]

    return how


def in_a_repeating_group(link_id: str) -> Change:
    """Put an item into a group that may be answered several times."""

    def how(form: dict[str, Any]) -> None:
        moved = {**item(form, link_id)}
        item(form, link_id).clear()
        group = {"linkId": "group", "type": "group", "repeats": True, "item": [moved]}
        next(one for one in form["item"] if not one).update(group)

    return how


def retype(url: str, link_id: str | None = None) -> Change:
    """Give an extension a value of another type."""

    def how(form: dict[str, Any]) -> None:
        holder = item(form, link_id) if link_id else form
        for one in holder["extension"]:
            if one["url"] == url:
                one["valueMarkdown"] = one.pop("valueString")

    return how


def when(**more: Any) -> Change:
    """Put a condition on the last item."""
    return lambda form: item(form, "sharing").update(enableWhen=[{"question": "contact", **more}])


def test_the_shipped_folder(catalog: Catalog) -> None:
    """Every file is published, dependencies first; the checklist is scored."""
    assert len(catalog.artifacts) == len(list(FOLDER.glob("*.json")))
    order = [ARTIFACT_TYPES.index(kind) for kind, _ in catalog.artifacts]
    assert order == sorted(order)
    assert list(catalog.questionnaires) == [CANONICAL]
    assert catalog.questionnaires[CANONICAL].status == "active"
    assert list(catalog.versions(CANONICAL.partition("|")[0])) == ["1.0.0"]
    assert catalog.versions("urn:other") == {}
    with pytest.raises(KeyError):
        catalog.instrument("urn:other|1")


@pytest.mark.parametrize(
    ("name", "how", "element"),
    [
        # the rule
        (FORM, drop(systems.SCORING_RULE), "Questionnaire.extension"),
        (
            FORM,
            lambda q: q["extension"].append({"url": systems.SCORING_RULE, "extension": []}),
            "Questionnaire.extension",
        ),
        (FORM, lambda q: part(q, "yes")["valueCoding"].update(code="yeah"), f"{RULE}.yes"),
        (FORM, lambda q: part(q, "no")["valueCoding"].update(system="urn:x"), f"{RULE}.no"),
        (FORM, lambda q: part(q, "not-sure")["valueCoding"].update(code="yes"), f"{RULE}.not-sure"),
        (FORM, lambda q: parts(q).remove(part(q, "no")), f"{RULE}.no"),
        (FORM, lambda q: parts(q).remove(part(q, "threshold")), f"{RULE}.threshold"),
        (FORM, lambda q: part(q, "threshold").update(valueInteger=0), f"{RULE}.threshold"),
        (FORM, lambda q: part(q, "threshold").update(valueInteger=10), f"{RULE}.threshold"),
        (FORM, lambda q: parts(q).remove(part(q, "fit")), f"{RULE}.fit"),
        (FORM, lambda q: part(q, "fit").update(valueCanonical="urn:x"), f"{RULE}.fit"),
        (FORM, lambda q: parts(q).remove(part(q, "observation")), f"{RULE}.observation"),
        (FORM, lambda q: part(q, "method")["valueCoding"].update(code="x"), f"{RULE}.method"),
        # the scored items
        (
            FORM,
            lambda q: [drop(systems.SCORED, one["linkId"])(q) for one in q["item"][3:12]],
            "Questionnaire.item",
        ),
        (FORM, lambda q: item(q, "warmth")["answerOption"].pop(0), "Questionnaire.item[8].answerOption"),
        (FORM, lambda q: item(q, "warmth").update(repeats=True), "Questionnaire.item[8].type"),
        (FORM, lambda q: item(q, "warmth").update(type="open-choice"), "Questionnaire.item[8].type"),
        (FORM, in_a_repeating_group("warmth"), "Questionnaire.item[8].item[0].type"),
        (FORM, lambda q: item(q, "warmth").pop("code"), "Questionnaire.item[8].code"),
        (FORM, lambda q: item(q, "warmth")["code"][0].update(code="x"), "Questionnaire.item[8].code[0]"),
        (FORM, lambda q: item(q, "warmth")["code"][0].pop("system"), "Questionnaire.item[8].code[0]"),
        (FORM, drop(systems.OPENER, "warmth"), "Questionnaire.item[8].extension"),
        # the other items
        (FORM, lambda q: item(q, "warmth").update(linkId="silences"), "Questionnaire.item[11].linkId"),
        (
            FORM,
            lambda q: item(q, "therapist").update(linkId="direction-help"),
            "Questionnaire.item[10].item[0].linkId",
        ),
        (FORM, lambda q: item(q, "therapist").pop("linkId"), "Questionnaire.item[1].linkId"),
        (FORM, lambda q: item(q, "sharing")["answerOption"].pop(), "answerOption"),
        (
            FORM,
            lambda q: item(q, "contact")["answerOption"][0]["valueCoding"].update(system="urn:x"),
            "answerOption",
        ),
        (
            FORM,
            lambda q: item(q, "contact").update(answerValueSet="urn:x"),
            "Questionnaire.item[2].answerValueSet",
        ),
        (FORM, when(operator="exists"), "Questionnaire.item[12].enableWhen"),
        (FORM, when(operator="~", answerBoolean=True), "Questionnaire.item[12].enableWhen"),
        (FORM, when(operator="exists", answerBoolean=True, question="x"), "Questionnaire.item[12].enableWhen"),
        (FORM, lambda q: item(q, "therapist").update(type="strnig"), "Questionnaire.item[1].type"),
        (FORM, when(operator="exists", answerString="yes"), "Questionnaire.item[12].enableWhen"),
        (FORM, when(operator=">", answerQuantity={"value": 1}), "Questionnaire.item[12].enableWhen"),
        (FORM, lambda q: item(q, "sharing").update(enableBehavior="some"), "item[12].enableBehavior"),
        (FORM, lambda q: item(q, "sharing").update(type="open-choice"), "linkId='sharing'"),
        (FORM, lambda q: item(q, "contact").update(repeats=True), "linkId='contact'"),
        (FORM, lambda q: item(q, "therapist").update(type="text"), "linkId='therapist'"),
        (FORM, in_a_repeating_group("contact"), "linkId='contact'"),
        (FORM, lambda q: item(q, "silences").update(code=item(q, "warmth")["code"]), "item[11].code[0]"),
        # the texts
        (FORM, drop(systems.GENERAL_TOPIC), "Questionnaire.extension"),
        (FORM, drop(systems.LIMITS), "Questionnaire.extension"),
        (FORM, retype(systems.LIMITS), "Questionnaire.extension"),
        (FORM, retype(systems.NOT_ASKED), "Questionnaire.extension"),
        (FORM, retype(systems.OPENER, "warmth"), "Questionnaire.item[8].extension"),
        # the resources themselves
        (FORM, lambda q: q.pop("id"), "Questionnaire.id"),
        (FORM, lambda q: q.pop("url"), "Questionnaire.url"),
        (FORM, lambda q: q.pop("version"), "Questionnaire.version"),
        (FORM, lambda q: q.pop("title"), "Questionnaire.title"),
        (FORM, lambda q: q.pop("status"), "Questionnaire.status"),
        (FORM, lambda q: q.update(status="Active"), "Questionnaire.status"),
        (FORM, lambda q: q.update(version="1|2"), "Questionnaire.version"),
        (FORM, lambda q: q.update(implicitRules="urn:x"), "Questionnaire.implicitRules"),
        (
            FORM,
            lambda q: q.update(modifierExtension=[{"url": "urn:x", "valueBoolean": True}]),
            "Questionnaire.modifierExtension",
        ),
        (FORM, lambda q: q.update(id="a b"), "Questionnaire.id"),
        (FORM, lambda q: q.update(id=".."), "Questionnaire.id"),
        (FORM, lambda q: q.update(foo=1), "Questionnaire.foo"),
        (FORM, lambda q: q.update(resourceType="Patient"), "Resource"),
        (FORM, lambda q: q.pop("resourceType"), "Resource"),
        (QUESTIONS, lambda c: c.update(url=f"{systems.BASE}/CodeSystem/alliance-fit"), "CodeSystem.url"),
        (QUESTIONS, lambda c: c.update(id="alliance-fit"), "CodeSystem.id"),
    ],
    ids=lambda value: value.strip("'") if isinstance(value, str) else "",
)
def test_what_stops_the_start(folder: Path, name: str, how: Change, element: str) -> None:
    """The message names the file and the element."""
    change(folder, name, how)
    told = refusal(folder)
    assert told.startswith(f"{name}: ")
    assert element in told


@pytest.mark.parametrize(
    ("name", "how"),
    [
        (FITS, lambda c: c["concept"].pop()),
        (FITS, lambda c: c["concept"][0].pop("property")),
        (FITS, lambda c: c["concept"][0].update(property=[{"code": "note", "valueCode": "x"}])),
        ("CodeSystem-alliance-observation.json", lambda c: c["concept"].pop(5)),
        (QUESTIONS, lambda c: c["concept"].clear()),
    ],
    ids=["fit", "note", "note-type", "component", "question"],
)
def test_a_missing_concept_stops_the_questionnaire(folder: Path, name: str, how: Change) -> None:
    """A CodeSystem that lacks what a Questionnaire needs is told as the Questionnaire's fault."""
    change(folder, name, how)
    assert refusal(folder).startswith(f"{FORM}: ")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"resourceType": "Questionnaire", "id": 1, "id": 1}', b"\xff", b'{"a": NaN}']
)
def test_malformed_json_stops_the_start(folder: Path, body: bytes) -> None:
    """The file is named."""
    (folder / "broken.json").write_bytes(body)
    assert refusal(folder).startswith("broken.json: Resource: ")


@pytest.mark.case("questionnaire-ids")
def test_no_id_and_no_canonical_twice(folder: Path) -> None:
    """Two versions of one Questionnaire need two ids; two ids need two canonicals."""
    shutil.copy(folder / FORM, folder / "Questionnaire-copy.json")
    assert "Questionnaire.id: the id 'alliance-checklist' is used twice" in refusal(folder)
    change(folder, "Questionnaire-copy.json", lambda q: q.update(version="2.0.0"))
    assert "Questionnaire.id" in refusal(folder)
    change(folder, "Questionnaire-copy.json", lambda q: q.update(version="1.0.0", id="copy"))
    assert "Questionnaire.url: the canonical" in refusal(folder)
    change(folder, "Questionnaire-copy.json", lambda q: q.update(version="2.0.0"))
    assert set(read_catalog(folder).versions(CANONICAL.partition("|")[0])) == {"1.0.0", "2.0.0"}


@pytest.mark.parametrize(
    "compose",
    [
        {"include": [{"valueSet": ["urn:x"]}]},
        {"include": [{"system": "urn:x", "filter": [{"property": "a", "op": "=", "value": "b"}]}]},
        {"include": [{"system": systems.CONTACT}], "exclude": [{"system": systems.CONTACT}]},
    ],
)
def test_a_value_set_must_be_listed(folder: Path, compose: dict[str, Any]) -> None:
    """What would need a terminology server cannot be checked faithfully."""
    change(folder, "ValueSet-alliance-contact.json", lambda v: v.update(compose=compose))
    change(folder, FORM, by_value_set)
    assert "Questionnaire.item[2].answerValueSet" in refusal(folder)


def by_value_set(form: dict[str, Any]) -> None:
    """Let the contact be chosen from its ValueSet."""
    del item(form, "contact")["answerOption"]
    item(form, "contact")["answerValueSet"] = f"{systems.BASE}/ValueSet/alliance-contact"


def test_options_may_come_from_a_value_set(folder: Path) -> None:
    """It makes no difference to what is scored."""
    change(folder, FORM, by_value_set)
    assert set(read_catalog(folder).instrument(CANONICAL).wording.contacts) == {
        "consultation-call",
        "first-session",
        "later-session",
    }


def test_a_folder_without_questionnaire_stops_the_start(folder: Path) -> None:
    """Empty, or mistyped: there is nothing to score."""
    (folder / FORM).unlink()
    assert f"{folder}: Questionnaire: " in refusal(folder)


def test_other_files_are_left_alone(folder: Path) -> None:
    """Only *.json is read."""
    (folder / "README.md").write_text("{")
    assert read_catalog(folder).questionnaires
