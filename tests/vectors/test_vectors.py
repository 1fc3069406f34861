"""The conformance pack holds for this program, and for what it says of itself: README.md, vector.schema.json."""

import inspect
import json
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

import jsonschema_rs
import pytest

from fhir_alliance.fhir import r4, response, rules
from fhir_alliance.fhir.issues import Issue
from tests.artifacts.folder import ROOT
from tests.schema import faults
from tests.vectors.player import play

HERE = Path(__file__).parent
VECTORS = {
    path.relative_to(HERE).with_suffix("").as_posix(): json.loads(path.read_bytes())
    for path in sorted(HERE.glob("*/*.json"))
    if path.parent.name != "instruments"
}
PAGE = (HERE / "README.md").read_text("utf-8")
each_vector = pytest.mark.parametrize("name", VECTORS)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published Questionnaires, with those of the pack."""
    made = Path(shutil.copytree(ROOT / "questionnaires", tmp_path_factory.mktemp("pack") / "questionnaires"))
    for path in (HERE / "instruments").glob("*.json"):
        shutil.copy(path, made)
    return made


@each_vector
def test_this_program_conforms(name: str, folder: Path, tmp_path: Path) -> None:
    """Each answer is the one expected, and then stands what is expected, no more and no less."""
    assert play(VECTORS[name], folder, tmp_path) == []


@cache
def schema() -> jsonschema_rs.Validator:
    """The form of a vector, as other implementations are told it."""
    return jsonschema_rs.validator_for(
        json.loads((HERE / "vector.schema.json").read_bytes()), validate_formats=True
    )


@each_vector
def test_a_vector_has_its_form(name: str) -> None:
    """It is valid by the schema, and called what its file is called."""
    found = schema().iter_errors(VECTORS[name])
    assert [f"{fault.instance_path}: {fault.message[:200]}" for fault in found] == []
    assert VECTORS[name]["name"] == name


def expected(vector: Any) -> Iterator[Any]:
    """Every Observation that a vector asks for."""
    yield from vector["then"]["observations"]
    for step in vector["steps"]:
        yield from step["expect"].get("extracted", ())


@each_vector
def test_what_is_asked_for_is_valid_r4(name: str) -> None:
    """By the models of fhir.resources and by the official schema of R4."""
    assert [fault for observation in expected(VECTORS[name]) for fault in faults(filled_in(observation))] == []


@pytest.mark.parametrize("path", sorted((HERE / "instruments").glob("*.json")), ids=lambda path: path.stem)
def test_the_instruments_are_valid_r4(path: Path) -> None:
    """Another implementation can load what the vectors need."""
    assert faults(json.loads(path.read_bytes())) == []


def filled_in(observation: Any) -> Any:
    """With somebody's id and program."""
    text = json.dumps(observation)
    for placeholder in ("{id}", "{submission}", "{program}"):
        text = text.replace(placeholder, "6f1e0f0a-3f7c-5b0e-9a53-0c7d4c1f2a11")
    return json.loads(text)


def rule_names() -> set[str]:
    """Every function that finds fault with a response, by module and name."""
    items = {f"rules.{one.__name__}" for one in (*rules.LEVEL_RULES, *rules.ITEM_RULES, *rules.ANSWER_RULES)}
    return (items | set(_finders(r4)) | set(_finders(response))) - {"r4.parts"}  # where r4.empty_parts finds it


def _finders(module: Any) -> Iterator[str]:
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if function.__module__ == module.__name__ and get_type_hints(function).get("return") == Iterator[Issue]:
            yield f"{module.__name__.rpartition('.')[2]}.{name.removeprefix('_').removesuffix('_issues')}"


def statuses(rule: str) -> set[int]:
    """What is answered in the vectors that try a rule."""
    tried = [vector["steps"] for vector in VECTORS.values() if vector.get("rule") == rule]
    return {step["expect"]["status"] for steps in tried for step in steps}


@pytest.mark.parametrize("rule", sorted(rule_names()))
def test_every_rule_is_broken_and_kept(rule: str) -> None:
    """A new rule needs a vector: a response that breaks it, and its nearest neighbour that does not."""
    assert statuses(rule) & {400, 422}
    assert 201 in statuses(rule)


def test_the_page_names_what_the_vectors_name() -> None:
    """Every rule, every need and every folder is told to those who have only the page."""
    named = {vector["rule"] for vector in VECTORS.values() if "rule" in vector}
    needs = {need for vector in VECTORS.values() for need in vector.get("needs", ())}
    folders = {f"{name.partition('/')[0]}/" for name in VECTORS}
    keys = {key for vector in VECTORS.values() for step in vector["steps"] for key in step["expect"]}
    assert [word for word in sorted(named | needs | folders | keys) if f"`{word}`" not in PAGE] == []
