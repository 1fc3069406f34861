"""What the published FHIR artifacts must hold, read from the files alone."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.artifacts.folder import (
    ARTIFACTS,
    BASE,
    BY_NAME,
    CHECKLIST,
    CONCEPTS,
    EXTENSION,
    SAMPLES,
    Resource,
    codings,
    items,
    nodes,
    rule,
    scored,
    values,
)
from tests.schema import MISSING, model_faults, schema_faults, schema_path

FORBIDDEN = re.compile(r"%|\b(percent|high|low|risk|poor|unlikely|indicated|score of|red)\b", re.IGNORECASE)

every_artifact = pytest.mark.parametrize("path", ARTIFACTS, ids=lambda path: path.stem)
every_file = pytest.mark.parametrize("path", ARTIFACTS + SAMPLES, ids=lambda path: path.stem)


def fits() -> list[Resource]:
    """Return the concepts that hold the texts of the result."""
    return next(system["concept"] for system in BY_NAME.values() if system["url"] == rule()["fit"][0])


def shown_texts() -> Iterator[str]:
    """Yield what a client or a clinician reads."""
    for node in nodes([CHECKLIST["item"], CHECKLIST["extension"]]):
        if isinstance(node, dict):
            yield from (node[key] for key in ("text", "valueString", "display") if key in node)
    for concept in fits():
        yield from (concept["display"], concept["definition"], concept["property"][0]["valueString"])
    yield from (concept["display"] for concept in CONCEPTS.values())


@every_file
def test_is_structurally_fhir(path: Path) -> None:
    """Every file parses with the models of fhir.resources."""
    assert model_faults(json.loads(path.read_bytes())) == []


@every_file
@pytest.mark.skipif(schema_path() is None, reason=MISSING)
def test_meets_the_official_schema(path: Path) -> None:
    """Every file is valid by the JSON Schema that FHIR publishes for R4."""
    assert schema_faults(json.loads(path.read_bytes())) == []


@every_file
def test_is_written_in_one_way(path: Path) -> None:
    """Two spaces, plain UTF-8, a newline at the end: a change shows as the lines it changed."""
    text = path.read_text(encoding="utf-8")
    assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"


@every_artifact
def test_says_what_it_is(path: Path) -> None:
    """Name of the file, url and metadata agree, and no narrative repeats the content."""
    resource = BY_NAME[path.stem]
    assert path.stem == f"{resource['resourceType']}-{resource['id']}"
    assert resource["url"] == f"{BASE}/{resource['resourceType']}/{resource['id']}"
    assert (resource["version"], resource["status"], resource["experimental"]) == ("1.0.0", "active", False)
    assert (resource["publisher"], resource["date"]) == ("fhir-alliance", "2026-11-24")
    assert re.fullmatch(r"[A-Z][A-Za-z]+", resource["name"])
    assert resource["title"]
    assert resource["description"]
    assert "Apache License" in resource["copyright"]
    assert "text" not in resource


def test_names_are_unique() -> None:
    """No two artifacts share a computable name."""
    assert max(Counter(resource["name"] for resource in BY_NAME.values()).values()) == 1


@every_file
def test_codings_are_in_their_code_systems(path: Path) -> None:
    """Every coding of ours exists, and is shown by the code system's own words."""
    for coding in codings(json.loads(path.read_bytes())):
        concept = CONCEPTS[coding["system"], coding["code"]]
        assert coding.get("display", concept["display"]) == concept["display"]


@every_file
def test_canonicals_resolve(path: Path) -> None:
    """Every canonical of ours names an artifact in the folder, and its version where it gives one."""
    known = {resource["url"]: resource["version"] for resource in BY_NAME.values()}
    for node in nodes(json.loads(path.read_bytes())):
        if isinstance(node, str) and node.startswith(BASE):
            url, _, version = node.partition("#")[0].partition("|")
            assert version in {"", known[url]}


@pytest.mark.parametrize("system", [x for x in BY_NAME.values() if x["resourceType"] == "CodeSystem"])
def test_code_system_has_its_value_set(system: Resource) -> None:
    """A code system counts its concepts, and the value set of the same id takes all of them."""
    value_set = BY_NAME[f"ValueSet-{system['id']}"]
    assert system["valueSet"] == value_set["url"]
    assert value_set["compose"]["include"] == [{"system": system["url"]}]
    assert system["count"] == len({concept["code"] for concept in system["concept"]})
    assert all(concept["definition"] for concept in system["concept"])


def test_items_stand_in_order() -> None:
    """Nine scored questions stand between what is met and what is shared; no link id is used twice."""
    links = [item["linkId"] for item in items()]
    outer = [item["linkId"] for item in CHECKLIST["item"] if item not in scored()]
    assert len(links) == len(set(links))
    assert outer == ["intro", "therapist", "contact", "sharing", "closing"]
    assert CHECKLIST["item"][3:12] == scored()


def test_questions_are_the_code_systems_own() -> None:
    """An answerable item carries one code, its link id, whose definition is its text; a display has none."""
    for item in items():
        if item["type"] == "display":
            assert "code" not in item
        else:
            [coding] = item["code"]
            assert coding["code"] == item["linkId"]
            assert CONCEPTS[coding["system"], coding["code"]]["definition"] == item["text"]


def test_help_is_help() -> None:
    """A nested item is a display, named after its question, and marked as help."""
    for question in CHECKLIST["item"]:
        for nested in question.get("item", []):
            assert (nested["type"], nested["linkId"]) == ("display", f"{question['linkId']}-help")
            assert nested["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] == "help"


def test_scored_questions_are_answered_alike() -> None:
    """Each offers yes, no, not sure and prefer not to say, and has its elements and one opener."""
    for item in scored():
        offered = [option["valueCoding"]["code"] for option in item["answerOption"]]
        assert offered == ["yes", "no", "not-sure", "prefer-not-to-say"]
        assert len(values(item, "opener")) == 1
        assert 1 <= len(values(item, "element")) <= 2


def test_keeps_the_invariants_of_a_questionnaire() -> None:
    """The rules of R4 (que-1 to que-13) that hold item by item."""
    for item in items():
        kind, offered = item["type"], {"answerOption", "answerValueSet"} & item.keys()
        assert kind != "group" or item.get("item")  # que-1
        assert kind != "display" or not {"item", "code", "required", "repeats", "readOnly"} & item.keys()
        assert len(offered) <= 1  # que-4
        assert bool(offered) == (kind in {"choice", "open-choice"})  # que-5
        assert "maxLength" not in item or kind == "string"  # que-10
        assert "initial" not in item  # que-8, que-11 and que-13; and nothing is preselected


def test_nothing_is_asked_for() -> None:
    """Every item may be skipped, and takes one answer."""
    assert not any(item.get("required") or item.get("repeats") for item in items())


def test_extensions_are_defined() -> None:
    """Every extension of ours is used where its definition allows, as often, and with the type it names."""
    elements = [("Questionnaire", CHECKLIST), *(("Questionnaire.item", item) for item in items())]
    for context, element in elements:
        ours = [x for x in element.get("extension", []) if x["url"].startswith(EXTENSION)]
        for url, times in Counter(x["url"] for x in ours).items():
            definition = BY_NAME[f"StructureDefinition-{url.rpartition('/')[2]}"]
            root = definition["differential"]["element"][0]
            assert definition["context"] == [{"type": "element", "expression": context}]
            assert root["max"] == "*" or times <= int(root["max"])


@pytest.mark.parametrize("name", ["scored", "element", "opener", "general-topic", "not-asked", "limits"])
def test_extension_values_have_their_type(name: str) -> None:
    """The value of a simple extension has the one type of its definition."""
    element = BY_NAME[f"StructureDefinition-{name}"]["differential"]["element"][-1]
    code = element["type"][0]["code"]
    used = [x for x in nodes(CHECKLIST) if isinstance(x, dict) and x.get("url") == f"{EXTENSION}/{name}"]
    assert used
    assert all(x.keys() == {"url", f"value{code[0].upper()}{code[1:]}"} for x in used)


def test_rule_is_whole() -> None:
    """The rule names answers that the questions offer, and the three texts of its result."""
    parts = rule()
    offered = [option["valueCoding"] for option in scored()[0]["answerOption"]]
    assert all(coding in offered for name in ("yes", "no", "not-sure") for coding in parts[name])
    assert {concept["code"] for concept in fits()} == {"yes-to-most", "no-to-most", "not-yet-clear"}
    assert len(scored()) / 2 < parts["threshold"][0] <= len(scored())


def test_threshold_stands_once() -> None:
    """The rule's number stands in the rule, and in no other value or text of the folder."""
    [threshold] = rule()["threshold"]
    own = [{name: part for name, part in one.items() if name != "snapshot"} for one in BY_NAME.values()]
    found = [node for node in nodes(own) if type(node) is int and node == threshold]
    told = re.compile(rf"(?<![\d./]){threshold}(?![\d./])|\bfive\b", re.IGNORECASE)
    texts = [text for text in nodes(own) if isinstance(text, str) and " " in text]
    assert len(found) == 1
    assert [text for text in texts if told.search(text)] == []


def test_no_word_judges() -> None:
    """Nothing that a client or a clinician reads grades, warns or counts in percent."""
    assert [text for text in shown_texts() if FORBIDDEN.search(text)] == []


def test_value_text_is_short() -> None:
    """For any counts of nine, the value's text fits the narrow column of a chart."""
    for concept in fits():
        assert len(f"Yes to 9 of {len(scored())} (no 9, open 9): {concept['display']}") <= 90
