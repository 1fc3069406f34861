"""Search over HTTP."""

import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest
import requests

from fhir_alliance.sandbox.dates import period


def ids(bundle):
    return [one["resource"]["id"] for one in bundle.get("entry", [])]


@pytest.fixture
def find(client, is_valid):
    """Searches, checks the Bundle, and gives the ids found."""

    def find(resource_type, *pairs):
        bundle = client.get(f"{resource_type}?{urlencode(pairs)}").json()
        assert is_valid(bundle)
        assert bundle["type"] == "searchset"
        assert bundle["total"] == len(ids(bundle))
        return ids(bundle)

    return find


def test_an_empty_search_is_an_empty_bundle(find):
    """Nothing found is a Bundle without entries and total 0."""
    assert find("Observation") == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("_id", "o1"),
        ("_id", "o0,o1"),
        ("identifier", "urn:s|a"),
        ("identifier", "a"),
        ("identifier", "urn:s|"),
        ("identifier", "|bare"),
        ("identifier", r"urn:s|b\,c"),
        ("subject", "Patient/p1"),
        ("subject", "p1"),
        ("patient", "Patient/p1"),
        ("patient", "p1"),
        ("code", "urn:test|fit"),
        ("code", "fit"),
        ("status", "final"),
        ("derived-from", "QuestionnaireResponse/r1"),
    ],
)
def test_an_observation_is_found_by(client, find, observation, name, value):
    """Each parameter finds the one that matches, and not the one that does not."""
    identifiers = [{"system": "urn:s", "value": "a"}, {"value": "bare"}, {"system": "urn:s", "value": "b,c"}]
    derived = [{"reference": "QuestionnaireResponse/r1/_history/2"}]
    other = {"code": {"text": "x"}, "subject": {"reference": "Group/p2"}, "status": "amended"}
    client.put(observation("o2", identifier=[{"system": "urn:t", "value": "z"}], **other))
    client.put(observation("o1", identifier=identifiers, derivedFrom=derived))

    assert find("Observation", (name, value)) == ["o1"]


def test_patient_wants_a_patient(client, find, observation):
    """`patient` passes by other kinds of subject."""
    client.put(observation(subject={"reference": "Group/p1"}))

    assert (find("Observation", ("patient", "p1")), find("Observation", ("subject", "p1"))) == ([], ["o1"])


def test_an_own_absolute_reference_is_understood(client, find, observation):
    """A reference may be asked for with the server's own base before it."""
    client.put(observation())

    assert find("Observation", ("subject", f"{client.ehr.base_url}/Patient/p1")) == ["o1"]


def test_all_parameters_must_match(client, find, observation):
    """Several parameters narrow the result."""
    client.put(observation("o1"))
    client.put(observation("o2", status="amended"))

    assert find("Observation", ("patient", "p1"), ("status", "amended")) == ["o2"]


def test_canonicals_are_found_by_url_and_version(client, find):
    """A Questionnaire is found by url, and version."""
    for number in ("1", "2"):
        client.put(
            {
                "resourceType": "Questionnaire",
                "id": f"q{number}",
                "url": "urn:q",
                "version": number,
                "status": "draft",
            }
        )

    assert find("Questionnaire", ("url", "urn:q")) == ["q1", "q2"]
    assert find("Questionnaire", ("url", "urn:q"), ("version", "2")) == ["q2"]


def test_a_questionnaire_is_asked_for_with_its_version(client, find, response):
    """`questionnaire` matches the canonical as it stands, version and all."""
    client.put(response())

    assert find("QuestionnaireResponse", ("questionnaire", "https://example.org/q|1")) == ["r1"]
    assert find("QuestionnaireResponse", ("questionnaire", "https://example.org/q")) == []


def test_what_changed_is_found_by_what_it_is_now(client, find, observation):
    """An update moves a resource from its old values to its new ones; a delete from all."""
    client.put(observation())
    client.put(observation(status="amended"))
    assert find("Observation", ("status", "final")) == []
    assert find("Observation", ("status", "amended")) == ["o1"]
    client.send("DELETE", "Observation/o1")

    assert find("Observation", ("status", "amended")) == []


def test_last_updated_bounds(client, find, observation):
    """Ge and le include the instant, gt and lt do not; no prefix names it."""
    moments = [client.put(observation(f"o{n}")).json()["meta"]["lastUpdated"] for n in range(3)]
    found = {p: find("Observation", ("_lastUpdated", p + moments[1])) for p in ("ge", "gt", "le", "lt", "")}

    assert found == {"ge": ["o1", "o2"], "gt": ["o2"], "le": ["o0", "o1"], "lt": ["o0"], "": ["o1"]}
    assert find("Observation", ("_lastUpdated", f"gt{moments[0]}"), ("_lastUpdated", f"lt{moments[2]}")) == ["o1"]


def test_sorts_by_last_updated(client, find, observation):
    """Either direction; a changed resource is the newest."""
    for id_ in ("o1", "o2", "o3"):
        client.put(observation(id_))
    client.put(observation("o1", status="amended"))

    assert find("Observation", ("_sort", "_lastUpdated")) == ["o2", "o3", "o1"]
    assert find("Observation", ("_sort", "-_lastUpdated")) == ["o1", "o3", "o2"]


@pytest.mark.parametrize("sort", ["_lastUpdated", "-_lastUpdated"])
def test_pages_are_linked(client, observation, is_valid, sort):
    """`next` leads through all matches, each once, and total counts them all."""
    for number in range(7):
        client.put(observation(f"o{number}"))
    url, seen = f"{client.ehr.base_url}/Observation?_sort={sort}&_count=3&patient=p1", []
    while url:
        bundle = requests.get(url).json()
        assert is_valid(bundle)
        assert bundle["total"] == 7
        seen.append(ids(bundle))
        url = next((one["url"] for one in bundle["link"] if one["relation"] == "next"), None)

    assert [len(page) for page in seen] == [3, 3, 1]
    assert len({id_ for page in seen for id_ in page}) == 7


def test_count_zero_only_counts(client, observation):
    """`_count=0` answers the total alone."""
    client.put(observation())
    bundle = client.get("Observation?_count=0").json()

    assert (bundle["total"], [one["relation"] for one in bundle["link"]]) == (1, ["self"])
    assert "entry" not in bundle


@pytest.mark.parametrize(
    "query",
    ["nam=x", "subject:Patient=p1", "_sort=code", "_count=x", "_lastUpdated=soon", "_lastUpdated=ge2026-13"],
)
def test_what_is_not_understood_is_refused(client, query):
    """An unknown parameter or a senseless value is 400, never ignored."""
    answer = client.get(f"Observation?{query}")

    assert (answer.status_code, answer.json()["resourceType"]) == (400, "OperationOutcome")


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2024", "2024-01-01T00:00:00+00:00", "2025-01-01T00:00:00+00:00"),
        ("2024-02", "2024-02-01T00:00:00+00:00", "2024-03-01T00:00:00+00:00"),
        ("2024-02-29", "2024-02-29T00:00:00+00:00", "2024-03-01T00:00:00+00:00"),
        ("2024-02-29T10:30+04:00", "2024-02-29T10:30:00+04:00", "2024-02-29T10:31:00+04:00"),
        ("2024-02-29T10:30:05Z", "2024-02-29T10:30:05+00:00", "2024-02-29T10:30:06+00:00"),
        ("2024-02-29T10:30:05.25Z", "2024-02-29T10:30:05.250000+00:00", "2024-02-29T10:30:05.260000+00:00"),
    ],
)
def test_a_date_names_a_stretch_of_time(text, start, end):
    """As long as its precision."""
    assert (start, end) == tuple(one.isoformat() for one in period(text))


@pytest.mark.parametrize("text", ["", "x", "2024-02-30", "9999", "24-01-01"])
def test_no_date(text):
    """What is no date, or lies past the calendar's end, is a ValueError."""
    with pytest.raises(ValueError, match=r".+"):
        period(text)


def test_odd_shapes_are_kept_and_simply_not_found(client, find):
    """The store does not validate: elements of the wrong shape are kept, as on many servers."""
    odd = {"resourceType": "Observation", "id": "o1", "identifier": "x", "code": [3], "subject": None}

    assert client.put(odd).status_code == 201
    assert find("Observation", ("identifier", "x")) == []


def test_it_stays_quick_with_many_resources(client, observation):
    """With three thousand Observations, written by eight clients at once, a look-up takes milliseconds."""

    def work(start):
        with requests.Session() as session:
            for number in range(start, start + 375):
                identifier = [{"system": "urn:s", "value": str(number)}]
                url = f"{client.ehr.base_url}/Observation/o{number}"
                assert session.put(url, json=observation(f"o{number}", identifier=identifier)).status_code == 201

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(0, 3000, 375)))
    began = time.perf_counter()
    for number in range(0, 3000, 100):
        assert [f"o{number}"] == ids(client.get(f"Observation?identifier=urn:s|{number}").json())

    assert time.perf_counter() - began < 30 * 0.05
