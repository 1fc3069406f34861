"""What the demo's samples must hold, read from the files alone."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.artifacts.folder import CHECKLIST, ROOT, SAMPLES, items, scored

RESPONSES = [path for path in SAMPLES if path.name != "people.json"]
FITS = {  # yes, no and open answers of each sample that is scored
    "01-yes-to-most-1": (7, 1, 1),
    "02-not-yet-clear-1": (4, 2, 3),
    "03-no-to-most-1": (2, 6, 1),
    "04-all-yes-1": (9, 0, 0),
    "05-amended-1": (4, 1, 4),
    "05-amended-2": (6, 1, 2),
}

PEOPLE = [entry["resource"] for entry in json.loads(SAMPLES[-1].read_bytes())["entry"]]
every_response = pytest.mark.parametrize("path", RESPONSES, ids=lambda path: path.stem)


def test_people_are_tests() -> None:
    """Whoever is in the samples is marked as test data, and has an id of the demo."""
    assert Counter(x["resourceType"] for x in PEOPLE) == {"Patient": 11, "Practitioner": 2}
    assert all(x["id"].startswith("demo-") and x["meta"]["security"][0]["code"] == "HTEST" for x in PEOPLE)


@every_response
def test_sample_keeps_its_name(path: Path) -> None:
    """A sample's id, questionnaire, subject and time are as the demo expects them."""
    response = json.loads(path.read_bytes())
    assert response["id"] == "demo-" + path.stem[3:-2]
    assert response["questionnaire"] == f"{CHECKLIST['url']}|{CHECKLIST['version']}"
    assert response["subject"]["reference"].removeprefix("Patient/") in {person["id"] for person in PEOPLE}
    assert re.fullmatch(r"2026-11-[01]\dT\d\d:\d\d:00-05:00|2026-11-2[0-3]T.*-05:00", response["authored"])


@every_response
def test_sample_answers_what_is_offered(path: Path) -> None:
    """Answers stand in the checklist's order and are among its options; only `invalid` breaks both."""
    asked = {item["linkId"]: item.get("answerOption", []) for item in items()}
    given = list(items(json.loads(path.read_bytes())))
    known = [item for item in given if item["linkId"] in asked]
    wrong = [x for x in known for a in x["answer"] if "valueCoding" in a and a not in asked[x["linkId"]]]
    assert [x["linkId"] for x in known] == [link for link in asked if link in {x["linkId"] for x in known}]
    assert bool(wrong) == (len(known) < len(given)) == ("invalid" in path.stem)


@pytest.mark.parametrize("name", FITS)
def test_sample_counts(name: str) -> None:
    """The samples that are scored have the counts that their names promise."""
    response = json.loads((ROOT / f"fhir_alliance/cli/samples/{name}.json").read_bytes())
    links = {item["linkId"] for item in scored()}
    answers = Counter(x["answer"][0]["valueCoding"]["code"] for x in items(response) if x["linkId"] in links)
    yes, no = answers["yes"], answers["no"]
    assert (yes, no, len(links) - yes - no) == FITS[name]
