"""Read and search of what is published."""

from collections.abc import Iterator

import pytest

from tests.artifacts.folder import BY_NAME, CHECKLIST
from tests.building import CANONICAL, Resource
from tests.web.desk import Desk, issue, open_desk, resource

TYPES = ("CodeSystem", "Questionnaire", "StructureDefinition", "ValueSet")
ARTIFACTS = sorted(BY_NAME.values(), key=lambda one: (one["resourceType"], one["id"]))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Nothing is kept here, so one clinic serves all."""
    with open_desk(tmp_path_factory.mktemp("desk")) as desk:
        yield desk


def ids(desk: Desk, query: str) -> list[str]:
    """Ids of what a search finds."""
    answer = desk.get(f"/fhir/{query}")
    assert answer.status_code == 200, answer.text
    bundle = resource(answer)
    found = [entry["resource"]["id"] for entry in bundle.get("entry", ())]
    assert (bundle["type"], bundle["total"]) == ("searchset", len(found))
    return found


@pytest.mark.parametrize("artifact", ARTIFACTS, ids=lambda one: f"{one['resourceType']}-{one['id']}")
def test_each_artifact_is_read_as_it_lies_in_the_folder(desk: Desk, artifact: Resource) -> None:
    """Unchanged, with an ETag."""
    answer = desk.get(f"/fhir/{artifact['resourceType']}/{artifact['id']}")
    assert (answer.status_code, resource(answer)) == (200, artifact)
    assert answer.headers["ETag"].startswith('W/"')


@pytest.mark.parametrize("kind", TYPES)
def test_each_type_is_searched_alike(desk: Desk, kind: str) -> None:
    """By every parameter, alone and all together; by another value each finds nothing."""
    every = ids(desk, kind)
    assert every == [one["id"] for one in ARTIFACTS if one["resourceType"] == kind]
    wanted = next(one for one in ARTIFACTS if one["resourceType"] == kind)
    canonical = f"{wanted['url']}|{wanted['version']}"
    queries = {
        f"_id={wanted['id']}": "_id=none",
        f"url={wanted['url']}": "url=https://fhir-alliance.org/fhir",
        f"url={canonical}": f"url={wanted['url']}|9.9.9",
        f"version={wanted['version']}": "version=9",
        f"name={wanted['name'][:4].upper()}": f"name={wanted['name'][1:]}",
        f"status={wanted['status']}": "status=retired",
    }
    for query, other in queries.items():
        assert wanted["id"] in ids(desk, f"{kind}?{query}"), query
        assert ids(desk, f"{kind}?{other}") == [], other
    assert ids(desk, f"{kind}?{'&'.join(queries)}") == [wanted["id"]]


def test_alternatives_and_repeats(desk: Desk) -> None:
    """A comma means or, a repeat means and."""
    two = ids(desk, "CodeSystem?_id=alliance-answer,alliance-fit")
    assert two == ["alliance-answer", "alliance-fit"]
    assert ids(desk, "CodeSystem?_id=alliance-answer&_id=alliance-fit") == []


def test_a_status_is_a_token(desk: Desk) -> None:
    """With its system it is the same code."""
    system = "http://hl7.org/fhir/publication-status"
    assert ids(desk, f"Questionnaire?status={system}|active") == [CHECKLIST["id"]]


def test_the_canonical_of_a_response_finds_its_questionnaire(desk: Desk) -> None:
    """A form filler asks with what stands in the response."""
    (entry,) = resource(desk.get(f"/fhir/Questionnaire?url={CANONICAL}"))["entry"]
    assert entry["resource"] == CHECKLIST
    assert entry["fullUrl"] == f"http://localhost/fhir/Questionnaire/{CHECKLIST['id']}"


@pytest.mark.parametrize("query", ["patient=p1", "urll=x", "name:exact=x", "_lastUpdated=2026", "_sort=url"])
def test_an_unknown_parameter_is_refused(desk: Desk, query: str) -> None:
    """400: what is not understood is never left out in silence."""
    answer = desk.get(f"/fhir/CodeSystem?{query}")
    assert (answer.status_code, issue(answer)["code"]) == (400, "invalid")


def test_the_self_link_is_the_search(desk: Desk) -> None:
    """The client sees what was understood."""
    (link,) = resource(desk.get("/fhir/CodeSystem?name=Alliance&_count=2"))["link"]
    assert link == {"relation": "self", "url": "http://localhost/fhir/CodeSystem?name=Alliance&_count=2"}


@pytest.mark.parametrize("count", ["-1", "x", "1.5", "", "1e3", "%D9%A1"])
def test_a_count_is_a_whole_number(desk: Desk, count: str) -> None:
    """Anything else is refused."""
    assert desk.get(f"/fhir/CodeSystem?_count={count}").status_code == 400


def test_what_is_not_published_is_not_found(desk: Desk) -> None:
    """404, and each type has its own ids."""
    assert desk.get("/fhir/ValueSet/alliance-checklist").status_code == 404
    assert issue(desk.get("/fhir/Questionnaire/none"))["code"] == "not-found"
