"""Search of the results, by every parameter (https://hl7.org/fhir/R4/search.html)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.building import EHR_URL, Resource, response
from tests.web.desk import OBSERVATIONS, Desk, issue, open_desk, resource

SYSTEM = "https://fhir-alliance.org/fhir/CodeSystem/alliance-observation"
CODE = "predicted-alliance-fit"


def subjects(desk: Desk, query: str) -> list[str]:
    """Patients of the results that a search finds."""
    return sorted(one["subject"]["reference"].removeprefix("Patient/") for one in desk.search(query))


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Results of three patients, of three precisions, through both doors; nothing is added to them."""
    with open_desk(tmp_path_factory.mktemp("three"), EHR_URL=EHR_URL) as desk:
        desk.post(response(subject="Patient/day", authored="2026-10-05", id="x"))
        desk.put("r2", response(subject="Patient/second", authored="2026-10-05T23:30:00+04:00"))
        desk.tell("r3", response(subject="Patient/later", authored="2026-10-20T10:00:00.250Z"))
        yield desk


@pytest.mark.case("observation-reads")
def test_read_gives_what_search_finds(three: Desk) -> None:
    """One result by its id, the same as in the bundle."""
    for entry in resource(three.get(OBSERVATIONS))["entry"]:
        answer = three.get(entry["fullUrl"].removeprefix("http://localhost"))
        assert (answer.status_code, resource(answer)) == (200, entry["resource"])
        assert entry["search"] == {"mode": "match"}


@pytest.mark.case("observation-reads")
def test_what_should_stand_is_served_before_it_is_written(ehr_desk: Desk) -> None:
    """With an EHR a result is told as it will be: final, then amended once something stands."""
    ehr_desk.put("r1", response())
    assert [one["status"] for one in ehr_desk.search()] == ["final"]
    ehr_desk.put("r1", response((6, 0, 0)))
    assert [one["status"] for one in ehr_desk.search()] == ["final"]


@pytest.mark.case("observation-reads")
def test_what_is_held_is_left_out(desk: Desk) -> None:
    """Of search, of read, and of the total."""
    desk.put("r1", response())
    desk.put("r1", response(subject="Patient/p2"))
    held = desk.entries()["Patient/p2"].id
    assert desk.get(f"{OBSERVATIONS}/{held}").status_code == 404
    assert resource(desk.get(OBSERVATIONS))["total"] == 1
    assert desk.search(f"_id={held}") == []


@pytest.mark.case("observation-reads")
def test_the_total_is_of_what_is_told(ehr_desk: Desk) -> None:
    """What was withdrawn before anything stood is in neither."""
    ehr_desk.put("r1", response())
    ehr_desk.clinic.ledger.claim(ehr_desk.clock(), "worker", timedelta(minutes=1))
    ehr_desk.delete("r1")
    bundle = resource(ehr_desk.get(OBSERVATIONS))
    assert bundle["total"] == len(bundle.get("entry", ()))


@pytest.mark.parametrize("name", ["patient", "subject"])
def test_by_patient(three: Desk, name: str) -> None:
    """By id, by reference, and by the EHR's own URL."""
    for value in ("day", "Patient/day", f"{EHR_URL}/Patient/day"):
        assert subjects(three, f"{name}={value}") == ["day"]
    assert subjects(three, f"{name}=day,later") == ["day", "later"]
    assert subjects(three, f"{name}=day&{name}=later") == []
    assert subjects(three, f"{name}=nobody") == []


@pytest.mark.parametrize(
    "value", ["", "Practitioner/day", "a_b", "https://other.example/fhir/Patient/day", "'%20OR%201=1", "Patient/"]
)
def test_by_what_is_no_patient(three: Desk, value: str) -> None:
    """400: a value that cannot name a patient must not find everyone."""
    answer = three.get(f"{OBSERVATIONS}?patient={value}")
    assert (answer.status_code, issue(answer)["code"]) == (400, "invalid")


def test_by_id_and_identifier(three: Desk) -> None:
    """The result's own."""
    entry = three.entries()["Patient/day"]
    for query in (
        f"_id={entry.id}",
        f"identifier=urn:ietf:rfc:3986|urn:uuid:{entry.id}",
        f"identifier=urn:uuid:{entry.id}",
    ):
        assert subjects(three, query) == ["day"]
    other = three.entries()["Patient/later"]
    assert subjects(three, f"_id={entry.id},{other.id}") == ["day", "later"]
    for query in (f"identifier=urn:other|urn:uuid:{entry.id}", f"_id={entry.id[:-1]}", "_id=%25", "identifier=x"):
        assert subjects(three, query) == []


def test_by_code(three: Desk) -> None:
    """With and without its system; a token names all of a code or nothing."""
    every = ["day", "later", "second"]
    assert subjects(three, f"code={SYSTEM}|{CODE}") == every
    assert subjects(three, f"code={CODE}") == every
    assert subjects(three, f"code=other,{CODE}") == every
    for other in (f"urn:x|{CODE}", f"|{CODE}", "alliance-fit", "%25", "_", "predicted_alliance_fit", "'"):
        assert subjects(three, f"code={other}") == []


def test_by_system_alone(three: Desk) -> None:
    """``system|`` is any code of that system."""
    assert len(subjects(three, f"code={SYSTEM}|")) == 3


def test_by_response(three: Desk) -> None:
    """By the id of the response at either door."""
    assert subjects(three, "derived-from=r2") == ["second"]
    assert subjects(three, "derived-from=QuestionnaireResponse/r3") == ["later"]
    assert subjects(three, f"derived-from={EHR_URL}/QuestionnaireResponse/r3") == ["later"]
    assert subjects(three, "derived-from=r2,r3") == ["later", "second"]
    assert three.get(f"{OBSERVATIONS}?derived-from=Observation/r2").status_code == 400


#: prefix and value → who is found. "day" is all of 5 October in UTC, "second" 19:30:00 that day
DATES = {
    "2026-10-05": ["day", "second"],
    "eq2026-10-05": ["day", "second"],
    "2026-10": ["day", "later", "second"],
    "2026": ["day", "later", "second"],
    "2025": [],
    "2026-10-05T19:30:00Z": ["second"],
    "2026-10-05T23:30:00%2B04:00": ["second"],
    "2026-10-05T23:30:00+04:00": ["second"],
    "2026-10-20T10:00:00Z": ["later"],
    "ne2026-10-05": ["later"],
    "ne2026": [],
    "gt2026-10-05": ["later"],
    "gt2026-10-04": ["day", "later", "second"],
    "gt2026-10-05T19:30:00Z": ["day", "later"],
    "ge2026-10-05": ["day", "later", "second"],
    "ge2026-10-20": ["later"],
    "lt2026-10-05": [],
    "lt2026-10-06": ["day", "second"],
    "lt2026-10-05T19:30:00Z": ["day"],
    "le2026-10-05": ["day", "second"],
    "le2026-10-04": [],
    "sa2026-10-05": ["later"],
    "sa2026-10-04": ["day", "later", "second"],
    "eb2026-10-06": ["day", "second"],
    "eb2026-10-05": [],
    "ge2026-10-01&date=lt2026-10-10": ["day", "second"],
    "gt0001-01-01": ["day", "later", "second"],
    "lt9998-12-31": ["day", "later", "second"],
}


@pytest.mark.parametrize("value", DATES)
def test_by_date(three: Desk, value: str) -> None:
    """A date is a span; each prefix compares spans as https://hl7.org/fhir/R4/search.html#prefix says."""
    assert subjects(three, f"date={value}") == DATES[value]


@pytest.mark.parametrize(
    "value",
    ["", "x", "2026-13", "2026-02-30", "20261005", "ap2026", "eq", "2026-10-05,2026-10-06", "5 Oct 2026", "2026-1",
     "26", "%00", "2026-10-05T25:00:00Z", "'"],
)  # fmt: skip
def test_by_what_is_no_date(three: Desk, value: str) -> None:
    """400, and not the whole ledger."""
    answer = three.get(f"{OBSERVATIONS}?date={value}")
    assert (answer.status_code, issue(answer)["code"]) == (400, "invalid")


@pytest.mark.parametrize(
    "value", ["9999", "9999-12", "9999-12-31", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00%2B14:00"]
)
def test_by_a_date_at_the_end_of_time(three: Desk, value: str) -> None:
    """Clients ask for "until 9999": a date is a date, and never an error of ours."""
    assert three.get(f"{OBSERVATIONS}?date=le{value}").status_code in (200, 400)


def test_all_parameters_must_hold(three: Desk) -> None:
    """Together they narrow."""
    query = f"patient=later&code={CODE}&date=2026-10&derived-from=r3&_count=5&_format=json"
    assert subjects(three, query) == ["later"]
    assert subjects(three, query.replace("r3", "r2")) == []


@pytest.mark.parametrize(
    "query",
    ["patien=day", "subject:Patient=day", "_sort=date", "status=final", "_include=x", "_lastUpdated=gt2026"],
)
def test_an_unknown_parameter_is_refused(three: Desk, query: str) -> None:
    """A misspelt patient must not find everyone's results."""
    answer = three.get(f"{OBSERVATIONS}?{query}")
    assert (answer.status_code, issue(answer)["code"]) == (400, "invalid")


def test_a_patients_reference_is_no_pattern(three: Desk) -> None:
    """Percent and underscore mean themselves."""
    for value in ("%25", "Patient/%25", "da_"):
        assert three.get(f"{OBSERVATIONS}?patient={value}").status_code == 400


def shown(found: list[Resource]) -> list[Any]:
    """When each was issued."""
    return [one["issued"] for one in found]


def test_newest_first(ehr_desk: Desk) -> None:
    """By when they were scored; an amended one comes to the front."""
    for number in range(3):
        ehr_desk.put(f"r{number}", response(subject=f"Patient/p{number}"))
        ehr_desk.clock.go()
    ehr_desk.put("r0", response((6, 0, 0), subject="Patient/p0"))
    found = ehr_desk.search()
    assert shown(found) == sorted(shown(found), reverse=True)
    assert found[0]["subject"]["reference"] == "Patient/p0"
