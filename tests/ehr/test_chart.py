"""The chart of a plain FHIR server: looks by id and by identifier, and answers that make no sense."""

import json

import pytest

from fhir_alliance.chart import Gone
from fhir_alliance.ehr.capabilities import FRESH, Capabilities
from fhir_alliance.ehr.chart import FhirChart
from fhir_alliance.ehr.client import FhirClient
from fhir_alliance.ehr.once import Way
from fhir_alliance.errors import NotNow, NoWayToLook, Refused, Unanswered

ID = "0b5a6c1e-8a52-5d7f-8d1c-2f4a9b7e6c33"


class Elapsed:
    """Seconds, moved by the test."""

    seconds = 100.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def elapsed():
    """A clock that never goes back."""
    return Elapsed()


@pytest.fixture
def chart(ehr, elapsed):
    """The sandbox's chart."""
    client = FhirClient(ehr.base_url, "of-the-ehr", 5)
    return FhirChart(client, Capabilities(client, elapsed))


def observation(id_=ID, **elements):
    """An Observation with our identifier."""
    return {
        "resourceType": "Observation",
        "id": id_,
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{ID}"}],
        "status": "final",
        "code": {"text": "Fit"},
        "subject": {"reference": "Patient/p1"},
        **elements,
    }


def answers(ehr, body, method="GET", type_="Observation", **order):
    """Order an answer 200 with this body."""
    text = body if isinstance(body, str) else json.dumps(body)
    order = {"status": 200, "body": text, "content_type": "application/fhir+json", **order}
    ehr.fault("status", method=method, type=type_, **order)


def test_a_look_by_id(ehr, chart):
    """The resource as it is kept, with the ETag of its version."""
    kept = ehr.put(observation())
    found = chart.look(ID, None, by_identifier=False)

    assert (found.id, found.etag, found.resource) == (ID, 'W/"1"', kept)


def test_a_look_at_nothing_and_at_what_is_gone(ehr, chart):
    """Absent is None, deleted is Gone."""
    assert chart.look(ID, None, by_identifier=False) is None
    ehr.put(observation())
    ehr.delete(f"Observation/{ID}")

    assert chart.look(ID, None, by_identifier=True) == Gone()


@pytest.mark.case("answer-none")
def test_a_look_by_identifier(ehr, chart):
    """Where there is nothing by id, what carries our identifier; the ETag is made from its version."""
    ehr.put(observation("of-the-ehr"))
    ehr.put(observation("of-the-ehr", status="amended"))
    found = chart.look(ID, None, by_identifier=True)

    assert (found.id, found.etag) == ("of-the-ehr", 'W/"2"')
    assert chart.look(ID, None, by_identifier=False) is None


def test_a_search_is_asked_for_one_identifier(ehr, chart):
    """System and value, and nothing of the patient."""
    assert chart.look(ID, None, by_identifier=True) is None

    assert ehr.log()[-1]["query"] == f"identifier=urn%3Aietf%3Arfc%3A3986%7Curn%3Auuid%3A{ID}"


def test_a_search_that_also_tells_an_outcome(ehr, chart):
    """A warning in the Bundle is no match (https://hl7.org/fhir/R4/search.html#outcome)."""
    warning = {"resource": {"resourceType": "OperationOutcome"}, "search": {"mode": "outcome"}}
    match = {"resource": observation("of-the-ehr"), "search": {"mode": "match"}}
    ehr.put(observation("of-the-ehr"))
    ehr.fault("status", method="GET", type="Observation", status=404)
    answers(ehr, {"resourceType": "Bundle", "type": "searchset", "entry": [warning, match]})

    assert chart.look(ID, None, by_identifier=True).id == "of-the-ehr"


def test_a_write_tells_the_id(ehr, chart):
    """Created under our id."""
    assert chart.write(observation(), None).id == ID
    assert ehr.versions(ID) == 1


@pytest.mark.parametrize("status", [404, 410])
def test_a_write_where_there_is_no_place(ehr, chart, status):
    """404 or 410 to a write is a refusal: trying again does not help."""
    ehr.fault("status", method="PUT", status=status)
    with pytest.raises(Refused, match=f"http-{status}"):
        chart.write(observation(), None)


def test_metadata_are_read_once_an_hour(ehr, chart, elapsed):
    """Asked at the first use, and again when an hour has gone by."""
    for _ in range(3):
        chart.look(ID, None, by_identifier=False)
    assert ehr.asked("GET", "metadata") == 1
    elapsed.seconds += FRESH - 1
    chart.look(ID, None, by_identifier=False)
    assert ehr.asked("GET", "metadata") == 1
    elapsed.seconds += 1
    chart.look(ID, None, by_identifier=False)

    assert ehr.asked("GET", "metadata") == 2


def statement(**capability):
    """A CapabilityStatement that says this of Observation."""
    interaction = [{"code": code} for code in capability.pop("codes", ("read", "update"))]
    told = {"type": "Observation", "interaction": interaction, "updateCreate": True, **capability}
    return {"resourceType": "CapabilityStatement", "rest": [{"mode": "server", "resource": [told]}]}


STATED = statement()["rest"][0]["resource"][0]
ALL = {"codes": ("read", "update", "create", "search-type"), "conditionalCreate": True, "conditionalUpdate": True}
SEARCHED = {"searchParam": [{"name": "_id"}, {"name": "identifier"}]}


@pytest.mark.parametrize(
    ("told", "way"),
    [
        (statement(**ALL, **SEARCHED), Way.UPDATE_AS_CREATE),
        (statement(), Way.UPDATE_AS_CREATE),
        (statement(**ALL, **SEARCHED, updateCreate=False), Way.CONDITIONAL_CREATE),
        (statement(**{**ALL, **SEARCHED, "conditionalCreate": False}, updateCreate=False), Way.CONDITIONAL_UPDATE),
        (statement(codes=ALL["codes"], **SEARCHED, updateCreate=False), Way.SEARCH_THEN_CREATE),
    ],
)
def test_the_best_way_is_taken(ehr, told, way):
    """Under our id; else what finds nothing to replace; else on our identifier; else after a search."""
    answers(ehr, told, type_="metadata")
    client = FhirClient(ehr.base_url, "of-the-ehr", 5)

    assert Capabilities(client, lambda: 0.0).way() is way


@pytest.mark.case("answer-metadata")
@pytest.mark.parametrize(
    "told",
    [
        statement(updateCreate=False),
        statement(**ALL, updateCreate=False),
        statement(**ALL, updateCreate=False, searchParam=[{"name": "patient"}]),
        statement(codes=("read", "create", "search-type"), **SEARCHED),
        statement(codes=("read", "update", "create"), conditionalCreate=True, **SEARCHED, updateCreate=False),
        {"resourceType": "CapabilityStatement", "rest": [{"mode": "client", "resource": [STATED]}]},
        statement(codes=("read", "update", "search-type"), **SEARCHED, updateCreate=False),
        statement(updateCreate="true"),
        statement(codes=("read",)),
        statement(codes=("update", "create", "search-type")),
        statement(type="Patient"),
    ],
)
def test_an_ehr_that_cannot_keep_it_once(ehr, chart, told):
    """No way to write once, or none to change it: nothing is sent, and it is asked again the next time."""
    answers(ehr, told, type_="metadata")
    with pytest.raises(NotNow, match="no-way-to-write-once"):
        chart.write(observation(), None)
    assert ehr.writes == 0

    assert chart.write(observation(), None).id == ID


def test_an_ehr_that_shows_nothing(ehr, chart):
    """It takes Observations, and lets none be read or searched: that is told apart."""
    answers(ehr, statement(codes=("create", "update")), type_="metadata")
    with pytest.raises(NoWayToLook, match="no-way-to-look"):
        chart.look(ID, None, by_identifier=True)


@pytest.mark.case("answer-metadata")
@pytest.mark.parametrize(
    "told",
    [
        {"resourceType": "CapabilityStatement", "rest": None},
        {"resourceType": "CapabilityStatement", "rest": "server"},
        {"resourceType": "CapabilityStatement", "rest": [None]},
        {"resourceType": "CapabilityStatement", "rest": [{"resource": None}]},
        {"resourceType": "CapabilityStatement", "rest": [{"resource": ["Observation"]}]},
        statement(interaction=None),
        statement(interaction=["read", "update"]),
        statement(interaction=[{"code": ["read"]}]),
    ],
    ids=range(8),
)
def test_metadata_that_make_no_sense(ehr, chart, told):
    """Whatever an EHR says of itself, it is a fault of the chart's, and no error of ours."""
    answers(ehr, told, type_="metadata")
    with pytest.raises(NotNow):
        chart.look(ID, None, by_identifier=False)


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[]",
        "null",
        '{"resourceType":"Observation"}',
        '{"resourceType":"Observation","id":7}',
        '{"resourceType":"Observation","id":"a/../b"}',
        {"resourceType": "Patient", "id": ID},
        {"resourceType": ["Observation"], "id": ID},
        {"resourceType": "OperationOutcome", "meta": None},
    ],
    ids=range(9),
)
@pytest.mark.case("answer-none")
def test_a_read_that_makes_no_sense(ehr, chart, body):
    """A 2xx that is no Observation with an id is no answer."""
    answers(ehr, body)
    with pytest.raises(Unanswered):
        chart.look(ID, None, by_identifier=False)


@pytest.mark.parametrize(
    "meta", [None, "x", [], {"versionId": None}, {"versionId": 7}, {"versionId": {}}, {"versionId": "€1"}]
)
def test_meta_that_make_no_sense(ehr, chart, meta):
    """Without ETag and usable version there is none to name; the resource is there all the same."""
    answers(ehr, observation(meta=meta))
    found = chart.look(ID, None, by_identifier=False)

    assert (found.id, found.etag) == (ID, None)


EMPTY = {"resourceType": "Bundle", "type": "searchset"}


@pytest.mark.parametrize("told", [EMPTY, {**EMPTY, "entry": []}, {**EMPTY, "total": 0}])
def test_a_search_that_finds_nothing(ehr, chart, told):
    """A Bundle without a match, and without more pages."""
    ehr.fault("status", method="GET", type="Observation", status=404)
    answers(ehr, told)

    assert chart.look(ID, None, by_identifier=True) is None


@pytest.mark.parametrize(
    "told",
    [
        *(
            {**EMPTY, "entry": entry}
            for entry in (None, "x", [None], ["x"], [{"resource": None}], [{"resource": "x"}])
        ),
        {**EMPTY, "entry": {"resource": {}}},
        {**EMPTY, "total": 1},
        {**EMPTY, "link": [{"relation": "next", "url": "http://127.0.0.1/more"}]},
        {"resourceType": "OperationOutcome", "issue": []},
        "{",
    ],
    ids=range(11),
)
@pytest.mark.parametrize("status", [200, 404])
def test_a_search_that_makes_no_sense(ehr, chart, told, status):
    """It does not say that there is nothing, so nothing may be created; never an error of ours."""
    ehr.fault("status", method="GET", type="Observation", status=404)
    answers(ehr, told, status=status)
    with pytest.raises(Unanswered):
        chart.look(ID, None, by_identifier=True)


@pytest.mark.parametrize("body", ['{"resourceType":"Observation","id":null}', '{"resourceType":"Basic"}', "", "x"])
@pytest.mark.case("answer-none")
def test_a_write_that_is_answered_without_id(ehr, chart, body):
    """2xx without an id, in body or header: perhaps done."""
    answers(ehr, body, method="PUT")
    with pytest.raises(Unanswered):
        chart.write(observation(), None)
